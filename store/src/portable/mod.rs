//! Export and import: all plans of a cache folder in one file, as a backup, for another machine, or to be part of a program.
//!
//! May use: `disk`, `tier`, `record`, `machine`, `id`, `error`.

mod embedded;
mod export;
mod format;
mod import;
mod read;

pub use self::embedded::{Embedded, EmbeddedExport};
pub use self::export::{export, export_bytes, write};
pub use self::import::{Imported, Merge, import, import_bytes};
pub use self::read::{Group, contents};

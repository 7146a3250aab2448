//! Export and import: all plans of a cache folder in one file, as a backup or for another machine.
//!
//! May use: `disk`, `record`, `machine`, `error`.

mod export;
mod format;
mod import;
mod read;

pub use self::export::{export, export_bytes};
pub use self::import::{Imported, Merge, import, import_bytes};

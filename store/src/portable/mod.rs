//! All plans of a cache folder in one file, to keep or to take elsewhere.
//!
//! May use: `disk`, `record`, `machine`, `error`.

mod export;
mod format;
mod import;

pub use self::export::export;
pub use self::import::{Imported, Merge, import};

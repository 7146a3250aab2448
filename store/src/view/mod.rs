//! What the command line and other programs show: plain data that can be serialised.
//!
//! May use: `disk`, `record`, `machine`, `config`, `id`, `rejection`, `clock`.

pub mod folder_snapshot;
pub mod functions;
pub mod places;
pub mod schedules;
pub mod settings;
pub mod snapshot;
pub mod survey;
pub mod totals;

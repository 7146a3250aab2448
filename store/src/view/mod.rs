//! What the command line and other programs show: plain data that can be serialised.
//!
//! May use: `portable`, `disk`, `tier`, `record`, `machine`, `config`, `id`, `error`, `rejection`, `clock`.

pub mod exports;
pub mod folder_snapshot;
pub mod functions;
pub mod places;
pub mod schedules;
pub mod settings;
pub mod snapshot;
pub mod survey;
pub mod totals;

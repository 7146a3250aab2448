//! What people and programs are shown: plain data that can be serialised.
//!
//! May use: `disk`, `record`, `machine`, `config`, `id`, `rejection`, `clock`.

pub mod functions;
pub mod places;
pub mod settings;
pub mod totals;

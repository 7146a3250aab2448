//! What can be wrong with a cache folder, and what is done about it.
//!
//! May use: `disk`, `record`, `config`, `clock`.

mod problem;
mod repair;
mod verify;

pub use self::problem::{Health, Problem, ProblemKind};
pub use self::repair::repair;
pub use self::verify::verify;

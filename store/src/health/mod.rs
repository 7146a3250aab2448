//! Checks a cache folder for problems, and repairs them.
//!
//! May use: `disk`, `tier`, `profile`, `record`, `machine`, `config`, `rejection`, `clock`.

mod problem;
mod repair;
mod verify;

pub use self::problem::{Health, Problem, ProblemKind};
pub use self::repair::repair;
pub use self::verify::verify;

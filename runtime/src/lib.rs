//! Amorsize finds out whether a loop should be parallel, on how many threads and in what chunks, and remembers it.
#![forbid(unsafe_code)]

mod identity;
mod items;
mod key;
mod lend;
#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod run;
mod site;
mod stream;

pub use amorsize_macros::auto;
pub use identity::FunctionId;
pub use items::Items;
pub use key::KeyPart;
pub use lend::Lend;
pub use run::Run;

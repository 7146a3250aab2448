//! All that the expansion of [`auto`](crate::auto) may name. Not for people: it changes without notice.

pub use crate::identity::identify;
pub use crate::items::{lent, rows};
pub use crate::key::key;
pub use crate::run::run;
pub use crate::site::{Site, Tuned};
pub use crate::stream::stream;

/// Asks that a context parameter can be used by several threads at once, in the user's own type, so that a missing
/// bound is one error and points at that type.
#[inline]
pub const fn shared<T: Sync>(context: T) -> T {
    context
}

/// Asks that an item can be moved to another thread.
#[inline]
pub const fn item<T: Send>() {}

/// Asks that a result can be moved to another thread.
#[inline]
pub const fn result<U: Send>() {}

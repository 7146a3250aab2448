//! All that the expansion of [`auto`](amorsize_macros::auto) may name. Not for people: it changes without notice.

pub use amorsize_store::__amorsize_build as build;
pub use amorsize_store::id::identify;
pub use amorsize_store::machine::build_flags::Build;
pub use inventory;

pub use crate::__amorsize_register as register;
pub use crate::call::run::run;
pub use crate::call::stream::stream;
pub use crate::input::items::{lent, rows};
pub use crate::site::key::key;
pub use crate::site::registry::{Registered, registered};
pub use crate::site::site::{Site, Tuned};

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

/// The companion of a function, and what belongs to it.
///
/// An attribute cannot see that it stands in an `impl`, where an `enum` is refused by the parser, or that something else
/// has the name of its companion; and what rustc then says is nothing of the attribute. The name of this macro is the
/// only part of those errors that can say what to do. The rest follows by way of an attribute, so that there is one
/// error and not one for each item.
#[doc(hidden)]
#[macro_export]
macro_rules! __associated_function__write_auto_in_impl__name_taken__write_auto_companion {
    ({ $($head:tt)* } $name:ident { $($body:tt)* }) => {
        #[$crate::__private::followed_by($($body)*)]
        $($head)* enum $name {}
    };
}
pub use crate::__associated_function__write_auto_in_impl__name_taken__write_auto_companion;
pub use amorsize_macros::followed_by;

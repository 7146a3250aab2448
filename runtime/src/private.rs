//! All that the expansion of [`auto`](amorsize_macros::auto) may name. Not for people: it changes without notice.

pub use amorsize_store::__amorsize_build as build;
pub use amorsize_store::config::Rigor;
pub use amorsize_store::id::identify;
pub use amorsize_store::machine::build_flags::Build;
#[cfg(feature = "disk")]
pub use amorsize_store::portable::EmbeddedExport;
pub use inventory;
pub use std::vec::Vec;

pub use crate::__amorsize_register as register;
pub use crate::call::closures::{
    choices, for_each_closure, for_each_closure_with_scratch, map_closure, map_closure_with_scratch, run_closure,
    run_closure_with_scratch, stream_closure, stream_closure_with_scratch,
};
pub use crate::call::run::{run, run_with_scratch};
pub use crate::call::stream::iterator::{stream, with_scratch};
pub use crate::executor::scratch::Lasting;
#[cfg(feature = "disk")]
pub use crate::persist::embed::Embed;
pub use crate::site::instantiation::Instantiation;
pub use crate::site::key::key;
pub use crate::site::registry::{Registered, registered};
pub use crate::site::site::{Site, Tuned};

/// `()`: what a function returns that `for_each` can be asked of.
///
/// The lifetime is nothing's. With one of the wrapper in it, rustc checks the bound where the wrapper is called.
#[diagnostic::on_unimplemented(
    message = "`for_each` is for functions that return `()`, and this one returns `{Self}`",
    label = "use `map`, which returns the results",
    note = "where the results are not wanted, map a function that returns `()` and calls this one"
)]
pub trait Nothing<'call> {}

impl Nothing<'_> for () {}

/// That a function takes or returns types, which its companion says in the header of an `impl`.
pub trait Mentions<T> {}

/// Asks that a context parameter can be used by several threads at once, in the user's own type, so that a missing
/// bound is one error and points at that type.
#[inline]
pub const fn shared<T: Sync>(context: T) -> T {
    context
}

/// A type that rustc is to infer, with a place in the user's code.
pub type Inferred<T> = T;

/// Asks that an item can be moved to another thread.
#[inline]
pub const fn item<T: Send>() {}

/// Asks that a result can be moved to another thread.
#[inline]
pub const fn result<U: Send>() {}

/// Asks that a scratch can be sent to another thread.
#[inline]
pub const fn scratch<S: Lasting>(scratch: S) -> S {
    scratch
}

/// The companion of a function, and what belongs to it.
///
/// An attribute cannot see that it stands in an `impl`, where an `enum` is refused by the parser, or that something else
/// has the name of its companion; and what rustc then says is nothing of the attribute. The name of this macro is the
/// only part of those errors that can say what to do. The rest follows by way of an attribute, so that there is one
/// error and not one for each item.
#[doc(hidden)]
#[macro_export]
macro_rules! write_auto_in_impl_or_in_trait_on_an_associated_function__or_auto_companion_where_the_name_is_taken {
    ({ $($head:tt)* } $name:ident { $($body:tt)* }) => {
        #[$crate::__private::followed_by($($body)*)]
        $($head)* enum $name {}
    };
}
pub use crate::write_auto_in_impl_or_in_trait_on_an_associated_function__or_auto_companion_where_the_name_is_taken;
pub use amorsize_macros::followed_by;

/// A function that is generated beside a method.
///
/// An attribute cannot see that it stands in a trait or in the `impl` of one. There the first error of rustc is that `pub` is
/// not allowed, in this macro, whose name says what to do.
#[doc(hidden)]
#[macro_export]
macro_rules! write_auto_in_trait_on_a_default_method__and_from_a_method_of_a_trait_impl_call_an_annotated_function {
    ($(#[$attribute:meta])* fn $($rest:tt)*) => {
        $(#[$attribute])*
        pub(self) fn $($rest)*
    };
}
pub use crate::write_auto_in_trait_on_a_default_method__and_from_a_method_of_a_trait_impl_call_an_annotated_function;

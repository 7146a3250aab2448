//! Every annotated function that is linked into the program, whether it was called or not.

use super::site::Site;

/// A site that the expansion of the attribute has registered.
#[derive(Debug)]
pub struct Registered(pub &'static Site);

inventory::collect!(Registered);

/// All annotated functions of the program and of its dependencies, also those inside of functions and generic impls. Empty
/// on platforms where no code can run before `main`.
pub fn registered() -> impl Iterator<Item = &'static Site> {
    inventory::iter::<Registered>.into_iter().map(|registered| registered.0)
}

/// Registers the static of a function.
#[doc(hidden)]
#[macro_export]
macro_rules! __amorsize_register {
    ($site:ident) => {
        $crate::__private::inventory::submit! { $crate::__private::Registered(&$site) }
    };
}

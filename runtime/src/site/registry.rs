//! Every annotated function that is linked into the program, whether it was called or not.

use super::site::Site;

/// A site, as the expansion of the attribute registers it.
#[derive(Debug)]
pub struct Registered(pub &'static Site);

inventory::collect!(Registered);

/// The functions of the whole program, also those inside of functions and generic impls, and those of its dependencies. None
/// on platforms where nothing runs before `main`.
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

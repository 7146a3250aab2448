//! Every annotated function that is linked into the program, whether it was called or not.

use crate::site::Site;

/// What the expansion of the attribute hands in.
#[derive(Debug)]
pub struct Registered(pub &'static Site);

inventory::collect!(Registered);

/// The functions of the whole program: also those inside of functions and generic impls, and of the crates that it
/// depends on. Where the linker runs nothing before `main`, there are none.
pub fn registered() -> impl Iterator<Item = &'static Site> {
    inventory::iter::<Registered>.into_iter().map(|registered| registered.0)
}

/// Makes a static known.
#[doc(hidden)]
#[macro_export]
macro_rules! __amorsize_register {
    ($site:ident) => {
        $crate::__private::inventory::submit! { $crate::__private::Registered(&$site) }
    };
}

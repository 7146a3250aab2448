//! What the static of a function knows before the function is called.

#![allow(dead_code)] // nothing is called

use std::time::Duration;

use amorsize::__private::{Build, Site, registered};
// Linked, and not used.
use amorsize_tests as _;

#[amorsize::auto(ttl = "1h 30min")]
fn plain(x: u32) -> u32 {
    x * 2
}

struct Generic<T>(Vec<T>);

impl<T> Generic<T> {
    #[amorsize::auto]
    fn method(&self, x: u32) -> u32 {
        x * self.0.len() as u32
    }

    #[amorsize::auto(in_impl)]
    fn beside(x: u32) -> u32 {
        x * 5
    }
}

fn is_registered(site: &'static Site) -> bool {
    registered().any(|registered| std::ptr::eq(registered, site))
}

#[test]
fn functions_are_registered_though_never_called() {
    assert!(is_registered(plain::__amorsize_site()));
    assert!(is_registered(Generic::<u32>::__amorsize_site_of_method()));
    assert!(is_registered(Generic::<u32>::__amorsize_site_of_beside()));
    assert!(is_registered(inside_a_body()));
    let of_a_library = |site: &Site| format!("{site:?}").contains("\"annotated_in_a_library\"");
    assert!(registered().any(of_a_library));
}

fn inside_a_body() -> &'static Site {
    #[amorsize::auto]
    fn inside(x: u32) -> u32 {
        x * 7
    }
    inside::__amorsize_site()
}

#[test]
fn each_is_registered_once() {
    let site = plain::__amorsize_site();
    assert_eq!(registered().filter(|registered| std::ptr::eq(*registered, site)).count(), 1);
}

#[test]
fn a_function_may_have_its_own_ttl() {
    assert_eq!(plain::__amorsize_site().own_ttl(), Some(Duration::from_secs(90 * 60)));
    assert_eq!(Generic::<u32>::__amorsize_site_of_beside().own_ttl(), None);
}

#[test]
fn the_build_is_that_of_this_crate() {
    let build: Build = plain::__amorsize_site().build();
    assert_eq!(build, Generic::<u32>::__amorsize_site_of_method().build());
    assert_eq!(build.debug_assertions(), cfg!(debug_assertions));
    assert_eq!(build.features().any(|feature| feature == "avx2"), cfg!(target_feature = "avx2"));
    assert_eq!(build.features().any(|feature| feature == "neon"), cfg!(target_feature = "neon"));
    assert_ne!(build.opt_level(), "unknown", "this is compiled by rustc");
}

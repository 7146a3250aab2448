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

mod coll {
    pub(super) struct A(pub(super) u32);
    pub(super) struct B<T>(pub(super) u32, pub(super) T);

    impl A {
        #[amorsize::auto]
        pub(super) fn same(&self, x: u32) -> u32 {
            x + self.0
        }
    }

    impl<T: Sync> B<T> {
        #[amorsize::auto]
        pub(super) fn same(&self, x: u32) -> u32 {
            x + self.0
        }
    }
}

fn first_of_two() -> Vec<u32> {
    #[amorsize::auto]
    fn nested(x: u32) -> u32 {
        helper(x)
    }
    fn helper(x: u32) -> u32 {
        x + 1
    }
    nested::map([1, 2])
}

fn second_of_two() -> Vec<u32> {
    #[amorsize::auto]
    fn nested(x: u32) -> u32 {
        helper(x)
    }
    fn helper(x: u32) -> u32 {
        x + 2
    }
    nested::map([1, 2])
}

#[test]
fn functions_of_one_name_and_text_are_told_apart_by_what_they_stand_in() {
    for results in [coll::A(11).same_map([1, 2]), coll::B(11, 1).same_map([1, 2]), coll::B(11, "").same_map([1, 2])] {
        assert_eq!(results, [12, 13]);
    }
    assert_eq!((first_of_two(), second_of_two()), (vec![2, 3], vec![3, 4]));
    let stats = amorsize::stats();
    let ids: Vec<_> = ["coll::A::same", "coll::B::same", "first_of_two::nested", "second_of_two::nested"]
        .map(|path| {
            let path = format!("{}::{path}", module_path!());
            let found: Vec<_> = stats.functions.iter().filter(|function| function.function == path).collect();
            assert_eq!(found.len(), 1, "{path}");
            found[0].id
        })
        .into();
    for (i, id) in ids.iter().enumerate() {
        assert!(!ids[..i].contains(id), "number {i}");
    }
}

fn is_registered(site: &'static Site) -> bool {
    registered().any(|registered| std::ptr::eq(registered, site))
}

#[test]
fn functions_are_registered_though_never_called() {
    assert!(is_registered(plain::__amorsize_site()));
    assert!(is_registered(Generic::<u32>::__amorsize_auto_is_for_inherent_impls_and_not_for_traits__site_of_method()));
    assert!(is_registered(Generic::<u32>::__amorsize_auto_is_for_inherent_impls_and_not_for_traits__site_of_beside()));
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
    assert_eq!(
        Generic::<u32>::__amorsize_auto_is_for_inherent_impls_and_not_for_traits__site_of_beside().own_ttl(),
        None
    );
}

#[test]
fn the_build_is_that_of_this_crate() {
    let build: Build = plain::__amorsize_site().build();
    assert_eq!(
        build,
        Generic::<u32>::__amorsize_auto_is_for_inherent_impls_and_not_for_traits__site_of_method().build()
    );
    assert_eq!(build.debug_assertions(), cfg!(debug_assertions));
    assert_eq!(build.features().any(|feature| feature == "avx2"), cfg!(target_feature = "avx2"));
    assert_eq!(build.features().any(|feature| feature == "neon"), cfg!(target_feature = "neon"));
    assert_ne!(build.opt_level(), "unknown", "this is compiled by rustc");
}

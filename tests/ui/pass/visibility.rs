#![deny(warnings, unreachable_pub, private_interfaces, private_bounds)]

mod outer {
    pub(crate) mod inner {
        #[amorsize::auto]
        pub(in crate::outer) fn in_path(x: u32) -> u32 {
            x
        }

        #[amorsize::auto]
        pub(super) fn in_super(x: u32) -> u32 {
            x
        }

        #[amorsize::auto]
        pub(crate) fn in_crate(x: u32) -> u32 {
            x
        }

        #[amorsize::auto]
        pub(self) fn private(x: u32) -> u32 {
            x
        }

        pub(crate) fn use_private() -> Vec<u32> {
            private::map([1])
        }

        struct Secret(u32);

        #[amorsize::auto]
        fn of_private_types(secret: &Secret) -> Secret {
            Secret(secret.0)
        }

        pub(crate) fn use_secret() -> u32 {
            of_private_types::map(&[Secret(1)])[0].0
        }
    }

    pub(crate) use inner::in_crate as renamed;

    pub(crate) fn use_inner() -> Vec<u32> {
        inner::in_path::on([1]).map().into_iter().chain(inner::in_super::map([2])).collect()
    }
}

use outer::inner::in_crate;

fn main() {
    assert_eq!(outer::use_inner(), [1, 2]);
    assert_eq!(outer::inner::use_private(), [1]);
    assert_eq!(outer::inner::use_secret(), 1);
    // One import brings the function and its companion.
    assert_eq!((in_crate(1), in_crate::map([1])), (1, vec![1]));
    assert_eq!(outer::renamed::ID, in_crate::ID);
}

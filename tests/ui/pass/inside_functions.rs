#![deny(warnings)]

fn main() {
    #[amorsize::auto]
    fn double(x: u32) -> u32 {
        2 * x
    }
    assert_eq!(double::map([1]), [2]);

    let inner = {
        #[amorsize::auto]
        fn double(x: u32) -> u32 {
            20 * x
        }
        double::map([1])
    };
    assert_eq!(inner, [20]);

    #[amorsize::auto]
    fn outer(x: u32) -> Vec<u32> {
        #[amorsize::auto]
        fn inner(x: u32) -> u32 {
            x + 1
        }
        inner::map([x])
    }
    assert_eq!(outer::map([1]), [[2]]);

    let closure = |x| {
        #[amorsize::auto(depends(double))]
        fn triple(x: u32) -> u32 {
            3 * x
        }
        triple::map([x])
    };
    assert_eq!(closure(1), [3]);

    struct Local;
    impl Local {
        #[amorsize::auto]
        fn method(&self, x: u32) -> u32 {
            x
        }
    }
    assert_eq!(Local.method_map([1]), [1]);
    later::for_each([1]);

    #[amorsize::auto]
    fn later(_: u32) {}
}

const _: () = {
    #[amorsize::auto]
    #[allow(dead_code)]
    fn in_a_constant(x: u32) -> u32 {
        x
    }
};

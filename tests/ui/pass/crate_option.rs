//! The runtime under another path, also from a macro of another module.
mod vendored {
    pub use amorsize as tuning;

    #[doc(hidden)]
    pub use amorsize as __amorsize;
}

#[amorsize::auto(crate = vendored::tuning)]
fn by_path(x: &str, by: usize) -> usize {
    x.len() * by
}

#[amorsize::auto(crate = crate::vendored::tuning, key(by))]
fn by_crate_path(x: &str, by: usize) -> usize {
    x.len() * by
}

#[macro_export]
macro_rules! tuned {
    (fn $name:ident($x:ident: $ty:ty) -> $out:ty $body:block) => {
        #[$crate::vendored::__amorsize::auto(crate = $crate::vendored::__amorsize)]
        fn $name($x: $ty) -> $out $body
    };
}

mod elsewhere {
    tuned! {
        fn made(x: &[u8]) -> usize { x.len() }
    }

    pub fn use_it() -> Vec<usize> {
        made::map(&[vec![1, 2]])
    }
}

fn main() {
    assert_eq!(by_path::map(&["ab"], 2), [4]);
    assert_eq!(by_crate_path::map(&["ab"], 2), [4]);
    assert_eq!(elsewhere::use_it(), [2]);
}

//! One import brings a function and its companion, by whatever way.
#![deny(warnings)]

mod text {
    #[amorsize::auto]
    pub fn score(line: &str) -> usize {
        line.len()
    }

    pub mod inner {
        #[amorsize::auto]
        pub fn depth(line: &str) -> usize {
            line.matches('/').count()
        }
    }
    pub use inner::depth as levels;
}

mod by_glob {
    use super::text::*;

    pub fn go() -> (usize, Vec<usize>, Vec<usize>) {
        (score("a"), score::map(&["ab"]), levels::map(&["a/b"]))
    }
}

mod by_name {
    pub(crate) use super::text::{inner::depth, score as renamed};
}

mod around {
    use super::text::score;

    pub fn in_a_block() -> Vec<usize> {
        // Nearer than the import.
        #[amorsize::auto]
        fn score(line: &str) -> usize {
            100 + line.len()
        }
        score::map(&["a"])
    }

    pub fn outside() -> Vec<usize> {
        score::map(&["a"])
    }
}

fn main() {
    assert_eq!(by_glob::go(), (1, vec![2], vec![1]));
    assert_eq!((by_name::renamed("a"), by_name::renamed::map(&["a"])), (1, vec![1]));
    assert_eq!(by_name::depth::map(&["a/b/c"]), [2]);
    assert_eq!(around::in_a_block(), [101]);
    assert_eq!(around::outside(), [1]);
}

//! Default methods of traits.
#![deny(warnings)]
#![forbid(unsafe_code)]

pub trait Score {
    const BIAS: u32 = 0;

    #[amorsize::auto(in_trait, n_jobs = 2)]
    fn score(&self, x: u32) -> u32 {
        x
    }

    #[amorsize::auto(in_trait)]
    fn cut<'a>(&self, x: &'a str, at: &impl Fn(&str) -> usize) -> &'a str {
        &x[at(x)..]
    }

    #[amorsize::auto(in_trait)]
    fn kept(&self, _: &str) -> &Self {
        self
    }

    #[amorsize::auto(in_trait)]
    fn biased(x: u32) -> u32
    where
        Self: Sized,
    {
        x + Self::BIAS
    }

    #[amorsize::auto(in_trait, key(by))]
    fn add(&self, x: &mut u32, by: u8) {
        *x += u32::from(by);
    }

    #[amorsize::auto(in_trait)]
    fn to<T: From<u32>>(&self, x: &u32) -> T {
        (*x).into()
    }
}

impl Score for () {}

impl Score for &str {}

impl Score for u8 {
    const BIAS: u32 = 3;

    fn score(&self, x: u32) -> u32 {
        x + u32::from(*self)
    }
}

impl<T> Score for Vec<T> {}

/// Of this there is a `dyn Worth`.
trait Worth<'a, T: Sync + 'a> {
    fn more(&self) -> u32;

    #[amorsize::auto(in_trait)]
    fn worth(&self, x: u32) -> u32 {
        x + self.more()
    }

    #[amorsize::auto(in_trait)]
    fn back(&self, x: &'a T) -> &'a T {
        x
    }
}

impl<'a> Worth<'a, u32> for u8 {
    fn more(&self) -> u32 {
        u32::from(*self)
    }
}

fn main() {
    assert_eq!(().score_map([1, 2]), [1, 2]);
    assert_eq!(3u8.score_map([1, 2]), [4, 5]);
    assert_eq!(3u8.score_on([1, 2]).n_jobs(1).map(), [4, 5]);
    assert_eq!(3u8.score_stream([1, 2]).collect::<Vec<_>>(), [4, 5]);
    assert_eq!(().cut_map(&["ab".to_owned()], &|_| 1), ["b"]);
    assert_eq!(3u8.kept_map(&["ab"]), [&3]);
    assert_eq!((<&str>::biased_map([1]), u8::biased_map([1])), (vec![1], vec![4]));
    assert_eq!(vec![()].to_map::<u64>(&[1]), [1]);
    let mut xs = [1];
    ().add_for_each(&mut xs, 2);
    assert_eq!(xs, [3]);
    let object: &dyn Worth<'_, u32> = &1u8;
    assert_eq!((object.worth(1), "x".score(1)), (2, 1));
    assert_eq!(2u8.worth_map([1]), [3]);
    assert_eq!(2u8.back_map(&[1]), [&1]);
}

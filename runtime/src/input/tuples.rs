//! Several collections side by side, as if they were zipped; but each thread goes to its own chunk of all of them at once.

use super::items::Collection;
use super::mapped::Mapped;
use crate::executor::chunk::{Both, Source};

/// The smaller of two sizes; `None` stands for more than any.
fn shorter(a: Option<usize>, b: Option<usize>) -> Option<usize> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

#[diagnostic::do_not_recommend]
impl<A: Collection, B: Collection> Collection for (A, B) {
    type Item = (A::Item, B::Item);
    const GATHERING: f64 = A::GATHERING + B::GATHERING;

    #[inline]
    fn size(&self) -> Option<usize> {
        shorter(self.0.size(), self.1.size())
    }

    #[inline]
    fn into_loop(self) -> impl Iterator<Item = Self::Item> {
        self.0.into_loop().zip(self.1.into_loop())
    }

    #[inline]
    fn into_source(self, len: usize) -> impl Source<Item = Self::Item> {
        Both::new(self.0.into_source(len), self.1.into_source(len))
    }
}

/// More than two collections are pairs of pairs, whose items are made flat.
macro_rules! tuples {
    ($($($part:ident $name:ident),* as $pairs:tt;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($part: Collection),*> Collection for ($($part),*) {
            type Item = ($($part::Item),*);
            const GATHERING: f64 = 0.0 $(+ $part::GATHERING)*;

            #[inline]
            fn size(&self) -> Option<usize> {
                let ($($name),*) = self;
                let size = None;
                $(let size = shorter(size, $name.size());)*
                size
            }

            #[inline]
            fn into_loop(self) -> impl Iterator<Item = Self::Item> {
                let ($($name),*) = self;
                Mapped($pairs, |$pairs| ($($name),*)).into_loop()
            }

            #[inline]
            fn into_source(self, len: usize) -> impl Source<Item = Self::Item> {
                let ($($name),*) = self;
                Mapped($pairs, |$pairs| ($($name),*)).into_source(len)
            }
        }
    )*};
}

tuples! {
    A a, B b, C c as ((a, b), c);
    A a, B b, C c, D d as (((a, b), c), d);
    A a, B b, C c, D d, E e as ((((a, b), c), d), e);
}

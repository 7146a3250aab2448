//! Several collections side by side, as if they were zipped; but each thread goes to its own chunk of all of them at once.

use std::iter::{Map, Zip};
use std::marker::PhantomData;

use super::items::Collection;
use crate::executor::chunk::{Both, Chunk, Source};

/// The smaller of two sizes; `None` stands for more than any.
fn shorter(a: Option<usize>, b: Option<usize>) -> Option<usize> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

impl<A: Collection, B: Collection> Collection for (A, B) {
    type Item = (A::Item, B::Item);
    type Loop = Zip<A::Loop, B::Loop>;
    type Source = Both<A::Source, B::Source>;

    #[inline]
    fn size(&self) -> Option<usize> {
        shorter(self.0.size(), self.1.size())
    }

    #[inline]
    fn into_loop(self) -> Self::Loop {
        self.0.into_loop().zip(self.1.into_loop())
    }

    #[inline]
    fn into_source(self, len: usize) -> Self::Source {
        Both::new(self.0.into_source(len), self.1.into_source(len))
    }
}

/// Pairs in pairs that are to be one tuple.
pub trait Nested<Flat> {
    /// Makes it.
    fn flat(self) -> Flat;
}

impl<A, B, C> Nested<(A, B, C)> for ((A, B), C) {
    #[inline]
    fn flat(self) -> (A, B, C) {
        let ((a, b), c) = self;
        (a, b, c)
    }
}

impl<A, B, C, D> Nested<(A, B, C, D)> for (((A, B), C), D) {
    #[inline]
    fn flat(self) -> (A, B, C, D) {
        let (((a, b), c), d) = self;
        (a, b, c, d)
    }
}

/// A source of pairs in pairs, as one of tuples.
#[derive(Debug)]
pub struct FlatSource<S, F>(S, PhantomData<fn() -> F>);

impl<F, S: Source<Item: Nested<F>>> Source for FlatSource<S, F> {
    type Item = F;
    type Items<'a>
        = Map<S::Items<'a>, fn(S::Item) -> F>
    where
        Self: 'a;

    #[inline]
    fn items(&self, chunk: Chunk) -> Self::Items<'_> {
        self.0.items(chunk).map(Nested::flat)
    }
}

/// Three and four collections are as many pairs in pairs.
macro_rules! flat {
    ([$($part:ident $at:tt),*] of $nested:ty, by $pairs:expr) => {
        impl<$($part: Collection),*> Collection for ($($part),*) {
            type Item = ($($part::Item),*);
            type Loop = Map<<$nested as Collection>::Loop, fn(<$nested as Collection>::Item) -> Self::Item>;
            type Source = FlatSource<<$nested as Collection>::Source, Self::Item>;

            #[inline]
            fn size(&self) -> Option<usize> {
                None$(.map_or(self.$at.size(), |size| shorter(Some(size), self.$at.size())))*
            }

            #[inline]
            fn into_loop(self) -> Self::Loop {
                $pairs(self).into_loop().map(Nested::flat)
            }

            #[inline]
            fn into_source(self, len: usize) -> Self::Source {
                FlatSource($pairs(self).into_source(len), PhantomData)
            }
        }
    };
}

flat!([A 0, B 1, C 2] of ((A, B), C), by |(a, b, c)| ((a, b), c));
flat!([A 0, B 1, C 2, D 3] of (((A, B), C), D), by |(a, b, c, d)| (((a, b), c), d));

//! Ranges of integers, whose items are found by arithmetic.

use std::iter::StepBy;
use std::ops::{Range, RangeFrom, RangeInclusive};

use super::known_length::{Access, ByNth, Collected, KnownLength};
use crate::executor::chunk::{Chunk, Source};

/// An integer that ranges may run over.
pub trait Integer: Copy + Send + Sync {
    /// How far it is from one integer to another. Wrapping.
    #[must_use]
    fn minus(self, other: Self) -> Self;

    /// The integer after `count` steps. Wrapping: `step * count` can exceed the type's largest value, as in `-128i8..127`; the
    /// sum does not.
    #[must_use]
    fn plus(self, step: Self, count: usize) -> Self;

    /// 1.
    const ONE: Self;

    /// Whether std goes to any item of a `zip` with a range of these at once.
    type Zipped;
}

macro_rules! integers {
    ($($t:ty)*, $zipped:ty) => {$(
        impl Integer for $t {
            const ONE: Self = 1;
            type Zipped = $zipped;

            #[inline]
            fn minus(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }

            #[inline]
            #[allow(clippy::cast_possible_wrap, clippy::cast_lossless)]
            fn plus(self, step: Self, count: usize) -> Self {
                self.wrapping_add(step.wrapping_mul(count as $t))
            }
        }
    )*};
}
integers!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize, ByNth);
integers!(u128 i128, Collected);

/// Integers at equal distances. They are found by arithmetic.
#[derive(Debug)]
pub struct Arithmetic;

/// One implementation for all integers, so that the literals of `0..10` take the type that the function asks for.
macro_rules! ranges {
    ($range:ident, $range_is:ident => $start:expr, zipped $zipped:ty, chained $chained:ty) => {
        impl<T: Integer> KnownLength for $range<T>
        where
            Self: Iterator<Item = T>,
        {
            type Access = Arithmetic;
            type Adapted = ByNth;
            type Zipped = $zipped;
            type Chained = $chained;
        }

        impl<T: Integer> Access<$range<T>> for Arithmetic
        where
            $range<T>: Iterator<Item = T>,
        {
            type Source = Span<T>;

            #[inline]
            fn share($range_is: $range<T>, _len: usize) -> Span<T> {
                Span($start)
            }
        }

        impl<T: Integer> KnownLength for StepBy<$range<T>>
        where
            Self: Iterator<Item = T>,
        {
            type Access = Arithmetic;
            // Where std steps over a range of integers, it goes from one to the next.
            type Adapted = Collected;
            type Zipped = Collected;
            type Chained = Collected;
        }

        impl<T: Integer> Access<StepBy<$range<T>>> for Arithmetic
        where
            StepBy<$range<T>>: Iterator<Item = T>,
        {
            type Source = Steps<T>;

            #[inline]
            fn share(mut steps: StepBy<$range<T>>, _len: usize) -> Steps<T> {
                let first = steps.next();
                let step = first.and_then(|first| Some(steps.next()?.minus(first)));
                Steps { first, step: step.unwrap_or(T::ONE) }
            }
        }
    };
}
ranges!(Range, range => range.start, zipped T::Zipped, chained ByNth);
ranges!(RangeInclusive, range => *range.start(), zipped Collected, chained Collected);

/// It has no length of its own, and takes that of what it goes side by side with. Alone it is run over in the plain loop.
impl<T: Integer> KnownLength for RangeFrom<T>
where
    Self: Iterator<Item = T>,
{
    type Access = Arithmetic;
    type Adapted = Collected;
    type Zipped = Collected;
    type Chained = Collected;
}

impl<T: Integer> Access<RangeFrom<T>> for Arithmetic
where
    RangeFrom<T>: Iterator<Item = T>,
{
    type Source = Span<T>;

    #[inline]
    fn share(range: RangeFrom<T>, _len: usize) -> Span<T> {
        Span(range.start)
    }
}

/// Consecutive integers: holds the first, and finds the others by their distance from it.
#[derive(Debug)]
pub struct Span<T>(T);

impl<T: Integer> Source for Span<T> {
    type Item = T;
    type Items<'a>
        = SpanItems<T>
    where
        T: 'a;

    #[inline]
    fn items(&self, chunk: Chunk) -> SpanItems<T> {
        SpanItems { first: self.0, step: T::ONE, indices: chunk.range() }
    }
}

/// Integers at equal distances: holds the first, if there is one, and the distance.
#[derive(Debug)]
pub struct Steps<T> {
    first: Option<T>,
    step: T,
}

impl<T: Integer> Source for Steps<T> {
    type Item = T;
    type Items<'a>
        = SpanItems<T>
    where
        T: 'a;

    #[inline]
    fn items(&self, chunk: Chunk) -> SpanItems<T> {
        let Some(first) = self.first else { return SpanItems { first: T::ONE, step: T::ONE, indices: 0..0 } };
        SpanItems { first, step: self.step, indices: chunk.range() }
    }
}

/// The integers of one chunk.
#[derive(Debug)]
pub struct SpanItems<T> {
    first: T,
    step: T,
    indices: Range<usize>,
}

impl<T: Integer> Iterator for SpanItems<T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.indices.next().map(|index| self.first.plus(self.step, index))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.indices.size_hint()
    }
}

//! Ranges of integers, whose items are found by arithmetic.

use std::iter::StepBy;
use std::ops::{Range, RangeFrom, RangeInclusive};

use super::known_length::{Access, ByNth, Collected, KnownLength};
use super::sealed::Sealed;
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

macro_rules! integer_types {
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
integer_types!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize, ByNth);
integer_types!(u128 i128, Collected);

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
            const SEALED: Sealed = Sealed;
        }

        impl<T: Integer> Access<$range<T>> for Arithmetic
        where
            $range<T>: Iterator<Item = T>,
        {
            #[inline]
            fn share($range_is: $range<T>, _len: usize) -> impl Source<Item = T> {
                Progression { first: $start, step: T::ONE }
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
            const SEALED: Sealed = Sealed;
        }

        impl<T: Integer> Access<StepBy<$range<T>>> for Arithmetic
        where
            StepBy<$range<T>>: Iterator<Item = T>,
        {
            #[inline]
            fn share(mut steps: StepBy<$range<T>>, _len: usize) -> impl Source<Item = T> {
                // Where there are fewer than two, nobody asks for the others.
                let first = steps.next().unwrap_or(T::ONE);
                let second = steps.next().unwrap_or(first);
                Progression { first, step: second.minus(first) }
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
    const SEALED: Sealed = Sealed;
}

impl<T: Integer> Access<RangeFrom<T>> for Arithmetic
where
    RangeFrom<T>: Iterator<Item = T>,
{
    #[inline]
    fn share(range: RangeFrom<T>, _len: usize) -> impl Source<Item = T> {
        Progression { first: range.start, step: T::ONE }
    }
}

/// Integers at equal distances: holds the first and the distance.
#[derive(Debug)]
struct Progression<T> {
    first: T,
    step: T,
}

impl<T: Integer> Source for Progression<T> {
    type Item = T;

    #[inline]
    fn items(&self, chunk: Chunk) -> impl Iterator<Item = T> {
        let range = chunk.range();
        let (mut next, step) = (self.first.plus(self.step, range.start), self.step);
        // Each from the one before it, in its own type: vectors of indices would have to be made narrower.
        range.map(move |_| {
            let item = next;
            next = item.plus(step, 1);
            item
        })
    }
}

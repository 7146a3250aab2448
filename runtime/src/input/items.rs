//! The collections a run accepts.

use std::borrow::BorrowMut;
use std::iter::{Copied, Map};
use std::marker::PhantomData;
use std::ops::{Range, RangeInclusive};
use std::{array, slice, vec};

use crate::executor::buffers::{Exclusive, Owned};
use crate::executor::chunk::{Chunk, Source};
use crate::input::lend::Lend;

/// A collection whose items a function of one `T` can be mapped over.
///
/// Implemented for
/// - `Vec<T>`, `[T; N]` and ranges of integers, whose items are moved into the function;
/// - `&[T]`, `&Vec<T>` and `&[T; N]` where `T: Copy`, whose items are copied into it.
///
/// The trait is sealed: a wrong implementation could make answers wrong.
#[diagnostic::on_unimplemented(
    message = "a function of one `{T}` cannot be mapped over `{Self}`",
    label = "expected a collection of `{T}`",
    note = "accepted: `Vec<{T}>` and `[{T}; N]`, which are moved, a range of integers, and `&[{T}]` where `{T}: Copy`; items must be `Send`",
    note = "an iterator without a length goes through `stream`"
)]
pub trait Items<T>: Collection<Item = T> {}

impl<C: Collection> Items<C::Item> for C {}

/// How a collection is run over: in a plain loop, or by several threads chunk by chunk.
pub trait Collection {
    /// What the function is given.
    type Item;
    /// The plain loop over the collection.
    type Loop: Iterator<Item = Self::Item>;
    /// The collection, shared among threads.
    type Source: Source<Item = Self::Item>;

    /// The number of items; `None` if it does not fit a `usize`, as of `0..=usize::MAX`.
    fn size(&self) -> Option<usize>;

    /// The plain loop.
    fn into_loop(self) -> Self::Loop;

    /// The collection, to be shared among threads.
    fn into_source(self) -> Self::Source;
}

impl<T: Send> Collection for Vec<T> {
    type Item = T;
    type Loop = vec::IntoIter<T>;
    type Source = Owned<T>;

    #[inline]
    fn size(&self) -> Option<usize> {
        Some(self.len())
    }

    #[inline]
    fn into_loop(self) -> Self::Loop {
        self.into_iter()
    }

    #[inline]
    fn into_source(self) -> Self::Source {
        Owned::new(self)
    }
}

impl<T: Send, const N: usize> Collection for [T; N] {
    type Item = T;
    type Loop = array::IntoIter<T, N>;
    type Source = Owned<T>;

    #[inline]
    fn size(&self) -> Option<usize> {
        Some(N)
    }

    #[inline]
    fn into_loop(self) -> Self::Loop {
        self.into_iter()
    }

    #[inline]
    fn into_source(self) -> Self::Source {
        Owned::new(Vec::from(self))
    }
}

#[diagnostic::do_not_recommend]
impl<'s, T: Copy + Sync> Collection for &'s [T] {
    type Item = T;
    type Loop = Copied<slice::Iter<'s, T>>;
    type Source = Self;

    #[inline]
    fn size(&self) -> Option<usize> {
        Some(self.len())
    }

    #[inline]
    fn into_loop(self) -> Self::Loop {
        self.iter().copied()
    }

    #[inline]
    fn into_source(self) -> Self::Source {
        self
    }
}

impl<'s, T: Copy + Sync> Source for &'s [T] {
    type Item = T;
    type Items<'a>
        = Copied<slice::Iter<'s, T>>
    where
        Self: 'a;

    #[inline]
    fn items(&self, chunk: Chunk) -> Self::Items<'_> {
        self[chunk.range()].iter().copied()
    }
}

#[diagnostic::do_not_recommend]
impl<'s, T: Copy + Sync> Collection for &'s Vec<T> {
    type Item = T;
    type Loop = Copied<slice::Iter<'s, T>>;
    type Source = &'s [T];

    #[inline]
    fn size(&self) -> Option<usize> {
        Some(self.len())
    }

    #[inline]
    fn into_loop(self) -> Self::Loop {
        self.iter().copied()
    }

    #[inline]
    fn into_source(self) -> Self::Source {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<'s, T: Copy + Sync, const N: usize> Collection for &'s [T; N] {
    type Item = T;
    type Loop = Copied<slice::Iter<'s, T>>;
    type Source = &'s [T];

    #[inline]
    fn size(&self) -> Option<usize> {
        Some(N)
    }

    #[inline]
    fn into_loop(self) -> Self::Loop {
        self.iter().copied()
    }

    #[inline]
    fn into_source(self) -> Self::Source {
        self
    }
}

/// Consecutive integers: holds the first, and finds the others by their distance from it.
#[derive(Debug)]
pub struct Span<T>(T);

/// An integer that ranges may run over.
pub trait Integer: Copy + Send + Sync {
    /// The integer at a distance. Wrapping: a distance can exceed the type's largest value, as in `-128i8..127`; the
    /// sum does not.
    #[must_use]
    fn plus(self, distance: usize) -> Self;
}

macro_rules! integers {
    ($($t:ty)*) => {$(
        impl Integer for $t {
            #[inline]
            #[allow(clippy::cast_possible_wrap, clippy::cast_lossless)]
            fn plus(self, distance: usize) -> Self {
                self.wrapping_add(distance as $t)
            }
        }
    )*};
}
integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

/// One implementation for all integers, so that the literals of `0..10` take the type that the function asks for.
macro_rules! ranges {
    ($range:ident, $range_is:ident => $start:expr) => {
        impl<T: Integer> Collection for $range<T>
        where
            Self: Iterator<Item = T>,
        {
            type Item = T;
            type Loop = Self;
            type Source = Span<T>;

            #[inline]
            fn size(&self) -> Option<usize> {
                self.size_hint().1
            }

            #[inline]
            fn into_loop(self) -> Self {
                self
            }

            #[inline]
            fn into_source(self) -> Span<T> {
                let $range_is = self;
                Span($start)
            }
        }
    };
}
ranges!(Range, range => range.start);
ranges!(RangeInclusive, range => *range.start());

impl<T: Integer> Source for Span<T> {
    type Item = T;
    type Items<'a>
        = SpanItems<T>
    where
        T: 'a;

    #[inline]
    fn items(&self, chunk: Chunk) -> SpanItems<T> {
        SpanItems { first: self.0, indices: chunk.range() }
    }
}

impl<T: Integer> Iterator for SpanItems<T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.indices.next().map(|index| self.first.plus(index))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.indices.size_hint()
    }
}

/// The integers of one chunk.
#[derive(Debug)]
pub struct SpanItems<T> {
    first: T,
    indices: Range<usize>,
}

/// A slice that lends a `&'x T` from each of its elements.
#[derive(Debug)]
pub struct Lent<'s, 'x, B, T: ?Sized> {
    slice: &'s [B],
    lent: PhantomData<fn() -> &'x T>,
}

/// The items of a function of `&T`.
#[inline]
pub const fn lent<'x, B, T: ?Sized>(slice: &[B]) -> Lent<'_, 'x, B, T> {
    Lent { slice, lent: PhantomData }
}

impl<'s, 'x, B: Lend<'s, 'x, T> + Sync, T: ?Sized> Collection for Lent<'s, 'x, B, T> {
    type Item = &'x T;
    type Loop = Map<slice::Iter<'s, B>, fn(&'s B) -> &'x T>;
    type Source = Self;

    #[inline]
    fn size(&self) -> Option<usize> {
        Some(self.slice.len())
    }

    #[inline]
    fn into_loop(self) -> Self::Loop {
        self.slice.iter().map(B::lend)
    }

    #[inline]
    fn into_source(self) -> Self::Source {
        self
    }
}

impl<'s, 'x, B: Lend<'s, 'x, T> + Sync, T: ?Sized> Source for Lent<'s, 'x, B, T> {
    type Item = &'x T;
    type Items<'a>
        = Map<slice::Iter<'s, B>, fn(&'s B) -> &'x T>
    where
        Self: 'a;

    #[inline]
    fn items(&self, chunk: Chunk) -> Self::Items<'_> {
        self.slice[chunk.range()].iter().map(B::lend)
    }
}

/// A slice that lends a `&mut T` from each of its elements.
#[derive(Debug)]
pub struct Rows<'s, B, T: ?Sized> {
    slice: &'s mut [B],
    lent: PhantomData<fn() -> &'s mut T>,
}

/// The items of a function of `&mut T`.
#[inline]
pub const fn rows<B, T: ?Sized>(slice: &mut [B]) -> Rows<'_, B, T> {
    Rows { slice, lent: PhantomData }
}

impl<'s, B: BorrowMut<T> + Send, T: ?Sized + 's> Collection for Rows<'s, B, T> {
    type Item = &'s mut T;
    type Loop = Map<slice::IterMut<'s, B>, fn(&'s mut B) -> &'s mut T>;
    type Source = Exclusive<'s, B, T>;

    #[inline]
    fn size(&self) -> Option<usize> {
        Some(self.slice.len())
    }

    #[inline]
    fn into_loop(self) -> Self::Loop {
        self.slice.iter_mut().map(B::borrow_mut)
    }

    #[inline]
    fn into_source(self) -> Self::Source {
        Exclusive::new(self.slice)
    }
}

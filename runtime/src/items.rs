//! The collections a run accepts.

use std::borrow::BorrowMut;
use std::marker::PhantomData;
use std::ops::{Range, RangeInclusive};

use crate::lend::Lend;

/// A collection whose items a function of one `T` can be mapped over.
///
/// Implemented for
/// - `Vec<T>`, `[T; N]` and ranges of integers, whose items are moved into the function;
/// - `&[T]`, `&Vec<T>` and `&[T; N]` where `T: Copy`, whose items are copied into it.
///
/// The trait is sealed: an answer is only as right as the collection it was read from.
#[diagnostic::on_unimplemented(
    message = "a function of one `{T}` cannot be mapped over `{Self}`",
    label = "expected a collection of `{T}`",
    note = "accepted: `Vec<{T}>`, `[{T}; N]`, a range of integers, and `&[{T}]` where `{T}: Copy`; items must be `Send`",
    note = "an iterator without a length goes through `stream`"
)]
pub trait Items<T>: Collection<Item = T> {}

impl<C: Collection> Items<C::Item> for C {}

/// How a collection is run over: as the plain loop would, or by disjoint ranges.
pub trait Collection {
    /// What the function is given.
    type Item;
    /// The plain loop over the collection.
    type Loop: Iterator<Item = Self::Item>;

    /// The number of items; `None` if it does not fit a `usize`, as of `0..=usize::MAX`.
    fn size(&self) -> Option<usize>;

    /// The plain loop.
    fn into_loop(self) -> Self::Loop;
}

impl<T: Send> Collection for Vec<T> {
    type Item = T;
    type Loop = std::vec::IntoIter<T>;

    #[inline]
    fn size(&self) -> Option<usize> {
        Some(self.len())
    }

    #[inline]
    fn into_loop(self) -> Self::Loop {
        self.into_iter()
    }
}

impl<T: Send, const N: usize> Collection for [T; N] {
    type Item = T;
    type Loop = std::array::IntoIter<T, N>;

    #[inline]
    fn size(&self) -> Option<usize> {
        Some(N)
    }

    #[inline]
    fn into_loop(self) -> Self::Loop {
        self.into_iter()
    }
}

impl<'s, T: Copy + Sync> Collection for &'s [T] {
    type Item = T;
    type Loop = std::iter::Copied<std::slice::Iter<'s, T>>;

    #[inline]
    fn size(&self) -> Option<usize> {
        Some(self.len())
    }

    #[inline]
    fn into_loop(self) -> Self::Loop {
        self.iter().copied()
    }
}

impl<'s, T: Copy + Sync> Collection for &'s Vec<T> {
    type Item = T;
    type Loop = std::iter::Copied<std::slice::Iter<'s, T>>;

    #[inline]
    fn size(&self) -> Option<usize> {
        Some(self.len())
    }

    #[inline]
    fn into_loop(self) -> Self::Loop {
        self.iter().copied()
    }
}

impl<'s, T: Copy + Sync, const N: usize> Collection for &'s [T; N] {
    type Item = T;
    type Loop = std::iter::Copied<std::slice::Iter<'s, T>>;

    #[inline]
    fn size(&self) -> Option<usize> {
        Some(N)
    }

    #[inline]
    fn into_loop(self) -> Self::Loop {
        self.iter().copied()
    }
}

macro_rules! ranges {
    ($($t:ty),*) => {$(
        impl Collection for Range<$t> {
            type Item = $t;
            type Loop = Range<$t>;

            #[inline]
            fn size(&self) -> Option<usize> {
                self.size_hint().1
            }

            #[inline]
            fn into_loop(self) -> Self::Loop {
                self
            }
        }

        impl Collection for RangeInclusive<$t> {
            type Item = $t;
            type Loop = RangeInclusive<$t>;

            #[inline]
            fn size(&self) -> Option<usize> {
                self.size_hint().1
            }

            #[inline]
            fn into_loop(self) -> Self::Loop {
                self
            }
        }
    )*};
}
ranges!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize);

/// A slice that lends a `&'x T` from each of its elements.
#[derive(Debug)]
pub struct Lent<'s, 'x, B, T: ?Sized> {
    slice: &'s [B],
    lent: PhantomData<fn() -> &'x T>,
}

/// The items of a function of `&T`.
#[inline]
pub const fn lent<'s, 'x, B, T: ?Sized>(slice: &'s [B]) -> Lent<'s, 'x, B, T> {
    Lent { slice, lent: PhantomData }
}

impl<'s, 'x, B: Lend<'s, 'x, T> + Sync, T: ?Sized> Collection for Lent<'s, 'x, B, T> {
    type Item = &'x T;
    type Loop = std::iter::Map<std::slice::Iter<'s, B>, fn(&'s B) -> &'x T>;

    #[inline]
    fn size(&self) -> Option<usize> {
        Some(self.slice.len())
    }

    #[inline]
    fn into_loop(self) -> Self::Loop {
        self.slice.iter().map(B::lend)
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
    type Loop = std::iter::Map<std::slice::IterMut<'s, B>, fn(&'s mut B) -> &'s mut T>;

    #[inline]
    fn size(&self) -> Option<usize> {
        Some(self.slice.len())
    }

    #[inline]
    fn into_loop(self) -> Self::Loop {
        self.slice.iter_mut().map(B::borrow_mut)
    }
}

//! Slices whose elements lend the items of functions of `&T` and `&mut T`.

use std::borrow::BorrowMut;
use std::iter::Map;
use std::marker::PhantomData;
use std::slice;

use super::items::Collection;
use super::lend::Lend;
use crate::executor::buffers::Exclusive;
use crate::executor::chunk::{Chunk, Source};

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
    fn into_source(self, len: usize) -> Self::Source {
        Lent { slice: &self.slice[..len], lent: PhantomData }
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
    fn into_source(self, len: usize) -> Self::Source {
        Exclusive::new(&mut self.slice[..len])
    }
}

//! Collections whose items are moved or copied into a function.

use std::collections::{VecDeque, vec_deque};
use std::iter::Copied;
use std::{array, slice, vec};

use super::items::Collection;
use crate::executor::buffers::Owned;
use crate::executor::chunk::{Chunk, Source};

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
    fn into_source(self, len: usize) -> Self::Source {
        Owned::new(self, len)
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
    fn into_source(self, len: usize) -> Self::Source {
        Owned::new(Vec::from(self), len)
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
    fn into_source(self, len: usize) -> Self::Source {
        &self[..len]
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
    fn into_source(self, len: usize) -> Self::Source {
        &self[..len]
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
    fn into_source(self, len: usize) -> Self::Source {
        &self[..len]
    }
}

impl<T: Send> Collection for Box<[T]> {
    type Item = T;
    type Loop = vec::IntoIter<T>;
    type Source = Owned<T>;

    #[inline]
    fn size(&self) -> Option<usize> {
        Some(self.len())
    }

    #[inline]
    fn into_loop(self) -> Self::Loop {
        self.into_vec().into_iter()
    }

    #[inline]
    fn into_source(self, len: usize) -> Self::Source {
        Owned::new(self.into_vec(), len)
    }
}

impl<T: Send> Collection for VecDeque<T> {
    type Item = T;
    type Loop = vec_deque::IntoIter<T>;
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
    fn into_source(self, len: usize) -> Self::Source {
        Owned::new(Vec::from(self), len)
    }
}

//! Collections whose items are moved or copied into a function.

use std::collections::VecDeque;
use std::convert;

use super::items::Collection;
use super::mapped::Mapped;
use crate::executor::buffers::Owned;
use crate::executor::chunk::{Chunk, Source};

/// Collections whose items are moved, and how a `Vec` is made of each.
macro_rules! moved {
    ($([$($generics:tt)*] $collection:ty: $into_vec:path;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: Send, $($generics)*> Collection for $collection {
            type Item = T;

            #[inline]
            fn size(&self) -> Option<usize> {
                Some(self.len())
            }

            #[inline]
            fn into_loop(self) -> impl Iterator<Item = T> {
                self.into_iter()
            }

            #[inline]
            fn into_source(self, len: usize) -> impl Source<Item = T> {
                Owned::new($into_vec(self), len)
            }
        }
    )*};
}

moved! {
    [] Vec<T>: convert::identity;
    [const N: usize] [T; N]: Vec::from;
    [] Box<[T]>: Vec::from;
    [] VecDeque<T>: Vec::from;
}

/// Collections whose items are copied.
macro_rules! copied {
    ($([$($generics:tt)*] $collection:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: Copy + Sync, $($generics)*> Collection for $collection {
            type Item = T;

            #[inline]
            fn size(&self) -> Option<usize> {
                Some(self.len())
            }

            #[inline]
            fn into_loop(self) -> impl Iterator<Item = T> {
                self.iter().copied()
            }

            #[inline]
            fn into_source(self, len: usize) -> impl Source<Item = T> {
                Mapped(&self[..len], |item: &T| *item)
            }
        }
    )*};
}

copied! {
    [] &[T];
    [] &Vec<T>;
    [const N: usize] &[T; N];
}

/// The elements of a slice, by reference.
impl<'s, T: Sync> Source for &'s [T] {
    type Item = &'s T;

    #[inline]
    fn items(&self, chunk: Chunk) -> impl Iterator<Item = &'s T> {
        self[chunk.range()].iter()
    }
}

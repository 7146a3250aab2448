//! What functions of `&T` and `&mut T` go over: slices of elements that lend their items, and std's iterators over such.

use std::borrow::{BorrowMut, Cow};
use std::collections::{VecDeque, vec_deque};
use std::iter::Map;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

use super::items::{Collection, Items};
use super::known_length::KnownLength;
use super::lend::Lend;
use super::lent::{Lent, Rows, lent, rows};
use crate::executor::chunk::{Chunk, Source};

/// A collection that a function of one `&T` can be mapped over: it lends a `&T` for each item.
///
/// Implemented for `&[E]`, `&Vec<E>`, `&[E; N]`, `&VecDeque<E>` and `&Arc<[E]>` of what [lends](Lend) a `&T`, and for std's
/// [iterators](KnownLength) over references to such: `lines.iter().rev()`, `numbers.chunks(64)`. Sealed.
#[diagnostic::on_unimplemented(
    message = "a function of one `&{T}` cannot be mapped over `{Self}`",
    label = "expected a slice, an array, a `Vec` or an iterator of what lends a `&{T}`",
    note = "accepted: `&[E]`, `&Vec<E>`, `&[E; N]`, `&VecDeque<E>` and std's iterators over `&E`, where `E` is `{T}`, a reference to it, or owns it",
    note = "a collection is passed by reference, as `&items`, and what derefs to a slice as `&*items`; an iterator without a length goes through `stream`",
    note = "an element type of your own can join them: `impl<'s> amorsize::Lend<'s, 's, {T}> for YourType {{ fn lend(&'s self) -> &'s {T} {{ .. }} }}`"
)]
pub trait LendAll<'x, T: ?Sized + 'x> {
    /// The collection of the items.
    type Items: Items<&'x T>;

    /// The items.
    #[doc(hidden)]
    fn lend_all(self) -> Self::Items;
}

macro_rules! slices {
    ($([$($generics:tt)*] $slice:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<'s, 'x, B, T, $($generics)*> LendAll<'x, T> for $slice
        where
            B: Lend<'s, 'x, T> + Sync + 's,
            T: ?Sized + 'x,
        {
            type Items = Lent<'s, 'x, B, T>;

            #[inline]
            fn lend_all(self) -> Self::Items {
                lent(self)
            }
        }
    )*};
}

slices! {
    [] &'s [B];
    [] &'s Vec<B>;
    [const N: usize] &'s [B; N];
    [] &'s Box<[B]>;
    [] &'s Box<Vec<B>>;
    [] &'s Arc<[B]>;
    [] &'s Arc<Vec<B>>;
    [] &'s Rc<[B]>;
    [] &'s Rc<Vec<B>>;
    [] &'s &[B];
    [] &'s &Vec<B>;
    [] &'s &mut [B];
    [] &'s &mut Vec<B>;
    [] &'s mut [B];
    [] &'s mut Vec<B>;
    [const N: usize] &'s mut [B; N];
}

#[diagnostic::do_not_recommend]
impl<'s, 'x, B, T> LendAll<'x, T> for &'s Cow<'_, [B]>
where
    B: Clone + Lend<'s, 'x, T> + Sync + 's,
    T: ?Sized + 'x,
{
    type Items = Lent<'s, 'x, B, T>;

    #[inline]
    fn lend_all(self) -> Self::Items {
        lent(self)
    }
}

#[diagnostic::do_not_recommend]
impl<'s, 'x, B: Lend<'s, 'x, T> + Sync + 's, T: ?Sized + 'x> LendAll<'x, T> for &'s VecDeque<B> {
    type Items = LentItems<'x, vec_deque::Iter<'s, B>, T>;

    #[inline]
    fn lend_all(self) -> Self::Items {
        LentItems { items: self.iter(), lent: PhantomData }
    }
}

#[diagnostic::do_not_recommend]
impl<'x, T: ?Sized + 'x, I: KnownLength<Item: LendItem<'x, T>>> LendAll<'x, T> for I {
    type Items = LentItems<'x, I, T>;

    #[inline]
    fn lend_all(self) -> Self::Items {
        LentItems { items: self, lent: PhantomData }
    }
}

/// An item of an iterator that is, or gives, a `&'x T`.
pub trait LendItem<'x, T: ?Sized> {
    /// It.
    fn lend_item(self) -> &'x T;
}

impl<'s, 'x, B: Lend<'s, 'x, T>, T: ?Sized + 'x> LendItem<'x, T> for &'s B {
    #[inline]
    fn lend_item(self) -> &'x T {
        self.lend()
    }
}

impl<'x, T> LendItem<'x, [T]> for &'x [T] {
    #[inline]
    fn lend_item(self) -> &'x [T] {
        self
    }
}

impl<'x> LendItem<'x, str> for &'x str {
    #[inline]
    fn lend_item(self) -> &'x str {
        self
    }
}

/// A collection whose items give a `&'x T`.
#[derive(Debug)]
pub struct LentItems<'x, C, T: ?Sized> {
    items: C,
    lent: PhantomData<fn() -> &'x T>,
}

impl<'x, C: Collection<Item: LendItem<'x, T>>, T: ?Sized> Collection for LentItems<'x, C, T> {
    type Item = &'x T;
    type Loop = Map<C::Loop, fn(C::Item) -> &'x T>;
    type Source = LentItems<'x, C::Source, T>;

    #[inline]
    fn size(&self) -> Option<usize> {
        self.items.size()
    }

    #[inline]
    fn into_loop(self) -> Self::Loop {
        self.items.into_loop().map(LendItem::lend_item)
    }

    #[inline]
    fn into_source(self, len: usize) -> Self::Source {
        LentItems { items: self.items.into_source(len), lent: PhantomData }
    }
}

impl<'x, S: Source<Item: LendItem<'x, T>>, T: ?Sized> Source for LentItems<'x, S, T> {
    type Item = &'x T;
    type Items<'a>
        = Map<S::Items<'a>, fn(S::Item) -> &'x T>
    where
        Self: 'a;

    #[inline]
    fn items(&self, chunk: Chunk) -> Self::Items<'_> {
        self.items.items(chunk).map(LendItem::lend_item)
    }
}

/// A collection that a function of one `&mut T` can be mapped over: it lends a `&mut T` for each item.
///
/// Implemented for `&mut [E]`, `&mut Vec<E>` and `&mut [E; N]`, where `E` is `T` or owns it (`E: BorrowMut<T>`), and for std's
/// [iterators](KnownLength) over mutable references to such: `image.chunks_mut(width)`. Sealed.
#[diagnostic::on_unimplemented(
    message = "a function of one `&mut {T}` cannot be mapped over `{Self}`",
    label = "expected a mutable slice or `Vec`, or an iterator of what lends a `&mut {T}`",
    note = "accepted: `&mut [E]`, `&mut Vec<E>`, `&mut [E; N]` and std's iterators over `&mut E`, where `E` is `{T}` or owns it (`E: BorrowMut<{T}>`) and is `Send`",
    note = "a collection is passed by reference, as `&mut items`, and what derefs to a slice as `&mut *items`"
)]
pub trait LendAllMut<'x, T: ?Sized + 'x> {
    /// The collection of the items.
    type Items: Items<&'x mut T>;

    /// The items.
    #[doc(hidden)]
    fn lend_all_mut(self) -> Self::Items;
}

macro_rules! slices_mut {
    ($([$($generics:tt)*] $slice:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<'x, B: BorrowMut<T> + Send, T: ?Sized + 'x, $($generics)*> LendAllMut<'x, T> for $slice {
            type Items = Rows<'x, B, T>;

            #[inline]
            fn lend_all_mut(self) -> Self::Items {
                rows(self)
            }
        }
    )*};
}

slices_mut! {
    [] &'x mut [B];
    [] &'x mut Vec<B>;
    [const N: usize] &'x mut [B; N];
    [] &'x mut Box<[B]>;
    [] &'x mut Box<Vec<B>>;
}

#[diagnostic::do_not_recommend]
impl<'x, B, T, I> LendAllMut<'x, T> for I
where
    B: BorrowMut<T> + ?Sized + 'x,
    T: ?Sized + 'x,
    I: KnownLength<Item = &'x mut B>,
{
    type Items = RowItems<'x, I, B, T>;

    #[inline]
    fn lend_all_mut(self) -> Self::Items {
        RowItems { items: self, lent: PhantomData }
    }
}

/// A collection whose items are `&'x mut B`, and that of a function of `&mut T`.
#[derive(Debug)]
pub struct RowItems<'x, C, B: ?Sized, T: ?Sized> {
    items: C,
    lent: PhantomData<fn(&'x mut B) -> &'x mut T>,
}

impl<'x, C, B, T> Collection for RowItems<'x, C, B, T>
where
    C: Collection<Item = &'x mut B>,
    B: BorrowMut<T> + ?Sized,
    T: ?Sized,
{
    type Item = &'x mut T;
    type Loop = Map<C::Loop, fn(&'x mut B) -> &'x mut T>;
    type Source = RowItems<'x, C::Source, B, T>;

    #[inline]
    fn size(&self) -> Option<usize> {
        self.items.size()
    }

    #[inline]
    fn into_loop(self) -> Self::Loop {
        self.items.into_loop().map(B::borrow_mut)
    }

    #[inline]
    fn into_source(self, len: usize) -> Self::Source {
        RowItems { items: self.items.into_source(len), lent: PhantomData }
    }
}

impl<'x, S, B, T> Source for RowItems<'x, S, B, T>
where
    S: Source<Item = &'x mut B>,
    B: BorrowMut<T> + ?Sized,
    T: ?Sized,
{
    type Item = &'x mut T;
    type Items<'a>
        = Map<S::Items<'a>, fn(&'x mut B) -> &'x mut T>
    where
        Self: 'a;

    #[inline]
    fn items(&self, chunk: Chunk) -> Self::Items<'_> {
        self.items.items(chunk).map(B::borrow_mut)
    }
}

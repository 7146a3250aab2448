//! What functions of `&T` and `&mut T` go over: collections whose items lend such a reference.

use std::borrow::BorrowMut;

use super::into_items::IntoItems;
use super::items::Items;
use super::known_length::KnownLength;
use super::lend::Lend;
use super::mapped::Mapped;
use super::sealed::Sealed;

/// A collection that a function of one `&T` can be mapped over: it lends a `&T` for each item.
///
/// Implemented for all that [closures go over](IntoItems) whose items are references to what [lends](Lend) a `&T`: `&[E]`, `&Vec<E>`,
/// `&[E; N]`, `&VecDeque<E>`, `&HashSet<E>`, `lines.iter().rev()`, `numbers.chunks(64)`. Sealed.
#[diagnostic::on_unimplemented(
    message = "a function of one `&{T}` cannot be mapped over `{Self}`",
    label = "expected a slice, an array, a `Vec` or an iterator of what lends a `&{T}`",
    note = "accepted: `&[E]`, `&Vec<E>`, `&[E; N]`, `&VecDeque<E>` and std's iterators over `&E`, where `E` is `{T}`, a reference to it, or owns it",
    note = "a collection is passed by reference, as `&items`, and what derefs to a slice as `&*items`; what `map` or `filter` would do belongs into the function; an iterator without a length goes through `stream`",
    note = "an element type of your own can join them: `impl<'s> amorsize::Lend<'s, 's, {T}> for YourType {{ fn lend(&'s self) -> &'s {T} {{ .. }} }}`"
)]
pub trait LendAll<'x, T: ?Sized + 'x> {
    #[doc(hidden)]
    const SEALED: Sealed;

    /// The items.
    #[doc(hidden)]
    fn lend_all(self) -> impl Items<&'x T>;
}

// Not for a `Vec` by value, or clippy would call the `&` in `f::map(&words)` needless.
#[diagnostic::do_not_recommend]
impl<'x, T: ?Sized + 'x, C: IntoItems<Item: LendItem<'x, T>, Items: KnownLength>> LendAll<'x, T> for C {
    const SEALED: Sealed = Sealed;

    #[inline]
    fn lend_all(self) -> impl Items<&'x T> {
        Mapped(self.into_items(), LendItem::lend_item)
    }
}

/// An item of a collection that is, or gives, a `&'x T`.
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

impl<'s, 'x, B: Lend<'s, 'x, T>, T: ?Sized + 'x> LendItem<'x, T> for &'s mut B {
    #[inline]
    fn lend_item(self) -> &'x T {
        B::lend(self)
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

/// A collection that a function of one `&mut T` can be mapped over: it lends a `&mut T` for each item.
///
/// Implemented for all that [closures go over](IntoItems) whose items are `&mut E`, where `E` is `T` or owns it
/// (`E: BorrowMut<T>`): `&mut [E]`, `&mut Vec<E>`, `&mut [E; N]`, `image.chunks_mut(width)`. Sealed.
#[diagnostic::on_unimplemented(
    message = "a function of one `&mut {T}` cannot be mapped over `{Self}`",
    label = "expected a mutable slice or `Vec`, or an iterator of what lends a `&mut {T}`",
    note = "accepted: `&mut [E]`, `&mut Vec<E>`, `&mut [E; N]` and std's iterators over `&mut E`, where `E` is `{T}` or owns it (`E: BorrowMut<{T}>`) and is `Send`",
    note = "a collection is passed by reference, as `&mut items`, and what derefs to a slice as `&mut *items`"
)]
pub trait LendAllMut<'x, T: ?Sized + 'x> {
    #[doc(hidden)]
    const SEALED: Sealed;

    /// The items.
    #[doc(hidden)]
    fn lend_all_mut(self) -> impl Items<&'x mut T>;
}

#[diagnostic::do_not_recommend]
impl<'x, B, T, C> LendAllMut<'x, T> for C
where
    B: BorrowMut<T> + ?Sized + 'x,
    T: ?Sized + 'x,
    C: IntoItems<Item = &'x mut B, Items: KnownLength>,
{
    const SEALED: Sealed = Sealed;

    #[inline]
    fn lend_all_mut(self) -> impl Items<&'x mut T> {
        Mapped(self.into_items(), B::borrow_mut)
    }
}

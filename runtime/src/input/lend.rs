//! What a slice may hold so that a function of `&T` can be mapped over it.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Lends a `&'x T` out of a `&'s self`: the element types that a function of `&T` accepts.
///
/// A function `fn f(item: &str)` maps over `&[String]`, `&[&str]`, `&[&String]`, `&[Arc<str>]` and so on,
/// because each of those elements lends a `&str`. References lend for as long as they live themselves
/// (`'x` outlives the slice), owners for as long as the slice is borrowed (`'x` is `'s`), so that results
/// that borrow from the items live as long as they can.
///
/// The implementations are listed one by one instead of resting on [`Borrow`](std::borrow::Borrow), which
/// refuses `&[&String]` and ties a result borrowed from a `&[&str]` to the slice.
///
/// # Examples
///
/// Three lines add a type of your own:
///
/// ```
/// struct Name { text: String }
///
/// impl<'s> amorsize::Lend<'s, 's, str> for Name {
///     fn lend(&'s self) -> &'s str { &self.text }
/// }
///
/// #[amorsize::auto]
/// fn letters(name: &str) -> usize { name.chars().count() }
///
/// let names = vec![Name { text: "Ada".into() }, Name { text: "Grace".into() }];
/// assert_eq!(letters::map(&names), [3, 5]);
/// ```
#[diagnostic::on_unimplemented(
    message = "a slice of `{Self}` does not lend items of type `&{T}`",
    label = "the function takes `&{T}`, and `{Self}` cannot be seen as one",
    note = "the elements can be `{T}` itself where that has a size, references to it, or what owns it, as `String` does for `str`",
    note = "a type of your own crate can join them: `impl<'s> amorsize::Lend<'s, 's, {T}> for YourType {{ fn lend(&'s self) -> &'s {T} {{ .. }} }}`; for others, annotate a function of `&{Self}`"
)]
pub trait Lend<'s, 'x, T: ?Sized + 'x> {
    /// The item, seen as the function wants it.
    fn lend(&'s self) -> &'x T;
}

impl<'s, T: 's> Lend<'s, 's, T> for T {
    #[inline]
    fn lend(&'s self) -> &'s T {
        self
    }
}

impl<'s, 'x, T: ?Sized> Lend<'s, 'x, T> for &'x T {
    #[inline]
    fn lend(&'s self) -> &'x T {
        self
    }
}

impl<'s, 'x, T: ?Sized> Lend<'s, 'x, T> for &&'x T {
    #[inline]
    fn lend(&'s self) -> &'x T {
        self
    }
}

impl<'s, T: ?Sized + 's> Lend<'s, 's, T> for &mut T {
    #[inline]
    fn lend(&'s self) -> &'s T {
        self
    }
}

/// An owner lends what it owns, and a reference to an owner does so for as long as the reference lives.
macro_rules! owners {
    ($([$($generics:tt)*] $owner:ty => $lent:ty;)*) => {$(
        impl<'s, $($generics)*> Lend<'s, 's, $lent> for $owner
        where
            $owner: 's,
            $lent: 's,
        {
            #[inline]
            fn lend(&'s self) -> &'s $lent {
                self
            }
        }

        impl<'s, 'x, $($generics)*> Lend<'s, 'x, $lent> for &'x $owner
        where
            $owner: 'x,
            $lent: 'x,
        {
            #[inline]
            fn lend(&'s self) -> &'x $lent {
                let owner: &'x $owner = self;
                owner
            }
        }
    )*};
}

owners! {
    [] String => str;
    [] PathBuf => Path;
    [] OsString => OsStr;
    [T] Vec<T> => [T];
    [T, const N: usize] [T; N] => [T];
    [T: ?Sized] Box<T> => T;
    [T: ?Sized] Arc<T> => T;
    ['b, T: ToOwned + ?Sized] Cow<'b, T> => T;
}

//! What can travel as an item.

use std::any::Any;
use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::path::PathBuf;
use std::time::Duration;

use elsa::FrozenVec;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The batches that came to this rank in one call: functions of references borrow from them.
#[derive(Default)]
pub struct Kept(FrozenVec<Box<dyn Any>>);

impl Kept {
    /// Keeps what has arrived, for as long as the call may use it.
    pub fn keep<O: 'static>(&self, batch: Vec<O>) -> &[O] {
        let kept = self.0.push_get(Box::new(batch));
        let Some(batch) = kept.downcast_ref::<Vec<O>>() else { unreachable!("it was pushed as this") };
        batch
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Kept").field(&self.0.len()).finish()
    }
}

/// An item that can be sent to another rank and given to the function there.
///
/// Implemented for `&T` where `T: ToOwned` (`Clone`, or `str`, `[T]`, `Path`) and can be serialised and what owns it be deserialised;
/// for numbers, text, collections and options by value; and for tuples of two and three of these. A type of your own that a function
/// takes by value joins with `amorsize_mpi::by_value!(Type)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent to another rank",
    label = "an item of this type cannot travel",
    note = "a reference can where its target is `Clone`, `Serialize` and `DeserializeOwned`; for a type of your own by value: `amorsize_mpi::by_value!(Type);`"
)]
pub trait Item<'x>: Serialize + Send + Sized {
    /// What arrives there.
    type Owned: DeserializeOwned + 'static;

    /// The items, as the function takes them.
    fn lend(batch: Vec<Self::Owned>, kept: &'x Kept) -> Vec<Self>;
}

impl<'x, T> Item<'x> for &'x T
where
    T: ToOwned<Owned: DeserializeOwned + 'static> + Serialize + Sync + ?Sized,
{
    type Owned = T::Owned;

    fn lend(batch: Vec<T::Owned>, kept: &'x Kept) -> Vec<Self> {
        kept.keep(batch).iter().map(Borrow::borrow).collect()
    }
}

macro_rules! by_value {
    ($($type:ty),* $(,)?) => {$(
        impl<'x> Item<'x> for $type {
            type Owned = Self;

            fn lend(batch: Vec<Self>, _: &'x Kept) -> Vec<Self> {
                batch
            }
        }
    )*};
}

by_value!(
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    i8,
    i16,
    i32,
    i64,
    i128,
    isize,
    f32,
    f64,
    bool,
    char,
    String,
    PathBuf,
    Duration,
    ()
);

macro_rules! collections {
    ($([$($generics:tt)*] $type:ty;)*) => {$(
        impl<'x, $($generics)*> Item<'x> for $type
        where
            Self: Serialize + DeserializeOwned + Send + 'static,
        {
            type Owned = Self;

            fn lend(batch: Vec<Self>, _: &'x Kept) -> Vec<Self> {
                batch
            }
        }
    )*};
}

collections! {
    [T] Vec<T>;
    [T] VecDeque<T>;
    [T] Option<T>;
    [T] Box<T>;
    [T, const N: usize] [T; N];
    [T: Ord] BTreeSet<T>;
    [K: Ord, V] BTreeMap<K, V>;
    [T: Eq + Hash, S: BuildHasher + Default] HashSet<T, S>;
    [K: Eq + Hash, V, S: BuildHasher + Default] HashMap<K, V, S>;
}

impl<'x, A: Item<'x>, B: Item<'x>> Item<'x> for (A, B) {
    type Owned = (A::Owned, B::Owned);

    fn lend(batch: Vec<Self::Owned>, kept: &'x Kept) -> Vec<Self> {
        let (a, b): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
        A::lend(a, kept).into_iter().zip(B::lend(b, kept)).collect()
    }
}

impl<'x, A: Item<'x>, B: Item<'x>, C: Item<'x>> Item<'x> for (A, B, C) {
    type Owned = (A::Owned, B::Owned, C::Owned);

    fn lend(batch: Vec<Self::Owned>, kept: &'x Kept) -> Vec<Self> {
        let (a, (b, c)): (Vec<_>, (Vec<_>, Vec<_>)) = batch.into_iter().map(|(a, b, c)| (a, (b, c))).unzip();
        let rest = B::lend(b, kept).into_iter().zip(C::lend(c, kept));
        A::lend(a, kept).into_iter().zip(rest).map(|(a, (b, c))| (a, b, c)).collect()
    }
}

//! Panics that must not go further.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Drops a value. If its destructor panics, the panic goes no further.
pub(crate) fn drop_quietly<T>(value: T) {
    let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) else { return };
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        // The destructor of the panic's payload panicked too: the second payload is leaked.
        mem::forget(again);
    }
}

/// Drops values one by one. If several of their destructors panic, that does not end the process.
pub(crate) fn drop_each_quietly<T>(values: impl IntoIterator<Item = T>) {
    if mem::needs_drop::<T>() {
        values.into_iter().for_each(drop_quietly);
    }
}

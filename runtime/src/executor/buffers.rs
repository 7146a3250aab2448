//! The buffers of a run: the output that results are written to, and collections whose items are moved out or borrowed
//! mutably, chunk by chunk.
//!
//! The `unsafe` here rests on what a [`Chunk`] stands for: its holder alone has the indices of the chunk, and they lie
//! within the collection and the output of the run.

#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::mem::{ManuallyDrop, MaybeUninit, needs_drop};
use std::ops::Range;
use std::ptr;
use std::slice;

use super::chunk::{Chunk, Source};
use super::unwind::drop_quietly;

/// Whether there is memory for the results of `len` items.
pub(crate) fn has_room<U>(len: usize) -> bool {
    // Up to this many bytes the allocator is not asked.
    const LITTLE: usize = 1 << 28;
    size_of::<U>().saturating_mul(len) <= LITTLE || Vec::<U>::new().try_reserve_exact(len).is_ok()
}

/// The results of a run: a place for each, filled in any order.
#[derive(Debug)]
pub(super) struct Output<U> {
    first: *mut MaybeUninit<U>,
    /// Owns the allocation; its own length stays 0.
    store: Vec<MaybeUninit<U>>,
}

// SAFETY: a place is written by the one thread that holds its chunk, with a `U` that this thread made, and read by the
// owner after the join: results are sent, never shared.
unsafe impl<U: Send> Sync for Output<U> {}
// SAFETY: it owns its allocation and the results in it, as a `Vec<U>` does.
unsafe impl<U: Send> Send for Output<U> {}

/// From this many bytes on, huge pages are asked for. glibc gives back to the system whatever is as large, so each call
/// would get fresh pages of 4 KiB otherwise, each of which takes longer to get than trivial results take to compute.
#[cfg(target_os = "linux")]
const LARGE: usize = 32 << 20;

/// Asks the system to put a large output on huge pages, where it does so for those who ask (`madvise` in
/// `/sys/kernel/mm/transparent_hugepage/enabled`, which is what most distributions have).
#[cfg(target_os = "linux")]
fn ask_for_huge_pages<U>(store: &Vec<MaybeUninit<U>>) {
    use nix::sys::mman::{MmapAdvise, madvise};

    /// Pages begin at multiples of this.
    const PAGE: usize = 64 << 10;
    let bytes = store.capacity().saturating_mul(size_of::<U>());
    if bytes < LARGE {
        return;
    }
    let first = store.as_ptr().cast::<u8>().cast_mut();
    let skipped = first.align_offset(PAGE);
    let Some(first) = ptr::NonNull::new(first.wrapping_add(skipped)) else { return };
    // SAFETY: it is about pages that lie within the allocation, and this advice changes nothing of what they hold.
    let _ = unsafe { madvise(first.cast(), (bytes - skipped) / PAGE * PAGE, MmapAdvise::MADV_HUGEPAGE) };
}

#[cfg(not(target_os = "linux"))]
fn ask_for_huge_pages<U>(_: &Vec<MaybeUninit<U>>) {}

impl<U> Output<U> {
    /// Room for `len` results, of which these are the first.
    pub(super) fn with_first(mut results: Vec<U>, len: usize) -> Self {
        results.reserve_exact(len - results.len());
        let mut results = ManuallyDrop::new(results);
        let first = results.as_mut_ptr().cast::<MaybeUninit<U>>();
        // SAFETY: pointer and capacity come from a `Vec` of the same layout, which is not used any more; no item is claimed.
        let store = unsafe { Vec::from_raw_parts(first, 0, results.capacity()) };
        ask_for_huge_pages(&store);
        Self { first, store }
    }

    /// # Safety
    /// `chunk` belongs to the run that this output belongs to.
    #[allow(clippy::mut_from_ref)] // exclusive by the chunk
    pub(super) unsafe fn places(&self, chunk: &Chunk) -> &mut [MaybeUninit<U>] {
        let range = chunk.range();
        // SAFETY: chunks end within the length that the allocation was made for.
        let first = unsafe { self.first.add(range.start) };
        // SAFETY: in bounds as above; a `MaybeUninit` needs no initial value; no other chunk has these places.
        unsafe { slice::from_raw_parts_mut(first, range.len()) }
    }

    /// Drops results one by one. A panic of a destructor goes no further: it could not be told apart from a failure of the
    /// run, and two at once would end the process.
    ///
    /// # Safety
    /// The ranges are disjoint, their places are filled, and their results are not used again.
    pub(super) unsafe fn drop_filled(&mut self, ranges: Vec<Range<usize>>) {
        if !needs_drop::<U>() {
            return;
        }
        for index in ranges.into_iter().flatten() {
            // SAFETY: in bounds: filled ranges lie within the output.
            let place = unsafe { self.first.add(index) }.cast::<U>();
            // SAFETY: filled, and read once: the caller's promise.
            drop_quietly(unsafe { ptr::read(place) });
        }
    }

    /// # Safety
    /// The first `len` places are filled.
    pub(super) unsafe fn into_vec(self, len: usize) -> Vec<U> {
        let mut store = ManuallyDrop::new(self.store);
        // SAFETY: pointer and capacity come from a `Vec` of the same layout; `len` places are filled.
        unsafe { Vec::from_raw_parts(store.as_mut_ptr().cast::<U>(), len, store.capacity()) }
    }
}

/// The items of a `Vec`, moved out chunk by chunk.
#[derive(Debug)]
pub(crate) struct Owned<T> {
    first: *mut T,
    /// Owns the allocation. Its own length is 0 once the run has begun, so that it drops no item then.
    store: Vec<T>,
}

// SAFETY: an item is moved out by the one thread that holds its chunk: items are sent, never shared.
unsafe impl<T: Send> Sync for Owned<T> {}
// SAFETY: it owns its items, as a `Vec<T>` does.
unsafe impl<T: Send> Send for Owned<T> {}

impl<T> Owned<T> {
    /// The first `len` items; the others are dropped.
    ///
    /// # Panics
    /// If there are fewer.
    pub(crate) fn new(mut items: Vec<T>, len: usize) -> Self {
        assert!(items.len() >= len, "amorsize: a collection has fewer items than it said");
        items.truncate(len);
        Self { first: items.as_mut_ptr(), store: items }
    }
}

impl<T: Send> Source for Owned<T> {
    type Item = T;

    #[inline]
    fn items(&self, chunk: Chunk) -> impl Iterator<Item = T> {
        let range = chunk.range();
        // SAFETY: chunks lie within the `Vec` that their run was made of.
        let next = unsafe { self.first.add(range.start) };
        Moved { next, left: range.len(), owner: PhantomData::<&Self> }
    }

    fn begin(&mut self) {
        // SAFETY: 0 is within the capacity, and the first 0 items are initialised.
        unsafe { self.store.set_len(0) };
    }
}

/// The items of one chunk of a [`Vec`], being moved out; those that are not asked for are dropped.
#[derive(Debug)]
struct Moved<'a, T> {
    next: *mut T,
    left: usize,
    owner: PhantomData<&'a Owned<T>>,
}

impl<T> Iterator for Moved<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        if self.left == 0 {
            return None;
        }
        // SAFETY: the chunk covers this item and no other chunk does; it is not read again, because `next` moves past it.
        let item = unsafe { ptr::read(self.next) };
        // SAFETY: at most one past the end of the chunk.
        self.next = unsafe { self.next.add(1) };
        self.left -= 1;
        Some(item)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<T> Drop for Moved<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the chunk covers these items, and none of them was moved out.
        unsafe { ptr::drop_in_place(ptr::slice_from_raw_parts_mut(self.next, self.left)) };
    }
}

/// The elements of a mutable slice, borrowed chunk by chunk.
#[derive(Debug)]
pub(crate) struct Exclusive<'s, T> {
    first: *mut T,
    slice: PhantomData<&'s mut [T]>,
}

// SAFETY: an element is borrowed by the one thread that holds its chunk: `&mut T` are sent, never shared.
unsafe impl<T: Send> Sync for Exclusive<'_, T> {}

impl<'s, T> Exclusive<'s, T> {
    pub(crate) fn new(slice: &'s mut [T]) -> Self {
        Self { first: slice.as_mut_ptr(), slice: PhantomData }
    }
}

impl<'s, T: Send> Source for Exclusive<'s, T> {
    type Item = &'s mut T;

    #[inline]
    fn items(&self, chunk: Chunk) -> impl Iterator<Item = &'s mut T> {
        let range = chunk.range();
        // SAFETY: chunks lie within the slice that their run was made of.
        let first = unsafe { self.first.add(range.start) };
        // SAFETY: in bounds as above, borrowed for `'s`, and no other chunk has or gets these elements.
        let elements: &'s mut [T] = unsafe { slice::from_raw_parts_mut(first, range.len()) };
        elements.iter_mut()
    }
}

#[cfg(all(test, target_os = "linux", not(loom), not(miri)))]
mod tests {
    use std::fs;

    use super::*;

    /// Whether the kernel was asked for huge pages at this address.
    fn is_asked_for(address: usize) -> bool {
        let maps = fs::read_to_string("/proc/self/smaps").unwrap();
        let mut is_here = false;
        for line in maps.lines() {
            let range = line.split(' ').next().unwrap_or_default().split_once('-');
            let ends = range.map(|(from, to)| [from, to].map(|end| usize::from_str_radix(end, 16)));
            if let Some([Ok(from), Ok(to)]) = ends {
                is_here = (from..to).contains(&address);
            } else if is_here && let Some(flags) = line.strip_prefix("VmFlags:") {
                return flags.split_whitespace().any(|flag| flag == "hg");
            }
        }
        false
    }

    #[test]
    fn a_large_output_asks_for_huge_pages() {
        if !fs::exists("/sys/kernel/mm/transparent_hugepage").unwrap() {
            return eprintln!("not tested: this kernel has no huge pages");
        }
        let middle = |output: &Output<u64>| output.first.addr() + 8 * output.store.capacity() / 2;
        let large = Output::<u64>::with_first(Vec::new(), LARGE / 8);
        assert!(is_asked_for(middle(&large)));
        let small = Output::<u64>::with_first(Vec::new(), LARGE / 16);
        assert!(!is_asked_for(middle(&small)));
    }
}

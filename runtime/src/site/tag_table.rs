//! A table from the tags of instances to their numbers, which grows and is read without a lock.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};

use once_cell::race::OnceBox;

/// The numbers of instances by their tags.
///
/// A set-associative table. Where a set is full, a table of four times as many sets takes its place. The old one is kept,
/// because others may be reading it, and all of them together take a third more than the last. Whoever changes something
/// must be the only one to do so.
#[derive(Debug)]
pub(super) struct TagTable {
    tables: [OnceBox<Box<[Set]>>; Self::TABLES],
    /// Which of the tables counts.
    current: AtomicUsize,
}

/// Entries on one cache line. In each are the upper bits of a tag and the number, plus one, of an instance; 0 if it is free.
#[derive(Debug)]
#[repr(align(64))]
struct Set([AtomicU64; Set::WAYS]);

impl Set {
    const WAYS: usize = 8;

    fn free() -> Self {
        Self([const { AtomicU64::new(0) }; Self::WAYS])
    }

    fn entries(&self) -> impl Iterator<Item = u64> {
        self.0.iter().map(|entry| entry.load(Relaxed))
    }
}

/// The bits of a tag that an entry holds. The others are those of a number.
const MARK: u64 = !0xffff;

/// The number in an entry.
fn number(entry: u64) -> Option<usize> {
    ((entry & !MARK) as usize).checked_sub(1)
}

impl TagTable {
    const TABLES: usize = 5;
    /// Sets of the first table. The last one has 8,192.
    const SETS: usize = 32;
    /// Numbers are below this.
    pub(super) const NUMBERS: usize = 1 << 14;

    pub(super) const fn new() -> Self {
        Self { tables: [const { OnceBox::new() }; Self::TABLES], current: AtomicUsize::new(0) }
    }

    /// The sets of a table, which is made if there is none.
    fn sets(&self, table: usize) -> &[Set] {
        self.tables[table].get_or_init(|| Box::new((0..Self::SETS << (2 * table)).map(|_| Set::free()).collect()))
    }

    fn set(sets: &[Set], tag: u64) -> &Set {
        &sets[(tag >> 48) as usize & (sets.len() - 1)]
    }

    /// The number of the instance with this tag.
    #[inline]
    pub(super) fn find(&self, tag: u64) -> Option<usize> {
        let set = Self::set(self.tables[self.current.load(Acquire)].get()?, tag);
        number(set.entries().find(|entry| (entry ^ tag) & MARK == 0)?)
    }

    /// Makes room for a tag. If there can be none: the numbers of those that are in its way.
    pub(super) fn make_room(&self, tag: u64) -> Result<(), [usize; Set::WAYS]> {
        loop {
            let current = self.current.load(Relaxed);
            let set = Self::set(self.sets(current), tag);
            if set.entries().any(|entry| entry == 0) {
                return Ok(());
            }
            if current + 1 == Self::TABLES {
                return Err(std::array::from_fn(|way| number(set.0[way].load(Relaxed)).unwrap_or(0)));
            }
            for entry in self.sets(current).iter().flat_map(Set::entries).filter(|entry| *entry != 0) {
                // There is room: a set of the new table gets entries of one old set only.
                Self::put(self.sets(current + 1), entry);
            }
            self.current.store(current + 1, Release);
        }
    }

    /// Enters a tag that is not there, for which there is room.
    pub(super) fn insert(&self, tag: u64, number: usize) {
        Self::put(self.sets(self.current.load(Relaxed)), tag & MARK | (number as u64 + 1));
    }

    fn put(sets: &[Set], entry: u64) {
        if let Some(free) = Self::set(sets, entry).0.iter().find(|entry| entry.load(Relaxed) == 0) {
            free.store(entry, Relaxed);
        }
    }

    /// Removes a tag.
    pub(super) fn remove(&self, tag: u64) {
        let set = Self::set(self.sets(self.current.load(Relaxed)), tag);
        if let Some(entry) = set.0.iter().find(|entry| (entry.load(Relaxed) ^ tag) & MARK == 0) {
            entry.store(0, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_entered_is_found_until_it_is_removed() {
        let table = TagTable::new();
        let tag = |number: usize| (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1 << 63;
        for number in 0..10_000 {
            table.make_room(tag(number)).expect("there is room for more");
            table.insert(tag(number), number);
        }
        assert!((0..10_000).all(|number| table.find(tag(number)) == Some(number)));
        table.remove(tag(7));
        assert_eq!(table.find(tag(7)), None);
        assert_eq!(table.find(tag(10_001)), None);
    }

    #[test]
    fn tags_that_meet_in_one_set_are_told_apart_as_far_as_there_is_room() {
        let table = TagTable::new();
        let tag = |number: usize| 1 << 63 | (number as u64) << 16;
        for number in 0..Set::WAYS {
            assert_eq!(table.make_room(tag(number)), Ok(()));
            table.insert(tag(number), number);
        }
        assert_eq!(table.make_room(tag(Set::WAYS)), Err([0, 1, 2, 3, 4, 5, 6, 7]));
        assert_eq!(table.find(tag(5)), Some(5));
    }
}

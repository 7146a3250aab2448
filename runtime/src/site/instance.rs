//! The plans in memory of one instantiation of a function under one key: a slot and its measurements for each size of input.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};
use std::time::Duration;

use amorsize_store::clock::Nanos;
#[cfg(feature = "disk")]
use amorsize_store::config::learns;
use amorsize_store::record::buckets::costs_differ;
use amorsize_store::sync::{lock, lock_within, try_lock};

use super::burst_predictor::BurstPredictor;
use super::head::Head;
use super::slot::Slot;
use crate::tuner::arms::Learned;

/// Sizes of input: floor(log2 n).
const BUCKETS: usize = 64;

/// The bucket of an input of `len` items.
#[inline]
pub(crate) fn bucket(len: usize) -> usize {
    (len | 1).ilog2() as usize
}

/// The plans in memory of one instantiation of a function under one key.
#[derive(Debug)]
pub(crate) struct Instance {
    /// The plan for each size of input ([`Slot`] bits).
    slots: [AtomicU64; BUCKETS],
    /// What an item takes, ns (`f32` bits).
    costs: [AtomicU32; BUCKETS],
    /// The sizes (a bit each) whose state has changed since it was last saved.
    dirty: AtomicU64,
    /// The sizes (a bit each) for which some caller tries a plan.
    tried: AtomicU64,
    samples: Mutex<Samples>,
    /// Whether plans of other processes were taken over, or looked for in vain.
    is_adopted: AtomicBool,
    /// Whether plans that are embedded in the program were taken over, or looked for in vain.
    is_embedding_known: AtomicBool,
    pub(crate) bursts: BurstPredictor,
    head: Head,
}

/// The measurements behind the plans, and the key of the instance that they belong to.
#[derive(Debug)]
struct Samples {
    key: InstanceKey,
    /// Boxed, because a map has room for eleven where there is one.
    sizes: BTreeMap<usize, Box<SizeSamples>>,
}

/// The measurements for one size.
#[derive(Debug, Default)]
struct SizeSamples {
    learned: Learned,
    /// When this size was last marked dirty. `None`: the next call that is recorded marks it.
    last_marked: Option<Nanos>,
    /// When it was last measured, seconds on the clock of this process.
    measured: i64,
}

/// Everything that is known of one size: what is saved, and what is taken over from other processes.
#[derive(Clone, Debug)]
pub(crate) struct SizeState {
    pub(crate) bucket: u8,
    pub(crate) learned: Learned,
    /// What an item takes, ns.
    pub(crate) cost: f32,
    pub(crate) slot: Slot,
    /// When it was last measured, seconds on the clock of this process; negative for what others measured before it started.
    pub(crate) measured: i64,
}

/// The key of an instance among those of its function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InstanceKey {
    /// A hash of the instantiation and of `user`; 0 where there is only one instance.
    pub(crate) tag: u64,
    /// The type name of the instantiation; empty if there is only one. Instances of closures that are written in one function
    /// have the same.
    pub(crate) instantiation: &'static str,
    /// A digest of the user's `key(..)`; 0 if there is none.
    pub(crate) user: u64,
}

impl InstanceKey {
    pub(crate) const ONLY: Self = Self { tag: 0, instantiation: "", user: 0 };
}

/// The right to try a plan that is not known to be good, which one caller at a time has for each size. It ends with the call, also
/// with one that panics.
#[derive(Debug)]
pub(crate) struct Trial {
    instance: &'static Instance,
    size: u64,
}

impl Drop for Trial {
    fn drop(&mut self) {
        self.instance.tried.fetch_and(!self.size, Release);
    }
}

/// A time on the clock of this process, in seconds.
pub(crate) fn seconds(time: Nanos) -> i64 {
    i64::try_from(time / 1_000_000_000).unwrap_or(i64::MAX)
}

/// Plans in use are saved again every hour, so that they do not expire.
const SAVE_AGAIN: Nanos = 3_600_000_000_000;

impl Instance {
    pub(crate) const fn new(key: InstanceKey) -> Self {
        Self {
            slots: [const { AtomicU64::new(0) }; BUCKETS],
            costs: [const { AtomicU32::new(0) }; BUCKETS],
            dirty: AtomicU64::new(0),
            tried: AtomicU64::new(0),
            samples: Mutex::new(Samples { key, sizes: BTreeMap::new() }),
            is_adopted: AtomicBool::new(false),
            is_embedding_known: AtomicBool::new(false),
            bursts: BurstPredictor::new(),
            head: Head::new(),
        }
    }

    /// The plan for an input of `len` items.
    #[inline]
    pub(crate) fn slot(&self, len: usize) -> Slot {
        // Relaxed: a slot is whole by itself.
        Slot::from_bits(self.slots[bucket(len)].load(Relaxed))
    }

    /// Has the next call of this size timed, and the plan chosen anew.
    pub(crate) fn unsettle(&self, len: usize) {
        let slot = self.slot(len);
        if !slot.is_empty() {
            self.set(len, slot.unsettled());
        }
    }

    /// Sets the plan for this size.
    pub(crate) fn set(&self, len: usize, slot: Slot) {
        self.slots[bucket(len)].store(slot.bits(), Relaxed);
    }

    /// Sets the plan for this size, and marks it dirty if it is another one than before.
    pub(crate) fn update(&self, len: usize, slot: Slot) {
        if !self.slot(len).agrees(slot) {
            self.mark_dirty(len);
        }
        self.set(len, slot);
    }

    /// How many items a call over `len` items is to do before a plan is looked for; 0 if calls of this size are not known to end
    /// early.
    #[inline]
    pub(crate) fn head(&self, len: usize) -> usize {
        self.head.of(bucket(len))
    }

    /// A call over `len` items ended with the first `done` of them. An item takes no more than `cost` in the plain loop, ns.
    pub(crate) fn note_early_end(&self, len: usize, done: usize, cost: f64) {
        self.head.note(bucket(len), done, cost);
    }

    /// Has the next call measured, however early it ends.
    pub(crate) fn forget_head(&self) {
        self.head.forget();
    }

    /// The right to try a plan for an input of `len` items; `None` while another caller does.
    pub(crate) fn try_plan(&'static self, len: usize) -> Option<Trial> {
        let size = 1 << bucket(len);
        let is_free = self.tried.fetch_or(size, Acquire) & size == 0;
        is_free.then(|| Trial { instance: self, size })
    }

    /// What an item takes in the plain loop, ns; 0 if unknown.
    pub(crate) fn cost(&self, len: usize) -> f64 {
        f64::from(f32::from_bits(self.costs[bucket(len)].load(Relaxed)))
    }

    pub(crate) fn set_cost(&self, len: usize, cost: f64) {
        self.costs[bucket(len)].store((cost as f32).to_bits(), Relaxed);
    }

    /// Changes the measurements of this size by `update`. `None`, without a change, if another thread holds the lock
    /// (no call waits for it), or if the instance was given to another key than that of `tag` meanwhile.
    pub(crate) fn learn<R>(
        &self,
        tag: u64,
        len: usize,
        now: Nanos,
        update: impl FnOnce(&mut Learned) -> R,
    ) -> Option<R> {
        let mut samples = try_lock(&self.samples).filter(|samples| samples.key.tag == tag)?;
        let size = samples.sizes.entry(bucket(len)).or_default();
        let result = update(&mut size.learned);
        size.measured = seconds(now);
        // Saturating: another thread may have marked it with a later `now`.
        let is_old = size.last_marked.is_none_or(|marked| now.saturating_sub(marked) > SAVE_AGAIN);
        if is_old || size.learned.calls().is_power_of_two() {
            size.last_marked = Some(now);
            self.mark_dirty(len);
        }
        Some(result)
    }

    /// The measurements of this size.
    pub(crate) fn learned(&self, len: usize) -> Option<Learned> {
        lock(&self.samples).sizes.get(&bucket(len)).map(|size| size.learned.clone())
    }

    /// The sizes for which there is a plan.
    pub(crate) fn known(&self) -> impl Iterator<Item = u8> {
        (0..BUCKETS as u8).filter(|bucket| !Slot::from_bits(self.slots[usize::from(*bucket)].load(Relaxed)).is_empty())
    }

    fn mark_dirty(&self, len: usize) {
        self.dirty.fetch_or(1 << bucket(len), Relaxed);
    }

    /// Whether anything has changed since it was last saved.
    pub(crate) fn is_dirty(&self) -> bool {
        self.dirty.load(Relaxed) != 0
    }

    fn take_dirty_of(&self, samples: &Samples) -> Vec<SizeState> {
        let dirty = self.dirty.swap(0, Relaxed);
        let found = samples.sizes.iter().filter(|(bucket, _)| dirty >> **bucket & 1 == 1);
        let states = found.map(|(bucket, size)| self.state(*bucket, size.learned.clone(), size.measured));
        states.filter(|state| !state.slot.is_empty()).collect()
    }

    fn state(&self, bucket: usize, learned: Learned, measured: i64) -> SizeState {
        let cost = f32::from_bits(self.costs[bucket].load(Relaxed));
        let slot = Slot::from_bits(self.slots[bucket].load(Relaxed));
        SizeState { bucket: bucket as u8, learned, cost, slot, measured }
    }

    /// Everything that is known, with the key of the instance. `None` if another thread holds the lock for all of `timeout`.
    pub(crate) fn states(&self, now: Nanos, timeout: Duration) -> Option<(InstanceKey, Vec<SizeState>)> {
        let samples = lock_within(&self.samples, timeout)?;
        let states = self.known().map(|bucket| match samples.sizes.get(&usize::from(bucket)) {
            Some(size) => self.state(bucket.into(), size.learned.clone(), size.measured),
            // The first call was too short to be recorded.
            None => self.state(bucket.into(), Learned::default(), seconds(now)),
        });
        Some((samples.key, states.collect()))
    }

    /// About how many bytes the measurements of so many sizes take.
    pub(super) fn bytes_of_sizes(sizes: usize) -> usize {
        sizes * size_of::<SizeSamples>()
    }

    /// The key that this instance belongs to now.
    pub(crate) fn key(&self) -> InstanceKey {
        lock(&self.samples).key
    }

    /// Gives the instance to another key and forgets everything. Returns the key before, and what was not saved of it.
    pub(super) fn reuse(&self, key: InstanceKey) -> (InstanceKey, Vec<SizeState>) {
        let mut samples = lock(&self.samples);
        let before = (samples.key, self.take_dirty_of(&samples));
        samples.key = key;
        drop(samples);
        self.clear();
        before
    }

    /// Forgets everything. Returns the number of plans there were.
    pub(crate) fn clear(&self) -> usize {
        let mut samples = lock(&self.samples);
        samples.sizes.clear();
        self.dirty.store(0, Relaxed);
        self.bursts.clear();
        self.head.forget();
        self.is_adopted.store(false, Relaxed);
        self.is_embedding_known.store(false, Relaxed);
        self.costs.iter().for_each(|cost| cost.store(0, Relaxed));
        self.slots.iter().filter(|slot| !Slot::from_bits(slot.swap(0, Relaxed)).is_empty()).count()
    }
}

/// What came of taking over what other processes learned of one size.
#[cfg(feature = "disk")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takeover {
    Done,
    /// It rests on no more than what is known here.
    OfNoUse,
    /// Going by it, items take a clearly different time. The few calls here may have been disturbed.
    Disagrees,
}

/// Saving plans to disk, and taking over plans from there.
#[cfg(feature = "disk")]
impl Instance {
    /// Notes that plans of other processes were taken over, or looked for in vain.
    pub(crate) fn note_adoption(&self) {
        self.is_adopted.store(true, Relaxed);
    }

    /// Whether plans of other processes were taken over, or looked for in vain.
    pub(crate) fn is_adopted(&self) -> bool {
        self.is_adopted.load(Relaxed)
    }

    /// Notes that plans that are embedded in the program were taken over, or looked for in vain. Whether that is new.
    pub(crate) fn note_embedding(&self) -> bool {
        !self.is_embedding_known.swap(true, Relaxed)
    }

    /// Whether [`note_embedding`](Self::note_embedding) was called.
    pub(crate) fn is_embedding_known(&self) -> bool {
        self.is_embedding_known.load(Relaxed)
    }

    /// Takes over what other processes learned of one size, if it rests on more than what is known here and agrees with
    /// that, and if the instance is still the one with this `tag`. What is embedded in the program takes the place of nothing that
    /// was measured, and leaves its own to any.
    ///
    /// `last_marked`: when it was saved, if that is so recent that it need not be saved with the next call.
    pub(crate) fn take_over(&self, tag: u64, state: SizeState, last_marked: Option<Nanos>) -> Takeover {
        let SizeState { bucket, learned, cost, slot, measured } = state;
        let Some(place) = self.slots.get(usize::from(bucket)) else { return Takeover::OfNoUse };
        let mut samples = lock(&self.samples);
        if samples.key.tag != tag {
            return Takeover::OfNoUse;
        }
        if !Slot::from_bits(place.load(Relaxed)).is_empty() {
            if !learns() {
                return Takeover::OfNoUse;
            }
            let own = f32::from_bits(self.costs[usize::from(bucket)].load(Relaxed));
            let known = samples.sizes.get(&usize::from(bucket)).map(|size| &size.learned);
            let yields = known.is_some_and(Learned::is_embedded);
            let is_better_known = match known {
                Some(known) if !yields => learned.is_embedded() || known.calls() >= learned.calls(),
                Some(_) => learned.is_embedded(),
                None => false,
            };
            if is_better_known {
                return Takeover::OfNoUse;
            }
            if !yields && costs_differ(f64::from(own), f64::from(cost)) {
                return Takeover::Disagrees;
            }
        }
        samples.sizes.insert(usize::from(bucket), Box::new(SizeSamples { learned, last_marked, measured }));
        self.costs[usize::from(bucket)].store(cost.to_bits(), Relaxed);
        place.store(slot.bits(), Relaxed);
        // What this process had learned itself rests on less than what it now has from the disk.
        self.dirty.fetch_and(!(1 << bucket), Relaxed);
        Takeover::Done
    }

    /// Takes the states that have changed since they were last saved, with the key of the instance. `None`, with nothing
    /// taken, if another thread holds the lock.
    pub(crate) fn take_dirty(&self) -> Option<(InstanceKey, Vec<SizeState>)> {
        let samples = try_lock(&self.samples)?;
        Some((samples.key, self.take_dirty_of(&samples)))
    }

    /// Marks sizes dirty again that could not be saved.
    pub(crate) fn mark_dirty_again(&self, buckets: impl Iterator<Item = u8>) {
        self.dirty.fetch_or(buckets.fold(0, |dirty, bucket| dirty | 1 << bucket), Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_takes_little_memory() {
        assert!(size_of::<Instance>() <= 1024);
        assert!(size_of::<SizeSamples>() <= 384);
    }

    #[test]
    fn buckets_are_powers_of_two() {
        assert_eq!([0, 1, 2, 3, 4, 1023, 1024, usize::MAX].map(bucket), [0, 0, 1, 1, 2, 9, 10, 63]);
    }

    #[test]
    fn one_caller_at_a_time_tries_a_plan_for_a_size() {
        static INSTANCE: Instance = Instance::new(InstanceKey::ONLY);
        let first = INSTANCE.try_plan(1000);
        assert!(first.is_some() && INSTANCE.try_plan(1000).is_none() && INSTANCE.try_plan(600).is_none());
        let other = INSTANCE.try_plan(2000);
        assert!(other.is_some(), "of another size");
        drop(first);
        assert!(INSTANCE.try_plan(1000).is_some() && INSTANCE.try_plan(2000).is_none());
        drop(other);
        let panics = std::panic::catch_unwind(|| {
            let _trial = INSTANCE.try_plan(2000);
            panic!("while it tries");
        });
        assert!(panics.is_err() && INSTANCE.try_plan(2000).is_some());
    }
}

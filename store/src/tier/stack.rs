//! Several tiers as one. Lookups ask the fastest tier first, and a slower one only for what no faster one has.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::{Tier, Unusable};
use crate::clock::{now, since};
use crate::id::FunctionId;
use crate::machine::fingerprint::{Fingerprint, FingerprintId};
use crate::record::plans::Plans;
use crate::record::stats::TierStats;

/// How far away a tier is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// It answers within microseconds, so a call may wait for it.
    Near,
    /// It may take milliseconds, or not answer at all, so no call and no exit handler asks it and waits without end: a thread
    /// of its own does.
    Far,
}

/// Tiers, the fastest first.
#[derive(Debug, Default)]
pub struct Stack {
    levels: Vec<Level>,
}

#[derive(Debug)]
struct Level {
    tier: Arc<dyn Tier>,
    reach: Reach,
    hits: AtomicU64,
    misses: AtomicU64,
    errors: AtomicU64,
    lookups: AtomicU64,
    latency: AtomicU64,
}

/// The result of looking up one function in all tiers.
#[derive(Debug, Default)]
pub struct Found {
    /// Its plans, from the first tier that has any.
    pub plans: Option<Plans>,
    /// Why plans of faster tiers could not be used.
    pub unusable: Vec<Unusable>,
}

impl Stack {
    /// Adds a tier. It must be slower than those that were added before.
    pub fn push(&mut self, tier: Arc<dyn Tier>, reach: Reach) {
        let zero = || AtomicU64::new(0);
        self.levels.push(Level {
            tier,
            reach,
            hits: zero(),
            misses: zero(),
            errors: zero(),
            lookups: zero(),
            latency: zero(),
        });
    }

    /// Looks up the plans of these functions in the tiers of this reach. Returns a result for each, in the same order.
    ///
    /// They are not copied to faster tiers, because somebody waits for them: whoever asked [puts](Self::put) them there
    /// afterwards.
    #[must_use]
    pub fn get(&self, fingerprint: FingerprintId, functions: &[FunctionId], reach: Reach) -> Vec<Found> {
        let mut found: Vec<Found> = functions.iter().map(|_| Found::default()).collect();
        for level in self.levels.iter().filter(|level| level.reach == reach) {
            let open: Vec<usize> = (0..functions.len()).filter(|&i| found[i].plans.is_none()).collect();
            if open.is_empty() {
                break;
            }
            let asked: Vec<FunctionId> = open.iter().map(|&i| functions[i]).collect();
            let start = now();
            let answers = level.tier.get(fingerprint, &asked);
            level.latency.fetch_add(since(start), Relaxed);
            level.lookups.fetch_add(1, Relaxed);
            for (i, answer) in open.into_iter().zip(answers) {
                match answer {
                    Ok(Some(plans)) => {
                        level.hits.fetch_add(1, Relaxed);
                        found[i].plans = Some(plans);
                    }
                    Ok(None) => drop(level.misses.fetch_add(1, Relaxed)),
                    Err(unusable) => {
                        let count = if matches!(unusable, Unusable::Io(_)) { &level.errors } else { &level.misses };
                        count.fetch_add(1, Relaxed);
                        found[i].unusable.push(unusable);
                    }
                }
            }
        }
        found
    }

    /// Merges plans into those of every tier of this reach. Returns a result for each of `plans`: an error if any tier failed.
    pub fn put(&self, fingerprint: &Fingerprint, plans: &[Plans], reach: Reach, today: u64) -> Vec<io::Result<()>> {
        let mut results: Vec<io::Result<()>> = plans.iter().map(|_| Ok(())).collect();
        for level in self.levels.iter().filter(|level| level.reach == reach) {
            for (result, own) in results.iter_mut().zip(level.put(fingerprint, plans, today)) {
                if result.is_ok() {
                    *result = own;
                }
            }
        }
        results
    }

    /// Removes the plans of these functions from every tier of this reach.
    ///
    /// # Errors
    /// The first one; the other tiers are asked all the same.
    pub fn remove(&self, fingerprint: FingerprintId, functions: &[FunctionId], reach: Reach) -> io::Result<()> {
        let mut result = Ok(());
        for level in self.levels.iter().filter(|level| level.reach == reach) {
            let own = level.tier.remove(fingerprint, functions);
            if own.is_err() {
                level.errors.fetch_add(functions.len() as u64, Relaxed);
            }
            result = result.and(own);
        }
        result
    }

    /// The counts of each tier, the fastest first.
    #[must_use]
    pub fn stats(&self) -> Vec<TierStats> {
        let stats = |level: &Level| TierStats {
            tier: level.tier.name(),
            hits: level.hits.load(Relaxed),
            misses: level.misses.load(Relaxed),
            errors: level.errors.load(Relaxed),
            lookups: level.lookups.load(Relaxed),
            latency_ns: level.latency.load(Relaxed),
            evictions: level.tier.evictions(),
            entries: None,
            bytes: None,
            state: level.tier.state(),
            fault: level.tier.fault(),
        };
        self.levels.iter().map(stats).collect()
    }
}

impl Level {
    fn put(&self, fingerprint: &Fingerprint, plans: &[Plans], today: u64) -> Vec<io::Result<()>> {
        let results = self.tier.put(fingerprint, plans, today);
        let is_fault = |error: &&io::Error| error.kind() != io::ErrorKind::WouldBlock;
        let faults = results.iter().filter_map(|result| result.as_ref().err()).filter(is_fault);
        self.errors.fetch_add(faults.count() as u64, Relaxed);
        results
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    use super::super::Lookup;
    use super::*;
    use crate::machine::build_flags::Build;
    use crate::machine::fingerprint::Machine;
    use crate::sync::lock;

    /// Plans in a map, or nothing but errors.
    #[derive(Debug, Default)]
    struct Shelf {
        plans: Mutex<BTreeMap<FunctionId, Plans>>,
        is_broken: bool,
        /// Whether somebody else is writing all the time.
        is_contended: bool,
    }

    impl Tier for Shelf {
        fn name(&self) -> &'static str {
            "shelf"
        }

        fn get(&self, _: FingerprintId, functions: &[FunctionId]) -> Vec<Lookup> {
            let broken = || Unusable::Io(io::Error::other("broken"));
            let one = |id| if self.is_broken { Err(broken()) } else { Ok(lock(&self.plans).get(id).cloned()) };
            functions.iter().map(one).collect()
        }

        fn put(&self, _: &Fingerprint, plans: &[Plans], _: u64) -> Vec<io::Result<()>> {
            let one = |plans: &Plans| {
                if self.is_broken {
                    return Err(io::Error::other("broken"));
                }
                if self.is_contended {
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                lock(&self.plans).insert(plans.id, plans.clone());
                Ok(())
            };
            plans.iter().map(one).collect()
        }

        fn remove(&self, _: FingerprintId, functions: &[FunctionId]) -> io::Result<()> {
            for id in functions {
                lock(&self.plans).remove(id);
            }
            if self.is_broken { Err(io::Error::other("broken")) } else { Ok(()) }
        }
    }

    fn shelf(is_broken: bool) -> Arc<Shelf> {
        Arc::new(Shelf { is_broken, ..Shelf::default() })
    }

    fn plans(id: u64) -> Plans {
        Plans { id: FunctionId::from_u64(id), ..Plans::default() }
    }

    fn fingerprint() -> Fingerprint {
        Fingerprint::new(Machine::ask(), Build::from_bits(0))
    }

    fn stack(tiers: &[(&Arc<Shelf>, Reach)]) -> Stack {
        let mut stack = Stack::default();
        for &(tier, reach) in tiers {
            stack.push(tier.clone(), reach);
        }
        stack
    }

    fn get(stack: &Stack, ids: &[u64], reach: Reach) -> Vec<bool> {
        let ids: Vec<_> = ids.iter().copied().map(FunctionId::from_u64).collect();
        let found = stack.get(fingerprint().id(), &ids, reach);
        found.iter().map(|found| found.plans.is_some()).collect()
    }

    #[test]
    fn a_slower_tier_is_asked_for_what_no_faster_one_has() {
        let (fast, slow) = (shelf(false), shelf(false));
        let stack = stack(&[(&fast, Reach::Near), (&slow, Reach::Near)]);
        slow.put(&fingerprint(), &[plans(1), plans(2)], 0);
        fast.put(&fingerprint(), &[plans(2)], 0);
        assert_eq!(get(&stack, &[1, 2, 3], Reach::Near), [true, true, false]);
        let counts = |stats: &TierStats| (stats.hits, stats.misses, stats.errors, stats.lookups);
        assert_eq!(stack.stats().iter().map(counts).collect::<Vec<_>>(), [(1, 2, 0, 1), (1, 1, 0, 1)]);
        assert_eq!(get(&stack, &[2], Reach::Near), [true]);
        assert_eq!(stack.stats()[1].lookups, 1, "the second time only the fast one is asked");
        assert!(stack.stats()[0].latency_ns > 0);
    }

    #[test]
    fn near_and_far_tiers_are_asked_apart() {
        let (near, far) = (shelf(false), shelf(false));
        let stack = stack(&[(&near, Reach::Near), (&far, Reach::Far)]);
        far.put(&fingerprint(), &[plans(1)], 0);
        assert_eq!(get(&stack, &[1], Reach::Near), [false], "a call does not wait for the far one");
        assert_eq!(get(&stack, &[1], Reach::Far), [true]);
        assert_eq!(get(&stack, &[1], Reach::Near), [false], "whoever asked copies it, when there is time");
        assert!(stack.put(&fingerprint(), &[plans(1), plans(2)], Reach::Near, 0).iter().all(Result::is_ok));
        assert_eq!(get(&stack, &[1, 2], Reach::Near), [true, true]);
        assert_eq!(get(&stack, &[1, 2], Reach::Far), [true, false]);
        stack.remove(fingerprint().id(), &[FunctionId::from_u64(1)], Reach::Far).unwrap();
        assert_eq!((get(&stack, &[1], Reach::Far), get(&stack, &[1], Reach::Near)), (vec![false], vec![true]));
    }

    #[test]
    fn what_is_to_be_tried_again_is_no_fault() {
        let contended = Arc::new(Shelf { is_contended: true, ..Shelf::default() });
        let stack = stack(&[(&contended, Reach::Far)]);
        assert!(stack.put(&fingerprint(), &[plans(1)], Reach::Far, 0)[0].is_err());
        assert_eq!(stack.stats()[0].errors, 0);
    }

    #[test]
    fn a_broken_tier_stops_no_other() {
        let (broken, sound) = (shelf(true), shelf(false));
        let stack = stack(&[(&broken, Reach::Near), (&sound, Reach::Near)]);
        assert!(stack.put(&fingerprint(), &[plans(1)], Reach::Near, 0)[0].is_err());
        assert_eq!(get(&stack, &[1], Reach::Near), [true]);
        assert_eq!((stack.stats()[0].errors, stack.stats()[1].errors), (2, 0), "once for the put, once for the lookup");
        let both = [1, 2].map(FunctionId::from_u64);
        assert!(stack.remove(fingerprint().id(), &both, Reach::Near).is_err());
        assert_eq!((stack.stats()[0].errors, stack.stats()[1].errors), (4, 0), "and for each that is not removed");
        assert_eq!(get(&stack, &[1], Reach::Near), [false]);
    }
}

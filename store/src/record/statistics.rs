//! Counts that outlive a process. How they are stored is in `statistics_format`.

use super::counts::{Counts, Day};
use super::stats::FunctionStats;

/// Counts under one fingerprint, of one process or of many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// When counting began, seconds since 1970; 0 if nothing was counted.
    pub since: u64,
    /// When something was counted last, seconds since 1970.
    pub until: u64,
    /// The number of processes whose counts are in here.
    pub processes: u64,
    /// Faults of the cache and of the configuration.
    pub errors: u64,
    /// Plans that were found and not used, by the name of the reason.
    pub rejected: Vec<(String, u64)>,
    /// Counts of each function, by identity.
    pub functions: Vec<FunctionStats>,
    /// Counts of each day, the oldest first: at most [`MAX_DAYS`](super::counts::MAX_DAYS).
    pub days: Vec<Day>,
}

/// More functions than this are not kept, so that the file stays much shorter than what is read (16 MiB).
const MAX_FUNCTIONS: usize = 16_000;

impl Statistics {
    /// Adds the counts of `more`.
    pub fn add(&mut self, more: Self) {
        self.since = if self.since == 0 { more.since } else { self.since.min(more.since) };
        self.until = self.until.max(more.until);
        self.processes = self.processes.saturating_add(more.processes);
        self.errors = self.errors.saturating_add(more.errors);
        for (name, count) in more.rejected {
            match self.rejected.iter_mut().find(|(known, _)| *known == name) {
                Some((_, sum)) => *sum = sum.saturating_add(count),
                None => self.rejected.push((name, count)),
            }
        }
        more.days.iter().for_each(|day| day.add_to(&mut self.days));
        let mut new = Vec::new();
        for stats in more.functions {
            match self.functions.binary_search_by_key(&stats.id, |known| known.id) {
                Ok(at) => {
                    self.functions[at].counts.add(&stats.counts);
                    self.functions[at].function = stats.function;
                }
                Err(_) => new.push(stats),
            }
        }
        if new.is_empty() {
            return;
        }
        // Sorting once takes less than inserting each where it belongs, of which every one moves half of the others.
        self.functions.append(&mut new);
        self.functions.sort_by_key(|stats| stats.id);
        self.functions.dedup_by(|later, first| {
            let is_same = later.id == first.id;
            if is_same {
                first.counts.add(&later.counts);
                first.function = std::mem::take(&mut later.function);
            }
            is_same
        });
    }

    /// The counts of all functions together. The errors are those of all processes: there are some that belong to no
    /// function.
    #[must_use]
    pub fn sum(&self) -> Counts {
        let mut sum = Counts::NONE;
        self.functions.iter().for_each(|stats| sum.add(&stats.counts));
        Counts { errors: self.errors, ..sum }
    }

    /// Keeps the functions with the most calls, if there are too many.
    pub fn bound(&mut self) {
        if self.functions.len() > MAX_FUNCTIONS {
            self.functions.sort_by_key(|stats| std::cmp::Reverse(stats.counts.requests()));
            self.functions.truncate(MAX_FUNCTIONS);
            self.functions.sort_by_key(|stats| stats.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::FunctionId;

    #[test]
    fn processes_add_up() {
        let mut all = Statistics::default();
        for (id, until) in [(5, 10), (3, 20), (5, 90_000)] {
            let counts = Counts { hits: 3, saved_ns: -7, ..Counts::NONE };
            let stats = FunctionStats { id: FunctionId::from_u64(id), counts, ..FunctionStats::default() };
            let rejected = vec![("expired".into(), 2)];
            let mut one =
                Statistics { since: until, until, processes: 1, errors: 1, rejected, ..Statistics::default() };
            one.functions.push(stats);
            one.days.push(Day::at(until, one.sum()));
            all.add(one);
        }
        assert_eq!((all.since, all.until, all.processes, all.errors), (10, 90_000, 3, 3));
        assert_eq!(all.rejected, [("expired".to_owned(), 6)]);
        let counted: Vec<_> = all.functions.iter().map(|f| (f.id.get(), f.counts.hits, f.counts.saved_ns)).collect();
        assert_eq!(counted, [(3, 3, -7), (5, 6, -14)]);
        let days: Vec<_> = all.days.iter().map(|day| (day.day, day.counts.hits, day.counts.errors)).collect();
        assert_eq!(days, [(0, 6, 2), (1, 3, 1)]);
        assert_eq!((all.sum().hits, all.sum().errors), (9, 3));
    }
}

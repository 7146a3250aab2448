//! Counts that are stored on disk.

use serde::{Deserialize, Serialize};

use super::stats::FunctionStats;

/// Counts under one fingerprint, of one process or of many.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
        let mut new = Vec::new();
        for stats in more.functions {
            match self.functions.binary_search_by_key(&stats.id, |known| known.id) {
                Ok(at) => {
                    self.functions[at].add(&stats);
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
                first.add(later);
                first.function = std::mem::take(&mut later.function);
            }
            is_same
        });
    }

    /// Keeps the functions with the most calls, if there are too many.
    pub fn bound(&mut self) {
        if self.functions.len() > MAX_FUNCTIONS {
            self.functions.sort_by_key(|stats| std::cmp::Reverse(stats.hits.saturating_add(stats.misses)));
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
        for (id, until) in [(5, 10), (3, 20), (5, 30)] {
            let stats = FunctionStats { id: FunctionId::from_u64(id), hits: 3, saved_ns: -7, ..FunctionStats::NONE };
            let rejected = vec![("expired".into(), 2)];
            all.add(Statistics { since: until, until, processes: 1, errors: 1, rejected, functions: vec![stats] });
        }
        assert_eq!((all.since, all.until, all.processes, all.errors), (10, 30, 3, 3));
        assert_eq!(all.rejected, [("expired".to_owned(), 6)]);
        let counted: Vec<_> = all.functions.iter().map(|f| (f.id.get(), f.hits, f.saved_ns)).collect();
        assert_eq!(counted, [(3, 3, -7), (5, 6, -14)]);
    }
}

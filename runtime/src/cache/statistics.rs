//! Counts that outlive a process.

use std::io;

use serde::{Deserialize, Serialize};

use super::envelope::{Kind, open, seal};
use super::folder::{self, Folder, Lock};
use crate::fingerprint::FingerprintId;

/// What has happened under one fingerprint, over all processes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Statistics {
    /// Seconds since 1970 of the first and of the last addition.
    pub(crate) since: u64,
    pub(crate) until: u64,
    /// Processes that added to it.
    pub(crate) processes: u64,
    /// Faults of the cache and of the configuration.
    pub(crate) errors: u64,
    /// Plans that were found and not used, by the name of the reason.
    pub(crate) rejected: Vec<(String, u64)>,
    pub(crate) functions: Vec<Counts>,
}

/// What has happened to one function.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) id: u64,
    /// Its path.
    pub(crate) function: String,
    pub(crate) hits: u64,
    /// Of the hits, those that were found on disk.
    pub(crate) recalled: u64,
    pub(crate) misses: u64,
    /// What the plain loop would have taken for shared runs, less what they took, ns.
    pub(crate) saved: i64,
}

/// More functions than a folder keeps counts of.
const MOST_FUNCTIONS: usize = 100_000;

impl Statistics {
    /// Adds what has happened since.
    pub(crate) fn add(&mut self, more: Self) {
        self.since = if self.since == 0 { more.since } else { self.since.min(more.since) };
        self.until = self.until.max(more.until);
        self.processes += more.processes;
        self.errors += more.errors;
        for (name, count) in more.rejected {
            match self.rejected.iter_mut().find(|(known, _)| *known == name) {
                Some((_, sum)) => *sum += count,
                None => self.rejected.push((name, count)),
            }
        }
        for counts in more.functions {
            match self.functions.binary_search_by_key(&counts.id, |known| known.id) {
                Ok(at) => self.functions[at].add(counts),
                Err(at) if self.functions.len() < MOST_FUNCTIONS => self.functions.insert(at, counts),
                Err(_) => {}
            }
        }
    }
}

impl Counts {
    pub(crate) const NONE: Self = Self { id: 0, function: String::new(), hits: 0, recalled: 0, misses: 0, saved: 0 };

    /// What has come to these since `before`.
    pub(crate) fn since(self, before: &Self) -> Self {
        Self {
            hits: self.hits.saturating_sub(before.hits),
            recalled: self.recalled.saturating_sub(before.recalled),
            misses: self.misses.saturating_sub(before.misses),
            saved: self.saved.wrapping_sub(before.saved),
            ..self
        }
    }

    /// Whether nothing has happened.
    pub(crate) fn is_empty(&self) -> bool {
        (self.hits, self.recalled, self.misses, self.saved) == (0, 0, 0, 0)
    }

    fn add(&mut self, more: Self) {
        self.function = more.function;
        self.hits += more.hits;
        self.recalled += more.recalled;
        self.misses += more.misses;
        self.saved = self.saved.saturating_add(more.saved);
    }
}

/// What was counted under this fingerprint. Nothing if there is no file, or none that can be read.
pub(crate) fn load(folder: &Folder, fingerprint: FingerprintId) -> io::Result<Option<Statistics>> {
    let content = folder::read(&folder.statistics(fingerprint), Kind::Statistics)?;
    Ok(content.and_then(|content| open(Kind::Statistics, &content.bytes).ok()))
}

/// Adds to what was counted.
pub(crate) fn add(folder: &Folder, _lock: &Lock, fingerprint: FingerprintId, more: Statistics) -> io::Result<()> {
    let mut all = load(folder, fingerprint)?.unwrap_or_default();
    all.add(more);
    folder::write(&folder.statistics(fingerprint), &seal(Kind::Statistics, &all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_add_up() {
        let one = |id, until| Statistics {
            since: until,
            until,
            processes: 1,
            errors: 1,
            rejected: vec![("expired".into(), 2)],
            functions: vec![Counts { id, function: "f".into(), hits: 3, recalled: 1, misses: 2, saved: -7 }],
        };
        let mut all = Statistics::default();
        for (id, until) in [(5, 10), (3, 20), (5, 30)] {
            all.add(one(id, until));
        }
        assert_eq!((all.since, all.until, all.processes, all.errors), (10, 30, 3, 3));
        assert_eq!(all.rejected, [("expired".to_owned(), 6)]);
        assert_eq!(
            all.functions.iter().map(|f| (f.id, f.hits, f.saved)).collect::<Vec<_>>(),
            [(3, 3, -7), (5, 6, -14)]
        );
    }
}

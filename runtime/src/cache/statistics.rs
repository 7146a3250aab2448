//! Counts that outlive a process.

use std::io;

use serde::{Deserialize, Serialize};

use super::folder::{self, Folder, Lock};
use crate::fingerprint::FingerprintId;
use crate::format::{Kind, open_each, seal};

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
    /// Times that its plans could not be read.
    pub(crate) errors: u64,
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
        self.processes = self.processes.saturating_add(more.processes);
        self.errors = self.errors.saturating_add(more.errors);
        for (name, count) in more.rejected {
            match self.rejected.iter_mut().find(|(known, _)| *known == name) {
                Some((_, sum)) => *sum = sum.saturating_add(count),
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
    pub(crate) const NONE: Self =
        Self { id: 0, function: String::new(), hits: 0, recalled: 0, misses: 0, errors: 0, saved: 0 };

    /// What has come to these since `before`.
    pub(crate) fn since(self, before: &Self) -> Self {
        Self {
            hits: self.hits.saturating_sub(before.hits),
            recalled: self.recalled.saturating_sub(before.recalled),
            misses: self.misses.saturating_sub(before.misses),
            errors: self.errors.saturating_sub(before.errors),
            saved: self.saved.wrapping_sub(before.saved),
            ..self
        }
    }

    /// Whether nothing has happened.
    pub(crate) fn is_empty(&self) -> bool {
        (self.hits, self.recalled, self.misses, self.errors, self.saved) == (0, 0, 0, 0, 0)
    }

    fn add(&mut self, more: Self) {
        self.function = more.function;
        self.hits = self.hits.saturating_add(more.hits);
        self.recalled = self.recalled.saturating_add(more.recalled);
        self.misses = self.misses.saturating_add(more.misses);
        self.errors = self.errors.saturating_add(more.errors);
        self.saved = self.saved.saturating_add(more.saved);
    }
}

/// What was counted under this fingerprint, as far as it can be read. `None` if there is no file.
pub(crate) fn load(folder: &Folder, fingerprint: FingerprintId) -> io::Result<Option<Statistics>> {
    let content = folder::read(&folder.statistics(fingerprint), Kind::Statistics)?;
    Ok(content.map(|content| sum(&content.bytes).0))
}

/// What all additions make together, and how many could be read.
pub(crate) fn sum(bytes: &[u8]) -> (Statistics, usize) {
    let (each, _) = open_each::<Statistics>(Kind::Statistics, bytes);
    let count = each.len();
    let mut all = Statistics::default();
    for one in each {
        all.add(one);
    }
    (all, count)
}

/// Adds to what was counted.
///
/// Each process appends what it counted, which costs it much less than a new file would; when there are many, they are
/// added up.
pub(crate) fn add(folder: &Folder, _lock: &Lock, fingerprint: FingerprintId, more: &Statistics) -> io::Result<()> {
    let path = folder.statistics(fingerprint);
    if folder::append(&path, &seal(Kind::Statistics, more))? > MOST_BYTES {
        // What was counted is there: if it cannot be added up now, the next one will.
        let _ = sum_up(folder, fingerprint);
    }
    Ok(())
}

/// Makes one addition of all there are.
pub(crate) fn sum_up(folder: &Folder, fingerprint: FingerprintId) -> io::Result<()> {
    let path = folder.statistics(fingerprint);
    let Some(content) = folder::read(&path, Kind::Statistics)? else { return Ok(()) };
    let (all, count) = sum(&content.bytes);
    let bytes = seal(Kind::Statistics, &all);
    // Where there are very many functions the sum is long too: it is not made anew for each process.
    if count == 1 || 2 * bytes.len() > content.bytes.len() { Ok(()) } else { folder::write(&path, &bytes) }
}

/// From this length on a file is added up, if that makes it half as long.
const MOST_BYTES: u64 = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn one(id: u64, until: u64) -> Statistics {
        let functions =
            vec![Counts { id, function: "f".into(), hits: 3, recalled: 1, misses: 2, errors: 1, saved: -7 }];
        let rejected = vec![("expired".into(), 2)];
        Statistics { since: until, until, processes: 1, errors: 1, rejected, functions }
    }

    #[test]
    fn a_file_of_many_is_added_up() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("cache"));
        let lock = folder.lock(std::time::Duration::ZERO).unwrap().unwrap();
        let print = FingerprintId(1);
        for until in 1..=3000 {
            add(&folder, &lock, print, &one(5, until)).unwrap();
        }
        let all = load(&folder, print).unwrap().unwrap();
        assert_eq!((all.processes, all.until, all.functions[0].hits), (3000, 3000, 9000));
        assert!(std::fs::metadata(folder.statistics(print)).unwrap().len() <= MOST_BYTES);
    }

    #[test]
    fn processes_add_up() {
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

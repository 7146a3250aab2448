//! What is found in a line, and in all of them.

use std::cmp::Reverse;
use std::collections::HashMap;

/// What is known of a line.
pub(crate) struct Seen {
    /// Its match, or the first group of that, if the pattern has groups.
    pub(crate) found: Option<Box<[u8]>>,
    /// Whether another thread looked at it than the one that reads.
    pub(crate) by_helper: bool,
}

/// What was found in a log.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) lines: u64,
    pub(crate) matches: u64,
    pub(crate) by_helpers: u64,
    /// How often what was found, as far as there is room.
    times: HashMap<Box<[u8]>, u64>,
}

/// So many different finds are counted apart: the log may be larger than memory.
const ROOM: usize = 100_000;
/// So many of them are shown, and so much of each.
const SHOWN: usize = 3;
const LONGEST: usize = 60;

impl Found {
    pub(crate) fn of(lines: impl Iterator<Item = Seen>) -> Self {
        let mut all = Self::default();
        for seen in lines {
            all.lines += 1;
            all.by_helpers += u64::from(seen.by_helper);
            let Some(found) = seen.found else { continue };
            all.matches += 1;
            if let Some(times) = all.times.get_mut(&found) {
                *times += 1;
            } else if all.times.len() < ROOM {
                all.times.insert(found, 1);
            }
        }
        all
    }

    /// Whether something else was found. Who found it does not matter.
    pub(crate) fn differs_from(&self, other: &Self) -> bool {
        (self.lines, self.matches, &self.times) != (other.lines, other.matches, &other.times)
    }

    /// What was found most often, and how often.
    pub(crate) fn most_frequent(&self) -> Vec<(u64, String)> {
        let mut all: Vec<_> = self.times.iter().collect();
        all.sort_by_key(|(found, times)| (Reverse(**times), *found));
        let shown = all.into_iter().take(SHOWN);
        shown.map(|(found, times)| (*times, String::from_utf8_lossy(found).chars().take(LONGEST).collect())).collect()
    }
}

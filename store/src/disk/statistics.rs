//! The counts under a fingerprint: a log to which each process appends what it counted.

use std::io;
use std::time::Duration;

use super::folder::Folder;
use super::log::Seen;
use super::{files, log};
use crate::machine::fingerprint::FingerprintId;
use crate::record::envelope::{self, Kind, read_log};
use crate::record::statistics::Statistics;

const KIND: Kind = Kind::Statistics;

/// The sum of all counts under this fingerprint that can be read. `None` if there is no file.
///
/// # Errors
/// If the system refuses.
pub fn load(folder: &Folder, fingerprint: FingerprintId) -> io::Result<Option<Statistics>> {
    let content = files::read(&folder.statistics_file(fingerprint), KIND)?;
    Ok(content.map(|content| sum(read_log(KIND, &content.bytes).records)))
}

/// Whether nothing in such a file can be read, by this version or another.
#[must_use]
pub fn is_unreadable(bytes: &[u8]) -> bool {
    let log = read_log::<Statistics>(KIND, bytes);
    // Half a record beside whole ones is no damage to report: its writer was killed, and readers pass over it.
    log.is_damaged && log.records.is_empty() && log.other_versions.is_empty()
}

fn sum(records: Vec<Statistics>) -> Statistics {
    records.into_iter().fold(Statistics::default(), |mut all, one| {
        all.add(one);
        all
    })
}

/// Adds what a process counted.
///
/// # Errors
/// If the system refuses.
pub fn append(folder: &Folder, fingerprint: FingerprintId, counted: &Statistics) -> io::Result<()> {
    let path = folder.statistics_file(fingerprint);
    if log::append(&path, KIND, &envelope::write(KIND, counted))? > LONG {
        // The counts are written already. If compaction fails, the next process tries again.
        let _ = compact(folder, fingerprint);
    }
    Ok(())
}

/// Replaces all records by their sum, if that makes the file less than half as long.
///
/// # Errors
/// If another process holds the lock, or the system refuses.
pub fn compact(folder: &Folder, fingerprint: FingerprintId) -> io::Result<()> {
    let path = folder.statistics_file(fingerprint);
    let lock = folder.lock(Duration::ZERO)?;
    let Some(content) = files::read(&path, KIND)? else { return Ok(()) };
    let log = read_log(KIND, &content.bytes);
    let mut bytes = log.other_versions;
    bytes.extend(envelope::write(KIND, &sum(log.records)));
    // With very many functions the sum is long too. Then it is not written again for each process.
    if 2 * bytes.len() > content.bytes.len() {
        return Ok(());
    }
    let seen = Seen { len: content.bytes.len(), whole: log.whole };
    log::replace(&lock, seen, files::stage(&path, &bytes)?, KIND)
}

/// Files that are longer than this are compacted.
const LONG: u64 = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::FunctionId;
    use crate::record::stats::FunctionStats;

    #[test]
    fn a_long_file_is_added_up() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("cache"));
        let print = FingerprintId::from_u64(1);
        for until in 1..=3000 {
            let stats = FunctionStats { id: FunctionId::from_u64(5), hits: 3, ..FunctionStats::NONE };
            let one = Statistics { since: until, until, processes: 1, functions: vec![stats], ..Statistics::default() };
            append(&folder, print, &one).unwrap();
        }
        let all = load(&folder, print).unwrap().unwrap();
        assert_eq!((all.processes, all.until, all.functions[0].hits), (3000, 3000, 9000));
        assert!(std::fs::metadata(folder.statistics_file(print)).unwrap().len() <= LONG);
    }
}

//! The counts under a fingerprint: a log, to which each process appends what it counted.

use std::io;
use std::time::Duration;

use super::folder::Folder;
use super::log::Seen;
use super::{files, log};
use crate::machine::fingerprint::FingerprintId;
use crate::record::envelope::{self, Kind, read_log};
use crate::record::statistics::Statistics;

const KIND: Kind = Kind::Statistics;

/// What was counted under this fingerprint, as far as it can be read. `None` if there is no file.
///
/// # Errors
/// If the system refuses.
pub fn load(folder: &Folder, fingerprint: FingerprintId) -> io::Result<Option<Statistics>> {
    let content = files::read(&folder.statistics_file(fingerprint), KIND)?;
    Ok(content.map(|content| sum(read_log(KIND, &content.bytes).records)))
}

/// Whether nothing in such a file can be read.
#[must_use]
pub fn is_unreadable(bytes: &[u8]) -> bool {
    let log = read_log::<Statistics>(KIND, bytes);
    // What is left of a record whose writer was killed is passed over: no harm is done.
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
        // It is written already: if it cannot be added up now, the next process will.
        let _ = compact(folder, fingerprint);
    }
    Ok(())
}

/// Makes one record of all records, if that makes the file half as long.
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
    // Where there are very many functions the sum is long too: it is not made anew for each process.
    if 2 * bytes.len() > content.bytes.len() {
        return Ok(());
    }
    let seen = Seen { len: content.bytes.len(), whole: log.whole };
    log::replace(&lock, seen, files::stage(&path, &bytes)?, KIND)
}

/// From this length on a file is added up.
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

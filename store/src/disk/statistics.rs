//! The counts under a fingerprint: a log to which each process appends what it counted.

use std::io;
use std::time::Duration;

use super::folder::Folder;
use super::log::Seen;
use super::{files, log};
use crate::machine::fingerprint::FingerprintId;
use crate::record::envelope::Kind;
use crate::record::statistics::Statistics;
use crate::record::statistics_format::{read, write};

const KIND: Kind = Kind::Statistics;

/// The sum of all counts under this fingerprint that can be read. `None` if there is no file.
///
/// # Errors
/// If the file is too long to be read, or the system refuses.
pub fn load(folder: &Folder, fingerprint: FingerprintId) -> io::Result<Option<Statistics>> {
    let Some(content) = files::read(&folder.statistics_file(fingerprint), KIND)? else { return Ok(None) };
    if content.is_oversized {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the file of counts is too long to be read"));
    }
    Ok(Some(sum(read(&content.bytes).records)))
}

/// Whether nothing in such a file can be read, by this version or another.
#[must_use]
pub fn is_unreadable(bytes: &[u8]) -> bool {
    let log = read(bytes);
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
    let record = write(counted);
    let len = match log::append(&path, KIND, &record) {
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            // The sum of all records is shorter. Of a log that is too long to be read it is nothing.
            compact(folder, fingerprint)?;
            log::append(&path, KIND, &record)?
        }
        appended => appended?,
    };
    if log::is_long(&path, len, LONG) {
        // The counts are written already. If compaction fails, the next process tries again.
        let _ = compact(folder, fingerprint);
    }
    Ok(())
}

/// Replaces all records by their sum.
///
/// # Errors
/// If another process holds the lock, or the system refuses.
pub fn compact(folder: &Folder, fingerprint: FingerprintId) -> io::Result<()> {
    let path = folder.statistics_file(fingerprint);
    let lock = folder.lock(Duration::ZERO)?;
    let Some(content) = files::read(&path, KIND)? else { return Ok(()) };
    let log = read(&content.bytes);
    // The sum stands first, see `log::is_long`.
    let mut all = sum(log.records);
    all.bound();
    let mut bytes = write(&all);
    bytes.extend(log.other_versions);
    let seen = Seen { len: content.bytes.len(), whole: log.whole };
    log::replace(&lock, seen, files::stage(&path, &bytes)?, KIND)
}

/// Files that are longer than this are compacted.
const LONG: u64 = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::FunctionId;
    use crate::record::counts::{Counts, Day, MAX_DAYS};
    use crate::record::stats::FunctionStats;

    #[test]
    fn a_long_file_is_added_up() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("cache"));
        let print = FingerprintId::from_u64(1);
        for until in 1..=3000 {
            let counts = Counts { hits: 3, ..Counts::NONE };
            let stats = FunctionStats { id: FunctionId::from_u64(5), counts, ..FunctionStats::default() };
            let days = vec![Day::at(until * 3600, counts)];
            let functions = vec![stats];
            let one = Statistics { since: until, until, processes: 1, functions, days, ..Statistics::default() };
            append(&folder, print, &one).unwrap();
        }
        let all = load(&folder, print).unwrap().unwrap();
        assert_eq!((all.processes, all.until, all.functions[0].counts.hits), (3000, 3000, 9000));
        assert_eq!((all.days.len(), all.days[1].counts.hits), (MAX_DAYS, 72), "the last days, of 24 processes each");
        assert!(std::fs::metadata(folder.statistics_file(print)).unwrap().len() <= LONG);
    }

    #[test]
    fn what_is_too_long_to_be_read_is_no_sum_of_nothing() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("cache"));
        let print = FingerprintId::from_u64(1);
        let one = Statistics { processes: 1, ..Statistics::default() };
        append(&folder, print, &one).unwrap();
        let path = folder.statistics_file(print);
        std::fs::File::options().write(true).open(&path).unwrap().set_len(KIND.max_len() + 1).unwrap();
        assert_eq!(load(&folder, print).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        append(&folder, print, &one).unwrap();
        assert_eq!(load(&folder, print).unwrap(), Some(one), "the next process begins anew");
    }

    #[test]
    fn however_many_functions_there_are_the_file_stays_readable() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("cache"));
        let print = FingerprintId::from_u64(1);
        for process in 0..8u64 {
            let stats = |id: u64| FunctionStats {
                id: FunctionId::from_u64(id),
                function: format!("a_crate::{}::function_{id}", "module".repeat(20)),
                counts: Counts { hits: id, ..Counts::NONE },
                ..FunctionStats::default()
            };
            let functions = (process * 5_000..(process + 1) * 5_000).map(stats).collect();
            append(&folder, print, &Statistics { processes: 1, functions, ..Statistics::default() }).unwrap();
        }
        let all = load(&folder, print).unwrap().unwrap();
        assert_eq!(all.processes, 8);
        assert!(all.functions.iter().any(|stats| stats.counts.hits == 39_999), "those with the most calls stay");
        assert!(std::fs::metadata(folder.statistics_file(print)).unwrap().len() < KIND.max_len() / 2);
    }
}

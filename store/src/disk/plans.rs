//! The plans of functions on disk: a log for each function and fingerprint.

use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::files::{self, Content};
use super::folder::{Folder, fingerprint_of, function_of};
use super::lock::Lock;
use super::log::{self, Seen};
use crate::id::FunctionId;
use crate::machine::fingerprint::FingerprintId;
use crate::record::entry::Entry;
use crate::record::envelope::Kind;
use crate::record::plans::Plans;
use crate::record::plans_format::{read_log, write};
use crate::rejection::Rejection;
use crate::tier::Unusable;

const KIND: Kind = Kind::Plans;

/// The plans of one function as they were found on disk.
#[derive(Debug)]
pub struct StoredPlans {
    /// The plans of all records, merged.
    pub plans: Plans,
    /// The length of the file in bytes.
    pub size: u64,
    /// When the file was last written or used.
    pub used: SystemTime,
}

/// A plan file that was read, usable or not.
struct PlanFile {
    content: Content,
    seen: Seen,
    plans: Result<Plans, Rejection>,
    /// Records in the format of other versions, as they are in the file.
    other_versions: Vec<u8>,
    /// Whether there is anything else in the file than one record of this function.
    needs_compaction: bool,
}

/// The plans of a function. `None` if there is no file. It is checked that they are plans of this function, and nothing
/// else.
///
/// # Errors
/// If there is a file without such plans, or one that cannot be read.
pub fn load(
    folder: &Folder,
    fingerprint: FingerprintId,
    id: FunctionId,
    today: u64,
) -> Result<Option<StoredPlans>, Unusable> {
    let Some(file) = open(folder, fingerprint, id, today).map_err(Unusable::Io)? else { return Ok(None) };
    let plans = file.plans.map_err(Unusable::Rejected)?;
    Ok(Some(StoredPlans { plans, size: file.content.bytes.len() as u64, used: file.content.modified }))
}

fn open(folder: &Folder, fingerprint: FingerprintId, id: FunctionId, today: u64) -> io::Result<Option<PlanFile>> {
    let Some(content) = files::read(&folder.plans_file(fingerprint, id), KIND)? else { return Ok(None) };
    if content.bytes.is_empty() && !content.is_oversized {
        // Its first record is about to be written.
        return Ok(None);
    }
    let log = read_log(&content.bytes);
    let mut reason = if log.other_versions.is_empty() { Rejection::Corrupt } else { Rejection::Version };
    let mut needs_compaction = log.is_damaged || log.records.len() != 1;
    let mut merged: Option<Plans> = None;
    for plans in log.records {
        if plans.id != id || plans.fingerprint != fingerprint {
            // The file was moved here from elsewhere.
            needs_compaction = true;
            reason = if plans.id == id { Rejection::Fingerprint } else { Rejection::Corrupt };
            continue;
        }
        match &mut merged {
            None => merged = Some(plans),
            Some(merged) => merged.merge(plans, today),
        }
    }
    let plans = merged.ok_or(reason);
    let seen = Seen { len: content.bytes.len(), whole: log.whole };
    Ok(Some(PlanFile { content, seen, plans, other_versions: log.other_versions, needs_compaction }))
}

/// Appends plans of a function to its file. Returns the length of the file afterwards, and that of the added record.
///
/// # Errors
/// If the system refuses.
pub fn append(folder: &Folder, plans: &Plans) -> io::Result<(u64, u64)> {
    let record = write(plans);
    let len = log::append(&folder.plans_file(plans.fingerprint, plans.id), KIND, &record)?;
    Ok((len, record.len() as u64))
}

/// A process that is about to end does not compact files that are shorter than this.
const LONG: u64 = 4096;

/// Whether the log of a function, which has `len` bytes, is worth compacting even when there is little time.
#[must_use]
pub fn is_long(folder: &Folder, fingerprint: FingerprintId, id: FunctionId, len: u64) -> bool {
    log::is_long(&folder.plans_file(fingerprint, id), len, LONG)
}

/// Merges all records of a file into one, and drops what is damaged. A file with nothing else in it is removed.
///
/// # Errors
/// If the system refuses.
pub fn compact(folder: &Folder, lock: &Lock, fingerprint: FingerprintId, id: FunctionId, today: u64) -> io::Result<()> {
    match open(folder, fingerprint, id, today)? {
        Some(file) if file.needs_compaction => rewrite(folder, lock, fingerprint, id, file),
        _ => Ok(()),
    }
}

/// Replaces a file by one with the plans and the records of other versions in `file`. Removes it if there are none. It is
/// not used by that: its time stays as it was.
fn rewrite(folder: &Folder, lock: &Lock, fingerprint: FingerprintId, id: FunctionId, file: PlanFile) -> io::Result<()> {
    let path = folder.plans_file(fingerprint, id);
    let plans = file.plans.ok().filter(|plans| !plans.entries.is_empty());
    // The merged plans stand first, see `log::is_long`.
    let mut bytes = plans.map_or_else(Vec::new, |plans| write(&plans));
    bytes.extend(file.other_versions);
    if bytes.is_empty() {
        return log::remove(lock, file.seen, &path, KIND);
    }
    log::replace(lock, file.seen, files::stage(&path, &bytes)?.used(file.content.modified), KIND)
}

/// New plans for a function, written to a file of another name that is to replace its plan file.
#[derive(Debug)]
pub struct Replacement {
    seen: Seen,
    new: files::Staged,
}

/// Writes new plans for a function to a file of another name. `change` makes them of the present ones; `None`: these are to
/// stay. The plan file itself is not changed before [`finish`](Replacement::finish), and does not count as used by that.
///
/// # Errors
/// If `change` refuses, or the system.
pub fn stage_replacement<E>(
    folder: &Folder,
    fingerprint: FingerprintId,
    id: FunctionId,
    today: u64,
    change: impl FnOnce(Result<Option<Plans>, Rejection>) -> Result<Option<Plans>, E>,
    failed: impl Fn(io::Error) -> E,
) -> Result<Option<Replacement>, E> {
    let file = open(folder, fingerprint, id, today).map_err(&failed)?;
    let (seen, used, plans, other_versions) = match file {
        None => (Seen::default(), None, Ok(None), Vec::new()),
        Some(file) => (file.seen, Some(file.content.modified), file.plans.map(Some), file.other_versions),
    };
    let Some(plans) = change(plans)? else { return Ok(None) };
    let mut bytes = write(&plans);
    bytes.extend(other_versions);
    if bytes.len() as u64 > KIND.max_len() {
        return Err(failed(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "these are more plans than are read of one function",
        )));
    }
    let new = files::stage(&folder.plans_file(fingerprint, id), &bytes).map_err(&failed)?;
    Ok(Some(Replacement { seen, new: if let Some(used) = used { new.used(used) } else { new } }))
}

impl Replacement {
    /// Replaces the plan file by the new one.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn finish(self, lock: &Lock) -> io::Result<()> {
        log::replace(lock, self.seen, self.new, KIND)
    }
}

/// Removes from a file what cannot be used. Removes the file if it cannot be read at all, or is not a plan file.
///
/// # Errors
/// If the system refuses.
pub fn repair(folder: &Folder, lock: &Lock, path: &Path, today: u64) -> io::Result<()> {
    let name = |path: Option<&Path>| path?.file_name()?.to_str().map(str::to_owned);
    let function = name(Some(path)).and_then(|name| function_of(&name));
    let place = path.parent().and_then(|parent| fingerprint_of(&name(Some(parent))?, parent));
    if let (Some(place), Some(function)) = (place, function)
        && let Ok(file) = open(folder, place, function, today)
    {
        let Some(mut file) = file else { return Ok(()) };
        if let Ok(plans) = &mut file.plans {
            plans.entries.retain(|entry| entry.is_within_bounds() && !entry.is_from_the_future(today));
            plans.normalise();
        }
        return rewrite(folder, lock, place, function, file);
    }
    files::remove(path)
}

/// Removes all plans, of all functions and fingerprints, for which `keep` is false. Returns their number.
///
/// # Errors
/// If the folder cannot be listed or changed, or another process holds the lock for longer than `timeout`.
pub fn retain(
    folder: &Folder,
    timeout: Duration,
    today: u64,
    mut keep: impl FnMut(&Plans, &Entry) -> bool,
) -> io::Result<usize> {
    let mut removed = 0;
    if !folder.exists()? {
        return Ok(0);
    }
    for fingerprint in folder.fingerprints()? {
        for id in folder.functions(fingerprint)? {
            // The lock is taken for each file anew, so that other processes do not wait long for it.
            let lock = folder.lock(timeout)?;
            let Ok(Some(mut file)) = open(folder, fingerprint, id, today) else { continue };
            let Ok(plans) = &mut file.plans else { continue };
            let before = plans.entries.len();
            let mut entries = std::mem::take(&mut plans.entries);
            entries.retain(|entry| keep(plans, entry));
            plans.entries = entries;
            if plans.entries.len() < before {
                removed += before - plans.entries.len();
                plans.normalise();
                rewrite(folder, &lock, fingerprint, id, file)?;
            }
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::entry::tests::entry;
    use crate::record::envelope::tests::of_version;

    const NOW: u64 = 1_800_000_000;
    const PRINT: FingerprintId = FingerprintId::from_u64(7);
    const ONE: FunctionId = FunctionId::from_u64(1);
    const TWO: FunctionId = FunctionId::from_u64(2);

    fn plans(id: FunctionId, entries: &[(u8, u64)]) -> Plans {
        let entries = entries.iter().map(|&(bucket, measured)| entry(bucket, measured)).collect();
        Plans { fingerprint: PRINT, id, ttl: None, function: "crate::f".into(), names: Vec::new(), entries }
    }

    fn folder() -> (tempfile::TempDir, Folder, Lock) {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("cache"));
        let lock = folder.lock(Duration::ZERO).unwrap();
        (place, folder, lock)
    }

    fn found(folder: &Folder, id: FunctionId) -> Option<Plans> {
        load(folder, PRINT, id, NOW).unwrap().map(|found| found.plans)
    }

    #[test]
    fn plans_of_several_writers_come_together() {
        let (_place, folder, lock) = folder();
        append(&folder, &plans(ONE, &[(1, 5), (2, 5)])).unwrap();
        append(&folder, &plans(ONE, &[(2, 9), (3, 9)])).unwrap();
        let both = plans(ONE, &[(1, 5), (2, 9), (3, 9)]);
        assert_eq!(found(&folder, ONE), Some(both.clone()));
        assert_eq!(found(&folder, TWO), None);
        compact(&folder, &lock, PRINT, ONE, NOW).unwrap();
        assert_eq!(std::fs::read(folder.plans_file(PRINT, ONE)).unwrap(), write(&both));
    }

    #[test]
    fn a_record_that_is_being_appended_survives_a_replacement() {
        let (_place, folder, lock) = folder();
        append(&folder, &plans(ONE, &[(1, 5)])).unwrap();
        let record = write(&plans(ONE, &[(2, 5)]));
        let (begin, rest) = record.split_at(20);
        log::append(&folder.plans_file(PRINT, ONE), KIND, begin).unwrap();
        let change = |known: Result<Option<Plans>, Rejection>| Ok(known.unwrap());
        let replacement = stage_replacement(&folder, PRINT, ONE, NOW, change, |error| error).unwrap().unwrap();
        log::append(&folder.plans_file(PRINT, ONE), KIND, rest).unwrap();
        replacement.finish(&lock).unwrap();
        assert_eq!(found(&folder, ONE), Some(plans(ONE, &[(1, 5), (2, 5)])));
    }

    #[test]
    fn a_log_is_long_when_it_is_twice_as_long_as_it_must_be() {
        let (_place, folder, lock) = folder();
        let mut len = 0;
        while !is_long(&folder, PRINT, ONE, len) {
            len = append(&folder, &plans(ONE, &[(1, 5)])).unwrap().0;
        }
        assert!(len > LONG && len < LONG + 200, "{len}");
        compact(&folder, &lock, PRINT, ONE, NOW).unwrap();
        assert!(std::fs::metadata(folder.plans_file(PRINT, ONE)).unwrap().len() < 200);
        let mut many = plans(TWO, &[]);
        many.entries = (0..200)
            .map(|user| {
                let mut one = entry(1, 5);
                one.key.user = user;
                one
            })
            .collect();
        let (len, _) = append(&folder, &many).unwrap();
        assert!(len > LONG && !is_long(&folder, PRINT, TWO, len), "it is one record");
    }

    #[test]
    fn what_was_moved_is_not_taken_for_another() {
        let (_place, folder, lock) = folder();
        append(&folder, &plans(ONE, &[(1, 5)])).unwrap();
        std::fs::copy(folder.plans_file(PRINT, ONE), folder.plans_file(PRINT, TWO)).unwrap();
        assert!(matches!(load(&folder, PRINT, TWO, NOW), Err(Unusable::Rejected(Rejection::Corrupt))));
        let other = FingerprintId::from_u64(8);
        files::write(&folder.plans_file(other, ONE), &std::fs::read(folder.plans_file(PRINT, ONE)).unwrap()).unwrap();
        assert!(matches!(load(&folder, other, ONE, NOW), Err(Unusable::Rejected(Rejection::Fingerprint))));
        repair(&folder, &lock, &folder.plans_file(other, ONE), NOW).unwrap();
        assert!(load(&folder, other, ONE, NOW).unwrap().is_none());
        compact(&folder, &lock, PRINT, TWO, NOW).unwrap();
        assert!(load(&folder, PRINT, TWO, NOW).unwrap().is_none());
    }

    #[test]
    fn records_of_other_versions_stay_for_those_who_can_read_them() {
        let (_place, folder, lock) = folder();
        let path = folder.plans_file(PRINT, ONE);
        let newer = of_version(KIND, 9, &0u8);
        files::write(&path, &newer).unwrap();
        assert!(matches!(load(&folder, PRINT, ONE, NOW), Err(Unusable::Rejected(Rejection::Version))));
        append(&folder, &plans(ONE, &[(1, 5)])).unwrap();
        append(&folder, &plans(ONE, &[(2, 5)])).unwrap();
        let both = plans(ONE, &[(1, 5), (2, 5)]);
        assert_eq!(found(&folder, ONE), Some(both.clone()));
        compact(&folder, &lock, PRINT, ONE, NOW).unwrap();
        repair(&folder, &lock, &path, NOW).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), [write(&both), newer.clone()].concat());
        assert_eq!(retain(&folder, Duration::ZERO, NOW, |_, _| false).unwrap_err().kind(), io::ErrorKind::TimedOut);
        drop(lock);
        assert_eq!(retain(&folder, Duration::ZERO, NOW, |_, _| false).unwrap(), 2);
        assert_eq!(std::fs::read(&path).unwrap(), newer);
    }

    #[test]
    fn what_is_damaged_goes_with_the_next_compaction() {
        let (_place, folder, lock) = folder();
        let path = folder.plans_file(PRINT, ONE);
        append(&folder, &plans(ONE, &[(1, 5)])).unwrap();
        let good = std::fs::read(&path).unwrap();
        std::fs::write(&path, &good[..good.len() - 3]).unwrap();
        assert!(matches!(load(&folder, PRINT, ONE, NOW), Err(Unusable::Rejected(Rejection::Corrupt))));
        append(&folder, &plans(ONE, &[(2, 5)])).unwrap();
        assert_eq!(found(&folder, ONE), Some(plans(ONE, &[(2, 5)])), "what comes after it can be read");
        compact(&folder, &lock, PRINT, ONE, NOW).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), write(&plans(ONE, &[(2, 5)])));
        std::fs::write(&path, b"nothing of ours").unwrap();
        compact(&folder, &lock, PRINT, ONE, NOW).unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn entries_go_and_empty_files_with_them() {
        let (_place, folder, lock) = folder();
        append(&folder, &plans(ONE, &[(1, 5), (2, 9)])).unwrap();
        append(&folder, &plans(TWO, &[(1, 5)])).unwrap();
        drop(lock);
        assert_eq!(retain(&folder, Duration::ZERO, NOW, |_, entry| entry.measured > 5).unwrap(), 2);
        assert_eq!(folder.functions(PRINT).unwrap(), [ONE]);
        assert_eq!(found(&folder, ONE), Some(plans(ONE, &[(2, 9)])));
    }
}

//! Sweeping a cache folder: removes the least recently used plans if the folder is too large, and files without an owner.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::files::{self, disk_usage, is_abandoned};
use super::folder::{Folder, MACHINE, PLANS};
use super::lock::Lock;
use super::log::{self, Seen};
use crate::clock::seconds_since_1970;
use crate::record::envelope::Kind;

/// Processes that write to a folder sweep it once in this time.
const INTERVAL: Duration = Duration::from_secs(60 * 60);
/// Files that were not used for this long (seconds) are removed: their functions or machines no longer exist.
const MAX_UNUSED: u64 = 90 * 24 * 60 * 60;

/// Whether the folder has not been swept for a while.
#[must_use]
pub fn is_due(folder: &Folder) -> bool {
    let swept = fs::symlink_metadata(folder.lock_file()).and_then(|data| data.modified());
    swept.map_or(true, |swept| {
        let now = SystemTime::now();
        now.duration_since(swept).or_else(|_| swept.duration_since(now)).is_ok_and(|age| age > INTERVAL)
    })
}

/// Removes files that were not used for 90 days, then the least recently used files until the others take at most `limit`
/// bytes on disk. Also removes unfinished files of processes that were killed. Returns the number of files of plans and of
/// machines that were removed.
///
/// # Errors
/// If the folder cannot be listed, or a file not be removed.
pub fn sweep(folder: &Folder, lock: &Lock, limit: u64, today: u64) -> io::Result<usize> {
    lock.note_sweep();
    let mut folders: Vec<_> = folder.fingerprints()?.into_iter().map(|id| folder.fingerprint_folder(id)).collect();
    folders.extend([folder.machines_folder(), folder.root().to_owned()]);
    let (mut candidates, mut removed) = (Vec::new(), 0);
    // A folder that cannot be listed is passed over; `verify` reports it.
    for (name, path) in folders.iter().filter_map(|folder| files::list(folder).ok()).flatten() {
        let ours = name.ends_with(PLANS) || name.ends_with(MACHINE);
        if is_abandoned(&name, &path) {
            files::remove(&path)?;
        } else if ours
            && let Ok(data) = fs::symlink_metadata(&path)
            && data.is_file()
        {
            let used = seconds_since_1970(data.modified()?);
            if today.saturating_sub(used) > MAX_UNUSED {
                evict(lock, &path, data.len())?;
                removed += 1;
            } else {
                candidates.push((used, data.len(), path));
            }
        }
    }
    let mut size: u64 = candidates.iter().map(|(_, len, _)| disk_usage(*len)).sum();
    // A tenth below the limit, so that the next plan does not make another sweep necessary.
    let goal = if size > limit { limit - limit / 10 } else { size };
    candidates.sort_unstable();
    for (_, len, path) in candidates {
        if size <= goal {
            break;
        }
        evict(lock, &path, len)?;
        size -= disk_usage(len);
        removed += 1;
    }
    let retired = retired(folder);
    if files::is_folder(&retired).unwrap_or(false) {
        fs::remove_dir_all(retired)?;
    }
    Ok(removed)
}

/// Removes a file that had `len` bytes, except for plans that another process has appended since.
fn evict(lock: &Lock, path: &Path, len: u64) -> io::Result<()> {
    let len = len as usize;
    let is_log = path.to_str().is_some_and(|path| path.ends_with(PLANS));
    if is_log && log::remove(lock, Seen { len, whole: len }, path, Kind::Plans).is_ok() {
        return Ok(());
    }
    // A file that cannot be read can be removed all the same.
    files::remove(path)
}

/// A folder of earlier versions, for writes that waited for the lock. Nothing reads it any more.
#[must_use]
pub fn retired(folder: &Folder) -> PathBuf {
    folder.root().join("spool")
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::id::FunctionId;
    use crate::machine::fingerprint::FingerprintId;

    const NOW: u64 = 1_800_000_000;
    const PRINT: FingerprintId = FingerprintId::from_u64(7);

    fn set_used(path: &Path, at: u64) {
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(UNIX_EPOCH + Duration::from_secs(at)).unwrap();
    }

    #[test]
    fn the_least_recently_used_go_first() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("cache"));
        let path = |id| folder.plans_file(PRINT, FunctionId::from_u64(id));
        for id in 0..10 {
            files::write(&path(id), b"plans").unwrap();
            set_used(&path(id), NOW - 1000 + id);
        }
        set_used(&path(0), NOW);
        let lock = folder.lock(Duration::ZERO).unwrap();
        assert_eq!(sweep(&folder, &lock, 10 * 4096, NOW).unwrap(), 0);
        assert_eq!(sweep(&folder, &lock, 5 * 4096, NOW).unwrap(), 6);
        assert_eq!(folder.functions(PRINT).unwrap(), [0, 7, 8, 9].map(FunctionId::from_u64));
        set_used(&path(9), NOW - MAX_UNUSED - 1);
        assert_eq!(sweep(&folder, &lock, u64::MAX, NOW).unwrap(), 1, "nobody has used it for a season");
    }

    #[test]
    fn what_is_appended_to_a_file_that_goes_stays() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("cache"));
        let lock = folder.lock(Duration::ZERO).unwrap();
        let path = folder.plans_file(PRINT, FunctionId::from_u64(1));
        let len = log::append(&path, Kind::Plans, b"old").unwrap();
        log::append(&path, Kind::Plans, b"new").unwrap();
        evict(&lock, &path, len).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        evict(&lock, &path, 3).unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn it_is_due_when_nobody_has_swept_for_a_while() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("cache"));
        assert!(is_due(&folder));
        let lock = folder.lock(Duration::ZERO).unwrap();
        assert!(!is_due(&folder));
        set_used(&folder.lock_file(), NOW - 86_400);
        assert!(is_due(&folder));
        sweep(&folder, &lock, 1 << 20, NOW).unwrap();
        assert!(!is_due(&folder));
    }

    #[test]
    fn what_earlier_versions_left_goes() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("cache"));
        files::write(&folder.root().join("spool").join("any.parcel"), b"").unwrap();
        let lock = folder.lock(Duration::ZERO).unwrap();
        sweep(&folder, &lock, 1 << 20, NOW).unwrap();
        assert_eq!(files::list(folder.root()).unwrap().len(), 1, "but for the lock");
    }
}

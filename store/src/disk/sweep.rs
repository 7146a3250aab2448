//! Sweeping a cache folder: removes the least recently used plans if the folder is too large, and files without an owner.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::files::{self, is_abandoned};
use super::folder::{Folder, MACHINE, PLANS, function_of, profiled_function_of};
use super::lock::Lock;
use super::log::{self, Seen};
use crate::clock::seconds_since_1970;
use crate::record::envelope::Kind;

/// Processes that write to a folder sweep it once in this time.
const INTERVAL: Duration = Duration::from_secs(60 * 60);
/// Files that were not used for this long (seconds) are removed: their functions or machines no longer exist.
const MAX_UNUSED: u64 = 90 * 24 * 60 * 60;

/// What files of plans and of machines take on disk, in bytes.
///
/// # Errors
/// If the folder cannot be listed.
pub fn disk_usage(folder: &Folder) -> io::Result<u64> {
    let files = files_of(folder)?.into_iter().filter(|(name, path)| is_counted(folder, name, path));
    let data = files.filter_map(|(_, path)| fs::symlink_metadata(path).ok()).filter(fs::Metadata::is_file);
    Ok(data.map(|data| files::disk_usage(data.len())).sum())
}

/// Whether this is a file of a function or of a machine, by its name and its place.
fn is_counted(folder: &Folder, name: &str, path: &Path) -> bool {
    match path.parent() {
        Some(parent) if parent == folder.machines_folder() => name.ends_with(MACHINE),
        Some(parent) if parent == folder.root() => false,
        _ => function_of(name).or_else(|| profiled_function_of(name)).is_some(),
    }
}

/// Names and paths of what is in the folder and in the folders in it. A folder that cannot be listed is passed over;
/// `verify` reports it.
fn files_of(folder: &Folder) -> io::Result<Vec<(String, PathBuf)>> {
    let mut folders: Vec<_> = folder.fingerprints()?.into_iter().map(|id| folder.fingerprint_folder(id)).collect();
    folders.extend([folder.machines_folder(), folder.root().to_owned()]);
    Ok(folders.iter().filter_map(|folder| files::list(folder).ok()).flatten().collect())
}

/// Whether the folder has not been swept for a while.
#[must_use]
pub fn is_due(folder: &Folder) -> bool {
    let swept = fs::symlink_metadata(folder.lock_file()).and_then(|data| data.modified());
    swept.map_or(true, |swept| {
        let now = SystemTime::now();
        now.duration_since(swept).or_else(|_| swept.duration_since(now)).is_ok_and(|age| age > INTERVAL)
    })
}

/// The number of files of plans and of machines that a sweep has removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Because nobody had used them for 90 days.
    pub unused: usize,
    /// To make room.
    pub evicted: usize,
}

/// Removes files that were not used for 90 days, then the least recently used files until the others take at most `limit`
/// bytes on disk. Also removes unfinished files of processes that were killed.
///
/// # Errors
/// If the folder cannot be listed, or a file not be removed. All other files are dealt with before that is returned.
pub fn sweep(folder: &Folder, lock: &Lock, limit: u64, today: u64) -> io::Result<Swept> {
    lock.note_sweep();
    let (mut candidates, mut swept, mut result) = (Vec::new(), Swept::default(), Ok(()));
    for (name, path) in files_of(folder)? {
        let ours = is_counted(folder, &name, &path);
        if is_abandoned(&name, &path) {
            result = result.and(files::remove(&path));
        } else if ours
            && let Ok(data) = fs::symlink_metadata(&path)
            && data.is_file()
        {
            let used = seconds_since_1970(data.modified()?);
            if today.saturating_sub(used) > MAX_UNUSED {
                match evict(lock, &path, data.len()) {
                    Ok(()) => swept.unused += 1,
                    Err(error) => result = result.and(Err(error)),
                }
            } else {
                candidates.push((used, data.len(), path));
            }
        }
    }
    let mut size: u64 = candidates.iter().map(|(_, len, _)| files::disk_usage(*len)).sum();
    // A tenth below the limit, so that the next plan does not make another sweep necessary.
    let goal = if size > limit { limit - limit / 10 } else { size };
    candidates.sort_unstable();
    for (_, len, path) in candidates {
        if size <= goal {
            break;
        }
        match evict(lock, &path, len) {
            Ok(()) => {
                size -= files::disk_usage(len);
                swept.evicted += 1;
            }
            Err(error) => result = result.and(Err(error)),
        }
    }
    let retired = retired(folder);
    if files::is_folder(&retired).unwrap_or(false) {
        result = result.and(fs::remove_dir_all(retired));
    }
    result.map(|()| swept)
}

/// Removes a file that had `len` bytes, except for plans that another process has appended since.
fn evict(lock: &Lock, path: &Path, len: u64) -> io::Result<()> {
    let len = len as usize;
    let is_log = path.to_str().is_some_and(|path| path.ends_with(PLANS));
    if is_log {
        match log::remove(lock, Seen { len, whole: len }, path, Kind::Plans) {
            // A file that may not be read can be removed all the same.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            result => return result,
        }
    }
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
        assert_eq!(sweep(&folder, &lock, 10 * 4096, NOW).unwrap(), Swept::default());
        assert_eq!(sweep(&folder, &lock, 5 * 4096, NOW).unwrap(), Swept { unused: 0, evicted: 6 });
        assert_eq!(folder.functions(PRINT).unwrap(), [0, 7, 8, 9].map(FunctionId::from_u64));
        set_used(&path(9), NOW - MAX_UNUSED - 1);
        assert_eq!(sweep(&folder, &lock, u64::MAX, NOW).unwrap().unused, 1, "nobody has used it for a season");
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
    fn a_folder_that_is_named_like_an_unfinished_file_stops_no_sweep() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("cache"));
        let odd = folder.root().join(".unfinished-folder");
        fs::create_dir_all(&odd).unwrap();
        fs::File::open(&odd).unwrap().set_modified(UNIX_EPOCH).unwrap();
        let path = folder.plans_file(PRINT, FunctionId::from_u64(1));
        files::write(&path, b"plans").unwrap();
        set_used(&path, NOW - MAX_UNUSED - 1);
        let lock = folder.lock(Duration::ZERO).unwrap();
        assert_eq!(sweep(&folder, &lock, 1 << 20, NOW).unwrap().unused, 1);
        assert!(odd.exists() && !path.exists());
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

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_place_of_what_earlier_versions_left_is_not_followed() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("cache"));
        let lock = folder.lock(Duration::ZERO).unwrap();
        let outside = place.path().join("outside");
        files::write(&outside.join("any.parcel"), b"not ours").unwrap();
        std::os::unix::fs::symlink(&outside, retired(&folder)).unwrap();
        sweep(&folder, &lock, 1 << 20, NOW).unwrap();
        assert_eq!(fs::read(outside.join("any.parcel")).unwrap(), b"not ours");
        assert!(fs::symlink_metadata(retired(&folder)).unwrap().is_symlink(), "what is not ours stays");
    }
}

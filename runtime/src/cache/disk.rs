//! Plans on disk: one file a function and fingerprint.

use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::folder::{self, Folder, Lock};
use super::record::{Entry, Plans};
use crate::fingerprint::{Fingerprint, FingerprintId};
use crate::format::{Damage, Kind, open, seal};
use crate::rejection::Rejection;

/// What a plan file holds.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) plans: Plans,
    /// Bytes.
    pub(crate) size: u64,
    /// When it was last written, or marked as used.
    pub(crate) used: SystemTime,
}

/// Why a plan file is of no use.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// Its content.
    Rejected(Rejection),
    /// The system does not let us read it.
    Io(io::Error),
}

/// The plans of a function, as they are on disk: nothing in them has been checked but that they are its own.
pub(crate) fn load(folder: &Folder, fingerprint: FingerprintId, id: u64) -> Result<Option<Found>, Unusable> {
    let content = folder::read(&folder.plans(fingerprint, id), Kind::Plans).map_err(Unusable::Io)?;
    let Some(content) = content else { return Ok(None) };
    let plans = open::<Plans>(Kind::Plans, &content.bytes).map_err(|damage| {
        Unusable::Rejected(match damage {
            Damage::Version(_) => Rejection::Version,
            Damage::Corrupt => Rejection::Corrupt,
        })
    })?;
    if plans.id != id {
        return Err(Unusable::Rejected(Rejection::Corrupt));
    }
    if plans.fingerprint != fingerprint.0 {
        return Err(Unusable::Rejected(Rejection::Fingerprint));
    }
    Ok(Some(Found { plans, size: content.bytes.len() as u64, used: content.modified }))
}

/// Adds plans to those of the same function: of two for one key, the one that was measured last stays.
///
/// What is there and cannot be read is replaced, unless it is of another version: that one is left to those who can.
pub(crate) fn merge(folder: &Folder, lock: &Lock, newer: Plans, now: u64) -> io::Result<()> {
    let fingerprint = FingerprintId(newer.fingerprint);
    let mut plans = match load(folder, fingerprint, newer.id) {
        Ok(Some(found)) => found.plans,
        Ok(None) | Err(Unusable::Rejected(Rejection::Corrupt | Rejection::Fingerprint)) => Plans::default(),
        Err(Unusable::Rejected(_)) => return Ok(()),
        Err(Unusable::Io(error)) => return Err(error),
    };
    (plans.fingerprint, plans.id, plans.ttl) = (newer.fingerprint, newer.id, newer.ttl);
    plans.function.clone_from(&newer.function);
    plans.merge(newer, now);
    put(folder, lock, &plans)
}

/// Writes the plans of a function, in place of those that were there. None at all: removes the file.
fn put(folder: &Folder, lock: &Lock, plans: &Plans) -> io::Result<()> {
    let path = folder.plans(FingerprintId(plans.fingerprint), plans.id);
    if plans.entries.is_empty() {
        return folder::remove(&path);
    }
    let bytes = seal(Kind::Plans, plans);
    lock.grows(bytes.len() as u64);
    folder::write(&path, &bytes)
}

/// Removes a file that cannot be used, unless someone has replaced it by one that can.
pub(crate) fn discard(folder: &Folder, _lock: &Lock, fingerprint: FingerprintId, id: u64) -> io::Result<()> {
    match load(folder, fingerprint, id) {
        Err(Unusable::Rejected(Rejection::Corrupt | Rejection::Fingerprint)) => {
            folder::remove(&folder.plans(fingerprint, id))
        }
        _ => Ok(()),
    }
}

/// Takes from a file what cannot be used; all of it, if it cannot be read at all.
pub(crate) fn mend(folder: &Folder, lock: &Lock, path: &Path, now: u64) -> io::Result<()> {
    let name = |path: Option<&Path>| path?.file_name()?.to_str().map(str::to_owned);
    let function = name(Some(path)).and_then(|name| folder::function_of(&name));
    let place = path.parent().and_then(|parent| folder::fingerprint_of(&name(Some(parent))?, parent));
    if let (Some(place), Some(function)) = (place, function)
        && let Ok(Some(found)) = load(folder, place, function)
    {
        let mut plans = found.plans;
        plans.entries.retain(|entry| entry.is_within_bounds() && !entry.is_from_the_future(now));
        plans.tidy();
        return put(folder, lock, &plans);
    }
    folder::remove(path)
}

/// Notes the parts of a fingerprint, for people, if that has not been done.
pub(crate) fn describe(folder: &Folder, fingerprint: &Fingerprint) -> io::Result<()> {
    let path = folder.parts(fingerprint.id());
    if parts(folder, fingerprint.id())?.is_some() {
        return Ok(());
    }
    folder::write(&path, &seal(Kind::Fingerprint, fingerprint))
}

/// The parts of a fingerprint, if they were noted and are its own.
pub(crate) fn parts(folder: &Folder, id: FingerprintId) -> io::Result<Option<Fingerprint>> {
    let content = folder::read(&folder.parts(id), Kind::Fingerprint)?;
    let parts = content.and_then(|content| open::<Fingerprint>(Kind::Fingerprint, &content.bytes).ok());
    Ok(parts.filter(|parts| parts.id() == id))
}

/// Marks the plans of a function as used, for the order in which they go when there is no more room.
pub(crate) fn touch(folder: &Folder, fingerprint: FingerprintId, id: u64) -> io::Result<()> {
    folder::touch(&folder.plans(fingerprint, id))
}

/// Removes the entries of every function but those that stay. The number of them.
pub(crate) fn retain(
    folder: &Folder,
    patience: Duration,
    mut stays: impl FnMut(&Plans, &Entry) -> bool,
) -> io::Result<usize> {
    let mut removed = 0;
    if !folder.exists()? {
        return Ok(0);
    }
    for fingerprint in folder.fingerprints()? {
        for id in folder.functions(fingerprint)? {
            // One at a time, so that nobody who writes waits long.
            let Some(lock) = folder.lock(patience)? else {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "another process holds the lock"));
            };
            let Ok(Some(found)) = load(folder, fingerprint, id) else { continue };
            let mut plans = found.plans;
            let before = plans.entries.len();
            let mut entries = std::mem::take(&mut plans.entries);
            entries.retain(|entry| stays(&plans, entry));
            plans.entries = entries;
            if plans.entries.len() < before {
                removed += before - plans.entries.len();
                plans.tidy();
                put(folder, &lock, &plans)?;
            }
        }
    }
    Ok(removed)
}

/// Removes what nobody uses any more, then the least recently used files until the others take at most `limit` bytes on
/// disk, and what processes that were killed left behind. The number of files removed.
pub(crate) fn evict(folder: &Folder, lock: &Lock, limit: u64, now: u64) -> io::Result<usize> {
    let mut folders: Vec<_> = folder.fingerprints()?.into_iter().map(|id| folder.of(id)).collect();
    folders.extend([folder.machines(), folder.spool(), folder.root().to_owned()]);
    let (mut files, mut removed) = (Vec::new(), 0);
    // A folder that cannot be listed is a matter for `verify`: the others are not to grow without end for it.
    for (name, path) in folders.iter().filter_map(|folder| folder::list(folder).ok()).flatten() {
        let ours = name.ends_with(folder::PLANS) || name.ends_with(folder::MACHINE);
        if folder::is_abandoned(&name, &path) {
            folder::remove(&path)?;
        } else if ours
            && let Ok(data) = std::fs::symlink_metadata(&path)
            && data.is_file()
        {
            let used = data.modified()?.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
            if now.saturating_sub(used) > UNUSED {
                folder::remove(&path)?;
                removed += 1;
            } else {
                files.push((used, folder::taken(data.len()), path));
            }
        }
    }
    let mut size: u64 = files.iter().map(|(_, size, _)| size).sum();
    // Some room beyond the limit, so that not every write has to look.
    let goal = if size > limit { limit - limit / 10 } else { size };
    files.sort_unstable();
    for (_, taken, path) in files {
        if size <= goal {
            break;
        }
        folder::remove(&path)?;
        size -= taken;
        removed += 1;
    }
    lock.swept(size, now);
    Ok(removed)
}

/// What nobody has used for so long, seconds, is of a function or of a machine that is no more.
const UNUSED: u64 = 90 * 24 * 60 * 60;

#[cfg(test)]
mod tests {
    use super::super::record::tests::entry;
    use super::*;
    use crate::fingerprint::Machine;

    const NOW: u64 = 1_800_000_000;
    const PRINT: FingerprintId = FingerprintId(7);

    fn plans(id: u64, entries: &[(u8, u64)]) -> Plans {
        let entries = entries.iter().map(|&(bucket, measured)| entry(bucket, measured)).collect();
        Plans { fingerprint: PRINT.0, id, ttl: None, function: "crate::f".into(), names: Vec::new(), entries }
    }

    fn folder() -> (tempfile::TempDir, Folder, Lock) {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("cache"));
        let lock = folder.lock(Duration::ZERO).unwrap().unwrap();
        (place, folder, lock)
    }

    #[test]
    fn plans_of_several_writers_come_together() {
        let (_place, folder, lock) = folder();
        merge(&folder, &lock, plans(1, &[(1, 5), (2, 5)]), NOW).unwrap();
        merge(&folder, &lock, plans(1, &[(2, 9), (3, 9)]), NOW).unwrap();
        let found = load(&folder, PRINT, 1).unwrap().unwrap();
        assert_eq!(found.plans, plans(1, &[(1, 5), (2, 9), (3, 9)]));
        assert!(load(&folder, PRINT, 2).unwrap().is_none());
    }

    #[test]
    fn what_was_moved_is_not_taken_for_another() {
        let (_place, folder, lock) = folder();
        merge(&folder, &lock, plans(1, &[(1, 5)]), NOW).unwrap();
        std::fs::copy(folder.plans(PRINT, 1), folder.plans(PRINT, 2)).unwrap();
        assert!(matches!(load(&folder, PRINT, 2), Err(Unusable::Rejected(Rejection::Corrupt))));
        let other = FingerprintId(8);
        folder::write(&folder.plans(other, 1), &std::fs::read(folder.plans(PRINT, 1)).unwrap()).unwrap();
        assert!(matches!(load(&folder, other, 1), Err(Unusable::Rejected(Rejection::Fingerprint))));
        discard(&folder, &lock, other, 1).unwrap();
        assert!(load(&folder, other, 1).unwrap().is_none());
    }

    #[test]
    fn another_version_is_left_to_those_who_can_read_it() {
        let (_place, folder, lock) = folder();
        merge(&folder, &lock, plans(1, &[(1, 5)]), NOW).unwrap();
        let path = folder.plans(PRINT, 1);
        let newer = crate::format::tests::of_version(Kind::Plans, 2, &0u8);
        folder::write(&path, &newer).unwrap();
        assert!(matches!(load(&folder, PRINT, 1), Err(Unusable::Rejected(Rejection::Version))));
        merge(&folder, &lock, plans(1, &[(1, 5)]), NOW).unwrap();
        discard(&folder, &lock, PRINT, 1).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), newer);
    }

    #[test]
    fn the_least_recently_used_go_first() {
        let (_place, folder, lock) = folder();
        let used = |id, at| {
            let file = std::fs::File::options().write(true).open(folder.plans(PRINT, id)).unwrap();
            file.set_modified(UNIX_EPOCH + Duration::from_secs(at)).unwrap();
        };
        for id in 0..10 {
            merge(&folder, &lock, plans(id, &[(1, 5)]), NOW).unwrap();
            used(id, NOW - 1000 + id);
        }
        used(0, NOW);
        let size = folder::taken(load(&folder, PRINT, 0).unwrap().unwrap().size);
        assert_eq!(evict(&folder, &lock, 10 * size, NOW).unwrap(), 0);
        assert_eq!(evict(&folder, &lock, 5 * size, NOW).unwrap(), 6);
        assert_eq!(folder.functions(PRINT).unwrap(), [0, 7, 8, 9]);

        assert!(!lock.is_sweep_due(5 * size, NOW));
        assert!(lock.is_sweep_due(5 * size, NOW + 86_400), "nobody has looked since yesterday");
        merge(&folder, &lock, plans(11, &[(1, 5)]), NOW).unwrap();
        assert!(!lock.is_sweep_due(5 * size, NOW));
        merge(&folder, &lock, plans(12, &[(1, 5)]), NOW).unwrap();
        assert!(lock.is_sweep_due(5 * size, NOW));

        for id in [0, 7, 8, 11, 12] {
            used(id, NOW);
        }
        used(9, NOW - UNUSED - 1);
        assert_eq!(evict(&folder, &lock, u64::MAX, NOW).unwrap(), 1, "nobody has used it for a season");
    }

    #[test]
    fn a_fingerprint_is_described_once() {
        let (_place, folder, _lock) = folder();
        let fingerprint = Fingerprint::new(Machine::ask(), crate::build::Build::from_bits(3));
        assert_eq!(parts(&folder, fingerprint.id()).unwrap(), None);
        describe(&folder, &fingerprint).unwrap();
        assert_eq!(parts(&folder, fingerprint.id()).unwrap(), Some(fingerprint));
    }

    #[test]
    fn entries_go_and_empty_files_with_them() {
        let (_place, folder, lock) = folder();
        merge(&folder, &lock, plans(1, &[(1, 5), (2, 9)]), NOW).unwrap();
        merge(&folder, &lock, plans(2, &[(1, 5)]), NOW).unwrap();
        drop(lock);
        assert_eq!(retain(&folder, Duration::ZERO, |_, entry| entry.measured > 5).unwrap(), 2);
        assert_eq!(folder.functions(PRINT).unwrap(), [1]);
        assert_eq!(load(&folder, PRINT, 1).unwrap().unwrap().plans, plans(1, &[(2, 9)]));
    }
}

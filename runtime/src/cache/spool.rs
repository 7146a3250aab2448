//! What processes had for the folder while others kept it busy: left there, for the next one that holds the lock.
//!
//! Who does not get the lock in time leaves a parcel, and then tries the lock once more; whoever let go of the lock looks
//! for parcels after that. So one of the two sees it, and nobody waits long.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::disk;
use super::folder::{self, Folder, Lock, PARCEL};
use super::record::Plans;
use super::statistics::{self, Statistics};
use crate::fingerprint::Fingerprint;
use crate::format::{Damage, Kind, open, seal};

/// What one process has for the folder.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Parcel {
    /// Where the plans hold.
    pub(crate) fingerprint: Fingerprint,
    pub(crate) plans: Vec<Plans>,
    pub(crate) statistics: Statistics,
}

/// So many parcels may lie there, and together they are no longer than one may be. More only come together if someone holds
/// the lock and does nothing, as a process that was stopped.
const MOST: usize = 1024;

/// Leaves a parcel.
///
/// # Errors
/// If it cannot be written, or so much lies there that nobody seems to take it.
pub(crate) fn leave(folder: &Folder, parcel: &Parcel) -> io::Result<()> {
    let bytes = seal(Kind::Parcel, parcel);
    let there = parcels(folder)?;
    let size = |path: &PathBuf| std::fs::symlink_metadata(path).map_or(0, |data| data.len());
    let sizes: u64 = there.iter().map(size).sum();
    if there.len() >= MOST || sizes + bytes.len() as u64 > Kind::Parcel.longest() {
        return Err(io::Error::new(ErrorKind::TimedOut, "another process holds the lock, and does not let go"));
    }
    folder::add(&folder.spool(), PARCEL, &bytes)
}

/// Has what lies there now put in its place, by this process or by others, as far as that can be done within `patience`.
///
/// What cannot be put in its place is a matter for [`verify`](crate::store::Store::verify), and of no concern to those who
/// have something of their own to do here.
///
/// # Errors
/// If something lies there and the lock is not to be had.
pub(crate) fn settle(folder: &Folder, patience: Duration, now: u64) -> io::Result<()> {
    let start = Instant::now();
    let left = || patience.saturating_sub(start.elapsed());
    let mut there = parcels(folder).unwrap_or_default();
    while !there.is_empty() {
        let Some(lock) = folder.lock(left().min(BRIEFLY))? else {
            // Whoever holds it has to look as well.
            there.retain(|path| path.exists());
            if left().is_zero() && !there.is_empty() {
                return Err(io::Error::new(ErrorKind::TimedOut, "another process holds the lock"));
            }
            continue;
        };
        for path in &there {
            // One at the least: many who are in a hurry get there as well.
            let _ = collect(folder, &lock, path, now);
            if left().is_zero() {
                return Ok(());
            }
        }
        drop(lock);
        // What came meanwhile is ours too: whoever left it found the lock held.
        let seen = there;
        there = parcels(folder).unwrap_or_default();
        there.retain(|path| !seen.contains(path));
    }
    Ok(())
}

/// Between two looks at whether others have done it.
const BRIEFLY: Duration = Duration::from_millis(20);

/// Puts one parcel in its place, or removes it if it cannot be used.
fn collect(folder: &Folder, lock: &Lock, path: &Path, now: u64) -> io::Result<()> {
    let Some(content) = folder::read(path, Kind::Parcel)? else { return Ok(()) };
    let left = content.modified.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let old = now.abs_diff(left) > KEPT;
    let parcel = match open::<Parcel>(Kind::Parcel, &content.bytes) {
        Ok(parcel) => parcel,
        // Those who left it can read it.
        Err(Damage::Version(_)) if !old => return Ok(()),
        Err(Damage::Version(_) | Damage::Corrupt) => return folder::remove(path),
    };
    let id = parcel.fingerprint.id();
    let mut done = disk::describe(folder, &parcel.fingerprint);
    for plans in parcel.plans.into_iter().filter(|plans| plans.fingerprint == id.0) {
        let merged = disk::merge(folder, lock, plans, now);
        done = done.and(merged);
    }
    if done.is_err() && !old {
        return done;
    }
    // Plans can be added twice, counts cannot.
    folder::remove(path)?;
    statistics::add(folder, lock, id, &parcel.statistics)
}

/// What cannot be put in its place is not kept for longer, seconds.
const KEPT: u64 = 24 * 60 * 60;

/// All that were left.
fn parcels(folder: &Folder) -> io::Result<Vec<PathBuf>> {
    let all = folder::list(&folder.spool())?;
    Ok(all.into_iter().filter(|(name, _)| name.ends_with(PARCEL)).map(|(_, path)| path).collect())
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::entry;
    use super::*;
    use crate::fingerprint::{FingerprintId, Machine};

    const NOW: u64 = 1_800_000_000;
    const LONG: Duration = Duration::from_secs(60);

    fn today() -> u64 {
        crate::clock::unix_seconds()
    }

    fn place() -> (tempfile::TempDir, Folder, FingerprintId) {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("cache"));
        (place, folder, parcel(&[]).fingerprint.id())
    }

    /// With a plan of function 1 for each of these keys and times.
    fn parcel(plans: &[(u8, u64)]) -> Parcel {
        let machine = Machine {
            cpu: "c".into(),
            physical_cores: 1,
            logical_cores: 2,
            usable_cores: 2,
            memory_log2: 30,
            os: "o".into(),
            arch: "a".into(),
        };
        let fingerprint = Fingerprint::new(machine, crate::build::Build::from_bits(1));
        let entries = plans.iter().map(|&(bucket, measured)| entry(bucket, measured)).collect();
        let plans = vec![Plans { fingerprint: fingerprint.id().0, id: 1, entries, ..Plans::default() }];
        Parcel { fingerprint, plans, statistics: Statistics { processes: 1, ..Statistics::default() } }
    }

    fn measured(folder: &Folder, place: FingerprintId) -> Vec<(u8, u64)> {
        let found = disk::load(folder, place, 1).unwrap();
        found.map_or(Vec::new(), |found| found.plans.entries.iter().map(|e| (e.key.bucket, e.measured)).collect())
    }

    #[test]
    fn what_is_left_comes_together() {
        let (_place, folder, id) = place();
        let lock = folder.lock(Duration::ZERO).unwrap().unwrap();
        leave(&folder, &parcel(&[(1, 5), (2, 9)])).unwrap();
        leave(&folder, &parcel(&[(2, 7), (3, 7)])).unwrap();
        assert!(settle(&folder, Duration::ZERO, NOW).is_err(), "the lock is held");
        assert_eq!(measured(&folder, id), []);
        drop(lock);
        settle(&folder, LONG, NOW).unwrap();
        assert_eq!(measured(&folder, id), [(1, 5), (2, 9), (3, 7)]);
        assert_eq!(statistics::load(&folder, id).unwrap().unwrap().processes, 2);
        assert_eq!(disk::parts(&folder, id).unwrap(), Some(parcel(&[]).fingerprint));
        settle(&folder, LONG, NOW).unwrap();
        assert_eq!(statistics::load(&folder, id).unwrap().unwrap().processes, 2, "once each");
    }

    #[test]
    fn what_cannot_be_read_goes() {
        let (_place, folder, id) = place();
        folder::add(&folder.spool(), PARCEL, b"nothing of ours").unwrap();
        let newer = crate::format::tests::of_version(Kind::Parcel, 2, &0u8);
        folder::add(&folder.spool(), PARCEL, &newer).unwrap();
        let mut stray = parcel(&[(1, 5)]);
        stray.plans[0].fingerprint += 1;
        leave(&folder, &stray).unwrap();
        std::fs::create_dir(folder.spool().join("a.parcel")).unwrap();
        settle(&folder, LONG, today()).unwrap();
        std::fs::remove_dir(folder.spool().join("a.parcel")).unwrap();
        assert_eq!(folder.fingerprints().unwrap(), [id], "plans of another place are not put there");
        assert_eq!(measured(&folder, id), []);
        let left = parcels(&folder).unwrap();
        assert_eq!(left.len(), 1, "another version is left to those who can read it");
        // A clock that differs is none that is wrong.
        settle(&folder, LONG, today() - KEPT / 2).unwrap();
        assert_eq!(parcels(&folder).unwrap(), left);
        settle(&folder, LONG, today() + KEPT + 60).unwrap();
        assert_eq!(parcels(&folder).unwrap(), Vec::<PathBuf>::new());
    }

    #[test]
    fn what_cannot_be_put_in_its_place_stops_nothing_else() {
        let (_place, folder, id) = place();
        let mut both = parcel(&[(1, 5)]);
        both.plans.insert(0, Plans { id: 2, ..parcel(&[(1, 5)]).plans.remove(0) });
        std::fs::create_dir_all(folder.plans(id, 2)).unwrap();
        leave(&folder, &both).unwrap();
        leave(&folder, &parcel(&[(2, 5)])).unwrap();
        settle(&folder, LONG, today()).unwrap();
        assert_eq!(measured(&folder, id), [(1, 5), (2, 5)]);
        assert_eq!(parcels(&folder).unwrap().len(), 1, "it is kept for a while");
        settle(&folder, LONG, today() + KEPT + 60).unwrap();
        assert_eq!(parcels(&folder).unwrap(), Vec::<PathBuf>::new());
        assert_eq!(statistics::load(&folder, id).unwrap().unwrap().processes, 2);
    }

    #[test]
    fn a_folder_that_cannot_be_changed_is_not_busy() {
        let (_place, folder, _) = place();
        leave(&folder, &parcel(&[(1, 5)])).unwrap();
        std::fs::create_dir(folder.root().join("lock")).unwrap();
        assert_ne!(settle(&folder, Duration::ZERO, NOW).unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!(parcels(&folder).unwrap().len(), 1);
        // What is left would come back.
        crate::store::Store::open(folder.root()).clear(None).unwrap_err();
    }

    #[test]
    fn a_damaged_parcel_is_none() {
        let (_place, folder, id) = place();
        let whole = seal(Kind::Parcel, &parcel(&[(1, 5)]));
        let cut = (0..whole.len()).map(|len| whole[..len].to_vec());
        let flipped = (0..8 * whole.len()).map(|bit| {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            bytes
        });
        for bytes in cut.chain(flipped) {
            folder::add(&folder.spool(), PARCEL, &bytes).unwrap();
            settle(&folder, LONG, today()).unwrap();
            assert_eq!((parcels(&folder).unwrap(), measured(&folder, id)), (Vec::new(), Vec::new()));
        }
    }

    #[test]
    fn parcels_that_nobody_takes_do_not_pile_up() {
        let (_place, folder, _) = place();
        for _ in 0..MOST {
            leave(&folder, &parcel(&[])).unwrap();
        }
        assert_eq!(leave(&folder, &parcel(&[])).unwrap_err().kind(), ErrorKind::TimedOut);
        settle(&folder, LONG, NOW).unwrap();
        leave(&folder, &parcel(&[])).unwrap();
    }
}

//! What processes had for the folder while others kept it busy: left there, for the next one that holds the lock.
//!
//! Nobody waits long for the lock, and nothing is lost for it: who does not get it leaves a parcel, and whoever holds it
//! looks for parcels before it lets go.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::disk;
use super::folder::{self, Folder, Lock, PARCEL};
use super::record::Plans;
use super::statistics::{self, Statistics};
use crate::fingerprint::Fingerprint;
use crate::format::{Damage, Kind, open, seal};
use crate::rejection::Rejection;

/// What one process has for the folder.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Parcel {
    /// Where the plans hold.
    pub(crate) fingerprint: Fingerprint,
    pub(crate) plans: Vec<Plans>,
    pub(crate) statistics: Statistics,
}

/// More parcels than this lie there only if someone holds the lock who does nothing: a process that was stopped.
const MOST: usize = 256;

/// Leaves a parcel.
///
/// # Errors
/// If it cannot be written, or so many lie there that nobody seems to take them.
pub(crate) fn leave(folder: &Folder, parcel: &Parcel) -> io::Result<()> {
    if folder::list(&folder.spool())?.len() >= MOST {
        return Err(io::Error::new(ErrorKind::TimedOut, "another process holds the lock, and does not let go"));
    }
    let bytes = seal(Kind::Parcel, parcel);
    if bytes.len() as u64 > Kind::Parcel.longest() {
        return Err(io::Error::new(ErrorKind::TimedOut, "others keep it busy, and it is too much to be left there"));
    }
    folder::add(&folder.spool(), PARCEL, &bytes)
}

/// Puts in place what was left, and removes what cannot be used.
///
/// # Errors
/// The first fault. What could not be put in place stays for the next one.
pub(crate) fn collect(folder: &Folder, lock: &Lock, now: u64) -> io::Result<()> {
    let mut done = Ok(());
    for path in parcels(folder)? {
        let one = collect_one(folder, lock, &path, now);
        done = done.and(one);
    }
    done
}

fn collect_one(folder: &Folder, lock: &Lock, path: &Path, now: u64) -> io::Result<()> {
    let Some(content) = folder::read(path, Kind::Parcel)? else { return Ok(()) };
    match open::<Parcel>(Kind::Parcel, &content.bytes) {
        Ok(parcel) => put(folder, lock, parcel, now)?,
        // Those who left it can read it.
        Err(Damage::Version(_)) if content.modified.elapsed().is_ok_and(|age| age < FOREIGN) => return Ok(()),
        Err(Damage::Version(_)) => Rejection::Version.count(),
        Err(Damage::Corrupt) => Rejection::Corrupt.count(),
    }
    folder::remove(path)
}

/// A parcel of another version is not kept for longer.
const FOREIGN: Duration = Duration::from_secs(24 * 60 * 60);

fn put(folder: &Folder, lock: &Lock, parcel: Parcel, now: u64) -> io::Result<()> {
    let id = parcel.fingerprint.id();
    disk::describe(folder, &parcel.fingerprint)?;
    for plans in parcel.plans.into_iter().filter(|plans| plans.fingerprint == id.0) {
        disk::merge(folder, lock, plans, now)?;
    }
    statistics::add(folder, lock, id, &parcel.statistics)
}

/// Before one looks at the folder: has what was left put in place, by this process or by others, as far as that can be
/// done within `patience`.
pub(crate) fn settle(folder: &Folder, patience: Duration, now: u64) {
    let start = Instant::now();
    while parcels(folder).is_ok_and(|parcels| !parcels.is_empty()) {
        let brief = patience.saturating_sub(start.elapsed()).min(Duration::from_millis(20));
        match folder.lock(brief) {
            Ok(Some(lock)) => {
                // What cannot be put in place is a matter for `verify`.
                let _ = collect(folder, &lock, now);
                return;
            }
            // Whoever holds it puts them in place as well.
            Ok(None) if start.elapsed() < patience => {}
            Ok(None) | Err(_) => return,
        }
    }
}

/// All that were left, in no order.
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
        settle(&folder, Duration::ZERO, NOW);
        assert_eq!(measured(&folder, id), [], "the lock is held");
        collect(&folder, &lock, NOW).unwrap();
        drop(lock);
        assert_eq!(measured(&folder, id), [(1, 5), (2, 9), (3, 7)]);
        assert_eq!(statistics::load(&folder, id).unwrap().unwrap().processes, 2);
        assert_eq!(disk::parts(&folder, id).unwrap(), Some(parcel(&[]).fingerprint));
        settle(&folder, Duration::ZERO, NOW);
        assert_eq!(statistics::load(&folder, id).unwrap().unwrap().processes, 2, "once each");
    }

    #[test]
    fn what_cannot_be_read_goes() {
        let (_place, folder, id) = place();
        let lock = folder.lock(Duration::ZERO).unwrap().unwrap();
        folder::add(&folder.spool(), PARCEL, b"nothing of ours").unwrap();
        let newer = crate::format::tests::of_version(Kind::Parcel, 2, &0u8);
        folder::add(&folder.spool(), PARCEL, &newer).unwrap();
        let mut stray = parcel(&[(1, 5)]);
        stray.plans[0].fingerprint += 1;
        leave(&folder, &stray).unwrap();
        std::fs::create_dir(folder.spool().join("a.parcel")).unwrap();
        collect(&folder, &lock, NOW).unwrap_err();
        std::fs::remove_dir(folder.spool().join("a.parcel")).unwrap();
        assert_eq!(folder.fingerprints().unwrap(), [id], "plans of another place are not put there");
        assert_eq!(measured(&folder, id), []);
        let left = parcels(&folder).unwrap();
        assert_eq!(left.len(), 1, "another version is left to those who can read it");
        let long_ago = std::time::SystemTime::now() - FOREIGN;
        std::fs::File::options().write(true).open(&left[0]).unwrap().set_modified(long_ago).unwrap();
        collect(&folder, &lock, NOW).unwrap();
        assert_eq!(parcels(&folder).unwrap(), Vec::<PathBuf>::new());
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
            settle(&folder, Duration::ZERO, NOW);
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
        settle(&folder, Duration::ZERO, NOW);
        leave(&folder, &parcel(&[])).unwrap();
    }
}

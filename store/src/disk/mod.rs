//! The cache folder: plans, counts, fingerprints and machines as files.
//!
//! May use: `tier`, `profile`, `record`, `machine`, `id`, `rejection`, `clock`, `sync`. It never reads the configuration. From the
//! bottom up:
//!
//! | file | what it is |
//! |---|---|
//! | `files` | reading and writing files safely |
//! | `lock`, `folder` | the lock of the folder, and the paths in it |
//! | `log` | files that several processes append to |
//! | `plans`, `profiles`, `statistics`, `fingerprints`, `machines` | what each kind of file holds |
//! | `sweep` | removing what is too much or too old |

pub mod files;
pub mod fingerprints;
pub mod folder;
pub mod lock;
pub mod log;
pub mod machines;
pub mod plans;
pub mod profiles;
pub mod statistics;
pub mod sweep;
pub mod trust;

use std::collections::BTreeSet;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use self::folder::Folder;
use crate::id::FunctionId;
use crate::machine::fingerprint::{Fingerprint, FingerprintId};
use crate::record::plans::Plans;
use crate::rejection::Rejection;
use crate::sync::try_lock;
use crate::tier::{Lookup, Tier, Unusable};

/// The tier on disk.
#[derive(Debug)]
pub struct Disk {
    folder: Folder,
    /// False if the folder is only read: then no file is noted as used or as damaged.
    is_writable: bool,
    is_exiting: AtomicBool,
    /// Bytes that this process has appended since it last swept the folder.
    appended: AtomicU64,
    /// Files that sweeps of this process removed to make room.
    evictions: AtomicU64,
    pending: Mutex<Pending>,
}

/// What reading found to do, until this process writes next.
#[derive(Debug, Default)]
struct Pending {
    /// Plan files that were used, and whose time of last use is old.
    used: BTreeSet<(FingerprintId, FunctionId)>,
    /// Plan files that cannot be used.
    damaged: BTreeSet<(FingerprintId, FunctionId)>,
    /// Fingerprints whose parts are known to be on disk.
    described: BTreeSet<FingerprintId>,
}

/// The time of last use of a file is set at most once in this time.
const MARK_INTERVAL: Duration = Duration::from_secs(60 * 60);
/// How long [`Disk::remove`](Tier::remove) waits for the lock.
const REMOVE_TIMEOUT: Duration = Duration::from_secs(2);

impl Disk {
    /// The tier in this folder.
    #[must_use]
    pub fn new(folder: Folder, is_writable: bool) -> Self {
        Self {
            folder,
            is_writable,
            is_exiting: AtomicBool::new(false),
            appended: AtomicU64::new(0),
            evictions: AtomicU64::new(0),
            pending: Mutex::default(),
        }
    }

    /// The process is about to end. From now on only long logs are compacted; other processes compact the rest.
    pub fn note_exit(&self) {
        self.is_exiting.store(true, Relaxed);
    }

    /// Whether [`maintain`](Self::maintain) has something to do, for plans that may take `limit` bytes.
    #[must_use]
    pub fn needs_maintenance(&self, limit: u64) -> bool {
        let pending = try_lock(&self.pending).is_some_and(|it| !it.used.is_empty() || !it.damaged.is_empty());
        pending || self.appended.load(Relaxed) > limit / 16 || sweep::is_due(&self.folder)
    }

    /// Sets the time of last use of files, removes what was found damaged, and sweeps the folder if that is due.
    ///
    /// # Errors
    /// If the system refuses. It is no error if another process holds the lock: then this is done at the next call.
    pub fn maintain(&self, limit: u64, today: u64) -> io::Result<()> {
        let Some(mut pending) = try_lock(&self.pending) else { return Ok(()) };
        let used = std::mem::take(&mut pending.used);
        let damaged = std::mem::take(&mut pending.damaged);
        drop(pending);
        for (fingerprint, id) in used {
            // It may have been removed meanwhile.
            let _ = files::touch(&self.folder.plans_file(fingerprint, id));
        }
        let is_sweep_due = self.appended.load(Relaxed) > limit / 16 || sweep::is_due(&self.folder);
        if damaged.is_empty() && !is_sweep_due {
            return Ok(());
        }
        let lock = match self.folder.lock(Duration::ZERO) {
            Ok(lock) => lock,
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                if let Some(mut pending) = try_lock(&self.pending) {
                    pending.damaged.extend(damaged);
                }
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let mut result = Ok(());
        for (fingerprint, id) in damaged {
            result = result.and(plans::compact(&self.folder, &lock, fingerprint, id, today));
        }
        if is_sweep_due {
            self.appended.store(0, Relaxed);
            result = result.and(sweep::sweep(&self.folder, &lock, limit, today).map(|swept| {
                self.evictions.fetch_add(swept.evicted as u64, Relaxed);
            }));
        }
        result
    }

    fn save_fingerprint(&self, fingerprint: &Fingerprint) -> io::Result<()> {
        let id = fingerprint.id();
        if try_lock(&self.pending).is_some_and(|pending| pending.described.contains(&id)) {
            return Ok(());
        }
        fingerprints::save(&self.folder, fingerprint)?;
        if let Some(mut pending) = try_lock(&self.pending) {
            pending.described.insert(id);
        }
        Ok(())
    }

    fn get_one(&self, fingerprint: FingerprintId, id: FunctionId, today: u64) -> Lookup {
        let found = plans::load(&self.folder, fingerprint, id, today);
        if let Some(mut pending) = try_lock(&self.pending).filter(|_| self.is_writable) {
            match &found {
                Ok(Some(found)) => {
                    let age = SystemTime::now().duration_since(found.used).unwrap_or_else(|error| error.duration());
                    if age > MARK_INTERVAL {
                        pending.used.insert((fingerprint, id));
                    }
                }
                Err(Unusable::Rejected(Rejection::Corrupt | Rejection::Fingerprint)) => {
                    pending.damaged.insert((fingerprint, id));
                }
                _ => {}
            }
        }
        Ok(found?.map(|found| found.plans))
    }

    /// Appends plans to a file that is too long, once it was compacted. A file that is too long to be read is removed.
    fn append_to_shorter(&self, plans: &Plans, today: u64) -> io::Result<(u64, u64)> {
        let (fingerprint, id) = (plans.fingerprint, plans.id);
        let lock = self.folder.lock(Duration::ZERO)?;
        plans::compact(&self.folder, &lock, fingerprint, id, today)?;
        plans::append(&self.folder, plans)
    }

    /// Appends plans. Then compacts the file, unless the process is about to end and the file is short.
    fn put_one(&self, plans: &Plans, today: u64) -> io::Result<()> {
        let (len, added) = match plans::append(&self.folder, plans) {
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => self.append_to_shorter(plans, today)?,
            appended => appended?,
        };
        self.appended.fetch_add(files::disk_usage(added), Relaxed);
        let (fingerprint, id) = (plans.fingerprint, plans.id);
        let is_long = || plans::is_long(&self.folder, fingerprint, id, len);
        if if self.is_exiting.load(Relaxed) { is_long() } else { len > added } {
            // The plans are written already. If another process holds the lock, the next writer compacts the file.
            if let Ok(lock) = self.folder.lock(Duration::ZERO) {
                let _ = plans::compact(&self.folder, &lock, fingerprint, id, today);
            }
        }
        Ok(())
    }
}

impl Tier for Disk {
    fn name(&self) -> &'static str {
        "disk"
    }

    fn get(&self, fingerprint: FingerprintId, functions: &[FunctionId]) -> Vec<Lookup> {
        let today = crate::clock::unix_seconds();
        functions.iter().map(|&id| self.get_one(fingerprint, id, today)).collect()
    }

    fn put(&self, fingerprint: &Fingerprint, plans: &[Plans], today: u64) -> Vec<io::Result<()>> {
        if !self.is_writable {
            return plans.iter().map(|_| Ok(())).collect();
        }
        // The parts of the fingerprint are only for people. If they cannot be written, that is an error, but the plans are
        // written all the same.
        let described = self.save_fingerprint(fingerprint);
        let mut results: Vec<_> = plans.iter().map(|plans| self.put_one(plans, today)).collect();
        if let (Err(error), Some(first)) = (described, results.first_mut().filter(|first| first.is_ok())) {
            *first = Err(error);
        }
        results
    }

    fn remove(&self, fingerprint: FingerprintId, functions: &[FunctionId]) -> io::Result<()> {
        let _lock = self.folder.lock(REMOVE_TIMEOUT)?;
        let mut result = Ok(());
        for &id in functions {
            result = result.and(files::remove(&self.folder.plans_file(fingerprint, id)));
            result = result.and(files::remove(&self.folder.profile_file(fingerprint, id)));
        }
        result
    }

    fn evictions(&self) -> u64 {
        self.evictions.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::machine::build_flags::Build;
    use crate::machine::fingerprint::Machine;
    use crate::record::entry::tests::entry;

    const NOW: u64 = 1_800_000_000;

    /// An empty disk, and the plans of two functions.
    fn disk_and_plans() -> (TempDir, Folder, Disk, Fingerprint, [Plans; 2]) {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("cache"));
        let disk = Disk::new(folder.clone(), true);
        let fingerprint = Fingerprint::new(Machine::ask(), Build::from_bits(1));
        let plans = [1, 2].map(|id| Plans {
            fingerprint: fingerprint.id(),
            id: FunctionId::from_u64(id),
            entries: vec![entry(1, 5)],
            ..Plans::default()
        });
        (place, folder, disk, fingerprint, plans)
    }

    #[test]
    fn what_is_put_is_got_and_what_is_removed_is_gone() {
        let (_place, folder, disk, fingerprint, plans) = disk_and_plans();
        let ids = [plans[0].id, plans[1].id];
        for _ in 0..3 {
            assert!(disk.put(&fingerprint, &plans, NOW).iter().all(Result::is_ok));
        }
        let len = |id| std::fs::metadata(folder.plans_file(fingerprint.id(), id)).unwrap().len();
        assert!(len(ids[0]) < 100, "one record: {}", len(ids[0]));
        disk.note_exit();
        for _ in 0..3 {
            disk.put(&fingerprint, &plans, NOW);
        }
        assert!(len(ids[0]) > 200, "four records: {}", len(ids[0]));
        let found: Vec<_> = disk.get(fingerprint.id(), &ids).into_iter().map(|found| found.unwrap()).collect();
        assert_eq!(found, plans.clone().map(Some));
        disk.remove(fingerprint.id(), &ids[..1]).unwrap();
        let found = disk.get(fingerprint.id(), &ids);
        assert_eq!(found.into_iter().map(|found| found.unwrap().is_some()).collect::<Vec<_>>(), [false, true]);
        assert_eq!(fingerprints::load(&folder, fingerprint.id()).unwrap(), Some(fingerprint));
    }

    #[test]
    fn what_was_used_or_damaged_is_seen_to_later() {
        let (_place, folder, disk, fingerprint, plans) = disk_and_plans();
        let ids = [plans[0].id, plans[1].id];
        disk.put(&fingerprint, &plans, NOW);
        disk.maintain(1 << 20, NOW).unwrap();
        let path = |id| folder.plans_file(fingerprint.id(), id);
        let old = SystemTime::now() - Duration::from_secs(7200);
        std::fs::File::options().write(true).open(path(ids[0])).unwrap().set_modified(old).unwrap();
        std::fs::write(path(ids[1]), b"nothing of ours").unwrap();
        assert!(!disk.needs_maintenance(1 << 20));
        disk.get(fingerprint.id(), &ids);
        assert!(disk.needs_maintenance(1 << 20));
        disk.maintain(1 << 20, NOW).unwrap();
        assert!(!disk.needs_maintenance(1 << 20));
        assert!(std::fs::metadata(path(ids[0])).unwrap().modified().unwrap() > old + Duration::from_secs(3600));
        assert!(!path(ids[1]).exists());
        disk.put(&fingerprint, &plans, NOW);
        assert!(disk.needs_maintenance(100), "much was appended");
    }
}

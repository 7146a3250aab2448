//! Checking a cache folder for problems.

use std::io;
use std::path::Path;

use serde::de::DeserializeOwned;

use super::problem::{Health, Problem, ProblemKind};
use crate::clock::unix_seconds;
use crate::config::config;
use crate::disk::files;
use crate::disk::folder::{Folder, MACHINE, fingerprint_of, function_of, profiled_function_of};
use crate::disk::machines::KnownMachine;
use crate::disk::trust::{self, Distrust};
use crate::disk::{plans, statistics, sweep};
use crate::machine::fingerprint::{Fingerprint, FingerprintId};
use crate::profile::Profile;
use crate::record::envelope::{self, Damage, Kind};
use crate::rejection::Rejection;
use crate::tier::Unusable;

/// Checks every file of a cache folder.
///
/// # Errors
/// If the folder exists and cannot be read.
pub fn verify(folder: &Folder) -> io::Result<Health> {
    let mut check = Check { problems: Vec::new(), files: 0, plans: 0, expired: 0, bytes: 0, now: unix_seconds() };
    let mut disk_usage = 0;
    if folder.exists()? {
        check.rights(folder.root());
        for (name, path) in files::list(folder.root())? {
            check.entry_of_root(folder, &name, &path)?;
        }
        let limit = config().size_limit();
        disk_usage = sweep::disk_usage(folder)?;
        if disk_usage > limit {
            let what = format!("it takes {disk_usage} bytes on disk, of which {limit} are allowed");
            check.note(folder.root(), ProblemKind::Oversized, what);
        }
    }
    Ok(check.health(disk_usage))
}

/// Whether this version or another one can read a file that is one record.
fn is_readable<T: DeserializeOwned>(kind: Kind, bytes: &[u8]) -> bool {
    !matches!(envelope::read::<T>(kind, bytes), Err(Damage::Corrupt))
}

/// Whether a file is at this path, and not a link to one.
fn is_file(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|data| data.is_file())
}

/// Whether a folder is at this path, and not a link to one.
fn is_folder(path: &Path) -> bool {
    files::is_folder(path).unwrap_or(false)
}

struct Check {
    problems: Vec<Problem>,
    files: usize,
    plans: usize,
    expired: usize,
    bytes: u64,
    now: u64,
}

impl Check {
    fn entry_of_root(&mut self, folder: &Folder, name: &str, path: &Path) -> io::Result<()> {
        if let Some(id) = fingerprint_of(name, path) {
            self.rights(path);
            for (name, path) in files::list(path)? {
                self.entry_of_place(folder, id, &name, &path);
            }
        } else if path == folder.machines_folder() && is_folder(path) {
            self.entries_of(path, MACHINE, is_readable::<KnownMachine>, Kind::Machine)?;
        } else if path == sweep::retired(folder) && is_folder(path) {
            self.note(path, ProblemKind::Abandoned, "an earlier version left this, and nobody reads it".into());
        } else if (path == folder.lock_file() || path == folder.tag_file()) && is_file(path) {
            self.rights(path);
        } else if files::is_unfinished(name) {
            self.unfinished(name, path);
        } else {
            self.foreign(path);
        }
        Ok(())
    }

    /// Checks a folder with files of one kind.
    fn entries_of(&mut self, folder: &Path, ending: &str, good: fn(Kind, &[u8]) -> bool, kind: Kind) -> io::Result<()> {
        self.rights(folder);
        for (name, path) in files::list(folder)? {
            if files::is_unfinished(&name) {
                self.unfinished(&name, &path);
            } else if name.ends_with(ending) {
                self.file(&path, |bytes| good(kind, bytes), kind);
            } else {
                self.foreign(&path);
            }
        }
        Ok(())
    }

    fn entry_of_place(&mut self, folder: &Folder, id: FingerprintId, name: &str, path: &Path) {
        if files::is_unfinished(name) {
            self.unfinished(name, path);
        } else if name == "fingerprint" {
            let mut own = false;
            self.file(
                path,
                |bytes| {
                    let parts = envelope::read::<Fingerprint>(Kind::Fingerprint, bytes);
                    own = parts.is_ok_and(|parts| parts.id() == id);
                    own
                },
                Kind::Fingerprint,
            );
        } else if name == "statistics" {
            self.file(path, |bytes| !statistics::is_unreadable(bytes), Kind::Statistics);
        } else if profiled_function_of(name).is_some() {
            self.file(path, |bytes| is_readable::<Profile>(Kind::Profile, bytes), Kind::Profile);
        } else if let Some(function) = function_of(name) {
            self.files += 1;
            if !self.rights(path) {
                return;
            }
            match plans::load(folder, id, function, self.now) {
                Ok(Some(found)) => self.plans_of(path, &found),
                // Another process removed the file after the folder was listed. That is no problem.
                Ok(None) => self.files -= 1,
                // Programs of another version can read it.
                Err(Unusable::Rejected(Rejection::Version)) => {}
                Err(Unusable::Rejected(reason)) => self.note(path, ProblemKind::Damaged, reason.to_string()),
                Err(Unusable::Io(error)) => self.note(path, ProblemKind::Unreadable, error.to_string()),
            }
        } else {
            self.foreign(path);
        }
    }

    fn plans_of(&mut self, path: &Path, found: &plans::StoredPlans) {
        self.bytes += found.size;
        for entry in &found.plans.entries {
            match entry.check(self.now, config().ttl_of(found.plans.own_ttl()), None) {
                Ok(()) => self.plans += 1,
                Err(Rejection::Expired) => {
                    self.plans += 1;
                    self.expired += 1;
                }
                Err(reason) => return self.note(path, ProblemKind::Damaged, reason.to_string()),
            }
        }
    }

    /// Checks a file that holds something other than plans.
    fn file(&mut self, path: &Path, good: impl FnOnce(&[u8]) -> bool, kind: Kind) {
        self.files += 1;
        if !self.rights(path) {
            return;
        }
        match files::read(path, kind) {
            Ok(Some(content)) => {
                let bytes = content.bytes.len() as u64;
                self.bytes += bytes;
                if content.is_oversized {
                    let what = format!("it is longer than any file of its kind ({} bytes)", kind.max_len());
                    self.note(path, ProblemKind::Damaged, what);
                } else if !good(&content.bytes) {
                    self.note(path, ProblemKind::Damaged, Rejection::Corrupt.to_string());
                }
            }
            Ok(None) => self.files -= 1,
            Err(error) => self.note(path, ProblemKind::Unreadable, error.to_string()),
        }
    }

    /// Reports an unfinished file, unless it is young: then a process may be writing it.
    fn unfinished(&mut self, name: &str, path: &Path) {
        if is_folder(path) {
            // Unfinished files are files: somebody else gave a folder such a name.
            self.foreign(path);
        } else if files::is_abandoned(name, path) {
            self.note(path, ProblemKind::Abandoned, "a process was killed while it wrote this".into());
        }
    }

    fn foreign(&mut self, path: &Path) {
        self.note(path, ProblemKind::Foreign, "it is none of Amorsize's files".into());
    }

    /// Reports what is wrong with owner and mode. Whether the file or folder can be used all the same.
    fn rights(&mut self, path: &Path) -> bool {
        let distrust = std::fs::symlink_metadata(path).ok().and_then(|data| trust::distrust(&data));
        match distrust {
            Some(reason @ Distrust::Owner) => self.note(path, ProblemKind::Owner, reason.to_string()),
            Some(reason @ Distrust::HardLink) => self.note(path, ProblemKind::HardLink, reason.to_string()),
            Some(Distrust::Mode) | None => {
                if let Some(mode) = files::mode(path).filter(|mode| mode & 0o077 != 0) {
                    self.note(path, ProblemKind::Rights, format!("others have rights to it (mode {mode:o})"));
                }
            }
        }
        distrust.is_none()
    }

    fn note(&mut self, path: &Path, kind: ProblemKind, what: String) {
        self.problems.push(Problem { path: path.to_owned(), kind, what, cure: kind.cure().into(), not_repaired: None });
    }

    fn health(mut self, disk_usage: u64) -> Health {
        self.problems.sort_by(|a, b| (a.kind, &a.path).cmp(&(b.kind, &b.path)));
        let is_lost = |kind| matches!(kind, ProblemKind::Damaged | ProblemKind::Unreadable);
        let lost = self.problems.iter().filter(|problem| is_lost(problem.kind)).count();
        let mut others: Vec<_> = self.problems.iter().map(|problem| problem.kind).filter(|&t| !is_lost(t)).collect();
        others.dedup();
        let share = (100 * lost).div_ceil(self.files.max(lost).max(1));
        let score = 100u32.saturating_sub(share as u32 + 10 * others.len() as u32);
        let Self { problems, files, plans, expired, bytes, .. } = self;
        Health { score, problems, files, plans, expired, bytes, disk_usage }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_too_long_to_be_read_is_a_problem() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("cache"));
        let path = folder.statistics_file(FingerprintId::from_u64(1));
        files::write(&path, b"").unwrap();
        assert_eq!(verify(&folder).unwrap().problems, []);
        std::fs::File::options().write(true).open(&path).unwrap().set_len(Kind::Statistics.max_len() + 1).unwrap();
        let health = verify(&folder).unwrap();
        assert!(health.problems[0].what.contains("longer than any") && health.score < 100, "{health:?}");
    }
}

//! What can be wrong with a cache folder, and what is done about it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cache::disk::{self, Unusable};
use crate::cache::folder::{self, Folder};
use crate::cache::spool::Parcel;
use crate::cache::{machines, statistics};
use crate::clock::unix_seconds;
use crate::config::config;
use crate::format::{Damage, Kind, open};
use crate::rejection::Rejection;

/// How a cache folder is.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Health {
    /// 100: nothing is wrong. Damaged files take away their share of all files, and each other kind of problem takes 10.
    pub score: u32,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// Files that were looked at.
    pub files: usize,
    /// Plans that are as they should be.
    pub plans: usize,
    /// Of these, the ones that are too old to be used.
    pub expired: usize,
    /// Length of all files.
    pub bytes: u64,
}

/// Something that is wrong with a cache folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Problem {
    /// Where.
    pub path: PathBuf,
    /// What.
    pub trouble: Trouble,
    /// What, in words.
    pub what: String,
    /// What would mend it, in words.
    pub cure: String,
}

/// A kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Trouble {
    /// A file that cannot be used.
    Damaged,
    /// A file that the system does not let us read.
    Unreadable,
    /// Others may read or change what is their owner's alone.
    Rights,
    /// Something that is none of ours.
    Foreign,
    /// A file that a process left behind when it was killed.
    Abandoned,
    /// More bytes than the configuration allows.
    Oversized,
}

impl Trouble {
    /// Whether [`Store::repair`](super::Store::repair) can do anything about it.
    #[must_use]
    pub fn is_mendable(self) -> bool {
        !matches!(self, Self::Unreadable | Self::Foreign)
    }

    fn cure(self) -> &'static str {
        match self {
            Self::Damaged | Self::Abandoned => "remove it",
            Self::Unreadable => "look at its rights and at the disk",
            Self::Rights => "take the rights of others away",
            Self::Foreign => "move it elsewhere",
            Self::Oversized => "remove the least recently used plans",
        }
    }
}

/// Looks at every file.
pub(super) fn look(folder: &Folder) -> io::Result<Health> {
    let mut look =
        Look { problems: Vec::new(), files: 0, plans: 0, expired: 0, bytes: 0, taken: 0, now: unix_seconds() };
    if folder.exists()? {
        look.rights(folder.root());
        for (name, path) in folder::list(folder.root())? {
            look.entry_of_root(folder, &name, &path)?;
        }
        let limit = config().max_size;
        if look.taken > limit {
            let what = format!("it takes {} bytes on disk, of which {limit} are allowed", look.taken);
            look.note(folder.root(), Trouble::Oversized, what);
        }
    }
    Ok(look.health())
}

/// Mends what is wrong, as far as that can be done: what was mended, and what was not.
pub(super) fn mend(folder: &Folder, patience: Duration) -> io::Result<(Vec<Problem>, Vec<Problem>)> {
    let found = look(folder)?.problems;
    if found.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let Some(lock) = folder.lock(patience)? else {
        return Err(io::Error::new(io::ErrorKind::TimedOut, "another process holds its lock"));
    };
    let now = unix_seconds();
    // Someone may have replaced a damaged file meanwhile.
    let found = look(folder)?.problems;
    Ok(found.into_iter().partition(|problem| {
        let mended = match problem.trouble {
            Trouble::Damaged => disk::mend(folder, &lock, &problem.path, now),
            Trouble::Abandoned => folder::remove(&problem.path),
            Trouble::Rights => folder::restrict(&problem.path),
            Trouble::Oversized => disk::evict(folder, &lock, config().max_size, now).map(drop),
            Trouble::Unreadable | Trouble::Foreign => return false,
        };
        mended.is_ok()
    }))
}

/// By us, or by those who wrote it.
fn is_readable<T: DeserializeOwned>(kind: Kind, bytes: &[u8]) -> bool {
    !matches!(open::<T>(kind, bytes), Err(Damage::Corrupt))
}

struct Look {
    problems: Vec<Problem>,
    files: usize,
    plans: usize,
    expired: usize,
    bytes: u64,
    taken: u64,
    now: u64,
}

impl Look {
    fn entry_of_root(&mut self, folder: &Folder, name: &str, path: &Path) -> io::Result<()> {
        if let Some(id) = folder::fingerprint_of(name, path) {
            self.rights(path);
            for (name, path) in folder::list(path)? {
                self.entry_of_place(folder, id, &name, &path);
            }
        } else if path == folder.machines() && path.is_dir() {
            self.entries_of(path, folder::MACHINE, is_readable::<machines::Known>, Kind::Machine)?;
        } else if path == folder.spool() && path.is_dir() {
            self.entries_of(path, folder::PARCEL, is_readable::<Parcel>, Kind::Parcel)?;
        } else if name == "lock" && path.is_file() {
            self.rights(path);
        } else if folder::is_unfinished(name) {
            self.unfinished(name, path);
        } else {
            self.foreign(path);
        }
        Ok(())
    }

    /// What is in a folder of files of one kind.
    fn entries_of(&mut self, folder: &Path, ending: &str, good: fn(Kind, &[u8]) -> bool, kind: Kind) -> io::Result<()> {
        self.rights(folder);
        for (name, path) in folder::list(folder)? {
            if folder::is_unfinished(&name) {
                self.unfinished(&name, &path);
            } else if name.ends_with(ending) {
                self.file(&path, |bytes| good(kind, bytes), kind);
            } else {
                self.foreign(&path);
            }
        }
        Ok(())
    }

    fn entry_of_place(&mut self, folder: &Folder, id: crate::fingerprint::FingerprintId, name: &str, path: &Path) {
        if folder::is_unfinished(name) {
            self.unfinished(name, path);
        } else if name == "fingerprint" {
            let mut own = false;
            self.file(
                path,
                |bytes| {
                    let parts = open::<crate::fingerprint::Fingerprint>(Kind::Fingerprint, bytes);
                    own = parts.is_ok_and(|parts| parts.id() == id);
                    own
                },
                Kind::Fingerprint,
            );
        } else if name == "statistics" {
            // An addition that was cut short, as when a process is killed meanwhile, is passed over for ever.
            self.file(path, |bytes| bytes.is_empty() || statistics::sum(bytes).1 > 0, Kind::Statistics);
        } else if let Some(function) = folder::function_of(name) {
            self.rights(path);
            self.files += 1;
            match disk::load(folder, id, function) {
                Ok(Some(found)) => self.plans_of(path, &found),
                // It was there when the folder was listed: someone has removed it, as they may.
                Ok(None) => self.files -= 1,
                // Those who wrote it can read it.
                Err(Unusable::Rejected(Rejection::Version)) => {}
                Err(Unusable::Rejected(reason)) => self.note(path, Trouble::Damaged, reason.to_string()),
                Err(Unusable::Io(error)) => self.note(path, Trouble::Unreadable, error.to_string()),
            }
        } else {
            self.foreign(path);
        }
    }

    fn plans_of(&mut self, path: &Path, found: &disk::Found) {
        self.bytes += found.size;
        self.taken += folder::taken(found.size);
        for entry in &found.plans.entries {
            match entry.check(self.now, found.plans.ttl_or(config().ttl), None) {
                Ok(()) => self.plans += 1,
                Err(Rejection::Expired) => {
                    self.plans += 1;
                    self.expired += 1;
                }
                Err(reason) => return self.note(path, Trouble::Damaged, reason.to_string()),
            }
        }
    }

    /// A file of ours that is not about plans.
    fn file(&mut self, path: &Path, good: impl FnOnce(&[u8]) -> bool, kind: Kind) {
        self.rights(path);
        self.files += 1;
        match folder::read(path, kind) {
            Ok(Some(content)) => {
                let bytes = content.bytes.len() as u64;
                self.bytes += bytes;
                // Of the others there are few.
                self.taken += if kind == Kind::Machine { folder::taken(bytes) } else { 0 };
                if !good(&content.bytes) {
                    self.note(path, Trouble::Damaged, Rejection::Corrupt.to_string());
                }
            }
            Ok(None) => self.files -= 1,
            Err(error) => self.note(path, Trouble::Unreadable, error.to_string()),
        }
    }

    /// A file that is being written is nothing wrong.
    fn unfinished(&mut self, name: &str, path: &Path) {
        if folder::is_abandoned(name, path) {
            self.note(path, Trouble::Abandoned, "a process was killed while it wrote this".into());
        }
    }

    fn foreign(&mut self, path: &Path) {
        self.note(path, Trouble::Foreign, "it is none of Amorsize's files".into());
    }

    fn rights(&mut self, path: &Path) {
        if let Some(mode) = folder::mode(path).filter(|mode| mode & 0o077 != 0) {
            self.note(path, Trouble::Rights, format!("others have rights to it (mode {mode:o})"));
        }
    }

    fn note(&mut self, path: &Path, trouble: Trouble, what: String) {
        self.problems.push(Problem { path: path.to_owned(), trouble, what, cure: trouble.cure().into() });
    }

    fn health(mut self) -> Health {
        self.problems.sort_by(|a, b| (a.trouble, &a.path).cmp(&(b.trouble, &b.path)));
        let is_lost = |trouble| matches!(trouble, Trouble::Damaged | Trouble::Unreadable);
        let lost = self.problems.iter().filter(|problem| is_lost(problem.trouble)).count();
        let mut others: Vec<_> = self.problems.iter().map(|problem| problem.trouble).filter(|&t| !is_lost(t)).collect();
        others.dedup();
        let share = (100 * lost).div_ceil(self.files.max(lost).max(1));
        let score = 100u32.saturating_sub(share as u32 + 10 * others.len() as u32);
        let Self { problems, files, plans, expired, bytes, .. } = self;
        Health { score, problems, files, plans, expired, bytes }
    }
}

//! Logs: files to which several processes append records.
//!
//! A process appends a record by one write, under the lock of the file: an exclusive one, because network file systems do not
//! append by themselves, and opened for reading and writing, because they refuse locks otherwise. From time to time a log is
//! replaced by a shorter one with the same content (compaction), or removed. Only the holder of the folder's lock does that,
//! in two steps: it reads the log and writes the new file without the lock of the log, and then takes that lock for as long
//! as it takes to copy what was appended meanwhile and to rename the new file.
//!
//! An appender that gets the lock after that finds that its file is no longer the one at the path, and starts again. Nothing
//! is lost wherever a process is killed: the old log is at its path until the new one has all of it. A log is empty until its
//! first record is written, and an empty one is as good as none.
//!
//! The replacer may read the log while a record is half written. So what it copies begins where the last whole record ended
//! ([`Seen::whole`]), and not where reading ended.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use super::files::{self, Staged, check_size, make_folder, no_follow};
use super::lock::Lock;
use super::trust;
use crate::record::envelope::Kind;
use crate::sync::{lock_timeout, poll};

/// How often appending starts again. If a log is replaced more often during one call of [`append`], something is wrong.
const ATTEMPTS: usize = 16;
/// How long the lock of a log is waited for. It is held for as long as it takes to append a record or to rename a file, but
/// whoever holds it may be stopped.
const TIMEOUT: Duration = Duration::from_secs(1);

/// How much was read of a log that is to be replaced or removed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// The number of bytes.
    pub len: usize,
    /// Where the last whole record in them ends. What follows is damaged, or is a record that was half written then.
    pub whole: usize,
}

/// Appends a record. Makes the file, and the folder that it belongs in. Returns the length of the file afterwards.
///
/// # Errors
/// `FileTooLarge` if the log would be too long to be read, or longer than a file of this process may be. `TimedOut` if another
/// process holds the lock of the log all the time. Else if there is something else at the path, if it is not trusted, or the
/// system refuses.
pub fn append(path: &Path, kind: Kind, record: &[u8]) -> io::Result<u64> {
    make_folder(path.parent().unwrap_or(Path::new("")))?;
    // Before an empty file is made.
    check_size(record.len() as u64)?;
    for _ in 0..ATTEMPTS {
        let file = no_follow(OpenOptions::new().read(true).append(true).create(true)).open(path)?;
        let data = file.metadata()?;
        if !data.is_file() {
            return Err(io::Error::other("it is no file"));
        }
        trust::check(&data)?;
        let mut file = Locked::new(file)?;
        if !is_at(&file.file, path) {
            continue;
        }
        let len = file.file.metadata()?.len().saturating_add(record.len() as u64);
        if len > kind.max_len() {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the log would be too long to be read"));
        }
        check_size(len)?;
        file.file.write_all(record)?;
        return Ok(len);
    }
    Err(io::Error::other("others replace it again and again"))
}

/// Puts a new file in the place of a log, with what other processes have appended to the log since it was read.
///
/// # Errors
/// If the system refuses, or another process holds the lock of the log: then the old file is still there.
pub fn replace(_: &Lock, seen: Seen, mut new: Staged, kind: Kind) -> io::Result<()> {
    // Made if there is none, so that what somebody else appends meanwhile is not replaced unseen.
    if let Some(mut old) = lock(new.path(), true)? {
        new.append(&old.appended(seen, kind)?)?;
        return new.finish();
    }
    new.finish()
}

/// Removes a log, except for what other processes have appended to it since it was read.
///
/// # Errors
/// If the system refuses, or another process holds the lock of the log: then the old file is still there.
pub fn remove(_: &Lock, seen: Seen, path: &Path, kind: Kind) -> io::Result<()> {
    // Held until the file is gone.
    let mut old = lock(path, false)?;
    let appended = old.as_mut().map_or(Ok(Vec::new()), |old| old.appended(seen, kind))?;
    if appended.is_empty() { files::remove(path) } else { files::write(path, &appended) }
}

/// Whether a log, which has `len` bytes, is longer than `min`, and twice as long as its first record, which is what the last
/// compaction left.
#[must_use]
pub fn is_long(path: &Path, len: u64, min: u64) -> bool {
    let first = || {
        let mut header = [0; 10];
        no_follow(OpenOptions::new().read(true)).open(path).ok()?.read_exact(&mut header).ok()?;
        Some(u64::from(u32::from_le_bytes([header[6], header[7], header[8], header[9]])))
    };
    len > min && first().is_none_or(|first| len / 2 > first)
}

/// Locks a log that is to be replaced or removed. `None` if there is none and `create` is false, or if there is a symbolic link
/// instead, which is not followed.
fn lock(path: &Path, create: bool) -> io::Result<Option<Locked>> {
    match no_follow(OpenOptions::new().read(true).write(true).create(create)).open(path) {
        Ok(file) => Locked::new(file).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(_) if std::fs::symlink_metadata(path)?.is_symlink() => Ok(None),
        Err(error) => Err(error),
    }
}

/// A log with its lock, until it is dropped.
struct Locked {
    file: File,
    /// False if the file system has no locks. Then what is appended while the log is replaced may be lost.
    is_locked: bool,
}

impl Locked {
    fn new(file: File) -> io::Result<Self> {
        let is_locked = poll(TIMEOUT, || match file.try_lock() {
            Ok(()) => Some(true),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Error(_)) => Some(false),
        });
        Ok(Self { is_locked: is_locked.ok_or_else(|| lock_timeout("another process"))?, file })
    }

    /// What was appended since the log was read.
    fn appended(&mut self, seen: Seen, kind: Kind) -> io::Result<Vec<u8>> {
        let len = self.file.metadata()?.len();
        let mut appended = Vec::new();
        // If it is too long to be read, all of it is given up.
        if len > seen.len as u64 && len <= kind.max_len() {
            self.file.seek(SeekFrom::Start(seen.whole as u64))?;
            (&self.file).take(kind.max_len()).read_to_end(&mut appended)?;
        }
        Ok(appended)
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        // Closing the file is not enough: a child that was forked meanwhile has it open too, and would keep the lock.
        if self.is_locked {
            let _ = self.file.unlock();
        }
    }
}

/// Whether this is the file at the path.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let identity = |data: std::fs::Metadata| (data.dev(), data.ino());
    match (file.metadata(), std::fs::symlink_metadata(path)) {
        (Ok(file), Ok(there)) => identity(file) == identity(there),
        _ => false,
    }
}

/// Whether this is probably the file at the path: it is not longer than that one. Without inode numbers this is a guess, so
/// here a record can be lost that is appended while the log is replaced.
#[cfg(not(unix))]
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), std::fs::symlink_metadata(path)) {
        (Ok(file), Ok(there)) => file.len() <= there.len(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
    use std::time::Duration;

    use super::super::files::{read, stage};
    use super::super::folder::Folder;
    use super::*;

    const KIND: Kind = Kind::Statistics;

    #[test]
    fn nothing_that_is_appended_is_lost_while_others_replace() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("cache"));
        let path = folder.root().join("log");
        let over = AtomicBool::new(false);
        let count = std::thread::scope(|scope| {
            let (path, over, folder) = (&path, &over, &folder);
            let writers: Vec<_> = (0..4u8)
                .map(|writer| {
                    scope.spawn(move || {
                        for _ in 0..500 {
                            append(path, KIND, &[writer]).unwrap();
                        }
                    })
                })
                .collect();
            let replacer = scope.spawn(move || {
                let mut taken = Vec::new();
                while !over.load(Relaxed) {
                    let lock = folder.lock(Duration::from_secs(10)).unwrap();
                    let Some(old) = read(path, KIND).unwrap() else { continue };
                    let seen = Seen { len: old.bytes.len(), whole: old.bytes.len() };
                    // Half of the time an empty file takes the place of the log, and half of the time none.
                    taken.extend_from_slice(&old.bytes);
                    if taken.len() % 2 == 0 {
                        replace(&lock, seen, stage(path, b"").unwrap(), KIND).unwrap();
                    } else {
                        remove(&lock, seen, path, KIND).unwrap();
                    }
                }
                taken
            });
            for writer in writers {
                writer.join().unwrap();
            }
            over.store(true, Relaxed);
            let mut all = replacer.join().unwrap();
            all.extend(read(path, KIND).unwrap().map_or(Vec::new(), |content| content.bytes));
            all.into_iter().fold([0; 4], |mut count, writer| {
                count[usize::from(writer)] += 1;
                count
            })
        });
        assert_eq!(count, [500; 4]);
    }

    #[test]
    fn a_record_that_was_half_written_when_the_log_was_read_is_carried_over_whole() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("cache"));
        let path = folder.root().join("log");
        let lock = folder.lock(Duration::ZERO).unwrap();
        append(&path, KIND, b"old, half").unwrap();
        let seen = Seen { len: 9, whole: 5 };
        let new = stage(&path, b"new, ").unwrap();
        append(&path, KIND, b" of it").unwrap();
        replace(&lock, seen, new, KIND).unwrap();
        let bytes = || read(&path, KIND).unwrap().unwrap().bytes;
        assert_eq!(bytes(), b"new, half of it");
        replace(&lock, Seen { len: 15, whole: 5 }, stage(&path, b"newer").unwrap(), KIND).unwrap();
        assert_eq!(bytes(), b"newer", "a half to which nothing was added is damage");
    }

    #[test]
    fn a_log_that_is_too_long_to_be_read_is_not_made_longer() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("log");
        File::create(&path).unwrap().set_len(1 << 40).unwrap();
        assert_eq!(append(&path, KIND, b"record").unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }
}

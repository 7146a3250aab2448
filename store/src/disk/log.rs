//! Logs: files to which several processes may append records at once, without a lock.
//!
//! A process appends each record by one write, so that none waits for another, also when it is about to end. From time to
//! time a log is replaced by a shorter one with the same content (compaction), or removed. Only the holder of the folder's
//! lock does that. No record is lost meanwhile, because both sides check again after their write:
//!
//! ```text
//! appender                                replacer (holds the lock)
//! open the file at the path               read the file; remember how much was read
//! append the record                       open the file at the path again, for the last step
//! is it still the file at the path?       put the new file at the path
//! if not, start again                     what the old file has beyond what was read: append it to the new one
//! ```
//!
//! If the appender finds its file still at the path, then its whole record was written before the new file came, and the
//! last step of the replacer finds it. Otherwise the appender appends the record to the new file. If both happen, the record
//! is there twice: that changes nothing for plans, and a call is counted twice.
//!
//! The replacer may read the file while a record is half written. So the last step begins where the last whole record ended
//! ([`Seen::whole`]), and not where reading ended.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::files::{self, Staged, check_size, make_folder, no_follow};
use super::lock::Lock;
use super::trust;
use crate::record::envelope::Kind;

/// How often appending starts again. If a log is replaced more often during one call of [`append`], something is wrong.
const ATTEMPTS: usize = 16;

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
/// `FileTooLarge` if the log would be too long to be read, or longer than a file of this process may be. Else if there is
/// something else at the path, if it is not trusted, or the system refuses.
pub fn append(path: &Path, kind: Kind, record: &[u8]) -> io::Result<u64> {
    make_folder(path.parent().unwrap_or(Path::new("")))?;
    // Before an empty file is made.
    check_size(record.len() as u64)?;
    for _ in 0..ATTEMPTS {
        let mut file = no_follow(OpenOptions::new().append(true).create(true)).open(path)?;
        let data = file.metadata()?;
        if !data.is_file() {
            return Err(io::Error::other("it is no file"));
        }
        trust::check(&data)?;
        let len = data.len().saturating_add(record.len() as u64);
        if len > kind.max_len() {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the log would be too long to be read"));
        }
        check_size(len)?;
        file.write_all(record)?;
        if is_at(&file, path) {
            return Ok(len);
        }
    }
    Err(io::Error::other("others replace it again and again"))
}

/// Puts a new file in the place of a log, with what other processes have appended to the log since it was read.
///
/// # Errors
/// If the system refuses: then the old file may still be there.
pub fn replace(_: &Lock, seen: Seen, new: Staged, kind: Kind) -> io::Result<()> {
    let path = new.path().to_owned();
    let old = open(&path)?;
    new.finish()?;
    carry_over(old, seen, &path, kind)
}

/// Removes a log, except for what other processes have appended to it since it was read.
///
/// # Errors
/// If the system refuses.
pub fn remove(_: &Lock, seen: Seen, path: &Path, kind: Kind) -> io::Result<()> {
    let old = open(path)?;
    files::remove(path)?;
    carry_over(old, seen, path, kind)
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

/// Opens a log for [`carry_over`]. `None` if there is nothing to carry over: no file, or a link.
fn open(path: &Path) -> io::Result<Option<File>> {
    match no_follow(OpenOptions::new().read(true)).open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound || std::fs::symlink_metadata(path)?.is_symlink() => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Appends to the log at `path` what the file that was there before has beyond what was read of it.
fn carry_over(old: Option<File>, seen: Seen, path: &Path, kind: Kind) -> io::Result<()> {
    let Some(mut old) = old else { return Ok(()) };
    let len = old.metadata()?.len();
    // Either nothing was appended since, or the file is too long to be read, so that all of it is given up.
    if len <= seen.len as u64 || len > kind.max_len() {
        return Ok(());
    }
    let mut appended = Vec::new();
    old.seek(SeekFrom::Start(seen.whole as u64))?;
    old.take(kind.max_len()).read_to_end(&mut appended)?;
    append(path, kind, &appended).map(drop)
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
        assert!(count.iter().all(|&records| records >= 500), "{count:?}");
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

//! Logs: files that processes append records to at once, without a lock.
//!
//! Whoever has something to add appends it in one write, so that nobody waits for anybody, also at the end of a process.
//! From time to time a log is replaced by a shorter one that says the same. Only whoever holds the folder's lock may do
//! that. Nothing that is appended meanwhile is lost, because both sides look twice:
//!
//! ```text
//! who appends                             who replaces
//! open the file at the path               read the file; keep it open, remember how much was read
//! append                                  put the new file at the path
//! is it still the file at the path?       append what the old file has beyond that to the new one
//! if not, do it all again
//! ```
//!
//! What is appended before the second look of who replaces is carried over. What is appended after it finds another file
//! at the path, and is appended to that. (What falls in between is appended twice: that adds nothing to plans, and counts a
//! call twice.)

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::files::{Staged, make_folder, no_follow, remove, write};
use super::lock::Lock;
use crate::record::envelope::Kind;

/// A log is replaced that often between the opening of a file and the end of the write to it only if something is wrong.
const ATTEMPTS: usize = 16;

/// Appends a record, and makes the file and the folder it belongs in. The length of the file then.
///
/// A file that would be too long to be read is replaced: nothing in it could be used any more.
///
/// # Errors
/// If something else stands there, or the system refuses.
pub fn append(path: &Path, kind: Kind, record: &[u8]) -> io::Result<u64> {
    make_folder(path.parent().unwrap_or(Path::new("")))?;
    for _ in 0..ATTEMPTS {
        let mut file = no_follow(OpenOptions::new().append(true).create(true)).open(path)?;
        let data = file.metadata()?;
        if !data.is_file() {
            return Err(io::Error::other("it is no file"));
        }
        let len = data.len().saturating_add(record.len() as u64);
        if len > kind.max_len() {
            write(path, record)?;
            return Ok(record.len() as u64);
        }
        file.write_all(record)?;
        if is_at(&file, path) {
            return Ok(len);
        }
    }
    Err(io::Error::other("others replace it again and again"))
}

/// Puts a new file in the place of a log of which the first `seen` bytes were read, with what others have appended since.
///
/// # Errors
/// If the system refuses: then the old one may still be there.
pub fn replace(_: &Lock, seen: usize, new: Staged, kind: Kind) -> io::Result<()> {
    let path = new.path().to_owned();
    let old = open(&path)?;
    new.finish()?;
    carry_over(old, seen, &path, kind)
}

/// Removes a log of which the first `seen` bytes were read, but for what others have appended since.
///
/// # Errors
/// If the system refuses.
pub fn clear(_: &Lock, seen: usize, path: &Path, kind: Kind) -> io::Result<()> {
    let old = open(path)?;
    remove(path)?;
    carry_over(old, seen, path, kind)
}

fn open(path: &Path) -> io::Result<Option<File>> {
    match no_follow(OpenOptions::new().read(true)).open(path) {
        Ok(file) => Ok(Some(file)),
        // A link or the like is replaced as well.
        Err(error) if error.kind() == io::ErrorKind::NotFound || std::fs::symlink_metadata(path)?.is_symlink() => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn carry_over(old: Option<File>, seen: usize, path: &Path, kind: Kind) -> io::Result<()> {
    let Some(mut old) = old else { return Ok(()) };
    // Of a file that is too long to be read nothing is carried over.
    if old.metadata()?.len() > kind.max_len() {
        return Ok(());
    }
    let mut appended = Vec::new();
    old.seek(SeekFrom::Start(seen as u64))?;
    old.take(kind.max_len()).read_to_end(&mut appended)?;
    if appended.is_empty() { Ok(()) } else { append(path, kind, &appended).map(drop) }
}

/// Whether this is the file that stands at the path.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let identity = |data: std::fs::Metadata| (data.dev(), data.ino());
    match (file.metadata(), std::fs::symlink_metadata(path)) {
        (Ok(file), Ok(there)) => identity(file) == identity(there),
        _ => false,
    }
}

/// Whether this is the file that stands at the path: whether its end is the end of that one.
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
                    // What was there is taken out, now by a new file and now by none.
                    taken.extend_from_slice(&old.bytes);
                    if taken.len() % 2 == 0 {
                        replace(&lock, old.bytes.len(), stage(path, b"").unwrap(), KIND).unwrap();
                    } else {
                        clear(&lock, old.bytes.len(), path, KIND).unwrap();
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
    fn a_log_that_is_too_long_to_be_read_begins_anew() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("log");
        File::create(&path).unwrap().set_len(1 << 40).unwrap();
        assert_eq!(append(&path, KIND, b"record").unwrap(), 6);
        assert_eq!(read(&path, KIND).unwrap().unwrap().bytes, b"record");
    }
}

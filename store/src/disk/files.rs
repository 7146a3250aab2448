//! Files of a cache folder: read with care, written whole, appended to.
//!
//! To read takes no lock: every file appears whole, by renaming, and a log grows by whole records. Folders are for their
//! owner alone (0700), files too (0600). A link is not followed where a file or folder of ours should be.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::record::envelope::Kind;

/// A file that was read.
#[derive(Debug)]
pub struct Content {
    /// All of it; nothing of a file that is larger than any of its kind.
    pub bytes: Vec<u8>,
    /// When it was last written, or marked as used.
    pub modified: SystemTime,
}

/// What a name begins with until the file is whole.
const UNFINISHED: &str = ".unfinished-";
/// Nobody takes so long to write a file.
const ABANDONED: Duration = Duration::from_secs(60);

/// Reads a whole file of this kind. `None` if there is none.
///
/// Never blocks and never reads without end, whatever stands in its place. Of what is larger than any file of the kind
/// nothing is read, so that it is taken for damaged.
///
/// # Errors
/// If something else stands there, or the system refuses.
pub fn read(path: &Path, kind: Kind) -> io::Result<Option<Content>> {
    // `open` below refuses a link in the place of the file, but would follow one in the place of its folder.
    if !is_folder(path.parent().unwrap_or(Path::new("")))? {
        return Ok(None);
    }
    let mut file = match no_follow(OpenOptions::new().read(true)).open(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(error),
    };
    let data = file.metadata()?;
    if !data.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    // A file in its place never shrinks, and what is appended while we read is for the next reader.
    let mut bytes = vec![0; if data.len() > kind.max_len() { 0 } else { data.len() as usize }];
    file.read_exact(&mut bytes)?;
    Ok(Some(Content { bytes, modified: data.modified()? }))
}

/// Writes a whole file, or leaves what is there. Makes the folder it belongs in.
///
/// It is not forced to the disk: a file that a power failure cut short fails its checksum, and costs a miss.
///
/// # Errors
/// If the system refuses.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    stage(path, bytes)?.finish()
}

/// A whole file under another name, to be put in its place later.
#[derive(Debug)]
pub struct Staged {
    /// It is closed already, so that many can wait at once.
    file: tempfile::TempPath,
    path: PathBuf,
}

/// Writes a file beside the place where it is to go. Makes the folder it belongs in.
///
/// # Errors
/// If the system refuses.
pub fn stage(path: &Path, bytes: &[u8]) -> io::Result<Staged> {
    let folder = path.parent().unwrap_or(Path::new(""));
    make_folder(folder)?;
    let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
    file.write_all(bytes)?;
    Ok(Staged { file: file.into_temp_path(), path: path.to_owned() })
}

impl Staged {
    /// Puts the file in its place: what was there before is gone, and nobody ever sees half of it.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn finish(self) -> io::Result<()> {
        self.file.persist(&self.path).map_err(|error| error.error)
    }

    /// Where the file is to go.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Marks a file as used now.
///
/// # Errors
/// If the system refuses.
pub fn touch(path: &Path) -> io::Result<()> {
    no_follow(OpenOptions::new().write(true)).open(path)?.set_modified(SystemTime::now())
}

/// Removes a file. It is no error if there is none.
///
/// # Errors
/// If the system refuses.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Names and paths of what is in a folder, by name. Nothing if there is no such folder. Names that are no text are left
/// out: none of ours is such.
///
/// # Errors
/// If the system refuses.
pub fn list(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    if !is_folder(folder)? {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if let Ok(name) = entry.file_name().into_string() {
            found.push((name, entry.path()));
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// The bytes on disk that a file of `len` bytes uses, in blocks of 4 KiB as most file systems have them.
#[must_use]
pub fn disk_usage(len: u64) -> u64 {
    len.next_multiple_of(4096)
}

/// Whether it is a file that someone is writing, or was when he was killed.
#[must_use]
pub fn is_unfinished(name: &str) -> bool {
    name.starts_with(UNFINISHED)
}

/// Whether a process was killed while it wrote this file.
#[must_use]
pub fn is_abandoned(name: &str, path: &Path) -> bool {
    let age = || fs::symlink_metadata(path).ok()?.modified().ok()?.elapsed().ok();
    is_unfinished(name) && age().is_some_and(|age| age > ABANDONED)
}

/// Who may do what with a file or folder, as in 0o700. `None` where there are no such modes, and for links.
#[must_use]
pub fn mode(path: &Path) -> Option<u32> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        let data = fs::symlink_metadata(path).ok().filter(|data| !data.is_symlink())?;
        Some(data.permissions().mode() & 0o7777)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

/// Takes everybody's rights to a file or folder away but its owner's.
///
/// # Errors
/// If the system refuses.
pub fn restrict(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        let data = fs::symlink_metadata(path)?;
        let mode = if data.is_dir() { 0o700 } else { 0o600 };
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        Ok(())
    }
}

/// Whether there is a folder.
///
/// # Errors
/// If anything else stands there, a link included, or the system refuses.
pub fn is_folder(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(data) if data.is_dir() => Ok(true),
        Ok(data) if data.is_symlink() => {
            Err(io::Error::new(ErrorKind::NotADirectory, "it is a symbolic link, which is not followed"))
        }
        Ok(_) => Err(io::Error::new(ErrorKind::NotADirectory, "it is no folder")),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Makes a folder and those above it, if they are not there.
///
/// # Errors
/// If something else stands there, or the system refuses.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    if is_folder(folder)? {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Options that follow no link at the end of a path, wait for nobody at the other end of a pipe, and make files for their
/// owner alone.
pub(super) fn no_follow(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;

        options.mode(0o600).custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed());
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a").join("file");
        assert!(read(&path, Kind::Plans).unwrap().is_none());
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(read(&path, Kind::Plans).unwrap().unwrap().bytes, b"two");
        assert_eq!(list(path.parent().unwrap()).unwrap().len(), 1, "nothing else is left behind");
        remove(&path).unwrap();
        remove(&path).unwrap();
        assert!(read(&path, Kind::Plans).unwrap().is_none());
    }

    #[cfg(unix)]
    #[test]
    fn it_is_for_its_owner_alone() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a").join("file");
        write(&path, b"one").unwrap();
        assert_eq!([path.parent().unwrap(), &path].map(mode), [Some(0o700), Some(0o600)]);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_giants_are_refused() {
        use std::os::unix::fs::symlink;

        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("a");
        let path = folder.join("file");
        write(&path, b"one").unwrap();
        let refused = |path: &Path| read(path, Kind::Plans).unwrap_err().to_string();

        let link = folder.join("link");
        symlink(&path, &link).unwrap();
        refused(&link);
        // To write where a link is replaces the link, and leaves alone what it points to.
        write(&link, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert!(!fs::symlink_metadata(&link).unwrap().is_symlink());

        let giant = folder.join("giant");
        fs::File::create(&giant).unwrap().set_len(1 << 40).unwrap();
        assert_eq!(read(&giant, Kind::Plans).unwrap().unwrap().bytes, [], "it reads as damaged");
        assert!(refused(&folder).contains("no file"));
        symlink(&folder, place.path().join("other")).unwrap();
        assert!(is_folder(&place.path().join("other")).unwrap_err().to_string().contains("symbolic link"));
    }
}

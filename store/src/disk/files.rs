//! Reading and writing files of a cache folder.
//!
//! Reading needs no lock: a file is written under another name and then renamed, and a log only grows. Folders have mode
//! 0700 and files 0600, so that only their owner has access. Where a file or folder of ours should be, a symbolic link is
//! not followed.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::trust;
use crate::record::envelope::Kind;

/// A file that was read.
#[derive(Debug)]
pub struct Content {
    /// The whole file. Empty if the file is longer than any of its kind.
    pub bytes: Vec<u8>,
    /// When it was last written, or marked as used.
    pub modified: SystemTime,
    /// Whether the file is longer than any of its kind.
    pub is_oversized: bool,
}

/// The beginning of the name of a file that is still being written.
const UNFINISHED: &str = ".unfinished-";
/// Writing a file takes less time than this. If it took more, the writer was killed.
const ABANDONED: Duration = Duration::from_secs(60);

/// Reads a whole file of this kind. `None` if there is none.
///
/// Never blocks and never reads without end, whatever is at the path. Nothing is read of a file that is longer than any of
/// its kind: it counts as damaged.
///
/// # Errors
/// If there is something other than a file, if it is not [trusted](trust), or the system refuses.
pub fn read(path: &Path, kind: Kind) -> io::Result<Option<Content>> {
    // `open` below refuses a link to a file, but would follow a link to its folder.
    if !is_trusted_folder(path.parent().unwrap_or(Path::new("")))? {
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
    trust::check(&data)?;
    let is_oversized = data.len() > kind.max_len();
    // A file never becomes shorter, and what is appended from now on is for the next reader.
    let mut bytes = vec![0; if is_oversized { 0 } else { data.len() as usize }];
    file.read_exact(&mut bytes)?;
    Ok(Some(Content { bytes, modified: data.modified()?, is_oversized }))
}

/// Writes a whole file. On an error, the old file is left as it was. Makes the folder that the file belongs in.
///
/// The file is not synced to the disk. If a power failure cuts it short, its checksum is wrong, and a plan is lost.
///
/// # Errors
/// If the system refuses.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    stage(path, bytes)?.finish()
}

/// A file that was written under another name, and is to be renamed to its own path later.
#[derive(Debug)]
pub struct Staged {
    /// It is closed already, so that there can be many of them.
    file: tempfile::TempPath,
    path: PathBuf,
    /// When it was last used, if that is not now.
    used: Option<SystemTime>,
}

/// Writes a file under another name, in the folder of `path`. Makes that folder if needed.
///
/// # Errors
/// If the system refuses.
pub fn stage(path: &Path, bytes: &[u8]) -> io::Result<Staged> {
    let folder = path.parent().unwrap_or(Path::new(""));
    make_folder(folder)?;
    check_size(bytes.len() as u64)?;
    let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
    file.write_all(bytes)?;
    Ok(Staged { file: file.into_temp_path(), path: path.to_owned(), used: None })
}

impl Staged {
    /// Renames the file to its own path. It replaces what was there, and no reader ever sees half of it.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn finish(self) -> io::Result<()> {
        // Not sooner: an unfinished file that is old counts as abandoned.
        if let Some(used) = self.used {
            OpenOptions::new().write(true).open(&self.file)?.set_modified(used)?;
        }
        self.file.persist(&self.path).map_err(|error| error.error)
    }

    /// Appends to the file.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.used = None;
        let mut file = no_follow(OpenOptions::new().append(true)).open(&self.file)?;
        check_size(file.metadata()?.len() + bytes.len() as u64)?;
        file.write_all(bytes)
    }

    /// Says when the file was last used, where that is not now.
    #[must_use]
    pub fn used(self, at: SystemTime) -> Self {
        Self { used: Some(at), ..self }
    }

    /// The path that the file will have.
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

/// Names and paths of everything in a folder, sorted by name. Empty if there is no such folder. Names that are not UTF-8
/// are left out: our own names are.
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

/// Whether this is the name of a file that a process is writing, or was writing when it was killed.
#[must_use]
pub fn is_unfinished(name: &str) -> bool {
    name.starts_with(UNFINISHED)
}

/// Whether a process was killed while it wrote this file. Never a folder, whatever its name.
#[must_use]
pub fn is_abandoned(name: &str, path: &Path) -> bool {
    let file = || fs::symlink_metadata(path).ok().filter(|data| !data.is_dir());
    let age = || file()?.modified().ok()?.elapsed().ok();
    is_unfinished(name) && age().is_some_and(|age| age > ABANDONED)
}

/// The permissions of a file or folder, as in 0o700. `None` for links, and on systems without such permissions.
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

/// Sets the permissions of a file or folder so that only its owner has access.
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

/// Whether there is a folder at this path.
///
/// # Errors
/// If there is something else, a link included, or the system refuses.
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

/// Whether there is a folder, and it may be used.
///
/// # Errors
/// If there is something else, if it is not [trusted](trust), or the system refuses.
pub fn is_trusted_folder(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(data) if data.is_dir() => trust::check(&data).map(|()| true),
        _ => is_folder(path),
    }
}

/// Refuses to make a file of `len` bytes if this process may not make such a file (`ulimit -f`): the write would not fail,
/// but end the process by a signal.
///
/// # Errors
/// If it may not.
pub fn check_size(len: u64) -> io::Result<()> {
    #[cfg(unix)]
    {
        let limit = rustix::process::getrlimit(rustix::process::Resource::Fsize).current;
        if limit.is_some_and(|limit| len > limit) {
            return Err(io::Error::new(ErrorKind::FileTooLarge, "this process may not make files as large as that"));
        }
    }
    #[cfg(not(unix))]
    let _ = len;
    Ok(())
}

/// Makes a folder and its parents, unless they exist.
///
/// # Errors
/// If there is something else at the path, or the system refuses.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    if is_trusted_folder(folder)? {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Adds options for opening a file: follow no symbolic link, do not wait at a named pipe, make new files with mode 0600.
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
        // Writing to the path of a link replaces the link, and not the file that it points to.
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

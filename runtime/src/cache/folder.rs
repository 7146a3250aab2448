//! The cache folder: safe reads, whole writes, and the lock.
//!
//! ```text
//! lock                          advisory: whoever changes anything holds it; how much there is
//! machines/{16 hex}.machine     what a machine is, so that it need not be asked each time
//! spool/{any}.parcel            what was to be written while others held the lock
//! {fingerprint}/fingerprint     the parts of a fingerprint
//! {fingerprint}/statistics      counts of the functions below
//! {fingerprint}/{id}.plans      the plans of one function
//! ```
//!
//! To read takes no lock: every file appears whole, by renaming. Folders are for their owner alone (0700), files too
//! (0600). Links are not followed where a file or folder of ours should be.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::fingerprint::FingerprintId;
use crate::format::Kind;

/// A cache folder, which need not exist.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    root: PathBuf,
}

/// The right to change what is in the folder, until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    /// `None` where the file system has no locks: files still appear whole, but what another process adds at the same
    /// moment may be lost.
    file: Option<File>,
}

/// What the lock's own file holds, as two little-endian words; all ones if it is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ledger {
    /// Bytes that were written since the folder was looked through, and what it held then.
    size: u64,
    /// When that was, seconds since 1970.
    swept: u64,
}

/// The folder is looked through so often, seconds.
const SWEPT: u64 = 60 * 60;

impl Drop for Lock {
    fn drop(&mut self) {
        // To close it is not enough where another process was forked meanwhile, which has it open too.
        let _ = self.file.as_ref().map(File::unlock);
    }
}

impl Lock {
    /// A file of so many bytes is written.
    pub(crate) fn grows(&self, bytes: u64) {
        let Ledger { size, swept } = self.ledger();
        self.set_ledger(Ledger { size: size.saturating_add(taken(bytes)), swept });
    }

    /// Whether the folder may hold more than `limit` bytes, or nobody has looked for a while.
    pub(crate) fn is_sweep_due(&self, limit: u64, now: u64) -> bool {
        let Ledger { size, swept } = self.ledger();
        size > limit || now.abs_diff(swept) > SWEPT
    }

    /// Somebody has looked: it holds so much.
    pub(crate) fn swept(&self, size: u64, now: u64) {
        self.set_ledger(Ledger { size, swept: now });
    }

    fn ledger(&self) -> Ledger {
        let read = || {
            let mut file = self.file.as_ref()?;
            let mut words = [[0; 8]; 2];
            file.seek(SeekFrom::Start(0)).ok()?;
            file.read_exact(words.as_flattened_mut()).ok()?;
            let [size, swept] = words.map(u64::from_le_bytes);
            Some(Ledger { size, swept })
        };
        read().unwrap_or(Ledger { size: u64::MAX, swept: u64::MAX })
    }

    fn set_ledger(&self, Ledger { size, swept }: Ledger) {
        let write = || {
            let mut file = self.file.as_ref()?;
            file.seek(SeekFrom::Start(0)).ok()?;
            file.write_all([size, swept].map(u64::to_le_bytes).as_flattened()).ok()
        };
        // If it fails, the next one looks through the folder.
        let _ = write();
    }
}

/// A file that was read.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) bytes: Vec<u8>,
    pub(crate) modified: SystemTime,
}

/// What the names of plan files end in.
pub(crate) const PLANS: &str = ".plans";
/// What the names of parcels end in.
pub(crate) const PARCEL: &str = ".parcel";
/// What the names of files on machines end in.
pub(crate) const MACHINE: &str = ".machine";
/// What a name begins with until the file is whole.
const UNFINISHED: &str = ".unfinished-";
/// Nobody writes a file for so long.
const ABANDONED: Duration = Duration::from_secs(60);

impl Folder {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn of(&self, fingerprint: FingerprintId) -> PathBuf {
        self.root.join(fingerprint.to_string())
    }

    pub(crate) fn plans(&self, fingerprint: FingerprintId, id: u64) -> PathBuf {
        self.of(fingerprint).join(format!("{id:016x}{PLANS}"))
    }

    pub(crate) fn parts(&self, fingerprint: FingerprintId) -> PathBuf {
        self.of(fingerprint).join("fingerprint")
    }

    pub(crate) fn statistics(&self, fingerprint: FingerprintId) -> PathBuf {
        self.of(fingerprint).join("statistics")
    }

    pub(crate) fn machines(&self) -> PathBuf {
        self.root.join("machines")
    }

    pub(crate) fn spool(&self) -> PathBuf {
        self.root.join("spool")
    }

    pub(crate) fn machine(&self, label: u64) -> PathBuf {
        self.machines().join(format!("{label:016x}{MACHINE}"))
    }

    /// Whether the folder is there. Anything but a folder in its place is an error.
    pub(crate) fn exists(&self) -> io::Result<bool> {
        is_folder(&self.root)
    }

    /// Makes the folder, if it is not there.
    pub(crate) fn make(&self) -> io::Result<()> {
        make(&self.root)
    }

    /// Waits for the lock for so long, and makes the folder for it. `None`: someone else holds it.
    pub(crate) fn lock(&self, patience: Duration) -> io::Result<Option<Lock>> {
        self.make()?;
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true);
        let file = careful(&mut options).open(self.root.join("lock"))?;
        let start = Instant::now();
        let mut pause = Duration::from_micros(100);
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Some(Lock { file: Some(file) })),
                Err(TryLockError::WouldBlock) if start.elapsed() >= patience => return Ok(None),
                Err(TryLockError::WouldBlock) => thread::sleep(pause),
                Err(TryLockError::Error(_)) => return Ok(Some(Lock { file: None })),
            }
            pause = (pause * 2).min(Duration::from_millis(2));
        }
    }

    /// The fingerprints that there are folders of, in order.
    pub(crate) fn fingerprints(&self) -> io::Result<Vec<FingerprintId>> {
        let mut found = Vec::new();
        for (name, path) in list(&self.root)? {
            found.extend(fingerprint_of(&name, &path));
        }
        Ok(found)
    }

    /// The identities of the functions that there are plan files of, in order.
    pub(crate) fn functions(&self, fingerprint: FingerprintId) -> io::Result<Vec<u64>> {
        let names = list(&self.of(fingerprint))?;
        Ok(names.into_iter().filter_map(|(name, _)| function_of(&name)).collect())
    }
}

/// Reads a whole file of this kind. `None` if there is none.
///
/// Never blocks and never reads without end, whatever stands in its place. Of what is larger than any file of ours
/// nothing is read: it is damaged.
pub(crate) fn read(path: &Path, kind: Kind) -> io::Result<Option<Content>> {
    // A link in the place of the folder would be followed.
    if !is_folder(path.parent().unwrap_or(Path::new("")))? {
        return Ok(None);
    }
    let mut file = match careful(OpenOptions::new().read(true)).open(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(error),
    };
    let data = file.metadata()?;
    if !data.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    // Nobody ever changes a file that is in its place, but for appending to it.
    let mut bytes = vec![0; if data.len() > kind.longest() { 0 } else { data.len() as usize }];
    file.read_exact(&mut bytes)?;
    Ok(Some(Content { bytes, modified: data.modified()? }))
}

/// Writes a whole file, or leaves what is there. Makes the folder it belongs in.
///
/// It is not forced to the disk: a file that a power failure cut short fails its checksum, and costs a miss.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    stage(path, bytes)?.finish()
}

/// Writes a whole file under a name that nobody else uses and that ends like this. Makes the folder.
pub(crate) fn add(folder: &Path, ending: &str, bytes: &[u8]) -> io::Result<()> {
    let Staged { file, .. } = stage(&folder.join(ending), bytes)?;
    let name = file.file_name().and_then(|name| name.to_str()?.strip_prefix(UNFINISHED));
    let path = folder.join(format!("{}{ending}", name.unwrap_or_default()));
    file.persist(path).map_err(|error| error.error)
}

/// Adds to the end of a file, and makes it and the folder it belongs in. The length that it has now.
pub(crate) fn append(path: &Path, bytes: &[u8]) -> io::Result<u64> {
    make(path.parent().unwrap_or(Path::new("")))?;
    let mut file = careful(OpenOptions::new().append(true).create(true)).open(path)?;
    let data = file.metadata()?;
    if !data.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    file.write_all(bytes)?;
    Ok(data.len() + bytes.len() as u64)
}

/// A whole file beside the place where it is to go.
#[derive(Debug)]
pub(crate) struct Staged {
    /// Closed already, so that many can wait at once.
    file: tempfile::TempPath,
    path: PathBuf,
}

/// Writes a file, but does not put it in its place yet.
pub(crate) fn stage(path: &Path, bytes: &[u8]) -> io::Result<Staged> {
    let folder = path.parent().unwrap_or(Path::new(""));
    make(folder)?;
    let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
    file.write_all(bytes)?;
    Ok(Staged { file: file.into_temp_path(), path: path.to_owned() })
}

impl Staged {
    /// Puts the file in its place: what was there before is gone, and nobody ever sees half of it.
    pub(crate) fn finish(self) -> io::Result<()> {
        self.file.persist(&self.path).map_err(|error| error.error)
    }
}

/// Makes a file look as if it had been written now.
pub(crate) fn touch(path: &Path) -> io::Result<()> {
    careful(OpenOptions::new().write(true)).open(path)?.set_modified(SystemTime::now())
}

/// Removes a file. That it was not there is fine.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Names and paths of what is in a folder, in order. Nothing if there is no such folder.
pub(crate) fn list(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    if !is_folder(folder)? {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // A name that is no text is none of ours.
        if let Ok(name) = entry.file_name().into_string() {
            found.push((name, entry.path()));
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// What a file of so many bytes takes on disk, as file systems have it.
pub(crate) fn taken(bytes: u64) -> u64 {
    bytes.next_multiple_of(4096)
}

/// Whether a file was left behind by a process that was killed while it wrote.
pub(crate) fn is_abandoned(name: &str, path: &Path) -> bool {
    let age = || fs::symlink_metadata(path).ok()?.modified().ok()?.elapsed().ok();
    is_unfinished(name) && age().is_some_and(|age| age > ABANDONED)
}

/// Whether it is a file that someone is writing, or was.
pub(crate) fn is_unfinished(name: &str) -> bool {
    name.starts_with(UNFINISHED)
}

/// Where the plans in a folder of this name hold. Anything else of such a name is none of ours.
pub(crate) fn fingerprint_of(name: &str, path: &Path) -> Option<FingerprintId> {
    hexadecimal(name).filter(|_| is_folder(path).unwrap_or(false)).map(FingerprintId)
}

/// Whose plans a file of this name holds.
pub(crate) fn function_of(name: &str) -> Option<u64> {
    hexadecimal(name.strip_suffix(PLANS)?)
}

/// Who may do what with a file or folder, where there is such a thing.
pub(crate) fn mode(path: &Path) -> Option<u32> {
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

/// Takes the rights of others away.
pub(crate) fn restrict(path: &Path) -> io::Result<()> {
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

/// Sixteen hexadecimal digits, as we write them.
fn hexadecimal(name: &str) -> Option<u64> {
    let ours = name.len() == 16 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if ours { u64::from_str_radix(name, 16).ok() } else { None }
}

/// Whether there is a folder. Anything else in its place, a link included, is an error.
fn is_folder(path: &Path) -> io::Result<bool> {
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

fn make(folder: &Path) -> io::Result<()> {
    if is_folder(folder)? {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Follows no link at the end of the path, waits for nobody at the other end of a pipe, and makes files for their owner
/// alone.
fn careful(options: &mut OpenOptions) -> &mut OpenOptions {
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

    fn folder() -> (tempfile::TempDir, Folder) {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("cache"));
        (place, folder)
    }

    #[test]
    fn what_is_written_is_read() {
        let (_place, folder) = folder();
        assert!(!folder.exists().unwrap());
        let path = folder.plans(FingerprintId(1), 2);
        assert!(read(&path, Kind::Plans).unwrap().is_none());
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(read(&path, Kind::Plans).unwrap().unwrap().bytes, b"two");
        assert_eq!(folder.fingerprints().unwrap(), [FingerprintId(1)]);
        assert_eq!(folder.functions(FingerprintId(1)).unwrap(), [2]);
        assert_eq!(folder.functions(FingerprintId(9)).unwrap(), []);
    }

    #[test]
    fn one_at_a_time_holds_the_lock() {
        let (_place, folder) = folder();
        let lock = folder.lock(Duration::ZERO).unwrap();
        assert!(lock.is_some());
        assert!(folder.lock(Duration::from_millis(5)).unwrap().is_none());
        drop(lock);
        assert!(folder.lock(Duration::ZERO).unwrap().is_some());
    }

    #[cfg(unix)]
    #[test]
    fn it_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;

        let (_place, folder) = folder();
        drop(folder.lock(Duration::ZERO).unwrap());
        let path = folder.plans(FingerprintId(1), 2);
        write(&path, b"one").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!([folder.root(), &folder.of(FingerprintId(1))].map(mode), [0o700; 2]);
        assert_eq!([&path, &folder.root().join("lock")].map(|path| mode(path)), [0o600; 2]);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_pipes_and_giants_are_refused() {
        use std::os::unix::fs::symlink;

        let (place, folder) = folder();
        let path = folder.plans(FingerprintId(1), 2);
        write(&path, b"one").unwrap();
        let refused = |path: &Path| read(path, Kind::Plans).unwrap_err().to_string();

        let link = folder.plans(FingerprintId(1), 3);
        symlink(&path, &link).unwrap();
        refused(&link);
        // To write where a link is replaces the link, and leaves alone what it points to.
        write(&link, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert!(!fs::symlink_metadata(&link).unwrap().is_symlink());

        let giant = folder.plans(FingerprintId(1), 4);
        File::create(&giant).unwrap().set_len(1 << 40).unwrap();
        assert_eq!(read(&giant, Kind::Plans).unwrap().unwrap().bytes, [], "it reads as damaged");
        assert!(refused(&folder.of(FingerprintId(1))).contains("no file"));

        symlink(folder.root(), place.path().join("other")).unwrap();
        let other = Folder::new(place.path().join("other"));
        assert!(other.exists().unwrap_err().to_string().contains("symbolic link"));
        assert!(other.lock(Duration::ZERO).is_err());
    }
}

//! The layout of a cache folder: the paths of all files in it.
//!
//! ```text
//! CACHEDIR.TAG                  tells programs that make backups to pass over the folder
//! lock                          locked while files are replaced or removed; its time is that of the last sweep
//! machines/{16 hex}.machine     processor, cores and so on of a machine, so that not every process must ask for them
//! {fingerprint}/fingerprint     the parts of a fingerprint
//! {fingerprint}/statistics      counts of the functions below: a log
//! {fingerprint}/{id}.plans      the plans of one function: a log
//! {fingerprint}/{id}.profile    what the last profiled run of one function did
//! ```

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::files::{is_folder, list, make_folder, no_follow, write};
use super::lock::Lock;
use crate::id::{FunctionId, Hexadecimal};
use crate::machine::fingerprint::FingerprintId;
use crate::sync::{lock_timeout, poll};

/// A cache folder, which need not exist.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
    /// What is told that somebody else has held the lock for [`LONG_WAIT`].
    on_wait: Option<fn(&Path)>,
}

/// Who waits longer than this for the lock is told so.
const LONG_WAIT: Duration = Duration::from_secs(1);
/// The content of the file that marks a folder as a cache (bford.info/cachedir), and a line for people.
const TAG: &[u8] = b"Signature: 8a477f597d28d172789f06886806bc55\n\
    # This folder is a cache of Amorsize's: programs that make backups need not copy it.\n";

/// What the names of plan files end in.
pub const PLANS: &str = ".plans";
/// What the names of files with profiles end in.
pub const PROFILE: &str = ".profile";
/// What the names of files about machines end in.
pub const MACHINE: &str = ".machine";

impl Folder {
    /// The cache folder at this path.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        // Without the slash at the end: with it, the system would follow a link.
        let path = root.components().as_path();
        let is_clean = path.as_os_str().len() == root.as_os_str().len();
        Self { root: if is_clean { root } else { path.to_owned() }, on_wait: None }
    }

    /// The same folder; `tell` is called with its path when a process has waited for the lock for a second.
    #[must_use]
    pub fn on_wait(self, tell: fn(&Path)) -> Self {
        Self { on_wait: Some(tell), ..self }
    }

    /// Its path.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder with the plans of a fingerprint.
    #[must_use]
    pub fn fingerprint_folder(&self, fingerprint: FingerprintId) -> PathBuf {
        self.root.join(Hexadecimal::new(fingerprint.get()).as_str())
    }

    /// The file with the plans of a function.
    #[must_use]
    pub fn plans_file(&self, fingerprint: FingerprintId, id: FunctionId) -> PathBuf {
        let mut path = PathBuf::with_capacity(self.root.as_os_str().len() + 48);
        path.push(&self.root);
        path.push(Hexadecimal::new(fingerprint.get()).as_str());
        path.push(Hexadecimal::new(id.get()).as_str());
        path.as_mut_os_string().push(PLANS);
        path
    }

    /// The file with the last profile of a function.
    #[must_use]
    pub fn profile_file(&self, fingerprint: FingerprintId, id: FunctionId) -> PathBuf {
        self.plans_file(fingerprint, id).with_extension(&PROFILE[1..])
    }

    /// The file with the parts of a fingerprint.
    #[must_use]
    pub fn fingerprint_file(&self, fingerprint: FingerprintId) -> PathBuf {
        self.fingerprint_folder(fingerprint).join("fingerprint")
    }

    /// The file with the counts under a fingerprint.
    #[must_use]
    pub fn statistics_file(&self, fingerprint: FingerprintId) -> PathBuf {
        self.fingerprint_folder(fingerprint).join("statistics")
    }

    /// The folder with the files about machines.
    #[must_use]
    pub fn machines_folder(&self) -> PathBuf {
        self.root.join("machines")
    }

    /// The file about the machine with this label.
    #[must_use]
    pub fn machine_file(&self, label: u64) -> PathBuf {
        let mut path = self.machines_folder();
        path.push(Hexadecimal::new(label).as_str());
        path.as_mut_os_string().push(MACHINE);
        path
    }

    /// The file that is locked.
    #[must_use]
    pub fn lock_file(&self) -> PathBuf {
        self.root.join("lock")
    }

    /// The file that marks the folder as a cache.
    #[must_use]
    pub fn tag_file(&self) -> PathBuf {
        self.root.join("CACHEDIR.TAG")
    }

    /// Marks the folder as a cache, unless it is marked already.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn tag(&self) -> io::Result<()> {
        let tag = self.tag_file();
        if tag.symlink_metadata().is_ok() { Ok(()) } else { write(&tag, TAG) }
    }

    /// Whether the folder exists.
    ///
    /// # Errors
    /// If there is something other than a folder at its path, or the system refuses.
    pub fn exists(&self) -> io::Result<bool> {
        is_folder(&self.root)
    }

    /// Takes the lock, and makes the folder for it if needed.
    ///
    /// # Errors
    /// `TimedOut` if another process holds the lock for all of `timeout`. Other kinds if the system refuses.
    pub fn lock(&self, timeout: Duration) -> io::Result<Lock> {
        make_folder(&self.root)?;
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true);
        let file = no_follow(&mut options).open(self.lock_file())?;
        let start = Instant::now();
        let mut on_wait = self.on_wait;
        let locked = poll(timeout, || {
            let lock = Lock::try_new(&file).transpose();
            if lock.is_none()
                && start.elapsed() >= LONG_WAIT
                && let Some(tell) = on_wait.take()
            {
                tell(&self.root);
            }
            lock
        });
        locked.unwrap_or_else(|| Err(lock_timeout("another process")))
    }

    /// The fingerprints that have a folder here, in order.
    ///
    /// # Errors
    /// If the folder cannot be listed.
    pub fn fingerprints(&self) -> io::Result<Vec<FingerprintId>> {
        Ok(list(&self.root)?.into_iter().filter_map(|(name, path)| fingerprint_of(&name, &path)).collect())
    }

    /// The functions that have a plan file under this fingerprint, in order.
    ///
    /// # Errors
    /// If the folder cannot be listed.
    pub fn functions(&self, fingerprint: FingerprintId) -> io::Result<Vec<FunctionId>> {
        let names = list(&self.fingerprint_folder(fingerprint))?;
        Ok(names.into_iter().filter_map(|(name, _)| function_of(&name)).collect())
    }
}

/// The fingerprint whose plans are in the folder with this name and path. `None` if that is not such a folder.
#[must_use]
pub fn fingerprint_of(name: &str, path: &Path) -> Option<FingerprintId> {
    hexadecimal(name).filter(|_| is_folder(path).unwrap_or(false)).map(FingerprintId::from_u64)
}

/// The function whose plans are in a file with this name. `None` if that is not a plan file.
#[must_use]
pub fn function_of(name: &str) -> Option<FunctionId> {
    hexadecimal(name.strip_suffix(PLANS)?).map(FunctionId::from_u64)
}

/// The function whose profile is in a file with this name. `None` if that is not a file with a profile.
#[must_use]
pub fn profiled_function_of(name: &str) -> Option<FunctionId> {
    hexadecimal(name.strip_suffix(PROFILE)?).map(FunctionId::from_u64)
}

/// The number that a name of exactly 16 lower-case hexadecimal digits stands for.
fn hexadecimal(name: &str) -> Option<u64> {
    let ours = name.len() == 16 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if ours { u64::from_str_radix(name, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::files::write;
    use super::*;

    fn folder() -> (tempfile::TempDir, Folder) {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("cache"));
        (place, folder)
    }

    #[test]
    fn what_is_there_is_listed() {
        let (_place, folder) = folder();
        assert!(!folder.exists().unwrap());
        let (print, id) = (FingerprintId::from_u64(1), FunctionId::from_u64(2));
        write(&folder.plans_file(print, id), b"one").unwrap();
        write(&folder.statistics_file(print), b"one").unwrap();
        fs::create_dir_all(folder.root().join("not a fingerprint")).unwrap();
        assert!(folder.exists().unwrap());
        assert_eq!(folder.fingerprints().unwrap(), [print]);
        assert_eq!(folder.functions(print).unwrap(), [id]);
    }

    #[test]
    fn one_process_at_a_time_holds_the_lock() {
        let (_place, folder) = folder();
        let lock = folder.lock(Duration::ZERO).unwrap();
        assert_eq!(folder.lock(Duration::ZERO).unwrap_err().kind(), io::ErrorKind::TimedOut);
        drop(lock);
        folder.lock(Duration::ZERO).unwrap();
    }

    #[test]
    fn who_waits_long_is_told_so() {
        use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

        static TOLD: AtomicU32 = AtomicU32::new(0);
        let (_place, folder) = folder();
        let lock = folder.lock(Duration::ZERO).unwrap();
        let waiting = folder.clone().on_wait(|_| {
            TOLD.fetch_add(1, Relaxed);
        });
        waiting.lock(Duration::from_millis(100)).unwrap_err();
        assert_eq!(TOLD.load(Relaxed), 0);
        waiting.lock(Duration::from_millis(1200)).unwrap_err();
        assert_eq!(TOLD.load(Relaxed), 1, "once");
        drop(lock);
    }

    #[test]
    fn a_folder_is_marked_as_a_cache_once() {
        let (_place, folder) = folder();
        folder.tag().unwrap();
        assert!(fs::read(folder.tag_file()).unwrap().starts_with(b"Signature: 8a477f597d28d172789f06886806bc55\n#"));
        fs::write(folder.tag_file(), b"someone else's").unwrap();
        folder.tag().unwrap();
        assert_eq!(fs::read(folder.tag_file()).unwrap(), b"someone else's");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_place_of_the_folder_is_refused() {
        let (place, folder) = folder();
        write(&folder.root().join("file"), b"one").unwrap();
        std::os::unix::fs::symlink(folder.root(), place.path().join("other")).unwrap();
        let other = Folder::new(place.path().join("other"));
        assert!(other.exists().unwrap_err().to_string().contains("symbolic link"));
        assert!(other.lock(Duration::ZERO).is_err());
        for end in ["other/", "other//", "other/."] {
            let other = Folder::new(place.path().join(end));
            assert!(other.exists().unwrap_err().to_string().contains("symbolic link"), "{end}");
        }
    }
}

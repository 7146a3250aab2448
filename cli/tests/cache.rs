//! Cache folders to run the command on, and running it.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{LazyLock, Mutex};

use serde_json::Value;
use tempfile::TempDir;

/// Functions that something is learned of.
mod jobs {
    pub(crate) mod text {
        #[amorsize::auto]
        pub(crate) fn score(n: u64) -> u64 {
            n.wrapping_mul(n) >> 3
        }
    }

    pub(crate) mod image {
        #[amorsize::auto]
        pub(crate) fn score(n: u64) -> u64 {
            n.wrapping_mul(3) ^ 1
        }
    }

    #[amorsize::auto(key(factor))]
    pub(crate) fn scaled<T: Copy + Into<u64> + Sync>(item: &T, factor: u64) -> u64 {
        (*item).into() * factor
    }
}

/// Says that a process is to learn something.
const MARK: &str = "CLI_TEST_LEARNS";

#[test]
#[ignore = "other tests run it in a process of its own"]
fn learner() {
    if env::var_os(MARK).is_none() {
        return;
    }
    // Within the pool, so that it is known how many threads there are.
    rayon::scope(|_| {
        for _ in 0..3 {
            jobs::text::score::map(0..5000);
            jobs::text::score::map(0..40);
            jobs::image::score::map(0..3000);
            jobs::scaled::map(&[7u8; 600], 3);
            jobs::scaled::map(&[7u32; 600], 3);
            jobs::scaled::map(&[7u32; 600], 4);
        }
        // Of calls as short as these one in a thousand is timed.
        for _ in 0..3_000 {
            jobs::text::score::map(0..40);
        }
    });
    amorsize::flush().expect("the folder can be written to");
}

/// Names and contents of the files that a process leaves behind which learns something, with so many threads.
type Files = BTreeMap<PathBuf, Vec<u8>>;

fn learned(threads: u32) -> Files {
    static LEARNED: LazyLock<Mutex<BTreeMap<u32, Files>>> = LazyLock::new(Mutex::default);
    let mut learned = LEARNED.lock().unwrap();
    learned.entry(threads).or_insert_with(|| learn(threads)).clone()
}

/// Has a process learn something and share it by that Redis.
#[cfg_attr(not(all(unix, feature = "redis")), allow(dead_code))]
pub(crate) fn learn_for(url: &str) {
    let place = tempfile::tempdir().unwrap();
    let mut command = learner_in(&place, THREADS);
    assert!(command.env("AMORSIZE_REDIS_URL", url).status().unwrap().success());
}

fn learn(threads: u32) -> Files {
    let place = tempfile::tempdir().unwrap();
    assert!(learner_in(&place, threads).status().unwrap().success());
    let mut files = Files::new();
    read(&place.path().join("cache"), Path::new(""), &mut files);
    files
}

fn learner_in(place: &TempDir, threads: u32) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["cache::learner", "--exact", "--ignored"]).stdout(Stdio::null());
    clean(&mut command);
    command.env(MARK, "1").env("AMORSIZE_CACHE_DIR", place.path().join("cache"));
    command.env("RAYON_NUM_THREADS", threads.to_string());
    command
}

fn read(root: &Path, below: &Path, files: &mut Files) {
    for entry in fs::read_dir(root.join(below)).unwrap() {
        let below = below.join(entry.unwrap().file_name());
        if root.join(&below).is_dir() {
            read(root, &below, files);
        } else {
            files.insert(below.clone(), fs::read(root.join(below)).unwrap());
        }
    }
}

/// Nothing of the environment of the tests is to matter.
fn clean(command: &mut Command) {
    let matters = |name: &str| {
        name.starts_with("AMORSIZE")
            || name.starts_with("REDIS_")
            || name.starts_with("CLICOLOR")
            || ["COLUMNS", "NO_COLOR"].contains(&name)
    };
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_str().is_some_and(matters)) {
        command.env_remove(name);
    }
    command.env("RAYON_NUM_THREADS", THREADS.to_string()).stdin(Stdio::null());
}

/// Threads of the pool "here".
pub(crate) const THREADS: u32 = 2;

/// A cache folder, in a folder of its own.
pub(crate) struct Cache {
    place: TempDir,
}

impl Cache {
    /// One that does not exist.
    pub(crate) fn none() -> Self {
        Self { place: tempfile::tempdir().unwrap() }
    }

    /// One with three functions: `text::score` with two sizes, `image::score`, and `scaled` with two instantiations, of
    /// which one has two keys.
    pub(crate) fn learned() -> Self {
        Self::learned_with(THREADS)
    }

    /// The same, learned on another machine.
    pub(crate) fn learned_elsewhere() -> Self {
        Self::learned_with(THREADS + 1)
    }

    fn learned_with(threads: u32) -> Self {
        let cache = Self::none();
        for (path, bytes) in learned(threads) {
            cache.put(path, &bytes);
        }
        cache
    }

    /// Something beside the cache folder.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.beside("cache")
    }

    /// Puts a file into the folder, as the library does.
    pub(crate) fn put(&self, path: impl AsRef<Path>, bytes: &[u8]) {
        let path = self.dir().join(path);
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        restrict(&path);
    }

    /// The plan files.
    pub(crate) fn plan_files(&self) -> Vec<PathBuf> {
        let mut files = Files::new();
        read(&self.dir(), Path::new(""), &mut files);
        let is_plans = |path: &PathBuf| path.extension().is_some_and(|end| end == "plans");
        files.into_keys().filter(is_plans).map(|path| self.dir().join(path)).collect()
    }

    /// `amorsize` with these words, in the folder beside the cache.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_amorsize"));
        clean(&mut command);
        command.args(words).env("AMORSIZE_CACHE_DIR", self.dir()).current_dir(self.place.path());
        command
    }

    /// Runs it.
    #[track_caller]
    pub(crate) fn run(&self, words: &[&str]) -> Said {
        Said::of(self.command(words).output().unwrap())
    }

    /// Runs it with `--json`, and checks that it ends with this exit code and says nothing else.
    #[track_caller]
    pub(crate) fn json(&self, code: i32, words: &[&str]) -> Value {
        let said = self.run(&[words, &["--json"]].concat());
        assert_eq!((said.code, said.err.as_str()), (code, ""), "{words:?}: {}", said.out);
        serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{words:?}: {error}: {}", said.out))
    }
}

#[cfg(unix)]
pub(crate) fn restrict(path: &Path) {
    use std::os::unix::fs::PermissionsExt;

    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
pub(crate) fn restrict(_: &Path) {}

/// What a run said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    #[track_caller]
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("it says only text");
        Self {
            code: output.status.code().expect("nobody killed it"),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// That all is well, and the output.
    #[track_caller]
    pub(crate) fn well(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{}", self.out);
        self.out
    }

    /// That it ended with this code and said nothing on standard output; what it said of that.
    #[track_caller]
    pub(crate) fn failed(self, code: i32) -> String {
        assert_eq!((self.code, self.out.as_str()), (code, ""), "{}", self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self.err
    }
}

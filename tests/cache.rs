//! A cache folder for one test, and the program `child` that uses it, or the test itself.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use amorsize::store::Store;
use tempfile::TempDir;

use crate::alone::alone;
use crate::children::{Running, Said, files, program};

/// A cache folder that nobody else uses. It is not made until something is written.
pub(crate) struct Cache {
    place: TempDir,
    folder: PathBuf,
}

impl Cache {
    pub(crate) fn new() -> Self {
        let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("tests may write there");
        let folder = place.path().join("cache");
        Self { place, folder }
    }

    /// With what one call of `child` leaves there.
    pub(crate) fn with_a_plan() -> Self {
        let cache = Self::new();
        let said = cache.run(&[]);
        assert!(said.is_fine() && cache.plan_files().len() == 1, "{said:?}");
        cache
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A path beside it, which goes when it goes.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    pub(crate) fn store(&self) -> Store {
        Store::open(&self.folder)
    }

    /// Every plan there is: the function, the key, the fewest items.
    pub(crate) fn plans(&self) -> Vec<(String, Option<String>, u64)> {
        let functions = self.store().functions().expect("it can be read");
        let plans = functions.into_iter().flat_map(|function| {
            let name = function.function;
            function.plans.into_iter().map(move |plan| (name.clone(), plan.key, plan.items.0))
        });
        plans.collect()
    }

    /// The files that plans are in.
    pub(crate) fn plan_files(&self) -> Vec<PathBuf> {
        let all = files(&self.folder);
        all.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "plans")).collect()
    }

    /// What `child` says with this cache.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        self.start(arguments).said()
    }

    /// The same, with more in the environment.
    pub(crate) fn run_in(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Said {
        let mut command = self.command(arguments);
        command.envs(environment.iter().copied());
        Running::start(command).said()
    }

    /// What `child` answers, whatever it remembers.
    pub(crate) fn plain_answer() -> u64 {
        static ANSWER: OnceLock<u64> = OnceLock::new();
        *ANSWER.get_or_init(|| {
            let cache = Self::new();
            let said = cache.run_in(&[("AMORSIZE", "off")], &[]);
            assert!(said.is_fine() && !cache.folder().exists(), "{said:?}");
            said.answer()
        })
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        Running::start(self.command(arguments))
    }

    /// `child`, with this cache and else nothing in the environment that concerns Amorsize.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(Path::new(env!("CARGO_BIN_EXE_child")));
        command.args(arguments).env("AMORSIZE_CACHE_DIR", &self.folder);
        command
    }
}

/// `alone`, with a cache that is there for this test only.
#[track_caller]
pub(crate) fn with_a_cache<F: FnOnce()>(body: F) {
    alone_with(&Cache::new(), &[], body);
}

/// `alone`, with this cache and a pool of two threads.
#[track_caller]
pub(crate) fn alone_with<F: FnOnce()>(cache: &Cache, environment: &[(&str, &str)], body: F) {
    let folder = cache.folder().to_str().expect("it is a text");
    let ours = [("AMORSIZE_CACHE", "write"), ("AMORSIZE_CACHE_DIR", folder), ("RAYON_NUM_THREADS", "2")];
    alone(60, &[&ours, environment].concat(), body);
}

/// Runs `first` in a process, then `second` in another one with the same cache.
#[track_caller]
pub(crate) fn one_after_the_other(first: impl FnOnce(), second: impl FnOnce()) {
    if env::var_os(FIRST).is_some() {
        return first();
    }
    let said = first_again().output().expect("this program can be started");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    second();
}

/// This test again, of which `first` is run.
pub(crate) fn first_again() -> Command {
    let mut again = Command::new(env::current_exe().expect("this program has a path"));
    again.args(env::args_os().skip(1)).env(FIRST, "1");
    again
}

const FIRST: &str = "AMORSIZE_TEST_FIRST";

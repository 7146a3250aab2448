//! The configuration of this process: what the program installs, else what the environment says, else the defaults.
//!
//! The environment variables, with their values and defaults, are listed in [`VARIABLES`].

mod cache_mode;
mod environment;
mod redis;
pub mod redis_url;
mod rigor;
mod set_user_id;
mod values;
pub mod variables;

use std::env;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

pub use self::cache_mode::CacheMode;
use self::redis_url::{RedisUrl, URL_VALUES};
pub use self::rigor::Rigor;
use self::set_user_id::is_set_user_id;
use self::values::absolute;
use self::variables::{ENABLED_NAME, LEARN_NAME};
pub use self::variables::{VARIABLES, Variable, named_threads};
use crate::clock::HAS_THREADS;
use crate::error::Error;
use crate::faults;

/// How Amorsize behaves in this process.
///
/// Where the program says nothing it behaves as the environment says; see [`from_env`](Self::from_env). A program that
/// wants something else [installs](Self::install) a configuration before its first tuned call.
///
/// # Examples
///
/// ```
/// # mod amorsize { pub use amorsize_store::{config::{CacheMode, Config}, error::Error}; }
/// use std::time::Duration;
/// use amorsize::{CacheMode, Config};
///
/// # let folder = std::env::temp_dir().join("amorsize-doc-config");
/// Config::from_env()?               // or Config::new(), which does not look at the environment
///     .cache(CacheMode::Read)       // use the plans on disk, write none
///     .cache_dir(folder)
///     .ttl(Duration::from_secs(24 * 60 * 60))
///     .install()?;
/// # Ok::<(), amorsize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a configuration does nothing until `.install()` is called"]
pub struct Config {
    enabled: bool,
    max_threads: usize,
    cache: CacheMode,
    cache_dir: Option<PathBuf>,
    ttl: Duration,
    max_size: u64,
    learn: bool,
    fewest_threads: bool,
    rigor: Rigor,
    redis: Option<RedisUrl>,
    redis_wait: Duration,
}

/// Plans that were last measured longer ago than this are not used.
const TTL: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// If the plans take more bytes on disk than this, the least recently used ones are removed.
const MAX_SIZE: u64 = 64 << 20;
/// The longest that a first call does without helpers, or stands still, because Redis has not answered yet.
const REDIS_WAIT: Duration = Duration::from_millis(5);

impl Default for Config {
    fn default() -> Self {
        Self {
            enabled: true,
            max_threads: usize::MAX,
            cache: CacheMode::Write,
            cache_dir: None,
            ttl: TTL,
            max_size: MAX_SIZE,
            learn: true,
            fewest_threads: false,
            rigor: Rigor::Measure,
            redis: None,
            redis_wait: REDIS_WAIT,
        }
    }
}

impl Config {
    /// The defaults, whatever the environment says.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the environment says, and the defaults where it says nothing. An empty value says nothing.
    ///
    /// | variable | value | default |
    /// |---|---|---|
    /// | `AMORSIZE` | `on` or `off`: every run is the plain loop | `on` |
    /// | `AMORSIZE_MAX_THREADS` | the most threads that work at once, one caller included: see [`max_threads`](Self::max_threads) | `unlimited` |
    /// | `AMORSIZE_THREADS` | `fastest`, or `fewest` of those that take hardly longer: see [`fewest_threads`](Self::fewest_threads) | `fastest` |
    /// | `AMORSIZE_RIGOR` | `estimate`, `measure` or `patient`: see [`Rigor`]; a function's `rigor = ".."` comes first | `measure` |
    /// | `AMORSIZE_CACHE` | `off` (memory only), `read`, or `write` (read and write); see [`CacheMode`] | `write` |
    /// | `AMORSIZE_CACHE_DIR` | the folder of the plans | `amorsize/optimization_cache` in the platform's folder for caches |
    /// | `AMORSIZE_TTL` | how long a plan is believed: `7d`, `12h`, `1h 30m` | `7d` |
    /// | `AMORSIZE_CACHE_SIZE` | the most that the plans take on disk: bytes, or with `K`, `M`, `G` | `64M` |
    /// | `AMORSIZE_LEARN` | `on`, or `off`: plans are used as they are; see [`learn`](Self::learn) | `on` |
    /// | `AMORSIZE_REDIS_URL` | the Redis that plans are shared by, as `redis://user:password@host:6379/0`, or `off`; see [`redis`](Self::redis) | `off` |
    /// | `AMORSIZE_REDIS_WAIT` | the longest that a first call waits for Redis: `5ms`, `0` | `5ms` |
    ///
    /// Where `AMORSIZE_REDIS_URL` says nothing and `REDIS_ENABLED` is `on`, the Redis is the one of `REDIS_HOST` (or
    /// `localhost`), `REDIS_PORT`, `REDIS_DB` and `REDIS_PASSWORD`. Without `REDIS_ENABLED` these are left to the programs
    /// that they were set for.
    ///
    /// # Errors
    /// If a value cannot be understood. The message names each such variable, its value and what it may be. (A program that
    /// never calls this gets one line on standard error instead, and the default.)
    pub fn from_env() -> Result<Self, Error> {
        let (config, mistakes) = Self::read(&|name| env::var_os(name));
        if mistakes.is_empty() {
            return Ok(config);
        }
        let all: Vec<_> = mistakes.iter().map(Error::to_string).collect();
        Err(Error::config(all.join("; ")))
    }

    /// `false`: every run is the plain loop, and nothing is learned.
    pub fn enabled(mut self, yes: bool) -> Self {
        self.enabled = yes;
        self
    }

    /// The most threads that work at once on all runs of the process, one caller included: so many less one help at any
    /// time. With 1, or 0, every run is done by its caller alone. Rayon's pool keeps its size.
    pub fn max_threads(mut self, n: usize) -> Self {
        self.max_threads = n.max(1);
        self
    }

    /// `true`: of the numbers of threads that take at most 10% longer than the fastest one, the fewest. Otherwise that is so
    /// for 5%, and only on pools of 8 threads or more. What the others would do is left to whatever else runs.
    pub fn fewest_threads(mut self, yes: bool) -> Self {
        self.fewest_threads = yes;
        self
    }

    /// How hard to look for the best number of threads, where neither the function nor the call says so.
    pub fn rigor(mut self, rigor: Rigor) -> Self {
        self.rigor = rigor;
        self
    }

    /// What is done with the plans on disk and in Redis.
    pub fn cache(mut self, mode: CacheMode) -> Self {
        self.cache = mode;
        self
    }

    /// The folder of the plans, which is made when the first one is written. A relative path is resolved now, against the
    /// current folder; an empty path stands for the default.
    pub fn cache_dir(mut self, path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        self.cache_dir = (!path.as_os_str().is_empty()).then(|| absolute(path));
        self
    }

    /// How long a plan is believed after it was last measured, where the function's attribute does not say otherwise.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = ttl;
        self
    }

    /// The most bytes that the plans take on disk. If they take more, the least recently used ones are removed.
    pub fn max_size(mut self, bytes: u64) -> Self {
        self.max_size = bytes;
        self
    }

    /// `false`: plans are used as they are, from wherever they come. Nothing is learned, no plan is changed or written, and a
    /// call without a plan goes by its own first items, every time. What is counted may be written.
    pub fn learn(mut self, yes: bool) -> Self {
        self.learn = yes;
        self
    }

    /// The Redis that plans are shared by, with all programs and machines that name the same one: `redis://host`,
    /// `redis://user:password@host:6379/0` (0 is the number of a database), `rediss://..` for TLS (with the feature
    /// `redis-tls`), or `redis+unix:///path/to/socket?db=0&user=..&pass=..`. `off` or an empty text: none.
    ///
    /// It is asked where neither memory nor disk knows a plan, and told what is learned, on a thread of its own. Its faults
    /// change nothing but what is learned anew. Without the feature `redis` it is not used.
    pub fn redis(mut self, url: impl AsRef<str>) -> Self {
        self.redis = RedisUrl::new(url.as_ref());
        self
    }

    /// The longest that a first call waits for Redis, where no one else knows a plan: 5 ms if nothing else is said. It works
    /// on its items meanwhile, and only does not call for help yet; but if its items take longer than that, it stands still.
    /// With 0 it never waits, and what Redis knows serves the next call.
    pub fn redis_wait(mut self, wait: Duration) -> Self {
        self.redis_wait = wait;
        self
    }

    /// Makes this the configuration of the process.
    ///
    /// # Errors
    /// If there is one already: one was installed, or something was mapped or asked of the cache before. If the URL of Redis
    /// makes no sense.
    pub fn install(self) -> Result<(), Error> {
        if self.redis.as_ref().is_some_and(|url| !url.is_understood()) {
            return Err(Error::config(format!("the URL of Redis makes no sense: it may be {URL_VALUES}")));
        }
        let too_late =
            || Error::config("the configuration is already in use: install one before the first tuned call, and once");
        if MODE.get().is_some() {
            return Err(too_late());
        }
        CONFIG.set(self).map_err(|_| too_late())
    }

    /// Whether anything is tuned.
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// The most threads that work at once, one caller included; [`usize::MAX`] if that is not limited.
    pub fn thread_limit(&self) -> usize {
        self.max_threads
    }

    /// Whether fewer threads are preferred where they take a little longer.
    pub fn prefers_fewest_threads(&self) -> bool {
        self.fewest_threads
    }

    /// How hard to look for the best number of threads, where neither the function nor the call says so.
    pub fn default_rigor(&self) -> Rigor {
        self.rigor
    }

    /// Whether plans on disk are used. Never by a set-user-id program.
    pub fn reads(&self) -> bool {
        self.enabled && self.cache != CacheMode::Off && !is_set_user_id()
    }

    /// Whether plans are written to disk.
    pub fn writes(&self) -> bool {
        self.enabled && self.cache == CacheMode::Write && !is_set_user_id()
    }

    /// What is done with the plans on disk and in Redis.
    pub fn cache_mode(&self) -> CacheMode {
        self.cache
    }

    /// How long the plans of a function are believed after they were last measured: its own TTL, else the configured one.
    pub fn ttl_of(&self, own: Option<Duration>) -> Duration {
        own.unwrap_or(self.ttl)
    }

    /// The most bytes that the plans take on disk.
    pub fn size_limit(&self) -> u64 {
        self.max_size
    }

    /// Whether anything is learned.
    pub fn learns(&self) -> bool {
        self.learn
    }

    /// The Redis that plans are shared by. `None` if there is none, or plans outside of this process are not used.
    pub fn redis_url(&self) -> Option<&RedisUrl> {
        self.redis.as_ref().filter(|_| self.reads())
    }

    /// The longest that a first call waits for Redis.
    pub fn longest_redis_wait(&self) -> Duration {
        self.redis_wait
    }

    /// The folder of the plans: the configured one, else the one that the platform has for caches. `None` if there is
    /// neither, as for a user without a home folder.
    #[cfg(feature = "disk")]
    pub fn folder(&self) -> Option<PathBuf> {
        use etcetera::BaseStrategy;

        let default = || {
            let strategy = etcetera::base_strategy::choose_native_strategy().ok()?;
            Some(strategy.cache_dir().join("amorsize").join("optimization_cache"))
        };
        self.cache_dir.clone().or_else(default)
    }

    /// The same as [`folder`](Self::folder), for callers that can do nothing without one.
    ///
    /// # Errors
    /// If there is none.
    #[cfg(feature = "disk")]
    pub fn folder_or_error(&self) -> Result<PathBuf, Error> {
        self.folder().ok_or_else(|| Error::config(NO_FOLDER))
    }
}

/// The error message if there is no folder to keep plans in.
pub const NO_FOLDER: &str = "there is no home folder to keep plans in: set AMORSIZE_CACHE_DIR";

static CONFIG: OnceLock<Config> = OnceLock::new();

/// Whether anything is tuned, and whether anything is learned. Not only in [`CONFIG`], because the first call of a process
/// needs nothing else of it.
static MODE: OnceLock<(bool, bool)> = OnceLock::new();

fn mode() -> (bool, bool) {
    *MODE.get_or_init(|| {
        let is_named = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        match CONFIG.get() {
            None if ![ENABLED_NAME, LEARN_NAME].into_iter().any(is_named) => (true, true),
            _ => (config().enabled, config().learns()),
        }
    })
}

/// Whether anything is tuned in this process.
pub fn is_enabled() -> bool {
    HAS_THREADS && mode().0
}

/// Whether anything is learned in this process.
pub fn learns() -> bool {
    mode().1
}

/// The configuration, read from the environment when it is first needed and none was installed.
pub fn config() -> &'static Config {
    let mut mistakes = Vec::new();
    let config = CONFIG.get_or_init(|| {
        let (config, found) = Config::read(&|name| env::var_os(name));
        mistakes = found;
        config
    });
    // Not sooner: whoever listens to faults may ask for the configuration.
    for mistake in mistakes {
        faults::warn(format_args!("{mistake}; the default is used"));
    }
    config
}

#[cfg(test)]
mod tests {
    use super::values::bytes;
    use super::variables::DIR_NAME;
    use super::*;

    fn read(variables: &[(&str, &str)]) -> (Config, Vec<Error>) {
        Config::read(&|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn what_is_set_is_used() {
        assert_eq!(read(&[]).0, Config::default());
        assert_eq!(read(&[("AMORSIZE_TTL", ""), ("AMORSIZE_CACHE", "")]).0, Config::default());
        let (config, mistakes) = read(&[
            ("AMORSIZE", "off"),
            ("AMORSIZE_MAX_THREADS", "3"),
            ("AMORSIZE_CACHE", "read"),
            ("AMORSIZE_TTL", "1h 30m"),
            ("AMORSIZE_CACHE_DIR", "/somewhere"),
            ("AMORSIZE_CACHE_SIZE", "2M"),
            ("AMORSIZE_LEARN", "off"),
            ("AMORSIZE_THREADS", "fewest"),
            ("AMORSIZE_RIGOR", "patient"),
        ]);
        let expected = Config::new().enabled(false).cache(CacheMode::Read).ttl(Duration::from_secs(5400));
        assert_eq!(
            config,
            expected
                .cache_dir("/somewhere")
                .max_size(2 << 20)
                .max_threads(3)
                .learn(false)
                .fewest_threads(true)
                .rigor(Rigor::Patient)
        );
        assert!(mistakes.is_empty());
    }

    #[test]
    fn each_mistake_is_named_and_leaves_the_rest_as_it_is() {
        let wrong = [("AMORSIZE", "perhaps"), ("AMORSIZE_CACHE", "both"), ("AMORSIZE_TTL", "a week")];
        let (config, mistakes) = read(&[&wrong[..], &[("AMORSIZE_CACHE_SIZE", "1K")]].concat());
        assert_eq!(config, Config::new().max_size(1024));
        assert_eq!(mistakes.len(), 3);
        for (error, (name, value)) in mistakes.iter().zip(wrong) {
            let message = error.to_string();
            assert!(message.starts_with(&format!("{name}={value} makes no sense: it may be ")), "{message}");
            assert!(error.is_config());
        }
        for value in ["-1", "1T", "K", "99999999999999999999", "1.5M", "18446744073709551615K"] {
            assert_eq!(read(&[("AMORSIZE_CACHE_SIZE", value)]).1.len(), 1, "{value}");
        }
    }

    #[test]
    fn the_documentation_names_every_variable_with_its_default() {
        let source = include_str!("config.rs");
        for Variable { name, default, .. } in VARIABLES.iter().filter(|variable| variable.name.starts_with("AMORSIZE"))
        {
            let row = source.lines().find(|line| line.starts_with(&format!("    /// | `{name}` |")));
            let row = row.unwrap_or_else(|| panic!("{name} is not in the table of `from_env`"));
            assert!(*name == DIR_NAME || row.ends_with(&format!("| `{default}` |")), "{row}");
        }
    }

    #[test]
    fn a_functions_own_ttl_comes_first() {
        let config = Config::new().ttl(Duration::from_secs(60));
        assert_eq!(config.ttl_of(None), Duration::from_secs(60));
        assert_eq!(config.ttl_of(Some(Duration::from_secs(5))), Duration::from_secs(5));
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(["0", "1000", "2k", "3MiB", "1 G"].map(bytes), [0, 1000, 2048, 3 << 20, 1 << 30].map(Some));
    }
}

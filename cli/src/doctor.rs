//! `amorsize doctor`: the machine, its limits, the cache folder and the environment, and what is wrong with them.

use std::env;
use std::path::{Path, PathBuf};

use amorsize_store::config::{Config, NO_FOLDER, VARIABLES, named_threads};
use amorsize_store::disk::files::mode;
use amorsize_store::health::Health;
use amorsize_store::machine::build_flags::Build;
use amorsize_store::machine::fingerprint::{Fingerprint, Machine};
use amorsize_store::store::{Store, fingerprint};
use amorsize_store::view::places::Place;
use amorsize_store::view::settings::{Settings, settings};
use serde::Serialize;

use crate::answer::Answer;
use crate::health::score;
use crate::limits::{Limits, limits};
use crate::output::{BAD, GOOD, STRONG};
use crate::shared::{Ping, ping};
use crate::show::memory;
use crate::stats::on_disk;
use crate::table::{Cell, pairs};
use crate::words::{bytes, clean, counted, duration, line, paragraph, thousands};

/// The result of `amorsize doctor`.
#[derive(Debug, Serialize)]
pub(crate) struct Doctor {
    version: &'static str,
    /// The machine, and the pool that rayon starts on it.
    fingerprint: Parts,
    limits: Limits,
    /// The fingerprints of this machine for which there are plans.
    known_here: Vec<Place>,
    /// How many others there are.
    known_elsewhere: usize,
    /// Of these, the ones of this machine with another pool or other limits.
    known_otherwise: usize,
    cache: Cache,
    /// The Redis that plans are shared by, if there is one.
    redis: Option<Ping>,
    /// The settings that programs use in this environment.
    settings: Settings,
    /// The variables that are set.
    environment: Vec<Variable>,
    problems: Vec<String>,
}

/// The parts of a fingerprint that do not depend on the program.
#[derive(Debug, Serialize)]
pub(crate) struct Parts {
    pub(crate) machine: Machine,
    pub(crate) pool: u32,
    /// Whether the size of the pool comes from the environment.
    pool_is_set: bool,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct Cache {
    /// `None` if there is no home folder and none was named.
    pub(crate) dir: Option<String>,
    /// Where that folder comes from: an option, the environment or the default.
    source: &'static str,
    pub(crate) exists: bool,
    /// The permissions, as in `700`. `None` on systems without them.
    mode: Option<String>,
    /// Whether files can be made there, or the folder itself.
    pub(crate) writable: bool,
    /// Bytes that are left on its disk, where that is known.
    free_bytes: Option<u64>,
    /// The result of `amorsize verify`.
    health: Option<Health>,
}

#[derive(Debug, Serialize)]
struct Variable {
    name: String,
    value: String,
    what: String,
}

/// With less room than this, writing soon fails.
const LITTLE_ROOM: u64 = 1 << 20;

pub(crate) fn doctor(folder: Option<PathBuf>, is_named: bool) -> Doctor {
    let mut problems = Vec::new();
    let environment = environment(&mut problems);
    let store = folder.map(Store::open);
    let cache = cache(store.as_ref(), is_named, &mut problems);
    let places = store.as_ref().and_then(|store| store.places().ok()).unwrap_or_default();
    let (here, elsewhere): (Vec<Place>, Vec<Place>) = places.into_iter().partition(Place::is_here);
    Doctor {
        version: env!("CARGO_PKG_VERSION"),
        fingerprint: parts(),
        limits: limits(),
        known_here: here,
        known_elsewhere: elsewhere.len(),
        known_otherwise: elsewhere.iter().filter(|place| place.same_machine).count(),
        cache,
        redis: ping(&mut problems),
        settings: settings(),
        environment,
        problems,
    }
}

/// What there is of a fingerprint without a program.
pub(crate) fn parts() -> Parts {
    // The build is not shown, so any will do.
    let Fingerprint { machine, pool, .. } = fingerprint(Build::from_bits(0));
    Parts { machine, pool, pool_is_set: named_threads().is_some() }
}

/// The variables that are set, and what is wrong with them.
fn environment(problems: &mut Vec<String>) -> Vec<Variable> {
    if let Err(error) = Config::from_env() {
        problems.push(clean(&error.to_string()));
    }
    let mut set: Vec<_> = env::vars_os()
        .map(|(name, value)| (name.display().to_string(), value))
        .filter(|(name, _)| name.starts_with("AMORSIZE") || VARIABLES.iter().any(|known| known.name == *name))
        .collect();
    set.sort();
    let variable = |(name, value): (String, std::ffi::OsString)| {
        let known = VARIABLES.iter().find(|known| known.name == name);
        if known.is_none() {
            problems.push(format!("{} is set, and there is no such variable", clean(&name)));
        }
        let what = known.map_or("nothing looks at it", |known| known.meaning).to_owned();
        let value = known.map_or_else(|| value.display().to_string(), |known| known.shown(&value));
        Variable { name, value, what }
    };
    set.into_iter().map(variable).collect()
}

/// The cache folder, and what is wrong with it.
pub(crate) fn cache(store: Option<&Store>, is_named: bool, problems: &mut Vec<String>) -> Cache {
    let source = match env::var_os("AMORSIZE_CACHE_DIR") {
        _ if is_named => "--cache-dir",
        Some(value) if !value.is_empty() => "AMORSIZE_CACHE_DIR",
        _ => "the platform's folder for caches",
    };
    let Some(store) = store else {
        problems.push(NO_FOLDER.into());
        return Cache { source, ..Cache::default() };
    };
    let path = store.path();
    let shown = path.display().to_string();
    let health = store.verify().map_err(|error| problems.push(error.to_string())).ok();
    if let Some(health) = health.as_ref().filter(|health| !health.problems.is_empty()) {
        let found = counted(health.problems.len() as u64, "problem");
        problems.push(format!("{found} in the cache folder: `amorsize verify` names them"));
    }
    let exists = path.symlink_metadata().is_ok_and(|data| data.is_dir());
    // Where there is no folder yet, its parents decide.
    let nearest = path.ancestors().find(|path| path.exists()).unwrap_or(path);
    let written = tempfile::tempfile_in(nearest);
    if let Err(error) = &written
        && health.is_some()
    {
        let what = if exists { "cannot be written to" } else { "cannot be made" };
        problems.push(format!("the cache folder {shown} {what}: {}: {error}", nearest.display()));
    }
    let free_bytes = free(nearest);
    if let Some(free) = free_bytes.filter(|&free| free < LITTLE_ROOM) {
        problems.push(format!("only {} are left on the disk of {shown}", bytes(free)));
    }
    let mode = mode(path).filter(|_| exists).map(|mode| format!("{mode:o}"));
    Cache { dir: Some(shown), source, exists, mode, writable: written.is_ok(), free_bytes, health }
}

/// The free bytes of a disk for users other than root.
#[cfg(unix)]
fn free(path: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(path).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn free(_: &Path) -> Option<u64> {
    None
}

impl Answer for Doctor {
    fn text(&self, width: usize) -> String {
        let mut out = String::new();
        let mut part = |title: &str, lines: &[(&str, Cell)]| {
            if !lines.is_empty() {
                out += &[line(STRONG, title), pairs(lines, width), "\n".into()].concat();
            }
        };
        part("Machine", &self.machine());
        part("Limits", &self.limits());
        part("Cache", &self.cache());
        part("Redis", &self.redis());
        let known: Vec<_> = self
            .known_here
            .iter()
            .map(|known| {
                let functions = counted(known.functions as u64, "function");
                let build = known.build.as_deref().unwrap_or("unknown build");
                (known.id.to_string(), Cell::new(format!("{functions}: {build}")))
            })
            .collect();
        let known: Vec<_> = known.iter().map(|(id, cell)| (id.as_str(), cell.clone())).collect();
        part("Fingerprints of this machine with plans", &known);
        part("Settings", &self.settings());
        let set: Vec<_> = self
            .environment
            .iter()
            .map(|variable| (variable.name.as_str(), Cell::new(format!("{} ({})", variable.value, variable.what))))
            .collect();
        part("Environment", &set);
        if self.problems.is_empty() {
            out += &line(GOOD, "No problem was found.");
        } else {
            out += &line(BAD, &counted(self.problems.len() as u64, "problem"));
            for problem in &self.problems {
                out += &paragraph(&format!("  {problem}"), width);
            }
        }
        out
    }

    fn has_problems(&self) -> bool {
        !self.problems.is_empty()
    }
}

impl Doctor {
    fn machine(&self) -> Vec<(&'static str, Cell)> {
        let Parts { machine, pool, pool_is_set } = &self.fingerprint;
        let cpu = if machine.cpu.is_empty() { "unknown" } else { &machine.cpu };
        let physical = match machine.physical_cores {
            0 => "unknown".into(),
            cores => thousands(u64::from(cores)),
        };
        let cores = format!(
            "{} usable, {} logical, {physical} physical",
            thousands(u64::from(machine.usable_cores)),
            thousands(u64::from(machine.logical_cores)),
        );
        let why = if *pool_is_set { "as the environment says" } else { "as rayon starts it by default" };
        vec![
            ("processor", Cell::new(cpu)),
            ("cores", Cell::new(cores)),
            ("memory", Cell::new(memory(machine))),
            ("system", Cell::new(format!("{}, {}", machine.os, machine.arch))),
            ("pool", Cell::new(format!("{}, {why}", counted(u64::from(*pool), "thread")))),
            ("amorsize", Cell::new(self.version)),
        ]
    }

    fn limits(&self) -> Vec<(&'static str, Cell)> {
        let Limits { affinity, cpu_quota, memory } = &self.limits;
        let none = || "none".to_owned();
        let affinity = affinity.as_ref().map_or_else(|| "unknown".into(), |list| format!("processors {list}"));
        vec![
            ("affinity", Cell::new(affinity)),
            ("cpu quota", Cell::new(cpu_quota.map_or_else(none, |quota| format!("{quota:.2} processors")))),
            ("memory limit", Cell::new(memory.map_or_else(none, bytes))),
        ]
    }

    fn cache(&self) -> Vec<(&'static str, Cell)> {
        let Cache { dir, source, exists, mode, writable, free_bytes, health } = &self.cache;
        let Some(dir) = dir else { return vec![("folder", Cell::styled(BAD, "none"))] };
        let state = match (exists, mode) {
            (false, _) if health.is_none() => "of no use".into(),
            (false, _) => "not there yet: the first plan makes it".into(),
            (true, None) => "there".into(),
            (true, Some(mode)) => format!("there, mode {mode}"),
        };
        let written = if *writable { Cell::styled(GOOD, "yes") } else { Cell::styled(BAD, "no") };
        let mut lines = vec![
            ("folder", Cell::new(dir)),
            ("named by", Cell::new(source)),
            ("state", Cell::new(state)),
            ("writable", written),
        ];
        if let Some(free) = free_bytes {
            lines.push(("free", Cell::new(bytes(*free))));
        }
        if let Some(health) = health {
            lines.push(("plans", Cell::new(format!("{}, {}", thousands(health.plans as u64), bytes(health.bytes)))));
            lines.push(("on disk", on_disk(health.disk_usage, self.settings.max_size)));
            lines.push(("health", score(health)));
        }
        let others = [
            (self.known_otherwise, "of this machine with another pool or other limits"),
            (self.known_elsewhere - self.known_otherwise, "of other machines"),
        ];
        for (count, whose) in others.into_iter().filter(|(count, _)| *count > 0) {
            lines.push(("others", Cell::new(format!("{} {whose}", counted(count as u64, "fingerprint")))));
        }
        lines
    }

    fn redis(&self) -> Vec<(&'static str, Cell)> {
        let Some(Ping { url, ping_ns }) = &self.redis else { return Vec::new() };
        let answers = match ping_ns {
            Some(time) => Cell::styled(GOOD, format!("in {:.2} ms", *time as f64 / 1e6)),
            None => Cell::styled(BAD, "no"),
        };
        vec![("shared by", Cell::new(url)), ("answers", answers)]
    }

    fn settings(&self) -> Vec<(&'static str, Cell)> {
        let Settings { enabled, cache, ttl, max_size, learn, .. } = self.settings;
        let enabled = if enabled { "on" } else { "off: every run is the plain loop" };
        let cache = match cache {
            "off" => "off: nothing is read or written",
            "read" => "read: nothing is written",
            _ => "read and write",
        };
        vec![
            ("tuning", Cell::new(enabled)),
            ("plans on disk", Cell::new(cache)),
            ("believed for", Cell::new(duration(ttl))),
            ("at most", Cell::new(bytes(max_size))),
            ("learning", Cell::new(if learn { "on" } else { "off: plans are used as they are" })),
        ]
    }
}

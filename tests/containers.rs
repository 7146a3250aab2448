//! Machines that are nearly equal share their plans: two containers of one image with one quota, on hosts of one processor
//! model. Their names, paths and memory differ.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::thread;

use amorsize::store::{Build, Fingerprint, Machine};

use crate::cache::Cache;
use crate::children::{Running, Said, files, program, skipped};

/// Control groups, with a processor and so much memory, that go when it goes.
struct Container {
    groups: Vec<PathBuf>,
}

impl Container {
    /// `None` where this user may make no control groups.
    fn new(name: &str, memory: u64) -> Option<Self> {
        Self::with_processors(name, memory, 1)
    }

    fn with_processors(name: &str, memory: u64, processors: u32) -> Option<Self> {
        let quota = (processors * PERIOD).to_string();
        let mount = Path::new("/sys/fs/cgroup");
        let name = format!("amorsize-test-{}-{name}", process::id());
        // Version 2 has one tree, version 1 one for each controller.
        let settings = if mount.join("cgroup.controllers").exists() {
            vec![(
                mount.join(&name),
                [("cpu.max", format!("{quota} {PERIOD}")), ("memory.max", memory.to_string())].to_vec(),
            )]
        } else {
            let cpu = [("cpu.cfs_period_us", PERIOD.to_string()), ("cpu.cfs_quota_us", quota)].to_vec();
            let memory = [("memory.limit_in_bytes", memory.to_string())].to_vec();
            vec![(mount.join("cpu").join(&name), cpu), (mount.join("memory").join(&name), memory)]
        };
        let mut made = Self { groups: Vec::new() };
        for (group, settings) in settings {
            fs::create_dir(&group).ok()?;
            made.groups.push(group.clone());
            for (file, value) in settings {
                fs::write(group.join(file), value).ok()?;
            }
        }
        Some(made)
    }

    /// Has it have so many processors from now on.
    fn set_processors(&self, processors: u32) {
        let quota = processors * PERIOD;
        let (file, value) = match self.groups[0].join("cpu.max") {
            file if file.exists() => (file, format!("{quota} {PERIOD}")),
            _ => (self.groups[0].join("cpu.cfs_quota_us"), quota.to_string()),
        };
        fs::write(file, value).unwrap();
    }

    /// What `child` says in it, with this cache folder and this name of the host.
    fn run(&self, host: &str, folder: &Path) -> Said {
        self.start(host, folder, &["calls=1"]).said()
    }

    fn start(&self, host: &str, folder: &Path, words: &[&str]) -> Running {
        let may_rename = Command::new("unshare").args(["--uts", "true"]).status().is_ok_and(|status| status.success());
        let mut command = program(Path::new(if may_rename { "unshare" } else { "sh" }));
        if may_rename {
            command.args(["--uts", "sh"]);
        }
        let script = "hostname \"$1\" 2>/dev/null; shift\n\
                      child=$1; shift\n\
                      while test -d \"$1\"; do echo $$ >\"$1/cgroup.procs\" || exit 9; shift; done\n\
                      exec \"$child\" \"$@\"";
        command.args(["-c", script, "sh", host, env!("CARGO_BIN_EXE_child")]).args(&self.groups).args(words);
        command.env("AMORSIZE_CACHE_DIR", folder);
        Running::start(command)
    }
}

/// The period of quotas, in microseconds.
const PERIOD: u32 = 100_000;

impl Drop for Container {
    fn drop(&mut self) {
        for group in &self.groups {
            let _ = fs::remove_dir(group);
        }
    }
}

#[test]
fn containers_of_one_image_share_their_plans() {
    let both = (Container::new("first", 512 << 20), Container::new("second", 3 << 30));
    let (Some(first), Some(second)) = both else {
        return skipped("two containers that share their plans", "this user may make no control groups");
    };
    let cache = Cache::new();
    let said = first.run("one", cache.folder());
    assert!(said.is_fine() && (said.count("hits"), said.count("misses")) == (0, 1), "{said:?}");
    // The other one sees the same files at another path.
    let elsewhere = cache.beside("elsewhere");
    let copied = Command::new("cp").args(["-a"]).args([cache.folder(), &elsewhere]).status();
    assert!(copied.is_ok_and(|status| status.success()));
    let said = second.run("two", &elsewhere);
    assert!(said.is_fine() && (said.count("recalled"), said.count("misses")) == (1, 0), "{said:?}");
    let machines = files(&elsewhere).into_iter().filter(|path| path.extension().is_some_and(|it| it == "machine"));
    assert_eq!(machines.count(), 1, "they are one machine");
    assert!(said.answer() > 0);
}

#[test]
fn a_quota_that_changes_is_noticed() {
    let is_wide = thread::available_parallelism().is_ok_and(|cores| cores.get() > 1);
    let Some(container) = is_wide.then(|| Container::with_processors("changing", 512 << 20, 2)).flatten() else {
        return skipped("a quota that changes", "there is one core, or this user may make no control groups");
    };
    let cache = Cache::new();
    let words = ["workers-other-than=1", "wait=", "workers-other-than=2", "wait=", "workers-other-than=1"];
    let mut child = container.start("changing", cache.folder(), &words);
    for (line, processors) in [("workers=2", 1), ("workers=1", 2)] {
        assert_eq!(child.line().trim(), line);
        assert_eq!(child.line().trim(), "waiting");
        container.set_processors(processors);
        child.go_on();
    }
    let said = child.said_within(90);
    assert!(said.is_fine() && said.out.starts_with("workers=2\n"), "{said:?}");
}

#[test]
fn hosts_of_one_model_share_their_plans_where_no_control_group_can_be_made() {
    let here = Fingerprint::new(Machine::ask(), Build::from_bits(1));
    let mut there = here.clone();
    there.machine.memory_log2 += 3;
    there.machine.logical_cores *= 4;
    there.machine.physical_cores = 0;
    assert_eq!(here.id(), there.id());
    there.machine.usable_cores += 1;
    assert_ne!(here.id(), there.id());
}

//! Machines that are nearly equal share their plans: two containers of one image with one quota, on hosts of one processor
//! model. Their names, paths and memory differ.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command};

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
        let mount = Path::new("/sys/fs/cgroup");
        let name = format!("amorsize-test-{}-{name}", process::id());
        // Version 2 has one tree, version 1 one for each controller.
        let settings = if mount.join("cgroup.controllers").exists() {
            vec![(
                mount.join(&name),
                [("cpu.max", "100000 100000".to_owned()), ("memory.max", memory.to_string())].to_vec(),
            )]
        } else {
            let cpu = [("cpu.cfs_period_us", "100000".to_owned()), ("cpu.cfs_quota_us", "100000".to_owned())].to_vec();
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

    /// What `child` says in it, with this cache folder and this name of the host.
    fn run(&self, host: &str, folder: &Path) -> Said {
        let may_rename = Command::new("unshare").args(["--uts", "true"]).status().is_ok_and(|status| status.success());
        let mut command = program(Path::new(if may_rename { "unshare" } else { "sh" }));
        if may_rename {
            command.args(["--uts", "sh"]);
        }
        let script = "hostname \"$1\" 2>/dev/null; shift\n\
                      child=$1; shift\n\
                      for group; do echo $$ >\"$group/cgroup.procs\" || exit 9; done\n\
                      exec \"$child\" calls=1";
        command.args(["-c", script, "sh", host, env!("CARGO_BIN_EXE_child")]).args(&self.groups);
        command.env("AMORSIZE_CACHE_DIR", folder);
        Running::start(command).said()
    }
}

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

//! The limits that Linux control groups set for this process: memory and processor time; and what is left of the memory.
//!
//! A limit of a group holds for all groups below it, so the least one on the way from the process's group to the root
//! counts. Both versions of control groups are read; `/proc/self/cgroup` lists the groups, as `0::/path` for version 2 and
//! `4:memory:/path` for version 1.

use std::fs;
use std::io::Read;
use std::path::Path;

/// The memory limit of the control groups, in bytes. `None` if there is no limit.
#[must_use]
pub fn memory_limit() -> Option<u64> {
    // Version 1 writes "no limit" as a number of bytes that no machine has.
    memory_limit_of(&groups(), Path::new(MOUNT)).filter(|&limit| limit < 1 << 60)
}

/// The memory that this process and others in its control groups can still take, in bytes: what the system says is
/// available, and what the limits of the groups leave. `None` where neither is known.
#[must_use]
pub fn available_memory() -> Option<u64> {
    let left = memory_left_of(&groups(), Path::new(MOUNT));
    let free = read_small(Path::new("/proc/meminfo")).and_then(|text| available_of(&text));
    left.into_iter().chain(free).min()
}

/// What the file says is available, of a system that says so in KiB.
fn available_of(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// What the limits leave. The cache of files that a group has not used lately is given back when memory is short.
fn memory_left_of(groups: &str, mount: &Path) -> Option<u64> {
    let bytes = |file: &Path| read_small(file)?.trim().parse::<u64>().ok();
    let inactive = |group: &Path, name: &str| {
        let text = read_small(&group.join("memory.stat"))?;
        text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok())
    };
    let left = of_groups(groups, mount, "memory", |group, version| {
        let (limit, usage, cache) = match version {
            Version::One => ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file "),
            Version::Two => ("memory.max", "memory.current", "inactive_file "),
        };
        let limit = bytes(&group.join(limit)).filter(|&limit| limit < 1 << 60)?;
        let used = bytes(&group.join(usage))?.saturating_sub(inactive(group, cache).unwrap_or(0));
        Some(limit.saturating_sub(used))
    });
    left.into_iter().min()
}

/// The processor quota of the control groups, as a number of processors such as 1.5. `None` if there is no quota.
#[must_use]
pub fn cpu_quota() -> Option<f64> {
    cpu_quota_of(&groups(), Path::new(MOUNT))
}

/// The groups of this process.
fn groups() -> String {
    read_small(Path::new(GROUPS)).unwrap_or_default()
}

/// A file that the kernel makes. Nearly always one read of 4 KiB gives all of it, and to ask for its length first would cost
/// more than that.
fn read_small(path: &Path) -> Option<String> {
    let mut file = fs::File::open(path).ok()?;
    let (mut text, mut length) = (vec![0; 4096], 0);
    while let Ok(more @ 1..) = file.read(&mut text[length..]) {
        length += more;
        if length < text.len() {
            break;
        }
        text.resize(2 * length, 0);
    }
    text.truncate(length);
    String::from_utf8(text).ok()
}

const GROUPS: &str = "/proc/self/cgroup";
const MOUNT: &str = "/sys/fs/cgroup";

fn memory_limit_of(groups: &str, mount: &Path) -> Option<u64> {
    let bytes = |file: &Path| read_small(file)?.trim().parse().ok();
    of_groups(groups, mount, "memory", |group, version| match version {
        Version::One => bytes(&group.join("memory.limit_in_bytes")),
        Version::Two => bytes(&group.join("memory.max")),
    })
    .into_iter()
    .min()
}

fn cpu_quota_of(groups: &str, mount: &Path) -> Option<f64> {
    of_groups(groups, mount, "cpu", |group, version| {
        let read = |name| read_small(&group.join(name));
        match version {
            Version::One => {
                let quota = read("cpu.cfs_quota_us").filter(|quota| !quota.starts_with('-'))?;
                processors(quota.trim(), read("cpu.cfs_period_us")?.trim())
            }
            Version::Two => {
                let text = read("cpu.max")?;
                let (quota, period) = text.trim().split_once(' ')?;
                processors(quota, period)
            }
        }
    })
    .into_iter()
    .min_by(f64::total_cmp)
}

/// The processor time in each period, as a number of processors. `max` and negative quotas mean no limit.
fn processors(quota: &str, period: &str) -> Option<f64> {
    let (quota, period): (f64, f64) = (quota.parse().ok()?, period.parse().ok()?);
    (quota > 0.0 && period > 0.0).then(|| quota / period)
}

#[derive(Clone, Copy)]
enum Version {
    One,
    Two,
}

/// What `limit` finds in the groups listed in `groups` that `controller` controls, and in all groups above them.
fn of_groups<T>(groups: &str, mount: &Path, controller: &str, limit: impl Fn(&Path, Version) -> Option<T>) -> Vec<T> {
    let listed = |is_right: &dyn Fn(&str) -> bool| {
        groups.lines().find_map(|line| {
            let mut parts = line.splitn(3, ':').skip(1);
            let (controllers, path) = (parts.next()?, parts.next()?);
            is_right(controllers).then_some(path)
        })
    };
    // A controller belongs to one version only: version 2 has those that version 1 does not list.
    let (path, mount, version) = match listed(&|names| names.split(',').any(|name| name == controller)) {
        Some(path) => (path, mount.join(controller), Version::One),
        None => match listed(&str::is_empty) {
            Some(path) => (path, mount.to_owned(), Version::Two),
            None => return Vec::new(),
        },
    };
    // In a container the path may lead nowhere: there the process's own group is the root of the mount.
    let groups = Path::new(path.trim_start_matches('/')).ancestors();
    groups.filter_map(|group| limit(&mount.join(group), version)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> (tempfile::TempDir, impl Fn(&str, &str)) {
        let mount = tempfile::tempdir().unwrap();
        let root = mount.path().to_owned();
        let set = move |file: &str, text: &str| {
            let file = root.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        (mount, set)
    }

    #[test]
    fn the_least_memory_limit_on_the_way_up_counts() {
        let (mount, set) = tree();
        let least = |groups| memory_limit_of(groups, mount.path());
        assert_eq!(least("0::/\n"), None);
        assert_eq!(least("nonsense\n\n1:\n"), None);
        set("a/b/memory.max", "max\n");
        assert_eq!(least("0::/a/b\n"), None);
        set("a/memory.max", "4096\n");
        assert_eq!(least("0::/a/b\n"), Some(4096));
        set("a/b/memory.max", "1024\n");
        assert_eq!(least("0::/a/b\n"), Some(1024));
        set("memory/memory.limit_in_bytes", "9223372036854771712\n");
        set("memory/c/memory.limit_in_bytes", "512\n");
        assert_eq!(least("4:cpu,memory:/c\n3:pids:/d\n0::/\n"), Some(512));
        assert_eq!(least("4:memory:/elsewhere\n"), Some(9_223_372_036_854_771_712));
    }

    #[test]
    fn what_is_left_is_the_limit_without_what_cannot_be_given_back() {
        let (mount, set) = tree();
        let left = |groups| memory_left_of(groups, mount.path());
        set("a/memory.max", "1000\n");
        set("a/memory.current", "700\n");
        assert_eq!(left("0::/a/b\n"), Some(300));
        set("a/memory.stat", "anon 400\ninactive_file 200\nactive_file 100\n");
        assert_eq!(left("0::/a/b\n"), Some(500));
        set("a/b/memory.max", "max\n");
        set("a/b/memory.current", "700\n");
        assert_eq!(left("0::/a/b\n"), Some(500));
        set("memory/c/memory.limit_in_bytes", "512\n");
        set("memory/c/memory.usage_in_bytes", "600\n");
        assert_eq!(left("4:memory:/c\n"), Some(0));
        assert_eq!(available_of("MemTotal: 9 kB\nMemAvailable:    3 kB\n"), Some(3072));
        assert_eq!(available_of("MemTotal: 9 kB\n"), None);
    }

    #[test]
    fn the_least_quota_on_the_way_up_counts() {
        let (mount, set) = tree();
        let quota = |groups| cpu_quota_of(groups, mount.path());
        assert_eq!(quota("nonsense\n0::/a/b\n"), None);
        set("a/b/cpu.max", "max 100000\n");
        assert_eq!(quota("0::/a/b\n"), None);
        set("a/cpu.max", "150000 100000\n");
        assert_eq!(quota("0::/a/b\n"), Some(1.5));
        set("cpu/c/cpu.cfs_quota_us", "50000\n");
        set("cpu/c/cpu.cfs_period_us", "100000\n");
        assert_eq!(quota("4:cpu,cpuacct:/c\n0::/a/b\n"), Some(0.5));
        set("cpu/c/cpu.cfs_quota_us", "-1\n");
        assert_eq!(quota("4:cpu,cpuacct:/c\n"), None);
    }
}

//! What keeps a process from using all of a machine: affinity masks, and quotas and limits of control groups.

use std::fs;
use std::path::Path;

use serde::Serialize;

/// What limits this process, as far as the system says so.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(crate) struct Limits {
    /// The processors that it may run on, as in `0-3,8`.
    pub(crate) affinity: Option<String>,
    /// The processors' worth of time that the control groups leave to it.
    pub(crate) cpu_quota: Option<f64>,
    /// The memory that the control groups leave to it, in bytes.
    pub(crate) memory: Option<u64>,
}

/// Those of this process.
pub(crate) fn limits() -> Limits {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    Limits {
        affinity: affinity(&status),
        cpu_quota: cpu_quota(&groups, Path::new("/sys/fs/cgroup")),
        memory: amorsize::store::memory_limit(),
    }
}

/// The processors that `/proc/self/status` lists.
fn affinity(status: &str) -> Option<String> {
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
    Some(list.trim().to_owned())
}

/// The least quota of the groups that `/proc/self/cgroup` lists, and of those above them.
fn cpu_quota(groups: &str, mount: &Path) -> Option<f64> {
    let quotas = groups.lines().filter_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        if controllers.is_empty() {
            least(mount, path, |group| {
                let text = fs::read_to_string(group.join("cpu.max")).ok()?;
                let (quota, period) = text.trim().split_once(' ')?;
                share(quota, period)
            })
        } else if controllers.split(',').any(|controller| controller == "cpu") {
            least(&mount.join("cpu"), path, |group| {
                let read = |name| fs::read_to_string(group.join(name)).ok();
                share(read("cpu.cfs_quota_us")?.trim(), read("cpu.cfs_period_us")?.trim())
            })
        } else {
            None
        }
    });
    quotas.min_by(f64::total_cmp)
}

/// A quota for each period; `max` and negative ones are none.
fn share(quota: &str, period: &str) -> Option<f64> {
    let (quota, period): (f64, f64) = (quota.parse().ok()?, period.parse().ok()?);
    (quota > 0.0 && period > 0.0).then(|| quota / period)
}

/// The least of the group `path` and of all above it.
fn least(mount: &Path, path: &str, quota: impl Fn(&Path) -> Option<f64>) -> Option<f64> {
    // A container sees its own group as the root, whatever path it is told.
    let groups = Path::new(path.trim_start_matches('/')).ancestors();
    groups.filter_map(|group| quota(&mount.join(group))).min_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_is_found() {
        assert_eq!(affinity("Name:\tx\nCpus_allowed:\tf\nCpus_allowed_list:\t0-3,8\n").as_deref(), Some("0-3,8"));
        assert_eq!(affinity(""), None);
    }

    #[test]
    fn the_least_quota_on_the_way_up_counts() {
        let mount = tempfile::tempdir().unwrap();
        let set = |file: &str, text: &str| {
            let file = mount.path().join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        let quota = |groups| cpu_quota(groups, mount.path());
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

//! The memory that a control group leaves to this process. (The share of the processors is std's to know.)

use std::fs;
use std::path::Path;

/// The least limit of this process's control groups and of those above them, in bytes; `None` if there is none.
pub(crate) fn memory_limit() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    least(&groups, Path::new("/sys/fs/cgroup"))
}

/// The same, of groups as `/proc/self/cgroup` lists them: `0::/path` for version 2, `4:memory:/path` for version 1.
fn least(groups: &str, mount: &Path) -> Option<u64> {
    groups
        .lines()
        .filter_map(|line| {
            let mut parts = line.splitn(3, ':').skip(1);
            let (controllers, path) = (parts.next()?, parts.next()?);
            if controllers.is_empty() {
                limit(mount, path, "memory.max")
            } else if controllers.split(',').any(|controller| controller == "memory") {
                limit(&mount.join("memory"), path, "memory.limit_in_bytes")
            } else {
                None
            }
        })
        .min()
}

/// The least that `file` says in the group `path` and in all above it.
fn limit(mount: &Path, path: &str, file: &str) -> Option<u64> {
    // A container sees its own group as the root, whatever path it is told.
    let groups = Path::new(path.trim_start_matches('/')).ancestors();
    groups.filter_map(|group| fs::read_to_string(mount.join(group).join(file)).ok()?.trim().parse().ok()).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_limit_on_the_way_up_counts() {
        let mount = tempfile::tempdir().unwrap();
        let set = |group: &str, file: &str, limit: &str| {
            fs::create_dir_all(mount.path().join(group)).unwrap();
            fs::write(mount.path().join(group).join(file), limit).unwrap();
        };
        let least = |groups| least(groups, mount.path());
        assert_eq!(least("0::/\n"), None);
        assert_eq!(least("nonsense\n\n1:\n"), None);
        set("a/b", "memory.max", "max\n");
        assert_eq!(least("0::/a/b\n"), None);
        set("a", "memory.max", "4096\n");
        assert_eq!(least("0::/a/b\n"), Some(4096));
        set("a/b", "memory.max", "1024\n");
        assert_eq!(least("0::/a/b\n"), Some(1024));
        set("memory", "memory.limit_in_bytes", "9223372036854771712\n");
        set("memory/c", "memory.limit_in_bytes", "512\n");
        assert_eq!(least("4:cpu,memory:/c\n3:pids:/d\n0::/\n"), Some(512));
        assert_eq!(least("4:memory:/elsewhere\n"), Some(9_223_372_036_854_771_712));
    }
}

//! What keeps a process from using all of a machine: affinity masks, and quotas and limits of control groups.

use std::fs;

use amorsize_store::machine::control_groups::{cpu_quota, memory_limit};
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
    Limits { affinity: affinity(&status), cpu_quota: cpu_quota(), memory: memory_limit() }
}

/// The processors that `/proc/self/status` lists.
fn affinity(status: &str) -> Option<String> {
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
    Some(list.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_is_found() {
        assert_eq!(affinity("Name:\tx\nCpus_allowed:\tf\nCpus_allowed_list:\t0-3,8\n").as_deref(), Some("0-3,8"));
        assert_eq!(affinity(""), None);
    }
}

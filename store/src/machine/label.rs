//! A number that tells whether this is still the machine that was asked about last time.

use crate::id::Mix;

/// What the label is made of: what takes some microseconds to ask, and changes a plan or what calling helpers costs. Names,
/// paths and memory are left out, so that containers and jobs that are equal but for those have one label.
#[derive(Clone, Debug)]
struct Parts<'a> {
    /// What the kernel says of the first processor.
    processor: &'a [u8],
    /// Processors in the affinity mask.
    usable: u32,
    /// The quota of the control groups, in processors.
    quota: Option<f64>,
}

impl Parts<'_> {
    fn label(&self) -> u64 {
        let is_kept = |line: &&[u8]| {
            // The last line may be cut.
            let key = line.split(|&byte| byte == b':').next().unwrap_or_default().trim_ascii();
            line.ends_with(b"\n") && MODEL.iter().any(|kept| kept.as_bytes() == key)
        };
        let lines = self.processor.split_inclusive(|&byte| byte == b'\n').filter(is_kept);
        lines
            .fold(Mix::new(4), Mix::bytes)
            // What the program was built for, and not what the kernel runs on, is part of a fingerprint.
            .bytes(std::env::consts::ARCH.as_bytes())
            .word(u64::from(self.usable))
            .word(self.quota.unwrap_or(0.0).to_bits())
            .finish()
    }
}

/// A label of this machine, and of the part of it that this process may use. `None` where there is no quick way to make one.
#[cfg(target_os = "linux")]
#[must_use]
pub fn label() -> Option<u64> {
    let mut processor = [0; 1024];
    let parts = Parts {
        processor: beginning("/proc/cpuinfo", &mut processor),
        usable: rustix::thread::sched_getaffinity(None).map_or(0, |set| set.count()),
        quota: super::control_groups::cpu_quota(),
    };
    Some(parts.label())
}

/// The beginning of a file, as far as there is room. Nothing if it cannot be read.
#[cfg(target_os = "linux")]
fn beginning<'b>(path: &str, room: &'b mut [u8]) -> &'b [u8] {
    use std::io::Read;

    let length = std::fs::File::open(path).and_then(|mut file| file.read(room)).unwrap_or(0);
    &room[..length]
}

/// What tells one model of a processor from another in `/proc/cpuinfo`, on x86, Arm, RISC-V and Power. Other lines there
/// change with every look, or tell steppings and hosts of one model apart.
const MODEL: [&str; 9] =
    ["vendor_id", "cpu family", "model", "model name", "CPU implementer", "CPU part", "isa", "uarch", "cpu"];

/// A label of this machine. `None`: there is no quick way to make one here.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub fn label() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn the_label_stays() {
        assert!(label().is_some());
        assert_eq!(label(), label());
    }

    #[test]
    fn limits_count_and_hosts_of_one_model_are_the_same() {
        let base = Parts {
            processor: b"vendor_id\t: one\nmodel name\t: 6130\nstepping\t: 1\ncpu MHz\t\t: 2100.1\nflags : fpu vm",
            usable: 4,
            quota: None,
        };
        let other_host: &[u8] =
            b"vendor_id\t: one\nmodel name\t: 6130\nstepping\t: 4\ncpu MHz\t\t: 800.0\nsiblings\t: 64\nflags : fpu vme";
        assert_eq!(base.label(), Parts { processor: other_host, ..base.clone() }.label());
        let others = [
            Parts { quota: Some(1.5), ..base.clone() },
            Parts { usable: 2, ..base.clone() },
            Parts { processor: b"vendor_id\t: one\nmodel name\t: 6148\n", ..base.clone() },
        ];
        for other in others {
            assert_ne!(base.label(), other.label(), "{other:?}");
        }
    }
}

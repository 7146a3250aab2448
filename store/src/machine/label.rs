//! A number that tells whether this is still the machine that was asked about last time.

use super::control_groups::Limits;
use crate::id::Mix;

/// What the label is made of: what takes some microseconds to ask. Names and paths are left out, so that containers and jobs
/// that are equal but for those have one label.
#[derive(Clone, Debug)]
struct Parts<'a> {
    /// The architecture that the kernel runs on.
    architecture: &'a [u8],
    /// The processor's model and features, as the kernel names them for its drivers.
    processor: &'a [u8],
    /// Bytes.
    memory: u64,
    /// Processors in the affinity mask.
    usable: u32,
    limits: Limits,
}

impl Parts<'_> {
    fn label(&self) -> u64 {
        let memory = self.limits.memory.map_or(self.memory, |limit| limit.min(self.memory));
        Mix::new(2)
            .bytes(self.architecture)
            .bytes(self.processor)
            // As exactly as it is part of a fingerprint: the kernel keeps a little more or less of it for itself.
            .word(u64::from(memory.max(1).ilog2()))
            .word(u64::from(self.usable))
            .word(self.limits.cpu.unwrap_or(0.0).to_bits())
            .finish()
    }
}

/// A label of this machine, and of the part of it that this process may use. `None` where there is no quick way to make one.
#[cfg(target_os = "linux")]
#[must_use]
pub fn label() -> Option<u64> {
    use std::fs::File;
    use std::io::Read;

    let system = rustix::system::uname();
    let mut processor = [0; 4096];
    let length = File::open(PROCESSOR).and_then(|mut file| file.read(&mut processor)).unwrap_or(0);
    let parts = Parts {
        architecture: system.machine().to_bytes(),
        processor: &processor[..length],
        memory: rustix::system::sysinfo().totalram,
        usable: rustix::thread::sched_getaffinity(None).map_or(0, |set| set.count()),
        limits: super::control_groups::limits(),
    };
    Some(parts.label())
}

/// As in `cpu:type:x86,ven0002fam0019mod0011:feature:,0000,0001,..`.
#[cfg(target_os = "linux")]
const PROCESSOR: &str = "/sys/devices/system/cpu/modalias";

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
    fn limits_count_and_a_little_more_memory_does_not() {
        let base = Parts {
            architecture: b"x86_64",
            processor: b"cpu:type:x86,ven0002",
            memory: 17 << 30,
            usable: 4,
            limits: Limits::default(),
        };
        let same = Parts { memory: (17 << 30) + 123_456, ..base.clone() };
        assert_eq!(base.label(), same.label());
        let limits = |memory, cpu| Parts { limits: Limits { memory, cpu }, ..base.clone() };
        let others = [
            limits(Some(1 << 30), None),
            limits(None, Some(1.5)),
            Parts { usable: 2, ..base.clone() },
            Parts { processor: b"cpu:type:x86,ven0000", ..base.clone() },
        ];
        for other in others {
            assert_ne!(base.label(), other.label(), "{other:?}");
        }
    }
}

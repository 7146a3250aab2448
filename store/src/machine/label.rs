//! A number that tells whether this is still the machine that was asked about last time.

use super::control_groups::Limits;
use crate::id::Mix;

/// What the label is made of: what takes some microseconds to ask. Names and paths are left out, so that containers and jobs
/// that are equal but for those have one label.
#[derive(Clone, Debug)]
struct Parts<'a> {
    /// The architecture that the kernel runs on.
    architecture: &'a [u8],
    /// What the kernel says of the first processor.
    processor: &'a [u8],
    /// The numbers of all processors that the machine may have, as in `0-63`.
    processors: &'a [u8],
    /// Bytes.
    memory: u64,
    /// Processors in the affinity mask.
    usable: u32,
    limits: Limits,
}

impl Parts<'_> {
    fn label(&self) -> u64 {
        let memory = self.limits.memory.map_or(self.memory, |limit| limit.min(self.memory));
        let is_kept = |line: &&[u8]| {
            // The last line may be cut.
            let key = line.split(|&byte| byte == b':').next().unwrap_or_default().trim_ascii();
            line.ends_with(b"\n") && MODEL.iter().any(|kept| kept.as_bytes() == key)
        };
        let lines = self.processor.split_inclusive(|&byte| byte == b'\n').filter(is_kept);
        lines
            .fold(Mix::new(3), Mix::bytes)
            .bytes(self.architecture)
            .bytes(self.processors)
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
    let system = rustix::system::uname();
    let (mut processor, mut processors) = ([0; 1024], [0; 64]);
    let parts = Parts {
        architecture: system.machine().to_bytes(),
        processor: beginning("/proc/cpuinfo", &mut processor),
        processors: beginning("/sys/devices/system/cpu/possible", &mut processors),
        memory: rustix::system::sysinfo().totalram,
        usable: rustix::thread::sched_getaffinity(None).map_or(0, |set| set.count()),
        limits: super::control_groups::limits(),
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
/// change with every look.
const MODEL: [&str; 14] = [
    "vendor_id",
    "cpu family",
    "model",
    "model name",
    "stepping",
    "siblings",
    "cpu cores",
    "CPU implementer",
    "CPU variant",
    "CPU part",
    "CPU revision",
    "isa",
    "uarch",
    "cpu",
];

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
            processor: b"vendor_id\t: one\nmodel name\t: 6130\ncpu MHz\t\t: 2100.1\nflags : fpu vm",
            processors: b"0-7\n",
            memory: 17 << 30,
            usable: 4,
            limits: Limits::default(),
        };
        let later: &[u8] = b"vendor_id\t: one\nmodel name\t: 6130\ncpu MHz\t\t: 800.0\nflags : fpu vme";
        for same in [Parts { memory: (17 << 30) + 123_456, ..base.clone() }, Parts { processor: later, ..base.clone() }]
        {
            assert_eq!(base.label(), same.label());
        }
        let limits = |memory, cpu| Parts { limits: Limits { memory, cpu }, ..base.clone() };
        let others = [
            limits(Some(1 << 30), None),
            limits(None, Some(1.5)),
            Parts { usable: 2, ..base.clone() },
            Parts { processor: b"vendor_id\t: one\nmodel name\t: 6148\n", ..base.clone() },
            Parts { processors: b"0-15\n", ..base.clone() },
        ];
        for other in others {
            assert_ne!(base.label(), other.label(), "{other:?}");
        }
    }
}

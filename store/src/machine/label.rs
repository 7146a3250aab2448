//! What can be told of a machine quickly: a number that tells whether it is still the one that was asked about last time, and
//! the parts of its fingerprint.

use std::sync::OnceLock;

use super::fingerprint::{LONGEST_NAME, Machine};
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

impl Parts<'_> {
    /// The parts of a fingerprint; those that are only shown are 0. `None` if the processor does not say its name.
    fn machine(&self) -> Option<Machine> {
        let name = std::str::from_utf8(self.processor).unwrap_or_else(|error| {
            // A line may be cut in the middle of a character.
            std::str::from_utf8(&self.processor[..error.valid_up_to()]).unwrap_or_default()
        });
        let name = name.split_inclusive('\n').filter(|line| line.ends_with('\n')).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            (key.trim() == "model name").then_some(value.trim())
        })?;
        // As the standard library counts them.
        let quota = self.quota.map_or(u32::MAX, |quota| (quota as u32).max(1));
        Some(Machine {
            cpu: name.chars().take(LONGEST_NAME).collect(),
            physical_cores: 0,
            logical_cores: 0,
            usable_cores: self.usable.min(quota).max(1),
            memory_log2: 0,
            os: std::env::consts::OS.into(),
            arch: std::env::consts::ARCH.into(),
        })
    }
}

/// The label of this machine and its parts of a fingerprint, found out once in a process.
fn examined() -> &'static (Option<u64>, Option<Machine>) {
    static EXAMINED: OnceLock<(Option<u64>, Option<Machine>)> = OnceLock::new();
    EXAMINED.get_or_init(examine)
}

#[cfg(target_os = "linux")]
fn examine() -> (Option<u64>, Option<Machine>) {
    let mut processor = [0; 1024];
    let parts = Parts {
        processor: beginning("/proc/cpuinfo", &mut processor),
        usable: rustix::thread::sched_getaffinity(None).map_or(0, |set| set.count()),
        quota: super::control_groups::cpu_quota(),
    };
    (Some(parts.label()), parts.machine())
}

#[cfg(not(target_os = "linux"))]
fn examine() -> (Option<u64>, Option<Machine>) {
    (None, None)
}

/// A label of this machine, and of the part of it that this process may use. `None` where there is no quick way to make one.
#[must_use]
pub fn label() -> Option<u64> {
    examined().0
}

/// This machine as far as fingerprints go: what is only shown is 0. Takes some ten microseconds where processors say their
/// names as on x86, else as long as [`Machine::ask`].
#[must_use]
pub fn machine() -> Machine {
    examined().1.clone().unwrap_or_else(Machine::ask)
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
    fn it_has_the_fingerprint_of_the_machine_that_was_asked() {
        use crate::machine::build_flags::Build;
        use crate::machine::fingerprint::Fingerprint;

        let print = |machine| Fingerprint::new(machine, Build::from_bits(1)).id();
        assert_eq!(print(machine()), print(Machine::ask()), "{:?} {:?}", machine(), Machine::ask());
    }

    #[test]
    fn a_quota_leaves_whole_processors_and_at_least_one() {
        let cores = |usable, quota| {
            let processor = b"model name\t: One: of its kind \nmodel name\t: cut \xc3";
            let machine = Parts { processor, usable, quota }.machine().unwrap();
            assert_eq!(machine.cpu, "One: of its kind");
            machine.usable_cores
        };
        assert_eq!([cores(4, None), cores(4, Some(2.9)), cores(4, Some(0.5)), cores(2, Some(8.0))], [4, 2, 1, 2]);
        assert_eq!(Parts { processor: b"CPU part : 0xd0c\n", usable: 1, quota: None }.machine(), None);
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

//! The fingerprint: on which machine, with which limits and for which build a plan is valid.
//!
//! The plans of each fingerprint have a folder of their own, so that a plan is never used under another one.

use std::fmt;
use std::thread;

use serde::{Deserialize, Serialize};
use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

use super::build_flags::Build;
use super::control_groups;
use crate::config::named_threads;
use crate::id::{Hexadecimal, Mix, number_in_files_and_digits_in_text};

/// What is recorded of a machine, with the limits of this process: what decides which plan is good (the processor's model,
/// the usable cores, system and architecture), and what people are shown beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The name of the processor's model. Its stepping is no part of that.
    pub cpu: String,
    /// Cores; 0 if unknown. No part of a fingerprint: a process knows only those that it may use.
    pub physical_cores: u32,
    /// Hardware threads. No part of a fingerprint.
    pub logical_cores: u32,
    /// The hardware threads that the process may use, given its affinity mask and the quota of its control group.
    pub usable_cores: u32,
    /// The memory of the machine, or the limit of the control group if that is less: floor(log2 bytes). No part of
    /// a fingerprint.
    pub memory_log2: u32,
    /// The operating system.
    pub os: String,
    /// The architecture that the program was built for.
    pub arch: String,
}

impl Machine {
    /// Asks the system for the properties of this machine. Takes some hundred microseconds.
    #[must_use]
    pub fn ask() -> Self {
        let wanted = RefreshKind::nothing()
            .with_cpu(CpuRefreshKind::nothing())
            .with_memory(MemoryRefreshKind::nothing().with_ram());
        let system = System::new_with_specifics(wanted);
        let first = system.cpus().first();
        let name = first.map(|cpu| if cpu.brand().is_empty() { cpu.vendor_id() } else { cpu.brand() });
        let memory =
            control_groups::memory_limit().map_or(system.total_memory(), |limit| limit.min(system.total_memory()));
        Self {
            cpu: name.unwrap_or_default().trim().chars().take(LONGEST_NAME).collect(),
            physical_cores: System::physical_core_count().unwrap_or(0) as u32,
            logical_cores: system.cpus().len() as u32,
            usable_cores: thread::available_parallelism().map_or(1, usize::from) as u32,
            memory_log2: memory.max(1).ilog2(),
            os: std::env::consts::OS.into(),
            arch: std::env::consts::ARCH.into(),
        }
    }

    /// The threads that rayon's global pool has, or will have when it is started.
    #[must_use]
    pub fn pool(&self) -> u32 {
        named_threads().unwrap_or(self.usable_cores)
    }
}

/// The most characters of a processor's name that are kept.
pub(super) const LONGEST_NAME: usize = 80;

/// On which machine and for which build a plan is valid. Its [`id`](Self::id) is the name of the folder with such plans.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// The machine.
    pub machine: Machine,
    /// Threads that rayon's global pool has if nobody builds another one: as the environment says, or the usable cores.
    pub pool: u32,
    /// The build of the annotated function, as [`Build::bits`].
    pub build: u32,
}

impl Fingerprint {
    /// The fingerprint of functions that were built like this, on this machine with the pool that rayon starts there.
    #[must_use]
    pub fn new(machine: Machine, build: Build) -> Self {
        Self { pool: machine.pool(), machine, build: build.bits() }
    }

    /// A digest of what changes a plan, and of nothing else: machines that are equal in that share their plans.
    #[must_use]
    pub fn id(&self) -> FingerprintId {
        let Self { machine: Machine { cpu, usable_cores, os, arch, .. }, pool, build } = self;
        digest(FORMAT, &[cpu, os, arch], &[*usable_cores, *pool, *build])
    }

    /// Whether this is its digest, or was before machines with other cores, memory or limits of it had the same.
    #[must_use]
    pub fn is_called(&self, id: FingerprintId) -> bool {
        self.id() == id || self.first_id() == id
    }

    /// Whether plans with this fingerprint are used on the machine `here`, by programs with its build.
    #[must_use]
    pub fn holds_on(&self, here: &Machine) -> bool {
        let machine = here.clone();
        Self { pool: here.pool(), machine, build: self.build }.id() == self.id()
    }

    /// The digest of format 1, of all parts.
    pub(crate) fn first_id(&self) -> FingerprintId {
        let Self { machine, pool, build } = self;
        let Machine { cpu, physical_cores, logical_cores, usable_cores, memory_log2, os, arch } = machine;
        let numbers = [*physical_cores, *logical_cores, *usable_cores, *memory_log2, *pool, *build];
        digest(1, &[cpu, os, arch], &numbers)
    }

    /// How the annotated function was built.
    #[must_use]
    pub fn build(&self) -> Build {
        Build::from_bits(self.build)
    }
}

/// Part of every digest. To be raised when a part changes its meaning, so that older plans are no longer found.
const FORMAT: u64 = 2;

fn digest(format: u64, texts: &[&str], numbers: &[u32]) -> FingerprintId {
    let texts = texts.iter().fold(Mix::new(format), |mix, text| mix.bytes(text.as_bytes()));
    FingerprintId(numbers.iter().fold(texts, |mix, number| mix.word(u64::from(*number))).finish())
}

/// The digest of a fingerprint: 64 bits, shown as 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FingerprintId(u64);

impl FingerprintId {
    /// The identity that is this number.
    #[must_use]
    pub const fn from_u64(id: u64) -> Self {
        Self(id)
    }

    /// The identity as a number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for FingerprintId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Hexadecimal::new(self.0).as_str())
    }
}

number_in_files_and_digits_in_text!(FingerprintId);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    type Change = fn(&mut Fingerprint);

    #[test]
    fn what_changes_a_plan_counts_and_nothing_else() {
        let base = Fingerprint::new(Machine::ask(), Build::from_bits(7));
        let ids = |changes: &[Change]| {
            let changed = changes.iter().map(|change| {
                let mut other = base.clone();
                change(&mut other);
                other.id()
            });
            changed.chain([base.id()]).collect::<BTreeSet<_>>()
        };
        let counts: [Change; 6] = [
            |print| print.machine.cpu.push('x'),
            |print| print.machine.usable_cores += 1,
            |print| print.machine.os.push('x'),
            |print| print.machine.arch.push('x'),
            |print| print.pool += 1,
            |print| print.build ^= 1,
        ];
        assert_eq!(ids(&counts).len(), 7);
        let shown: [Change; 3] = [
            |print| print.machine.physical_cores += 1,
            |print| print.machine.logical_cores += 1,
            |print| print.machine.memory_log2 += 1,
        ];
        assert_eq!(ids(&shown).len(), 1);
    }

    #[test]
    fn an_older_digest_is_known() {
        let base = Fingerprint::new(Machine::ask(), Build::from_bits(7));
        assert_ne!(base.id(), base.first_id());
        assert!(base.is_called(base.id()) && base.is_called(base.first_id()));
        assert!(!base.is_called(FingerprintId::from_u64(base.id().get() ^ 1)));
    }

    #[test]
    fn the_machine_is_known() {
        let machine = Machine::ask();
        assert!(machine.logical_cores >= 1 && machine.usable_cores >= 1, "{machine:?}");
        assert!((20..60).contains(&machine.memory_log2), "{machine:?}");
        assert_eq!(machine, Machine::ask());
    }
}

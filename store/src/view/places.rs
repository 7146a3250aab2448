//! The fingerprints for which there are plans, and how each differs from this machine.

use serde::Serialize;

use crate::machine::fingerprint::{Fingerprint, FingerprintId, Machine};

/// A fingerprint for which there are plans.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Place {
    /// Its digest, which is also the name of its folder.
    pub id: FingerprintId,
    /// Its parts; `None` if they are not known.
    pub fingerprint: Option<Fingerprint>,
    /// The build that is part of it, in words; `None` if it is not known.
    pub build: Option<String>,
    /// Whether it is this machine or one of its kind, perhaps with another pool or other limits: another affinity or quota.
    pub same_machine: bool,
    /// How it differs from this machine, so that its plans are not used here. The build is not compared, because it belongs
    /// to a program and not to the machine.
    pub differences: Vec<Difference>,
    /// Functions with plans.
    pub functions: usize,
}

/// A part of a fingerprint that is not as it is here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// Which part.
    pub part: &'static str,
    /// Its value where the plans were learned.
    pub there: String,
    /// Its value on this machine.
    pub here: String,
}

impl Place {
    /// The fingerprint with this digest, compared with the machine `here`.
    pub(crate) fn new(id: FingerprintId, parts: Option<Fingerprint>, here: &Machine, functions: usize) -> Self {
        let mut differences = parts.as_ref().map_or_else(Vec::new, |there| differences(there, here));
        if parts.as_ref().is_some_and(|there| there.id() != id) {
            differences.push(Difference { part: FORMAT, there: "older".into(), here: "today's".into() });
        }
        let is_hardware = |difference: &Difference| !LIMITS.contains(&difference.part);
        let same_machine = parts.is_some() && !differences.iter().any(is_hardware);
        let build = parts.as_ref().map(|parts| parts.build().to_string());
        Self { id, fingerprint: parts, build, same_machine, differences, functions }
    }

    /// Whether plans with this fingerprint are used on this machine, if the build is the same.
    #[must_use]
    pub fn is_here(&self) -> bool {
        self.fingerprint.is_some() && self.differences.is_empty()
    }
}

/// The parts of a fingerprint that are no property of the machine, but of a process and its environment.
const LIMITS: [&str; 3] = ["usable cores", "pool", FORMAT];
/// The name of the difference of plans that an earlier version kept under a digest of more parts.
const FORMAT: &str = "format";

/// The parts of a fingerprint that differ from this machine.
fn differences(there: &Fingerprint, here: &Machine) -> Vec<Difference> {
    let Machine { cpu, usable_cores, os, arch, .. } = &there.machine;
    let parts = [
        ("cpu", cpu.clone(), here.cpu.clone()),
        ("usable cores", usable_cores.to_string(), here.usable_cores.to_string()),
        ("pool", there.pool.to_string(), here.pool().to_string()),
        ("os", os.clone(), here.os.clone()),
        ("architecture", arch.clone(), here.arch.clone()),
    ];
    parts
        .into_iter()
        .filter(|(_, there, here)| there != here)
        .map(|(part, there, here)| Difference { part, there, here })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::build_flags::Build;

    #[test]
    fn differences_are_named() {
        let there = Fingerprint::new(Machine::ask(), Build::from_bits(0));
        assert_eq!(differences(&there, &there.machine), []);
        let mut here = there.machine.clone();
        here.cpu.push('2');
        here.memory_log2 += 1;
        let parts: Vec<_> = differences(&there, &here).into_iter().map(|difference| difference.part).collect();
        assert_eq!(parts, ["cpu"], "memory is only shown");
    }

    #[test]
    fn another_pool_is_no_other_machine() {
        let here = Machine::ask();
        let place = |change: fn(&mut Fingerprint)| {
            let mut parts = Fingerprint::new(here.clone(), Build::from_bits(0));
            change(&mut parts);
            let place = Place::new(parts.id(), Some(parts), &here, 1);
            (place.is_here(), place.same_machine)
        };
        assert_eq!(place(|_| ()), (true, true));
        assert_eq!(place(|parts| parts.pool += 1), (false, true));
        assert_eq!(place(|parts| parts.machine.usable_cores += 1), (false, true));
        assert_eq!(place(|parts| parts.machine.logical_cores += 1), (true, true), "it is not for plans to tell");
        assert_eq!(place(|parts| parts.machine.cpu.push('2')), (false, false));
        let parts = Fingerprint::new(here.clone(), Build::from_bits(0));
        let older = Place::new(FingerprintId::from_u64(7), Some(parts), &here, 1);
        assert!(!older.is_here() && older.same_machine && older.differences[0].part == "format");
    }
}

//! What a machine is and what its pool costs, kept so that a fresh process need not find out.
//!
//! To ask the system takes some hundred microseconds; to know by its label that it is the same machine as last time,
//! and to read what was found then, takes ten.

use serde::{Deserialize, Serialize};

use super::folder::{self, Folder};
use crate::fingerprint::Machine;
use crate::format::{Kind, open, seal};

/// What is kept of a machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Known {
    pub(crate) machine: Machine,
    /// When the system was last asked, seconds since 1970.
    pub(crate) asked: u64,
    /// What helpers cost there.
    pub(crate) pool: PoolCosts,
}

/// What it costs to have helpers, ns; 0 if unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PoolCosts {
    /// Starting the pool.
    pub(crate) start: u64,
    /// Until a helper comes, and what of it the caller pays: of a pool that sleeps, and of one that is awake.
    pub(crate) wake: [(f32, f32); 2],
}

/// Whoever writes asks again after so long, seconds: the limits of a control group can change while it lives ...
pub(crate) const BELIEVED: u64 = 60 * 60;
/// ... and where nobody writes what was found is believed no longer than this.
pub(crate) const BELIEVED_UNASKED: u64 = 7 * 24 * 60 * 60;

impl PoolCosts {
    /// Whether its numbers are such that to use them can cost time, and nothing else.
    fn is_sane(&self) -> bool {
        let time = |time: f32| (0.0..1e9).contains(&time);
        self.start < 10_000_000_000 && self.wake.iter().all(|(arrive, call)| time(*arrive) && time(*call))
    }
}

/// What is known of the machine that goes by `label`.
pub(crate) fn recall(folder: &Folder, label: u64) -> Option<Known> {
    let content = folder::read(&folder.machine(label), Kind::Machine).ok()??;
    open::<Known>(Kind::Machine, &content.bytes).ok().filter(|known| known.pool.is_sane())
}

pub(crate) fn keep(folder: &Folder, label: u64, known: &Known) -> std::io::Result<()> {
    folder::write(&folder.machine(label), &seal(Kind::Machine, known))
}

/// A label of this machine and of the part of it that this process may use, from what costs next to nothing to ask: host
/// name, kernel, memory, the processors of the affinity mask, the control groups and their limits. `None` where there is no such thing.
#[cfg(target_os = "linux")]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere there is none")]
pub(crate) fn label() -> Option<u64> {
    use crate::identity::Mix;
    use std::io::Read;

    let system = rustix::system::uname();
    let mut mix = Mix::new(1);
    for text in [system.nodename(), system.release(), system.version(), system.machine()] {
        mix = mix.bytes(text.to_bytes());
    }
    let usable = rustix::thread::sched_getaffinity(None).map_or(0, |set| set.count());
    mix = mix.word(rustix::system::sysinfo().totalram).word(u64::from(usable));
    // A container has the same group whatever its limits: those it sees as its own count too.
    for path in ["/proc/self/cgroup", "/sys/fs/cgroup/cpu.max", "/sys/fs/cgroup/memory.max"] {
        // The kernel gives all of it at the first reading: to look for its length costs more.
        let mut text = [0; 4096];
        let length = std::fs::File::open(path).and_then(|mut file| file.read(&mut text)).unwrap_or(0);
        mix = mix.bytes(&text[..length]);
    }
    Some(mix.finish())
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn label() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_recalled_by_its_label() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("cache"));
        let pool = PoolCosts { start: 7, wake: [(1.0, 2.0), (3.0, 4.0)] };
        let known = Known { machine: Machine::ask(), asked: 5, pool };
        assert_eq!(recall(&folder, 1), None);
        keep(&folder, 1, &known).unwrap();
        assert_eq!(recall(&folder, 1), Some(known.clone()));
        keep(&folder, 1, &Known { pool: PoolCosts { wake: [(f32::NAN, 0.0); 2], ..pool }, ..known }).unwrap();
        assert_eq!(recall(&folder, 1), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_label_stays() {
        assert!(label().is_some());
        assert_eq!(label(), label());
    }
}

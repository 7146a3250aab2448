//! Files about machines: the parts of a machine, and what its thread pool costs.
//!
//! Asking the system takes some hundred microseconds. Reading such a file, found by the label of the machine, takes ten.

use std::io;

use serde::{Deserialize, Serialize};

use super::files;
use super::folder::Folder;
use crate::machine::fingerprint::Machine;
use crate::record::envelope::{self, Kind};

/// The content of a file about a machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KnownMachine {
    /// Its parts.
    pub machine: Machine,
    /// When the system was last asked, seconds since 1970.
    pub asked: u64,
    /// What its pool costs.
    pub pool: PoolCosts,
}

/// What it costs to call helpers from a thread pool, ns; 0 where it is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PoolCosts {
    /// Starting the pool.
    pub start: u64,
    /// The time until a helper begins, and the part of it that the caller spends. First for a pool that sleeps, then for one
    /// that is awake.
    pub wake: [(f32, f32); 2],
}

/// A process that writes plans asks the system again if the file is older than this (seconds): limits of control groups
/// can change.
pub const MAX_AGE: u64 = 60 * 60;
/// A file that is older than this (seconds) is not used.
pub const MAX_AGE_UNASKED: u64 = 7 * 24 * 60 * 60;

impl PoolCosts {
    /// Whether these costs should be saved in place of `other`: some differ by more than a quarter.
    #[must_use]
    pub fn differs(&self, other: &Self) -> bool {
        let apart = |a: f64, b: f64| a.max(b) > 1.25 * a.min(b);
        let wakes = self.wake.iter().zip(other.wake);
        apart(self.start as f64, other.start as f64)
            || wakes.into_iter().any(|(a, b)| {
                b.0 > 0.0 && apart(f64::from(a.0), f64::from(b.0)) || b.1 > 0.0 && apart(f64::from(a.1), f64::from(b.1))
            })
    }

    /// These costs, half of the way to what another process has measured: a busy hour in which helpers come ten times later
    /// than usual is no measure for the rest of the day, and is soon forgotten. Halves are of the ratio, since costs differ by
    /// factors.
    #[must_use]
    fn towards(&self, measured: &Self) -> Self {
        let half =
            |before: f64, now: f64| if before > 0.0 && now > 0.0 { (before * now).sqrt() } else { before.max(now) };
        let both = |a: f32, b: f32| half(f64::from(a), f64::from(b)) as f32;
        let wake = [0, 1].map(|hot| {
            let (a, b) = (self.wake[hot], measured.wake[hot]);
            (both(a.0, b.0), both(a.1, b.1))
        });
        Self { start: half(self.start as f64, measured.start as f64).round() as u64, wake }
    }

    /// Whether all numbers are within bounds, so that using them can cost time at the most.
    fn is_sane(&self) -> bool {
        let time = |time: f32| (0.0..1e9).contains(&time);
        self.start < 10_000_000_000 && self.wake.iter().all(|(arrive, call)| time(*arrive) && time(*call))
    }
}

/// What was saved of the machine with this label.
#[must_use]
pub fn load(folder: &Folder, label: u64) -> Option<KnownMachine> {
    let content = files::read(&folder.machine_file(label), Kind::Machine).ok()??;
    envelope::read::<KnownMachine>(Kind::Machine, &content.bytes).ok().filter(|known| known.pool.is_sane())
}

/// Saves what is known of the machine with this label. Costs move half of the way from those that are there already.
///
/// # Errors
/// If the system refuses.
pub fn save(folder: &Folder, label: u64, known: &KnownMachine) -> io::Result<()> {
    let before = load(folder, label).map_or(known.pool, |before| before.pool);
    let known = KnownMachine { pool: before.towards(&known.pool), ..known.clone() };
    files::write(&folder.machine_file(label), &envelope::write(Kind::Machine, &known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_found_by_its_label() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("cache"));
        let pool = PoolCosts { start: 7, wake: [(1.0, 2.0), (3.0, 4.0)] };
        let known = KnownMachine { machine: Machine::ask(), asked: 5, pool };
        assert_eq!(load(&folder, 1), None);
        save(&folder, 1, &known).unwrap();
        assert_eq!(load(&folder, 1), Some(known.clone()));
        save(&folder, 2, &KnownMachine { pool: PoolCosts { wake: [(f32::NAN, 0.0); 2], ..pool }, ..known }).unwrap();
        assert_eq!(load(&folder, 2), None);
    }

    #[test]
    fn a_busy_hour_is_soon_forgotten() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("cache"));
        let known = |cost: f32| {
            let pool = PoolCosts { start: cost as u64, wake: [(cost, cost); 2] };
            KnownMachine { machine: Machine::ask(), asked: 5, pool }
        };
        let now = || load(&folder, 1).unwrap().pool;
        save(&folder, 1, &known(100.0)).unwrap();
        assert_eq!(now(), known(100.0).pool, "there was nothing before");
        save(&folder, 1, &known(10_000.0)).unwrap();
        assert_eq!(now(), known(1000.0).pool, "half of the way");
        for _ in 0..4 {
            save(&folder, 1, &known(100.0)).unwrap();
        }
        assert!(now().wake[0].0 < 120.0, "{:?}", now());
        save(&folder, 2, &known(0.0)).unwrap();
        save(&folder, 2, &known(100.0)).unwrap();
        assert_eq!(load(&folder, 2).unwrap().pool, known(100.0).pool, "what was not known is all of it");
    }
}

//! Plans that nobody learned, so that it is known what there is to say of them.

use std::path::Path;

use amorsize_store::clock::unix_seconds;
use amorsize_store::disk::folder::Folder;
use amorsize_store::disk::{fingerprints, plans, statistics};
use amorsize_store::id::FunctionId;
use amorsize_store::machine::build_flags::Build;
use amorsize_store::machine::fingerprint::{Fingerprint, Machine};
use amorsize_store::record::counts::{Counts, Day};
use amorsize_store::record::entry::{Entry, Key};
use amorsize_store::record::evidence::{Arm, Evidence};
use amorsize_store::record::plans::Plans;
use amorsize_store::record::schedule::Schedule;
use amorsize_store::record::statistics::Statistics;
use amorsize_store::record::stats::FunctionStats;

use crate::cache::{Cache, THREADS};

/// The plan for inputs of about a thousand items of 100 ns each, on two threads: predicted to take 50 ns, just measured.
pub(crate) fn predicted() -> Entry {
    let schedule = Schedule { n_jobs: 2, chunksize: 8, settled: true, expected: 50.0 };
    Entry {
        key: Key { bucket: 10, ..Key::default() },
        measured: unix_seconds(),
        pool: THREADS,
        cost: 100.0,
        awake: schedule,
        asleep: schedule,
        evidence: Evidence::default(),
    }
}

/// The same, measured while the pool was awake: an item took `cost` ns, and 100 ns in the plain loop.
pub(crate) fn measured_awake(cost: f32) -> Entry {
    let mut entry = predicted();
    entry.evidence.serial = Some(Arm { n_jobs: 1, cost: 100.0, count: 3 });
    entry.evidence.shared[1].arms = vec![Arm { n_jobs: 2, cost, count: 9 }];
    entry
}

/// A function with these plans, for each size one.
pub(crate) fn function(id: u64, path: &str, entries: Vec<Entry>) -> Plans {
    let mut plans = Plans { id: FunctionId::from_u64(id), function: path.into(), entries, ..Plans::default() };
    for (entry, bucket) in plans.entries.iter_mut().zip(10..) {
        entry.key.bucket = bucket;
    }
    plans
}

impl Cache {
    /// One that holds these functions, learned here.
    pub(crate) fn of(functions: impl IntoIterator<Item = Plans>) -> Self {
        let cache = Self::none();
        write(&cache.dir(), functions, |_| ());
        cache
    }
}

fn write(dir: &Path, functions: impl IntoIterator<Item = Plans>, change: impl Fn(&mut Fingerprint)) -> Fingerprint {
    let folder = Folder::new(dir.to_owned());
    let mut fingerprint = Fingerprint::new(Machine::ask(), Build::from_bits(0));
    fingerprint.pool = THREADS;
    change(&mut fingerprint);
    fingerprints::save(&folder, &fingerprint).unwrap();
    for mut function in functions {
        function.fingerprint = fingerprint.id();
        plans::append(&folder, &function).unwrap();
    }
    fingerprint
}

/// Counts of a function: hits and the time that it saved, ns.
pub(crate) fn counts(id: u64, path: &str, hits: u64, saved_ns: i64) -> FunctionStats {
    let mut counts = Counts::NONE;
    (counts.hits, counts.saved_ns) = (hits, saved_ns);
    FunctionStats { id: FunctionId::from_u64(id), function: path.into(), counts, entries: 0 }
}

impl Cache {
    /// One that holds these counts, and no plans.
    pub(crate) fn counted(functions: Vec<FunctionStats>) -> Self {
        let cache = Self::none();
        let fingerprint = write(&cache.dir(), [], |_| ());
        cache.count(&fingerprint, functions);
        cache
    }

    /// One that holds this function, learned here, and its counts.
    pub(crate) fn counting(function: Plans, counts: FunctionStats) -> Self {
        let cache = Self::none();
        let fingerprint = write(&cache.dir(), [function], |_| ());
        cache.count(&fingerprint, vec![counts]);
        cache
    }

    fn count(&self, fingerprint: &Fingerprint, functions: Vec<FunctionStats>) {
        let now = unix_seconds();
        let mut all = Statistics { since: now, until: now, processes: 1, functions, ..Statistics::default() };
        // The last ones of as many days as there are kept, and a few more.
        for days in (0..=65).rev() {
            Day::at(now - days * 86_400, all.sum()).add_to(&mut all.days);
        }
        statistics::append(&Folder::new(self.dir()), fingerprint.id(), &all).unwrap();
    }

    /// One that holds these functions, learned on another machine.
    pub(crate) fn of_elsewhere(functions: impl IntoIterator<Item = Plans>) -> Self {
        let cache = Self::none();
        write(&cache.dir(), functions, |fingerprint| fingerprint.machine.cpu = "another one".into());
        cache
    }
}

/// Makes a folder with very many functions, to measure what the commands take: `AMORSIZE_MADE=DIR cargo test -p
/// amorsize-cli --test integration -- --ignored very_many`. `AMORSIZE_MADE_DAMAGED=1`: files of nothing but nonsense.
#[test]
#[ignore = "it makes 100,000 files"]
fn very_many() {
    let dir = std::env::var_os("AMORSIZE_MADE").expect("AMORSIZE_MADE names the folder to be made");
    let path = |n: u64| format!("package::module_{}::function_{n}", n / 100);
    let id = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let all = 0..100_000;
    let functions = all.clone().map(|n| function(id(n), &path(n), vec![measured_awake(60.0), predicted()]));
    let fingerprint = write(Path::new(&dir), functions, |_| ());
    let folder = Folder::new(dir.into());
    if std::env::var_os("AMORSIZE_MADE_DAMAGED").is_some() {
        for function in folder.functions(fingerprint.id()).unwrap() {
            std::fs::write(folder.plans_file(fingerprint.id(), function), "nonsense").unwrap();
        }
    }
    let counted = all.map(|n| counts(id(n), &path(n), n, 1000)).collect();
    let all = Statistics { processes: 1, functions: counted, ..Statistics::default() };
    statistics::append(&folder, fingerprint.id(), &all).unwrap();
}

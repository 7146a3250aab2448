//! Tests that files are written byte by byte as ever (`format/v3`), and that those of all formats can still be read.
//!
//! Between `v1` and `v2` the digest of a fingerprint has changed, and with it the names of folders. The format of each kind of
//! file is the same. In `v3` plans say what an item takes of a processor, and whether their function may use more threads
//! than there are cores: they are of version 2, and so are exports.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::disk::folder::Folder;
use crate::disk::machines::{self, KnownMachine, PoolCosts};
use crate::disk::{files, fingerprints, plans as plan_files, statistics, sweep};
use crate::id::FunctionId;
use crate::machine::fingerprint::{Fingerprint, FingerprintId, Machine};
use crate::portable::{self, Merge};
use crate::record::counts::{Counts, Day};
use crate::record::entry::{Entry, Key};
use crate::record::evidence::{Arm, Evidence, SharedEvidence};
use crate::record::plans::Plans;
use crate::record::schedule::Schedule;
use crate::record::statistics::Statistics;
use crate::record::stats::FunctionStats;

const NOW: u64 = 1_800_000_000;
/// The label of the machine.
const LABEL: u64 = 0xfeed;
/// The fingerprint's folder is named by a digest of its parts: that must not move either. In `v1`, in `v2`, and in `v3`.
const PRINTS: [FingerprintId; 3] = [
    FingerprintId::from_u64(0xcbc4_d628_8b0b_eaaf),
    FingerprintId::from_u64(0x43ab_c6c4_262a_06fb),
    FingerprintId::from_u64(0x43ab_c6c4_262a_06fb),
];

const FUNCTION: FunctionId = FunctionId::from_u64(0xfedc_ba98_7654_3210);
const NAME: &str = "a_crate::a_module::a_function";

fn fingerprint() -> Fingerprint {
    Fingerprint { machine: machine(), pool: 8, build: 0b1111 }
}

fn machine() -> Machine {
    Machine {
        cpu: "A processor of no make".into(),
        physical_cores: 4,
        logical_cores: 8,
        usable_cores: 6,
        memory_log2: 34,
        os: "linux".into(),
        arch: "x86_64".into(),
    }
}

fn known() -> KnownMachine {
    let pool = PoolCosts { start: 150_000, wake: [(52_000.0, 9_500.0), (1_400.0, 140.0)] };
    KnownMachine { machine: machine(), asked: NOW - 60, pool }
}

/// One plan without and one with instantiation and key, with everything in them that there can be in a format.
fn plans(format: usize) -> Plans {
    let says_more = format >= 2;
    let schedule = |n_jobs, chunksize, settled, expected| Schedule { n_jobs, chunksize, settled, expected };
    let arm = |n_jobs, cost, count| Arm { n_jobs, cost, count };
    let plain = Entry {
        key: Key { bucket: 3, ..Key::default() },
        measured: NOW - 1000,
        pool: 8,
        cost: 12.5,
        awake: schedule(1, 1, true, 12.5),
        asleep: schedule(1, 1, true, 12.5),
        evidence: Evidence { serial: Some(arm(1, 12.5, 9)), ..Evidence::default() },
    };
    let asleep = SharedEvidence { arms: vec![arm(2, 800.0, 1)], spent: 1.5e9, lost: 0.0 };
    let arms = vec![arm(2, 700.0, 3), arm(4, 410.0, 5), arm(8, 450.0, 2)];
    let shared = Entry {
        key: Key { instantiation: 0x0123_4567_89ab_cdef, user: u64::MAX, bucket: 20, blocking: says_more },
        measured: NOW,
        pool: 8,
        cost: 1300.0,
        awake: schedule(4, 64, false, 410.0),
        asleep: schedule(2, 1 << 20, true, 800.0),
        evidence: Evidence {
            serial: Some(arm(1, 1300.0, 2)),
            estimate: Some(1250.0),
            bound: Some(1400.0),
            cpu: says_more.then_some(70.5),
            shared: [asleep, SharedEvidence { arms, spent: 9.75e9, lost: 3.2e7 }],
        },
    };
    Plans {
        fingerprint: PRINTS[format],
        id: FUNCTION,
        ttl: Some(2_592_000),
        function: NAME.into(),
        names: vec![(0x0123_4567_89ab_cdef, "a_crate::a_function<f64>".into())],
        entries: vec![plain, shared],
    }
}

/// Version 1 of these has no days. Those here are what it says of one.
fn counts() -> [Statistics; 2] {
    let stats = |hits, saved_ns| FunctionStats {
        id: FUNCTION,
        function: NAME.into(),
        counts: Counts { hits, recalled: 2, misses: 1, errors: 3, saved_ns, ..Counts::NONE },
        entries: 0,
    };
    let day = |errors, hits, saved_ns| vec![Day::at(NOW, Counts { errors, ..stats(hits, saved_ns).counts })];
    [
        Statistics {
            since: NOW - 500,
            until: NOW - 400,
            processes: 1,
            errors: 4,
            rejected: vec![("expired".into(), 5), ("clock".into(), 6)],
            functions: vec![stats(1_000_000, i64::MIN)],
            days: day(4, 1_000_000, i64::MIN),
        },
        Statistics {
            since: NOW,
            until: NOW,
            functions: vec![stats(1, 77)],
            days: day(0, 1, 77),
            ..Statistics::default()
        },
    ]
}

/// The files of a format, by its number less one.
fn format(index: usize) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("format/v{}", index + 1))
}

const TODAY: usize = PRINTS.len() - 1;

/// All of it, as it is written today.
fn write(place: &Path) {
    let folder = Folder::new(place.join("cache"));
    fingerprints::save(&folder, &fingerprint()).unwrap();
    plan_files::append(&folder, &plans(TODAY)).unwrap();
    machines::save(&folder, LABEL, &known()).unwrap();
    for counts in &counts() {
        statistics::append(&folder, PRINTS[TODAY], counts).unwrap();
    }
    portable::export(&folder, &place.join("export"), |_| true, NOW).unwrap();
}

/// What is below a folder: paths from there on, and contents.
fn contents(place: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for (_, path) in files::list(place).unwrap() {
        if path.is_dir() {
            found.extend(contents(&path).into_iter().map(|(below, bytes)| (path.join(below), bytes)));
        } else {
            found.push((path.clone(), fs::read(&path).unwrap()));
        }
    }
    found.into_iter().map(|(path, bytes)| (path.strip_prefix(place).unwrap().to_owned(), bytes)).collect()
}

/// Writes what the other tests compare with. Only for a version that was never released: all others stay as they are.
#[test]
#[ignore = "it makes what the others compare with"]
fn write_it_anew() {
    let _ = fs::remove_dir_all(format(TODAY));
    fs::create_dir_all(format(TODAY)).unwrap();
    write(&format(TODAY));
    // It is of no format of ours.
    fs::remove_file(Folder::new(format(TODAY).join("cache")).tag_file()).unwrap();
}

#[test]
fn what_was_written_says_what_it_said() {
    assert_eq!(fingerprint().id(), PRINTS[TODAY]);
    for (index, print) in PRINTS.into_iter().enumerate() {
        let folder = Folder::new(format(index).join("cache"));
        assert_eq!(fingerprints::load(&folder, print).unwrap(), Some(fingerprint()));
        let found = plan_files::load(&folder, print, FUNCTION, NOW).unwrap().unwrap();
        assert_eq!(found.plans, plans(index));
        for entry in &found.plans.entries {
            assert_eq!(entry.check(NOW, Duration::from_secs(1000), Some(8)), Ok(()));
        }
        assert_eq!(machines::load(&folder, LABEL), Some(known()));
        let mut all = Statistics::default();
        for counts in counts() {
            all.add(counts);
        }
        assert_eq!(statistics::load(&folder, print).unwrap(), Some(all));
    }
}

/// Plans under an older digest are used on no machine until they are imported, which gives them today's.
#[test]
fn what_was_exported_is_what_is_imported() {
    for index in 0..PRINTS.len() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("cache"));
        let export = format(index).join("export");
        let done = portable::import(&folder, &export, Merge::Newer, NOW, Duration::ZERO).unwrap();
        assert_eq!((done.added, done.replaced, done.skipped), (2, 0, 0));
        let print = PRINTS[TODAY];
        let imported = plan_files::load(&folder, print, FUNCTION, NOW).unwrap().unwrap().plans;
        assert_eq!(imported, Plans { fingerprint: print, ..plans(index) });
        assert_eq!(fingerprints::load(&folder, print).unwrap(), Some(fingerprint()));
        assert_eq!(folder.fingerprints().unwrap(), [print]);
    }
}

#[test]
fn the_same_is_written_as_ever() {
    let place = tempfile::tempdir().unwrap();
    write(place.path());
    let (mut now, mut then) = (contents(place.path()), contents(&format(TODAY)));
    now.retain(|(path, _)| !path.ends_with("CACHEDIR.TAG"));
    // Version 2 of counts is in `golden_statistics`.
    for contents in [&mut now, &mut then] {
        contents.retain(|(path, _)| !path.ends_with("statistics"));
    }
    let paths = |contents: &[(PathBuf, Vec<u8>)]| contents.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>();
    assert_eq!(paths(&now), paths(&then));
    for ((path, now), (_, then)) in now.iter().zip(&then) {
        assert_eq!(now, then, "{}", path.display());
    }
}

/// Until logs were appended to, what could not be written because others held the lock was left in a folder of its own.
#[test]
fn what_nobody_reads_any_more_is_removed() {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::new(place.path().join("cache"));
    for (path, bytes) in contents(&format(0).join("cache")) {
        files::write(&folder.root().join(path), &bytes).unwrap();
    }
    let retired = sweep::retired(&folder);
    assert!(retired.exists());
    let (repaired, left) = crate::health::repair(&folder, Duration::ZERO).unwrap();
    assert!(repaired.iter().any(|problem| problem.path == retired) && left.is_empty(), "{repaired:?} {left:?}");
    assert!(!retired.exists());
}

/// Programs of earlier versions append to the same file.
#[test]
fn compaction_adds_older_plans_up() {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::new(place.path().join("cache"));
    let path = folder.plans_file(PRINTS[TODAY], FUNCTION);
    let older = fs::read(Folder::new(format(1).join("cache")).plans_file(PRINTS[1], FUNCTION)).unwrap();
    files::write(&path, &older).unwrap();
    plan_files::append(&folder, &plans(TODAY)).unwrap();
    let merged = |at: usize| plans(at).entries[1].clone();
    let both = vec![plans(TODAY).entries[0].clone(), merged(1), merged(TODAY)];
    let found = || plan_files::load(&folder, PRINTS[TODAY], FUNCTION, NOW).unwrap().unwrap().plans;
    assert_eq!(found().entries, both, "those for more threads than cores are others");
    plan_files::compact(&folder, &folder.lock(Duration::ZERO).unwrap(), PRINTS[TODAY], FUNCTION, NOW).unwrap();
    assert_eq!(found().entries, both);
    assert_eq!(fs::read(&path).unwrap()[4..6], 2u16.to_le_bytes());
}

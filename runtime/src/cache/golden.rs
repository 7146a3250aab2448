//! What version 1 looks like, byte by byte: `tests/format/v1`. What was written once is read for ever.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::folder::Folder;
use super::machines::{self, Known, PoolCosts};
use super::portable::{self, Merge};
use super::record::{Course, Entry, Key, Plans};
use super::spool::Parcel;
use super::statistics::{self, Counts, Statistics};
use super::{disk, folder};
use crate::fingerprint::{Fingerprint, FingerprintId, Machine};
use crate::format::{Kind, open, seal};
use crate::tuner::summary::Summary;

const NOW: u64 = 1_800_000_000;
/// What the machine goes by.
const LABEL: u64 = 0xfeed;
/// The fingerprint's folder is named by a digest of its parts: that must not move either.
const PRINT: FingerprintId = FingerprintId(0xcbc4_d628_8b0b_eaaf);

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

fn known() -> Known {
    let pool = PoolCosts { start: 150_000, wake: [(52_000.0, 9_500.0), (1_400.0, 140.0)] };
    Known { machine: machine(), asked: NOW - 60, pool }
}

/// One plan without and one with instantiation and key, with everything in them that there can be.
fn plans() -> Plans {
    let course = |n_jobs, chunksize, open, expected| Course { n_jobs, chunksize, open, expected };
    let plain = Entry {
        key: Key { instantiation: 0, user: 0, bucket: 3 },
        measured: NOW - 1000,
        pool: 8,
        cost: 12.5,
        awake: course(1, 1, false, 12.5),
        asleep: course(1, 1, false, 12.5),
        summary: summary(&(Some((1u32, 12.5f32, 9u32)), None::<f32>, None::<f32>, [none(), none()])),
    };
    let arms = vec![(2u32, 700.0f32, 3u32), (4, 410.0, 5), (8, 450.0, 2)];
    let shared = Entry {
        key: Key { instantiation: 0x0123_4567_89ab_cdef, user: u64::MAX, bucket: 20 },
        measured: NOW,
        pool: 8,
        cost: 1300.0,
        awake: course(4, 64, true, 410.0),
        asleep: course(2, 1 << 20, false, 800.0),
        summary: summary(&(
            Some((1u32, 1300.0f32, 2u32)),
            Some(1250.0f32),
            Some(1400.0f32),
            [(vec![(2u32, 800.0f32, 1u32)], 1.5e9f32, 0.0f32), (arms, 9.75e9, 3.2e7)],
        )),
    };
    Plans {
        fingerprint: PRINT.0,
        id: 0xfedc_ba98_7654_3210,
        ttl: Some(2_592_000),
        function: "a_crate::a_module::a_function".into(),
        names: vec![(0x0123_4567_89ab_cdef, "a_crate::a_function<f64>".into())],
        entries: vec![plain, shared],
    }
}

/// Of arms: threads, cost, count.
type Shared = (Vec<(u32, f32, u32)>, f32, f32);

fn none() -> Shared {
    (Vec::new(), 0.0, 0.0)
}

/// Its parts are the tuner's own; they lie in this order.
fn summary(parts: &impl serde::Serialize) -> Summary {
    postcard::from_bytes(&postcard::to_stdvec(parts).unwrap()).unwrap()
}

fn counts() -> [Statistics; 2] {
    let counts = |hits, saved| Counts {
        id: plans().id,
        function: plans().function,
        hits,
        recalled: 2,
        misses: 1,
        errors: 3,
        saved,
    };
    [
        Statistics {
            since: NOW - 500,
            until: NOW - 400,
            processes: 1,
            errors: 4,
            rejected: vec![("expired".into(), 5), ("clock".into(), 6)],
            functions: vec![counts(1_000_000, i64::MIN)],
        },
        Statistics { since: NOW, until: NOW, functions: vec![counts(1, 77)], ..Statistics::default() },
    ]
}

fn parcel() -> Parcel {
    let [statistics, _] = counts();
    Parcel { fingerprint: fingerprint(), plans: vec![plans()], statistics }
}

/// Its name is any.
fn left_in(folder: &Folder) -> PathBuf {
    folder.spool().join("any.parcel")
}

fn version_1() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/format/v1")
}

/// All of it, as it is written today.
fn write(place: &Path) {
    let folder = Folder::new(place.join("cache"));
    let lock = folder.lock(Duration::ZERO).unwrap().unwrap();
    disk::describe(&folder, &fingerprint()).unwrap();
    disk::merge(&folder, &lock, plans(), NOW).unwrap();
    machines::keep(&folder, LABEL, &known()).unwrap();
    for counts in &counts() {
        statistics::add(&folder, &lock, PRINT, counts).unwrap();
    }
    drop(lock);
    portable::export(&folder, &place.join("export"), NOW).unwrap();
    folder::write(&left_in(&folder), &seal(Kind::Parcel, &parcel())).unwrap();
    // It is no file of a format.
    fs::remove_file(folder.root().join("lock")).unwrap();
}

/// What is below a folder: paths from there on, and contents.
fn contents(place: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for (_, path) in folder::list(place).unwrap() {
        if path.is_dir() {
            found.extend(contents(&path).into_iter().map(|(below, bytes)| (path.join(below), bytes)));
        } else {
            found.push((path.clone(), fs::read(&path).unwrap()));
        }
    }
    found.into_iter().map(|(path, bytes)| (path.strip_prefix(place).unwrap().to_owned(), bytes)).collect()
}

/// Writes what is compared. Only for a version that has never left the house: all others stay as they are.
#[test]
#[ignore = "it makes what the others compare with"]
fn write_it_anew() {
    let _ = fs::remove_dir_all(version_1());
    fs::create_dir_all(version_1()).unwrap();
    write(&version_1());
}

#[test]
fn what_was_written_says_what_it_said() {
    let folder = Folder::new(version_1().join("cache"));
    assert_eq!(fingerprint().id(), PRINT);
    assert_eq!(disk::parts(&folder, PRINT).unwrap(), Some(fingerprint()));
    assert_eq!(disk::load(&folder, PRINT, plans().id).unwrap().unwrap().plans, plans());
    for entry in &plans().entries {
        assert_eq!(entry.check(NOW, Duration::from_secs(1000), Some(8)), Ok(()));
    }
    assert_eq!(machines::recall(&folder, LABEL), Some(known()));
    let mut all = Statistics::default();
    for counts in counts() {
        all.add(counts);
    }
    assert_eq!(statistics::load(&folder, PRINT).unwrap(), Some(all));
    assert_eq!(open::<Parcel>(Kind::Parcel, &fs::read(left_in(&folder)).unwrap()), Ok(parcel()));
}

#[test]
fn what_was_exported_is_what_is_imported() {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::new(place.path().join("cache"));
    let export = version_1().join("export");
    let done = portable::import(&folder, &export, Merge::Newer, NOW, Duration::ZERO).unwrap();
    assert_eq!((done.added, done.replaced, done.skipped), (2, 0, 0));
    assert_eq!(disk::load(&folder, PRINT, plans().id).unwrap().unwrap().plans, plans());
    assert_eq!(disk::parts(&folder, PRINT).unwrap(), Some(fingerprint()));
}

#[test]
fn the_same_is_written_as_ever() {
    let place = tempfile::tempdir().unwrap();
    write(place.path());
    let (now, then) = (contents(place.path()), contents(&version_1()));
    let paths = |contents: &[(PathBuf, Vec<u8>)]| contents.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>();
    assert_eq!(paths(&now), paths(&then));
    for ((path, now), (_, then)) in now.iter().zip(&then) {
        assert_eq!(now, then, "{}", path.display());
    }
}

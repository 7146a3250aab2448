//! Tests that counts of format version 2 (`format/statistics-v2`) are written byte by byte as ever, and can still be read.

use std::path::{Path, PathBuf};
use std::{fs, iter};

use crate::disk::folder::Folder;
use crate::disk::statistics;
use crate::id::FunctionId;
use crate::machine::fingerprint::FingerprintId;
use crate::record::counts::{Counts, Day};
use crate::record::statistics::Statistics;
use crate::record::stats::FunctionStats;

const PRINT: FingerprintId = FingerprintId::from_u64(0xcbc4_d628_8b0b_eaaf);
const NOW: u64 = 1_800_000_000;

/// What two processes counted, with everything in it that there can be.
fn counted() -> [Statistics; 2] {
    let counts = |errors, saved_ns| Counts {
        hits: 1_000_000,
        recalled: 2,
        misses: 3,
        errors,
        shared: 500_000,
        drift_alarms: 7,
        serial_ns: u64::MAX,
        wall_ns: 1 << 40,
        saved_ns,
        timed_hits: 1_000,
        hit_ns: 20_000,
        timed_misses: 2,
        miss_ns: 40_000,
    };
    let stats = |id, counts| FunctionStats {
        id: FunctionId::from_u64(id),
        function: "a_crate::a_module::a_function".into(),
        counts,
        entries: 0,
    };
    [
        Statistics {
            since: NOW - 100_000,
            until: NOW,
            processes: 2,
            errors: 4,
            rejected: vec![("expired".into(), 5), ("clock".into(), 6)],
            functions: vec![stats(5, counts(3, i64::MIN)), stats(u64::MAX, Counts::NONE)],
            days: vec![Day::at(NOW - 100_000, counts(1, -1)), Day::at(NOW, counts(3, 5))],
        },
        Statistics { since: NOW, until: NOW, days: vec![Day::at(NOW, counts(0, 0))], ..Statistics::default() },
    ]
}

fn version_2() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("format/statistics-v2")
}

/// The file of a folder to which they were added.
fn write(place: &Path) -> PathBuf {
    let folder = Folder::new(place.to_owned());
    for counted in &counted() {
        statistics::append(&folder, PRINT, counted).unwrap();
    }
    folder.statistics_file(PRINT)
}

/// Writes what the other tests compare with. Only for a version that was never released: all others stay as they are.
#[test]
#[ignore = "it makes what the others compare with"]
fn write_counts_anew() {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir_all(version_2()).unwrap();
    fs::copy(write(place.path()), version_2().join("statistics")).unwrap();
}

#[test]
fn the_same_counts_are_written_as_ever() {
    let place = tempfile::tempdir().unwrap();
    assert_eq!(fs::read(write(place.path())).unwrap(), fs::read(version_2().join("statistics")).unwrap());
}

#[test]
fn counts_that_were_written_say_what_they_said() {
    let mut all = Statistics::default();
    for counted in counted() {
        all.add(counted);
    }
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::new(place.path().to_owned());
    fs::create_dir_all(folder.fingerprint_folder(PRINT)).unwrap();
    fs::copy(version_2().join("statistics"), folder.statistics_file(PRINT)).unwrap();
    assert_eq!(statistics::load(&folder, PRINT).unwrap(), Some(all));
}

/// Programs of version 1 append to the same file, and those of version 2 compact it.
#[test]
fn compaction_adds_version_1_up() {
    let first = Path::new(env!("CARGO_MANIFEST_DIR")).join("format/v1/cache").join(PRINT.to_string());
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::new(place.path().to_owned());
    let path = write(place.path());
    let bytes: Vec<u8> =
        iter::once(fs::read(first.join("statistics")).unwrap()).chain([fs::read(&path).unwrap()]).flatten().collect();
    fs::write(&path, bytes).unwrap();
    let before = statistics::load(&folder, PRINT).unwrap();
    statistics::compact(&folder, PRINT).unwrap();
    assert_eq!(statistics::load(&folder, PRINT).unwrap(), before);
    assert_eq!(fs::read(&path).unwrap()[4..6], 2u16.to_le_bytes());
}

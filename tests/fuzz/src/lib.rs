//! Whatever lies in a cache folder or in an export does no more harm than to be of no use.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use tempfile::TempDir;

use amorsize_store::disk::folder::Folder;
use amorsize_store::disk::{files, fingerprints, machines, plans, statistics};
use amorsize_store::health::ProblemKind;
use amorsize_store::id::FunctionId;
use amorsize_store::machine::fingerprint::{Fingerprint, FingerprintId};
use amorsize_store::portable::{self, Merge};
use amorsize_store::record::entry::Entry;
use amorsize_store::record::plans::{MAX_ENTRIES, Plans};
use amorsize_store::rejection::Rejection;
use amorsize_store::store::Store;

const NOW: u64 = 1_800_000_000;
const TTL: Duration = Duration::from_secs(7 * 86_400);
const PRINT: FingerprintId = FingerprintId::from_u64(7);
const ID: FunctionId = FunctionId::from_u64(9);
const LABEL: u64 = 11;

/// Where files go, for the life of the process.
fn place() -> &'static Path {
    static PLACE: OnceLock<TempDir> = OnceLock::new();
    let memory = Path::new("/dev/shm");
    let make = || if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    PLACE.get_or_init(|| make().expect("there is a folder for temporary files")).path()
}

/// The format version that is written of plans, statistics and exports; of other files it is the first one.
const VERSION: u16 = 2;

/// The version that the first byte of an input asks for.
fn version(first: u8) -> u16 {
    if first & 0x80 == 0 { 1 } else { VERSION }
}

/// A whole file with this payload: what is fuzzed would not get past the checksum otherwise.
fn sealed(letter: u8, version: u16, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("inputs are small").to_le_bytes();
    let head = [b"amz", &[letter][..], &version.to_le_bytes(), &length].concat();
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&head);
    hasher.update(payload);
    [&head, &hasher.finalize().to_le_bytes()[..], payload].concat()
}

/// As postcard writes it.
fn varint(number: u64) -> Vec<u8> {
    postcard::to_stdvec(&number).expect("a number can be written")
}

/// Any bytes as one of the files of a cache folder. The first byte says which, and whether they are the whole file or
/// its payload.
pub fn decoder(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let folder = Folder::new(place().join("cache"));
    let _ = fs::remove_dir_all(folder.root());
    let (path, letter, lead) = match first % 4 {
        0 => (folder.plans_file(PRINT, ID), b'p', [varint(PRINT.get()), varint(ID.get())].concat()),
        1 => (folder.machine_file(LABEL), b'm', Vec::new()),
        2 => (folder.fingerprint_file(PRINT), b'f', Vec::new()),
        _ => (folder.statistics_file(PRINT), b's', Vec::new()),
    };
    let bytes = match first >> 2 & 3 {
        0 | 1 => sealed(letter, version(*first), &[&lead, rest].concat()),
        // Plans and counts are appended to.
        2 => sealed(letter, version(*first), &[&lead, rest].concat()).repeat(2),
        _ => rest.to_vec(),
    };
    files::write(&path, &bytes).expect("it can be written");
    if let Ok(Some(found)) = plans::load(&folder, PRINT, ID, NOW) {
        found.plans.entries.iter().for_each(entry);
        append(&folder, found.plans);
    }
    if let Some(known) = machines::load(&folder, LABEL) {
        for (arrive, call) in known.pool.wake {
            assert!((0.0..1e9).contains(&arrive) && (0.0..1e9).contains(&call));
        }
    }
    let _ = fingerprints::load(&folder, PRINT);
    if statistics::load(&folder, PRINT).is_ok_and(|found| found.is_some()) {
        statistics::compact(&folder, PRINT).expect("it can be written");
    }
    let store = Store::open(folder.root());
    store.totals().expect("it can be read");
    store.verify().expect("it can be looked at");
    store.repair().expect("it can be mended");
    let problems = store.verify().expect("it can be looked at").problems;
    assert!(problems.is_empty(), "{problems:?}");
}

/// What is accepted is within bounds, and can be used.
fn entry(entry: &Entry) {
    for pool in [1u32, 2, 64] {
        if entry.check(NOW, TTL, Some(pool)).is_err() {
            continue;
        }
        for schedule in [entry.awake, entry.asleep] {
            assert!((1..=pool as usize).contains(&schedule.n_jobs), "{entry:?}");
            assert!(schedule.chunksize >= 1 && schedule.chunksize.ilog2() <= u32::from(entry.key.bucket), "{entry:?}");
            assert!(schedule.expected.is_finite() && schedule.expected >= 0.0, "{entry:?}");
        }
    }
}

/// Others can add to what was read, and then it reads as well, also when it was made one record.
fn append(folder: &Folder, plans: Plans) {
    let more = Plans { fingerprint: PRINT, id: ID, ..plans };
    plans::append(folder, &more).expect("it can be written");
    plans::load(folder, PRINT, ID, NOW).expect("it can be read").expect("it is there");
    let lock = folder.lock(Duration::ZERO).expect("nobody else has the lock");
    plans::compact(folder, &lock, PRINT, ID, NOW).expect("it can be written");
    drop(lock);
    if folder.plans_file(PRINT, ID).exists() {
        plans::load(folder, PRINT, ID, NOW).expect("it can be read").expect("it is there");
    }
}

/// What an export holds, by position.
type Export = (u64, Vec<(FingerprintId, Option<Fingerprint>, Vec<Plans>)>);

/// Any bytes as an export. The first byte says what there is already, how to merge, and what of the bytes is made to fit.
pub fn import(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let (place, folder) = (place(), Folder::new(place().join("cache")));
    let _ = fs::remove_dir_all(folder.root());
    if first & 1 == 1 {
        let known = sealed(b'p', VERSION, &[varint(PRINT.get()), varint(ID.get()), vec![0; 4]].concat());
        files::write(&folder.plans_file(PRINT, ID), &known).expect("it can be written");
    }
    let bytes = match first >> 1 & 3 {
        0 => rest.to_vec(),
        1 => sealed(b'x', version(*first), rest),
        _ => match postcard::from_bytes::<Export>(rest) {
            Ok(export) => sealed(b'x', VERSION, &postcard::to_stdvec(&fitted(export)).expect("it can be written")),
            Err(_) => return,
        },
    };
    let merge = [Merge::Newer, Merge::Skip, Merge::Overwrite][usize::from(first >> 3) % 3];
    let file = place.join("export");
    fs::write(&file, &bytes).expect("it can be written");

    let before = contents(&place.join("cache"));
    let done = portable::import(&folder, &file, merge, NOW, Duration::ZERO);
    let mut beside = names(place);
    beside.retain(|name| name != "cache");
    assert_eq!(beside, ["export"], "it wrote outside of the folder");
    let Ok(done) = done else {
        let mut after = contents(folder.root());
        after.retain(|(path, _)| !path.ends_with("lock"));
        assert_eq!(before, after, "refused, and yet something was changed");
        return;
    };
    // All of it is there, if there is room for it.
    if bytes[4..6] == VERSION.to_le_bytes()
        && let Ok((_, places)) = postcard::from_bytes::<Export>(&bytes[14..])
    {
        // Plans of an older format of fingerprints are filed under today's.
        let filed = places.into_iter().flat_map(|(id, parts, plans)| {
            let print = parts.map_or(id, |parts| parts.id());
            plans.into_iter().map(move |plans| (print, plans))
        });
        for (print, imported) in filed {
            let found = plans::load(&folder, print, imported.id, NOW).expect("it can be read");
            let known = found.map_or(Vec::new(), |found| found.plans.entries);
            let is_there = |entry: &Entry| known.iter().any(|known| known.key == entry.key);
            assert!(imported.entries.iter().all(is_there) || known.len() >= MAX_ENTRIES, "{imported:?}");
        }
    }
    let mut count = 0;
    for print in folder.fingerprints().expect("it can be listed") {
        for id in folder.functions(print).expect("it can be listed") {
            let found =
                plans::load(&folder, print, id, NOW).expect("what was imported can be read").expect("it is there");
            assert!(found.plans.entries.iter().all(Entry::is_within_bounds));
            count += found.plans.entries.len();
        }
    }
    assert!(count <= done.added + done.replaced + done.skipped, "{count} {done:?}");
    let mut problems = Store::open(folder.root()).verify().expect("it can be looked at").problems;
    // Whose clock was wrong is told when the plan is to be used, and the limit is the next writer's business.
    let future = Rejection::Clock.to_string();
    problems.retain(|problem| problem.kind != ProblemKind::Oversized && problem.what != future);
    assert!(problems.is_empty(), "{problems:?}");
}

/// An export whose identities agree with each other.
fn fitted((exported, mut places): Export) -> Export {
    for (id, fingerprint, plans) in &mut places {
        if let Some(fingerprint) = fingerprint {
            *id = fingerprint.id();
        }
        for plans in plans {
            plans.fingerprint = *id;
        }
    }
    (exported, places)
}

fn names(folder: &Path) -> Vec<String> {
    files::list(folder).expect("it can be listed").into_iter().map(|(name, _)| name).collect()
}

fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for (_, path) in files::list(folder).expect("it can be listed") {
        if path.is_dir() {
            found.extend(contents(&path));
        } else {
            let bytes = fs::read(&path).expect("it can be read");
            found.push((path, bytes));
        }
    }
    found
}

//! Adding the plans of an export to a cache folder.

use std::io;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::format::Export;
use super::read::{open, parse};
use crate::disk::folder::Folder;
use crate::disk::{files, fingerprints, plans};
use crate::error::Error;
use crate::machine::fingerprint::Machine;
use crate::record::entry::Entry;
use crate::record::envelope::{self, Kind};
use crate::record::plans::Plans;

/// What to do with an imported plan if the folder has a plan for the same key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Merge {
    /// Keep the plan of the folder.
    Skip,
    /// Replace it by the imported one.
    Overwrite,
    /// Keep the one that was measured last.
    #[default]
    Newer,
}

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Imported {
    /// Plans that are new in the folder.
    pub added: usize,
    /// Plans of the folder that were replaced.
    pub replaced: usize,
    /// Plans of the file that were not used, because the folder had one.
    pub skipped: usize,
    /// Plans of the file that count on this machine, for programs that are built as they say.
    pub here: usize,
    /// Plans of the file that count on other machines only, or on this one with another pool or other limits.
    pub elsewhere: usize,
}

/// Adds the plans of an export to the folder: all of them, or none if anything in it is wrong or there is no room for them.
///
/// # Errors
/// If the file cannot be read, is damaged, is of a newer format or holds what is out of bounds, if the folder cannot be
/// changed, or if another process holds its lock for longer than `timeout`. If a file could not be put in its place, others
/// were: the error says that some plans were imported.
pub fn import(folder: &Folder, path: &Path, merge: Merge, today: u64, timeout: Duration) -> Result<Imported, Error> {
    add(folder, open(path, NOTHING)?, merge, today, timeout)
}

/// The same for the bytes of an export.
///
/// # Errors
/// If the bytes are damaged, of a newer format or hold what is out of bounds, and those of [`import`].
pub fn import_bytes(
    folder: &Folder,
    bytes: &[u8],
    merge: Merge,
    today: u64,
    timeout: Duration,
) -> Result<Imported, Error> {
    let export = parse(bytes).map_err(|why| Error::format(format!("the plans to import: {why}{NOTHING}")))?;
    add(folder, export, merge, today, timeout)
}

/// What an error says in the end.
const NOTHING: &str = "; nothing was imported";

fn add(folder: &Folder, export: Export, merge: Merge, today: u64, timeout: Duration) -> Result<Imported, Error> {
    let failed = |error| Error::io("write to", folder.root(), error);
    let incomplete = |error: io::Error| {
        failed(io::Error::new(error.kind(), format!("{error}; some of the plans may be imported: import them again")))
    };
    let lock = folder.lock(timeout).map_err(failed)?;
    // First all files are written under other names, which is what may fail. Then they are renamed.
    let mut done = Imported::default();
    let here = Machine::ask();
    let (mut parts, mut replacements) = (Vec::new(), Vec::new());
    for group in export.fingerprints {
        if let Some(fingerprint) = &group.fingerprint
            && fingerprints::load(folder, group.id).map_err(failed)?.is_none()
        {
            let bytes = envelope::write(Kind::Fingerprint, fingerprint);
            parts.push(files::stage(&folder.fingerprint_file(group.id), &bytes).map_err(failed)?);
        }
        let plans = group.plans.iter().map(|plans| plans.entries.len()).sum::<usize>();
        let holds = group.fingerprint.as_ref().is_some_and(|parts| parts.holds_on(&here) && parts.id() == group.id);
        *(if holds { &mut done.here } else { &mut done.elsewhere }) += plans;
        for imported in group.plans {
            let id = imported.id;
            // Plans that cannot be read are replaced.
            let change =
                |known: Result<Option<Plans>, _>| Ok(join(known.ok().flatten(), imported, merge, today, &mut done));
            replacements.extend(plans::stage_replacement(folder, group.id, id, today, change, failed)?);
        }
    }
    for file in parts {
        file.finish().map_err(incomplete)?;
        // Only what copies caches would miss it.
        let _ = folder.tag();
    }
    let finished = replacements.into_iter().map(|replacement| replacement.finish(&lock).map_err(incomplete));
    // One that fails, for example because another process holds the lock of its log, does not stop the others.
    finished.fold(Ok(()), Result::and).map(|()| done)
}

/// Merges the imported plans of one function into the known ones, and counts what that did. `None` if that changes nothing.
fn join(known: Option<Plans>, imported: Plans, merge: Merge, today: u64, done: &mut Imported) -> Option<Plans> {
    let Some(mut all) = known else {
        done.added += imported.entries.len();
        return Some(imported);
    };
    let before = (done.added, done.replaced);
    for entry in imported.entries {
        match all.entries.iter_mut().find(|known| known.key == entry.key) {
            None => {
                all.entries.push(entry);
                done.added += 1;
            }
            Some(known) if merge == Merge::Overwrite || merge == Merge::Newer && is_newer(&entry, known, today) => {
                done.replaced += usize::from(*known != entry);
                done.skipped += usize::from(*known == entry);
                *known = entry;
            }
            Some(_) => done.skipped += 1,
        }
    }
    if before == (done.added, done.replaced) {
        return None;
    }
    let missing = imported.names.into_iter().filter(|(digest, _)| all.names.iter().all(|(known, _)| known != digest));
    let missing: Vec<_> = missing.collect();
    all.names.extend(missing);
    all.normalise();
    Some(all)
}

/// Whether `entry` was measured later than `known`, or only the time of `known` is wrong.
fn is_newer(entry: &Entry, known: &Entry, today: u64) -> bool {
    match (entry.is_from_the_future(today), known.is_from_the_future(today)) {
        (true, false) => false,
        (false, true) => true,
        _ => entry.measured >= known.measured,
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::Duration;

    use super::super::export::export;
    use super::super::format::FingerprintPlans;
    use super::*;
    use crate::disk::files;
    use crate::id::FunctionId;
    use crate::machine::build_flags::Build;
    use crate::machine::fingerprint::{Fingerprint, FingerprintId, Machine};
    use crate::record::entry::tests::entry;
    use crate::record::entry::{Entry, Key};
    use crate::record::envelope::tests::of_version;
    use crate::record::plans::MAX_ENTRIES;

    const NOW: u64 = 1_800_000_000;

    /// A folder with plans of these functions, keys and times.
    fn folder(place: &Path, name: &str, functions: &[(u64, u8, u64)]) -> (Folder, FingerprintId) {
        let folder = Folder::new(place.join(name));
        let fingerprint = Fingerprint::new(Machine::ask(), Build::from_bits(1));
        fingerprints::save(&folder, &fingerprint).unwrap();
        for &(id, bucket, measured) in functions {
            let plans = Plans {
                fingerprint: fingerprint.id(),
                id: FunctionId::from_u64(id),
                entries: vec![entry(bucket, measured)],
                ..Plans::default()
            };
            plans::append(&folder, &plans).unwrap();
        }
        (folder, fingerprint.id())
    }

    fn measured(folder: &Folder, print: FingerprintId, id: u64) -> Vec<(u8, u64)> {
        let found = plans::load(folder, print, FunctionId::from_u64(id), NOW).unwrap();
        found.map_or(Vec::new(), |found| found.plans.entries.iter().map(|e| (e.key.bucket, e.measured)).collect())
    }

    #[test]
    fn what_is_there_stays_or_goes_as_asked() {
        let place = tempfile::tempdir().unwrap();
        let (from, print) = folder(place.path(), "from", &[(1, 1, 5), (1, 2, 9), (2, 1, 5)]);
        let file = place.path().join("plans.amorsize");
        assert_eq!(export(&from, &file, |_| true, NOW).unwrap(), 3);
        for (merge, expected, counts) in [
            (Merge::Skip, [(1, 7), (2, 7)], (1, 0, 2)),
            (Merge::Overwrite, [(1, 5), (2, 9)], (1, 2, 0)),
            (Merge::Newer, [(1, 7), (2, 9)], (1, 1, 1)),
        ] {
            let (to, _) = folder(place.path(), &format!("{merge:?}"), &[(1, 1, 7), (1, 2, 7)]);
            let done = import(&to, &file, merge, NOW, Duration::ZERO).unwrap();
            assert_eq!((done.added, done.replaced, done.skipped), counts, "{merge:?}");
            assert_eq!(measured(&to, print, 1), expected, "{merge:?}");
            assert_eq!(measured(&to, print, 2), [(1, 5)]);
        }
        let empty = Folder::new(place.path().join("empty"));
        assert_eq!(import(&empty, &file, Merge::Newer, NOW, Duration::ZERO).unwrap().added, 3);
        assert!(fingerprints::load(&empty, print).unwrap().is_some());
    }

    #[test]
    fn what_one_record_has_too_many_of_is_not_exported() {
        let place = tempfile::tempdir().unwrap();
        let (from, print) = folder(place.path(), "from", &[]);
        let of_key = |user| Entry { key: Key { user, bucket: 1, ..Key::default() }, ..entry(1, 5) };
        let entries = (0..MAX_ENTRIES as u64 + 9).map(of_key).collect();
        let too_many = Plans { fingerprint: print, id: FunctionId::from_u64(1), entries, ..Plans::default() };
        plans::append(&from, &too_many).unwrap();
        let file = place.path().join("plans.amorsize");
        assert_eq!(export(&from, &file, |_| true, NOW).unwrap(), MAX_ENTRIES);
        let to = Folder::new(place.path().join("to"));
        assert_eq!(import(&to, &file, Merge::Newer, NOW, Duration::ZERO).unwrap().added, MAX_ENTRIES);
    }

    #[cfg(unix)]
    #[test]
    fn an_import_is_no_use() {
        let place = tempfile::tempdir().unwrap();
        let (from, print) = folder(place.path(), "from", &[(1, 1, 5), (2, 1, 5), (2, 2, 5)]);
        let file = place.path().join("plans.amorsize");
        export(&from, &file, |_| true, NOW).unwrap();
        let (to, _) = folder(place.path(), "to", &[(1, 1, 5), (2, 1, 5)]);
        let paths = [1, 2].map(|id| to.plans_file(print, FunctionId::from_u64(id)));
        let old = std::time::UNIX_EPOCH + Duration::from_secs(NOW - 5000);
        for path in &paths {
            File::options().write(true).open(path).unwrap().set_modified(old).unwrap();
        }
        let inode = |path: &Path| std::os::unix::fs::MetadataExt::ino(&std::fs::metadata(path).unwrap());
        let before = inode(&paths[0]);
        for merge in [Merge::Skip, Merge::Overwrite, Merge::Newer] {
            import(&to, &file, merge, NOW, Duration::ZERO).unwrap();
        }
        assert_eq!(before, inode(&paths[0]), "what adds nothing writes nothing");
        assert_eq!(measured(&to, print, 2), [(1, 5), (2, 5)]);
        assert_eq!(paths.map(|path| std::fs::metadata(path).unwrap().modified().unwrap()), [old; 2]);
    }

    #[test]
    fn all_or_nothing() {
        let place = tempfile::tempdir().unwrap();
        let (from, print) = folder(place.path(), "from", &[(1, 1, 5), (2, 1, 5)]);
        let file = place.path().join("plans.amorsize");
        export(&from, &file, |_| true, NOW).unwrap();
        // Something stands where the second function's plans should go.
        let to = Folder::new(place.path().join("to"));
        std::fs::create_dir_all(to.plans_file(print, FunctionId::from_u64(2))).unwrap();
        import(&to, &file, Merge::Newer, NOW, Duration::ZERO).unwrap_err();
        assert_eq!(measured(&to, print, 1), []);
        assert_eq!(files::list(&to.fingerprint_folder(print)).unwrap().len(), 1, "nothing else is left behind");
    }

    #[test]
    fn what_stopped_half_way_says_so() {
        let place = tempfile::tempdir().unwrap();
        let (from, print) = folder(place.path(), "from", &[(1, 1, 5), (2, 1, 5), (3, 1, 5)]);
        let file = place.path().join("plans.amorsize");
        export(&from, &file, |_| true, NOW).unwrap();
        let (to, _) = folder(place.path(), "to", &[(2, 1, 3)]);
        // Somebody is writing the plans of the second function for ever.
        let log = File::options().read(true).append(true).open(to.plans_file(print, FunctionId::from_u64(2))).unwrap();
        log.lock().unwrap();
        let error = import(&to, &file, Merge::Newer, NOW, Duration::ZERO).unwrap_err();
        assert!(error.is_io() && error.to_string().ends_with("some of the plans may be imported: import them again"));
        assert_eq!([1, 2, 3].map(|id| measured(&to, print, id)), [vec![(1, 5)], vec![(1, 3)], vec![(1, 5)]]);
        log.unlock().unwrap();
        let done = import(&to, &file, Merge::Newer, NOW, Duration::ZERO).unwrap();
        assert_eq!((done.added, done.replaced, done.skipped), (0, 1, 2));
    }

    #[test]
    fn what_is_wrong_is_refused_whole() {
        let place = tempfile::tempdir().unwrap();
        let (from, print) = folder(place.path(), "from", &[(1, 1, 5)]);
        let to = Folder::new(place.path().join("to"));
        let refuse = |bytes: &[u8]| {
            let file = place.path().join("bad");
            std::fs::write(&file, bytes).unwrap();
            let error = import(&to, &file, Merge::Overwrite, NOW, Duration::ZERO).unwrap_err();
            assert!(error.is_format() && !to.exists().unwrap());
            error.to_string()
        };
        let newer = of_version(Kind::Export, 3, &0u8);
        let said = refuse(&newer);
        assert!(said.contains("version 3") && said.contains("version 2"), "{said}");
        refuse(b"");
        refuse(&std::fs::read(from.plans_file(print, FunctionId::from_u64(1))).unwrap());
        let good = plans::load(&from, print, FunctionId::from_u64(1), NOW).unwrap().unwrap().plans;
        let bad = |change: &dyn Fn(&mut FingerprintPlans)| {
            let mut group = FingerprintPlans { id: print, fingerprint: None, plans: vec![good.clone()] };
            change(&mut group);
            envelope::write(Kind::Export, &Export { exported: NOW, fingerprints: vec![group] })
        };
        refuse(&bad(&|group| group.id = FingerprintId::from_u64(group.id.get() + 1)));
        refuse(&bad(&|group| group.plans[0].entries[0].awake.n_jobs = 5000));
        refuse(&bad(&|group| group.plans.push(group.plans[0].clone())));
        refuse(&bad(&|group| {
            let mut parts = Fingerprint::new(Machine::ask(), Build::from_bits(1));
            parts.machine.cpu = "x".repeat(5000);
            group.id = parts.id();
            group.plans[0].fingerprint = group.id;
            group.fingerprint = Some(parts);
        }));
        refuse(&bad(&|group| group.plans[0].function = "x".repeat(10_000)));
        refuse(&bad(&|group| {
            group.fingerprint = Some(Fingerprint::new(Machine::ask(), Build::from_bits(9)));
        }));
    }
}

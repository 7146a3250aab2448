//! Reading an export, and adding its plans to a cache folder.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::format::Export;
use crate::disk::folder::Folder;
use crate::disk::{files, fingerprints, plans};
use crate::error::Error;
use crate::record::entry::Entry;
use crate::record::envelope::{self, Kind};
use crate::record::plans::{MAX_ENTRIES, MAX_NAME, Plans};

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
}

/// Adds the plans of an export to the folder: all of them, or none if anything in it is wrong.
///
/// # Errors
/// If the file cannot be read, is damaged, is of a newer format or holds what is out of bounds, if the folder cannot be
/// changed, or if another process holds its lock for longer than `timeout`.
pub fn import(folder: &Folder, path: &Path, merge: Merge, today: u64, timeout: Duration) -> Result<Imported, Error> {
    let export = parse(&read(path)?).map_err(|why| Error::format(format!("{}: {why}", path.display())))?;
    let failed = |error| Error::io("write to", folder.root(), error);
    let lock = folder.lock(timeout).map_err(failed)?;
    // First all files are written under other names, which is what may fail. Then they are renamed.
    let mut done = Imported::default();
    let (mut parts, mut replacements) = (Vec::new(), Vec::new());
    for group in export.fingerprints {
        if let Some(fingerprint) = &group.fingerprint
            && fingerprints::load(folder, group.id).map_err(failed)?.is_none()
        {
            let bytes = envelope::write(Kind::Fingerprint, fingerprint);
            parts.push(files::stage(&folder.fingerprint_file(group.id), &bytes).map_err(failed)?);
        }
        for imported in group.plans {
            let id = imported.id;
            // Plans that cannot be read are replaced.
            let change =
                |known: Result<Option<Plans>, _>| Ok(join(known.ok().flatten(), imported, merge, today, &mut done));
            replacements.extend(plans::stage_replacement(folder, group.id, id, today, change, failed)?);
        }
    }
    for file in parts {
        file.finish().map_err(failed)?;
        // Only what copies caches would miss it.
        let _ = folder.tag();
    }
    let finished = replacements.into_iter().map(|replacement| replacement.finish(&lock).map_err(failed));
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

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let read = || {
        let file = File::open(path)?;
        let data = file.metadata()?;
        if !data.is_file() {
            return Err(io::Error::other("it is no file"));
        }
        if data.len() > Kind::Export.max_len() {
            return Err(io::Error::new(ErrorKind::FileTooLarge, "it is larger than any export"));
        }
        let mut bytes = Vec::new();
        file.take(Kind::Export.max_len()).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|error| Error::io("read", path, error))
}

/// Decodes an export and checks all of it. The error says what is wrong.
fn parse(bytes: &[u8]) -> Result<Export, String> {
    let export = envelope::read::<Export>(Kind::Export, bytes)
        .map_err(|damage| format!("{}; nothing was imported", damage.describe(Kind::Export)))?;
    let mut functions = BTreeSet::new();
    for group in &export.fingerprints {
        if group.fingerprint.as_ref().is_some_and(|parts| parts.id() != group.id) {
            return Err("a fingerprint in it is not that of its parts; nothing was imported".into());
        }
        let size = group.fingerprint.as_ref().map_or(0, |parts| envelope::write(Kind::Fingerprint, parts).len());
        if size as u64 > Kind::Fingerprint.max_len() {
            return Err("a fingerprint in it is longer than any; nothing was imported".into());
        }
        for plans in &group.plans {
            // A character has at most four bytes.
            let is_long = |name: &str| name.len() > 4 * MAX_NAME;
            let is_valid = plans.fingerprint == group.id
                // Each function occurs once under a fingerprint: a second one would replace the first.
                && functions.insert((group.id, plans.id))
                && !is_long(&plans.function)
                && !plans.names.iter().any(|(_, name)| is_long(name))
                && plans.entries.len() <= MAX_ENTRIES
                && plans.names.len() <= MAX_ENTRIES
                && plans.entries.iter().all(Entry::is_within_bounds);
            if !is_valid {
                return Err(format!("the plans of {:?} are out of bounds; nothing was imported", plans.function));
            }
        }
    }
    Ok(export)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::export::export;
    use super::super::format::FingerprintPlans;
    use super::*;
    use crate::disk::files;
    use crate::id::FunctionId;
    use crate::machine::build_flags::Build;
    use crate::machine::fingerprint::{Fingerprint, FingerprintId, Machine};
    use crate::record::entry::tests::entry;
    use crate::record::envelope::tests::of_version;

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
        assert_eq!(export(&from, &file, NOW).unwrap(), 3);
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

    #[cfg(unix)]
    #[test]
    fn an_import_is_no_use() {
        let place = tempfile::tempdir().unwrap();
        let (from, print) = folder(place.path(), "from", &[(1, 1, 5), (2, 1, 5), (2, 2, 5)]);
        let file = place.path().join("plans.amorsize");
        export(&from, &file, NOW).unwrap();
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
        export(&from, &file, NOW).unwrap();
        // Something stands where the second function's plans should go.
        let to = Folder::new(place.path().join("to"));
        std::fs::create_dir_all(to.plans_file(print, FunctionId::from_u64(2))).unwrap();
        import(&to, &file, Merge::Newer, NOW, Duration::ZERO).unwrap_err();
        assert_eq!(measured(&to, print, 1), []);
        assert_eq!(files::list(&to.fingerprint_folder(print)).unwrap().len(), 1, "nothing else is left behind");
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
        assert!(said.contains("version 3") && said.contains("version 1"), "{said}");
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

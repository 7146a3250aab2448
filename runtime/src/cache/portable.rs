//! All plans of a folder in one file, to keep or to take elsewhere.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::disk::{self, Unusable};
use super::folder::{self, Folder, Staged};
use super::record::{Entry, LONGEST_NAME, MOST_ENTRIES, Plans};
use crate::error::Error;
use crate::fingerprint::{Fingerprint, FingerprintId};
use crate::format::{Damage, Kind, VERSION, open, seal};
use crate::rejection::Rejection;

/// What an export holds.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Export {
    /// Seconds since 1970.
    exported: u64,
    places: Vec<Place>,
}

/// The plans of one fingerprint.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    id: u64,
    /// Its parts, if they are known.
    fingerprint: Option<Fingerprint>,
    plans: Vec<Plans>,
}

/// What becomes of a plan that is imported where there is one already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Merge {
    /// The one that was there stays.
    Skip,
    /// The imported one takes its place.
    Overwrite,
    /// The one that was measured last stays.
    #[default]
    Newer,
}

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Imported {
    /// Plans that were not there before.
    pub added: usize,
    /// Plans that took the place of one that was there.
    pub replaced: usize,
    /// Plans of the file that were not used, since one was there.
    pub skipped: usize,
}

/// Writes all plans of the folder that can be read to one file. The number of plans.
pub(crate) fn export(folder: &Folder, path: &Path, now: u64) -> Result<usize, Error> {
    let mut export = Export { exported: now, places: Vec::new() };
    let list = |error| Error::io("read", folder.root(), error);
    for id in folder.fingerprints().map_err(list)? {
        let functions = folder.functions(id).map_err(list)?;
        let found = functions.into_iter().filter_map(|function| disk::load(folder, id, function).ok()?);
        let mut plans: Vec<Plans> = found.map(|found| found.plans).collect();
        for plans in &mut plans {
            plans.entries.retain(Entry::is_within_bounds);
        }
        plans.retain(|plans| !plans.entries.is_empty());
        if !plans.is_empty() {
            export.places.push(Place { id: id.0, fingerprint: disk::parts(folder, id).ok().flatten(), plans });
        }
    }
    let bytes = seal(Kind::Export, &export);
    if bytes.len() as u64 > Kind::Export.longest() {
        return Err(Error::format(format!("{} bytes of plans are more than one export may hold", bytes.len())));
    }
    write(path, &bytes).map_err(|error| Error::io("write", path, error))?;
    Ok(export.places.iter().flat_map(|place| &place.plans).map(|plans| plans.entries.len()).sum())
}

/// Writes a file for whoever asked for it: whole or not at all, and where they said, be it a link, a pipe or a terminal.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(data) if !data.is_file() => return fs::write(path, bytes),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let beside = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Its own error speaks of a file that nobody has heard of.
    let mut file = tempfile::NamedTempFile::new_in(beside).map_err(|error| io::Error::from(error.kind()))?;
    file.write_all(bytes)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// Adds the plans of an export to the folder: all of them, or on any error none.
pub(crate) fn import(
    folder: &Folder,
    path: &Path,
    merge: Merge,
    now: u64,
    patience: Duration,
) -> Result<Imported, Error> {
    let export = parse(&read(path)?).map_err(|why| Error::format(format!("{}: {why}", path.display())))?;
    let failed = |error| Error::io("write to", folder.root(), error);
    let too_large = |function: &str| {
        let file = path.display();
        Error::format(format!(
            "{file}: with it there are more plans of {function:?} than are read; nothing was imported"
        ))
    };
    let newer = |function: &str| {
        let folder = folder.root().display();
        Error::format(format!("the plans of {function:?} in {folder} are of another version; nothing was imported"))
    };
    let lock = folder.lock(patience).map_err(failed)?;
    let Some(lock) = lock else {
        let busy = std::io::Error::new(std::io::ErrorKind::TimedOut, "another process holds its lock");
        return Err(failed(busy));
    };
    // First everything is written beside its place, which is what can fail; then it is put there.
    let mut done = Imported::default();
    let mut staged: Vec<Staged> = Vec::new();
    for place in export.places {
        let id = FingerprintId(place.id);
        if let Some(fingerprint) = &place.fingerprint
            && disk::parts(folder, id).map_err(failed)?.is_none()
        {
            staged.push(folder::stage(&folder.parts(id), &seal(Kind::Fingerprint, fingerprint)).map_err(failed)?);
        }
        for plans in place.plans {
            let to = folder.plans(id, plans.id);
            let known = match disk::load(folder, id, plans.id) {
                Ok(found) => found.map(|found| found.plans),
                // Those who wrote it can read it, and want to find it again.
                Err(Unusable::Rejected(Rejection::Version)) => return Err(newer(&plans.function)),
                Err(Unusable::Rejected(_)) => None,
                Err(Unusable::Io(error)) => return Err(failed(error)),
            };
            let joined = join(known, plans, merge, now, &mut done);
            let bytes = seal(Kind::Plans, &joined);
            if bytes.len() as u64 > Kind::Plans.longest() {
                return Err(too_large(&joined.function));
            }
            lock.grows(bytes.len() as u64);
            staged.push(folder::stage(&to, &bytes).map_err(failed)?);
        }
    }
    for file in staged {
        file.finish().map_err(failed)?;
    }
    Ok(done)
}

/// What becomes of the plans of one function.
fn join(known: Option<Plans>, imported: Plans, merge: Merge, now: u64, done: &mut Imported) -> Plans {
    let Some(mut all) = known else {
        done.added += imported.entries.len();
        return imported;
    };
    for entry in imported.entries {
        match all.entries.iter_mut().find(|known| known.key == entry.key) {
            None => {
                all.entries.push(entry);
                done.added += 1;
            }
            Some(known) if merge == Merge::Overwrite || merge == Merge::Newer && entry.replaces(known, now) => {
                done.replaced += usize::from(*known != entry);
                done.skipped += usize::from(*known == entry);
                *known = entry;
            }
            Some(_) => done.skipped += 1,
        }
    }
    all.merge(Plans { names: imported.names, ..Plans::default() }, now);
    all
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let read = || {
        let file = File::open(path)?;
        let data = file.metadata()?;
        if !data.is_file() {
            return Err(std::io::Error::other("it is no file"));
        }
        if data.len() > Kind::Export.longest() {
            return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, "it is larger than any export"));
        }
        let mut bytes = Vec::new();
        file.take(Kind::Export.longest()).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|error| Error::io("read", path, error))
}

/// What an export holds, if all of it is as it should be.
fn parse(bytes: &[u8]) -> Result<Export, String> {
    let export = open::<Export>(Kind::Export, bytes).map_err(|damage| match damage {
        Damage::Version(version) => format!(
            "it is an export of format version {version}, and this program reads version {VERSION}; nothing was imported"
        ),
        Damage::Corrupt => "it is damaged, or no export of Amorsize's; nothing was imported".into(),
    })?;
    let mut files = BTreeSet::new();
    for place in &export.places {
        if place.fingerprint.as_ref().is_some_and(|parts| parts.id().0 != place.id) {
            return Err("a fingerprint in it is not that of its parts; nothing was imported".into());
        }
        let size = place.fingerprint.as_ref().map_or(0, |parts| seal(Kind::Fingerprint, parts).len());
        if size as u64 > Kind::Fingerprint.longest() {
            return Err("a fingerprint in it is longer than any; nothing was imported".into());
        }
        for plans in &place.plans {
            let long = |name: &str| name.len() > 4 * LONGEST_NAME;
            let sane = plans.fingerprint == place.id
                // The second one would take the place of the first.
                && files.insert((place.id, plans.id))
                && !long(&plans.function)
                && !plans.names.iter().any(|(_, name)| long(name))
                && plans.entries.len() <= MOST_ENTRIES
                && plans.names.len() <= MOST_ENTRIES
                && plans.entries.iter().all(Entry::is_within_bounds);
            if !sane {
                return Err(format!("the plans of {:?} are out of bounds; nothing was imported", plans.function));
            }
        }
    }
    Ok(export)
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::entry;
    use super::*;
    use crate::fingerprint::Machine;

    const NOW: u64 = 1_800_000_000;

    /// A folder with plans of these functions, keys and times.
    fn folder(place: &Path, name: &str, plans: &[(u64, u8, u64)]) -> (Folder, FingerprintId) {
        let folder = Folder::new(place.join(name));
        let fingerprint = Fingerprint::new(Machine::ask(), crate::build::Build::from_bits(1));
        let lock = folder.lock(Duration::ZERO).unwrap().unwrap();
        disk::describe(&folder, &fingerprint).unwrap();
        for &(id, bucket, measured) in plans {
            let plans = Plans {
                fingerprint: fingerprint.id().0,
                id,
                entries: vec![entry(bucket, measured)],
                ..Plans::default()
            };
            disk::merge(&folder, &lock, plans, NOW).unwrap();
        }
        (folder, fingerprint.id())
    }

    fn measured(folder: &Folder, print: FingerprintId, id: u64) -> Vec<(u8, u64)> {
        let found = disk::load(folder, print, id).unwrap();
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
        assert!(disk::parts(&empty, print).unwrap().is_some());
    }

    #[test]
    fn all_or_nothing() {
        let place = tempfile::tempdir().unwrap();
        let (from, print) = folder(place.path(), "from", &[(1, 1, 5), (2, 1, 5)]);
        let file = place.path().join("plans.amorsize");
        export(&from, &file, NOW).unwrap();
        // Something stands where the second function's plans should go.
        let to = Folder::new(place.path().join("to"));
        std::fs::create_dir_all(to.plans(print, 2)).unwrap();
        import(&to, &file, Merge::Newer, NOW, Duration::ZERO).unwrap_err();
        assert_eq!(measured(&to, print, 1), []);
        assert_eq!(folder::list(&to.of(print)).unwrap().len(), 1, "nothing else is left behind");
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
        let newer = crate::format::tests::of_version(Kind::Export, 3, &0u8);
        let said = refuse(&newer);
        assert!(said.contains("version 3") && said.contains("version 1"), "{said}");
        refuse(b"");
        refuse(&std::fs::read(from.plans(print, 1)).unwrap());
        let good = disk::load(&from, print, 1).unwrap().unwrap().plans;
        let bad = |change: &dyn Fn(&mut Place)| {
            let mut place = Place { id: print.0, fingerprint: None, plans: vec![good.clone()] };
            change(&mut place);
            seal(Kind::Export, &Export { exported: NOW, places: vec![place] })
        };
        refuse(&bad(&|place| place.id += 1));
        refuse(&bad(&|place| place.plans[0].entries[0].awake.n_jobs = 5000));
        refuse(&bad(&|place| place.plans.push(place.plans[0].clone())));
        refuse(&bad(&|place| {
            let mut parts = Fingerprint::new(Machine::ask(), crate::build::Build::from_bits(1));
            parts.machine.cpu = "x".repeat(5000);
            place.id = parts.id().0;
            place.plans[0].fingerprint = place.id;
            place.fingerprint = Some(parts);
        }));
        refuse(&bad(&|place| place.plans[0].function = "x".repeat(10_000)));
        refuse(&bad(&|place| {
            place.fingerprint = Some(Fingerprint::new(Machine::ask(), crate::build::Build::from_bits(9)));
        }));
    }
}

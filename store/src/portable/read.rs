//! Reading an export: nothing of it is believed before all of it was checked.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::mem;
use std::path::Path;

use super::format::{Export, FingerprintPlans};
use crate::error::Error;
use crate::id::FunctionId;
use crate::machine::fingerprint::{Fingerprint, FingerprintId};
use crate::record::envelope::{self, Kind};
use crate::record::plans::Plans;

/// The content of an export in a file.
///
/// # Errors
/// If the file cannot be read, is damaged, is of a newer format or holds what is out of bounds. `end` is what the message
/// ends with.
pub(super) fn open(path: &Path, end: &str) -> Result<Export, Error> {
    parse(&read(path)?).map_err(|why| Error::format(format!("{}: {why}{end}", path.display())))
}

/// A fingerprint, its parts if they are known, and the plans under it.
pub type Group = (FingerprintId, Option<Fingerprint>, Vec<Plans>);

/// What an export holds.
///
/// # Errors
/// If the file cannot be read, is damaged, is of a newer format or holds what is out of bounds.
pub fn contents(path: &Path) -> Result<Vec<Group>, Error> {
    let groups = open(path, "")?.fingerprints.into_iter();
    Ok(groups.map(|group| (group.id, group.fingerprint, group.plans)).collect())
}

/// The bytes of an export in a file.
fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let read = || {
        let file = open_file(path)?;
        if file.metadata()?.len() > Kind::Export.max_len() {
            return Err(io::Error::new(ErrorKind::FileTooLarge, "it is larger than any export"));
        }
        let mut bytes = Vec::new();
        file.take(Kind::Export.max_len()).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|error| Error::io("read", path, error))
}

/// Opens what has to be a file, and waits for nobody: to open a pipe would wait for somebody who writes to it.
fn open_file(path: &Path) -> io::Result<File> {
    let check = |data: fs::Metadata| if data.is_file() { Ok(()) } else { Err(io::Error::other("it is no file")) };
    // Merely to open a device may do something.
    check(fs::metadata(path)?)?;
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;

        use rustix::fs::OFlags;

        // A pipe may have taken the place of the file since.
        options.custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    }
    let file = options.open(path)?;
    check(file.metadata()?)?;
    Ok(file)
}

/// Decodes an export and checks all of it. The error says what is wrong.
pub(super) fn parse(bytes: &[u8]) -> Result<Export, String> {
    let mut export = Export::read(bytes).map_err(|damage| damage.describe(Kind::Export))?;
    let mut functions = BTreeSet::new();
    for group in &export.fingerprints {
        if group.plans.is_empty() {
            return Err("a fingerprint in it has no plans".into());
        }
        if group.fingerprint.as_ref().is_some_and(|parts| !parts.is_called(group.id)) {
            return Err("a fingerprint in it is not that of its parts".into());
        }
        let size = group.fingerprint.as_ref().map_or(0, |parts| envelope::write(Kind::Fingerprint, parts).len());
        if size as u64 > Kind::Fingerprint.max_len() {
            return Err("a fingerprint in it is longer than any".into());
        }
        for plans in &group.plans {
            let is_valid = plans.fingerprint == group.id
                // Each function occurs once under a fingerprint: a second one would replace the first.
                && functions.insert((group.id, plans.id))
                && plans.is_within_bounds();
            if !is_valid {
                return Err(format!("the plans of {:?} are out of bounds", plans.function));
            }
        }
    }
    refile(&mut export);
    Ok(export)
}

/// Gives plans that were exported under an older digest of their fingerprint today's.
fn refile(export: &mut Export) {
    let mut groups: Vec<FingerprintPlans> = Vec::new();
    // Where each fingerprint is among the groups, and each function among the plans of its group.
    let mut places: BTreeMap<FingerprintId, usize> = BTreeMap::new();
    let mut functions: BTreeMap<(FingerprintId, FunctionId), usize> = BTreeMap::new();
    for mut group in mem::take(&mut export.fingerprints) {
        if let Some(parts) = &group.fingerprint
            && parts.id() != group.id
        {
            group.id = parts.id();
            group.plans.iter_mut().for_each(|plans| plans.fingerprint = parts.id());
        }
        let plans = mem::take(&mut group.plans);
        let at = *places.entry(group.id).or_insert(groups.len());
        if at == groups.len() {
            groups.push(group);
        }
        let all = &mut groups[at].plans;
        for plans in plans {
            // Machines that had fingerprints of their own may be the same by today's.
            match functions.entry((plans.fingerprint, plans.id)) {
                Entry::Occupied(known) => all[*known.get()].merge(plans, export.exported),
                Entry::Vacant(place) => {
                    place.insert(all.len());
                    all.push(plans);
                }
            }
        }
    }
    export.fingerprints = groups;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::build_flags::Build;
    use crate::machine::fingerprint::Machine;
    use crate::record::entry::tests::entry;

    fn plans(fingerprint: FingerprintId, id: u64, bucket: u8) -> Plans {
        Plans { fingerprint, id: FunctionId::from_u64(id), entries: vec![entry(bucket, 5)], ..Plans::default() }
    }

    fn parsed(fingerprints: Vec<FingerprintPlans>) -> Result<Export, String> {
        parse(&envelope::write(Kind::Export, &Export { exported: 9, fingerprints }))
    }

    #[test]
    fn groups_of_one_fingerprint_become_one() {
        let here = Fingerprint::new(Machine::ask(), Build::from_bits(1));
        let (today, first, other) = (here.id(), here.first_id(), FingerprintId::from_u64(7));
        let group = |id, fingerprint, plans| FingerprintPlans { id, fingerprint, plans };
        let export = parsed(vec![
            group(other, None, vec![plans(other, 1, 1)]),
            group(today, None, vec![plans(today, 1, 1), plans(today, 2, 1)]),
            group(first, Some(here), vec![plans(first, 2, 2), plans(first, 3, 1)]),
            group(other, None, vec![plans(other, 9, 1)]),
        ]);
        let both = Plans { entries: vec![entry(1, 5), entry(2, 5)], ..plans(today, 2, 1) };
        let all: Vec<_> = export.unwrap().fingerprints.into_iter().map(|group| (group.id, group.plans)).collect();
        assert_eq!(
            all,
            [
                (other, vec![plans(other, 1, 1), plans(other, 9, 1)]),
                (today, vec![plans(today, 1, 1), both, plans(today, 3, 1)]),
            ]
        );
    }

    #[test]
    fn a_fingerprint_without_plans_is_refused() {
        let id = FingerprintId::from_u64(7);
        let group = |plans| FingerprintPlans { id, fingerprint: None, plans };
        let refused = parsed(vec![group(vec![plans(id, 1, 1)]), group(Vec::new())]).unwrap_err();
        assert_eq!(refused, "a fingerprint in it has no plans");
    }
}

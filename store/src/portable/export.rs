//! Writing an export.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::format::{Export, FingerprintPlans};
use crate::disk::folder::Folder;
use crate::disk::{fingerprints, plans};
use crate::error::Error;
use crate::record::entry::Entry;
use crate::record::envelope::{self, Kind};
use crate::record::plans::Plans;

/// Writes the readable plans of the functions that are `wanted` to one file. Returns their number.
///
/// # Errors
/// If the folder cannot be read, the file not be written, or it would be too large to be imported.
pub fn export(folder: &Folder, path: &Path, wanted: impl Fn(&Plans) -> bool, today: u64) -> Result<usize, Error> {
    let (bytes, plans) = export_bytes(folder, wanted, today)?;
    write(path, &bytes).map_err(|error| Error::io("write", path, error))?;
    Ok(plans)
}

/// What [`export`] writes, and the number of plans.
///
/// # Errors
/// If the folder cannot be read, or the export would be too large to be imported.
pub fn export_bytes(folder: &Folder, wanted: impl Fn(&Plans) -> bool, today: u64) -> Result<(Vec<u8>, usize), Error> {
    let mut export = Export { exported: today, fingerprints: Vec::new() };
    let list = |error| Error::io("read", folder.root(), error);
    for id in folder.fingerprints().map_err(list)? {
        let functions = folder.functions(id).map_err(list)?;
        let found = functions.into_iter().filter_map(|function| plans::load(folder, id, function, today).ok()?);
        let mut all: Vec<Plans> = found.map(|found| found.plans).collect();
        for plans in &mut all {
            plans.entries.retain(Entry::is_within_bounds);
            // A folder may have records of more plans than an import takes.
            plans.normalise();
        }
        all.retain(|plans| !plans.entries.is_empty() && wanted(plans));
        if !all.is_empty() {
            let fingerprint = fingerprints::load(folder, id).ok().flatten();
            export.fingerprints.push(FingerprintPlans { id, fingerprint, plans: all });
        }
    }
    let bytes = envelope::write(Kind::Export, &export);
    if bytes.len() as u64 > Kind::Export.max_len() {
        return Err(Error::format(format!("{} bytes of plans are more than one export may hold", bytes.len())));
    }
    let plans = export.fingerprints.iter().flat_map(|group| &group.plans).map(|plans| plans.entries.len()).sum();
    Ok((bytes, plans))
}

/// Writes a file to a path that the user chose, as a whole or not at all. If the path is a link, a pipe or a terminal, the
/// bytes go to where it leads.
///
/// # Errors
/// If it cannot be written. What was there before is there still.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(data) if !data.is_file() => return fs::write(path, bytes),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let beside = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !beside.exists() {
        return Err(io::Error::new(io::ErrorKind::NotFound, format!("there is no folder {}", beside.display())));
    }
    // The error of `tempfile` names the temporary file, which means nothing to the user.
    let mut file = tempfile::NamedTempFile::new_in(beside).map_err(|error| io::Error::from(error.kind()))?;
    file.write_all(bytes)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

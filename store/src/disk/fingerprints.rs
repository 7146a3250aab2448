//! The parts of each fingerprint, written down so that people can read what its digest stands for.

use std::io;

use super::files;
use super::folder::Folder;
use crate::machine::fingerprint::{Fingerprint, FingerprintId};
use crate::record::envelope::{self, Kind};

/// Writes down the parts of a fingerprint, unless they are there already, and marks the folder as a cache.
///
/// # Errors
/// If the system refuses.
pub fn save(folder: &Folder, fingerprint: &Fingerprint) -> io::Result<()> {
    let id = fingerprint.id();
    if load(folder, id)?.is_some() {
        return Ok(());
    }
    files::write(&folder.fingerprint_file(id), &envelope::write(Kind::Fingerprint, fingerprint))?;
    // Only what copies caches would miss it.
    let _ = folder.tag();
    Ok(())
}

/// The parts of a fingerprint. `None` if they were not written down, or the file holds those of another one.
///
/// # Errors
/// If the system refuses.
pub fn load(folder: &Folder, id: FingerprintId) -> io::Result<Option<Fingerprint>> {
    let content = files::read(&folder.fingerprint_file(id), Kind::Fingerprint)?;
    let parts = content.and_then(|content| envelope::read::<Fingerprint>(Kind::Fingerprint, &content.bytes).ok());
    Ok(parts.filter(|parts| parts.is_called(id)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::build_flags::Build;
    use crate::machine::fingerprint::Machine;

    #[test]
    fn a_fingerprint_is_written_once() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("cache"));
        let fingerprint = Fingerprint::new(Machine::ask(), Build::from_bits(3));
        assert_eq!(load(&folder, fingerprint.id()).unwrap(), None);
        save(&folder, &fingerprint).unwrap();
        save(&folder, &fingerprint).unwrap();
        assert_eq!(load(&folder, fingerprint.id()).unwrap(), Some(fingerprint));
        assert!(folder.tag_file().is_file());
    }
}

//! Profiles: of each function the last one that was taken.

use std::io;

use super::files;
use super::folder::{Folder, profiled_function_of};
use crate::id::FunctionId;
use crate::machine::fingerprint::FingerprintId;
use crate::profile::Profile;
use crate::record::envelope::{self, Damage, Kind};

/// Keeps the profile of a function, in place of an earlier one. One that is too long for a file is not kept.
///
/// # Errors
/// If the system refuses.
pub fn save(folder: &Folder, fingerprint: FingerprintId, id: FunctionId, profile: &Profile) -> io::Result<()> {
    let bytes = envelope::write(Kind::Profile, profile);
    if bytes.len() as u64 > Kind::Profile.max_len() {
        return Ok(());
    }
    files::write(&folder.profile_file(fingerprint, id), &bytes)
}

/// The last profile of a function, if one was kept. One of another version is passed over.
///
/// # Errors
/// If it is damaged, or the system refuses.
pub fn load(folder: &Folder, fingerprint: FingerprintId, id: FunctionId) -> io::Result<Option<Profile>> {
    let Some(content) = files::read(&folder.profile_file(fingerprint, id), Kind::Profile)? else { return Ok(None) };
    match envelope::read(Kind::Profile, &content.bytes) {
        Ok(profile) => Ok(Some(profile)),
        Err(Damage::Version(_)) => Ok(None),
        Err(damage) => Err(io::Error::new(io::ErrorKind::InvalidData, damage.describe(Kind::Profile))),
    }
}

/// All profiles that can be read, the last ones first.
///
/// # Errors
/// If the folder cannot be listed.
pub fn all(folder: &Folder) -> io::Result<Vec<(FunctionId, Profile)>> {
    let mut found = Vec::new();
    for fingerprint in folder.fingerprints()? {
        let names = files::list(&folder.fingerprint_folder(fingerprint))?;
        let ids = names.iter().filter_map(|(name, _)| profiled_function_of(name));
        found.extend(ids.filter_map(|id| Some((id, load(folder, fingerprint, id).ok()??))));
    }
    found.sort_by_key(|(_, profile)| std::cmp::Reverse(profile.taken));
    Ok(found)
}

/// Removes the profiles of all functions that are meant, by path and identity. What cannot be read is removed with them.
///
/// # Errors
/// If the folder cannot be listed, or a file not be removed.
pub fn remove(folder: &Folder, is_meant: impl Fn(&str, FunctionId) -> bool) -> io::Result<()> {
    for fingerprint in folder.fingerprints()? {
        for (name, path) in files::list(&folder.fingerprint_folder(fingerprint))? {
            let Some(id) = profiled_function_of(&name) else { continue };
            let function = load(folder, fingerprint, id).ok().flatten().map_or(String::new(), |it| it.function);
            if is_meant(&function, id) {
                files::remove(&path)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::tests::profile;

    const PRINT: FingerprintId = FingerprintId::from_u64(7);
    const ONE: FunctionId = FunctionId::from_u64(1);
    const TWO: FunctionId = FunctionId::from_u64(2);

    #[test]
    fn the_last_profile_is_kept_until_it_is_removed() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("cache"));
        assert_eq!(load(&folder, PRINT, ONE).unwrap(), None);
        let mut kept = profile();
        for wall in [1_000_000, 2_000_000] {
            kept.wall = wall;
            save(&folder, PRINT, ONE, &kept).unwrap();
        }
        save(&folder, PRINT, TWO, &profile()).unwrap();
        assert_eq!(load(&folder, PRINT, ONE).unwrap(), Some(kept));
        remove(&folder, |path, id| path == "crate::text::score" && id == ONE).unwrap();
        assert_eq!(load(&folder, PRINT, ONE).unwrap(), None);
        assert_eq!(load(&folder, PRINT, TWO).unwrap(), Some(profile()));
    }

    #[test]
    fn a_damaged_profile_is_an_error_and_can_be_removed() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("cache"));
        files::write(&folder.profile_file(PRINT, ONE), b"nothing of ours").unwrap();
        assert!(load(&folder, PRINT, ONE).is_err());
        remove(&folder, |_, _| true).unwrap();
        assert_eq!(load(&folder, PRINT, ONE).unwrap(), None);
    }

    /// Where this fails, the format has changed: raise the version of the kind, so that older files are passed over.
    #[test]
    fn the_same_is_written_as_ever() {
        let bytes = envelope::write(Kind::Profile, &profile());
        assert_eq!((Kind::Profile.version(), bytes.len(), crc32fast::hash(&bytes)), (1, 141, 0xc0c2_55ea));
    }
}

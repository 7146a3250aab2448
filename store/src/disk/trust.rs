//! Which files and folders are trusted: those that belong to this user, and that nobody else may change.
//!
//! A plan that somebody else wrote can cost time, and a file of ours with another name elsewhere (a hard link) would be
//! changed there as well. So neither is read or written.

use std::fmt;
use std::fs::Metadata;
use std::io;

/// Why a file or folder is not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// It belongs to another user.
    Owner,
    /// Others may write to it.
    Mode,
    /// It is a file with several names.
    HardLink,
}

impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Owner => "it belongs to another user",
            Self::Mode => "others may write to it",
            Self::HardLink => "it is a hard link: the file has another name, too",
        })
    }
}

/// Why this file or folder is not trusted; `None` if it is.
#[must_use]
pub fn distrust(data: &Metadata) -> Option<Distrust> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;

        if data.uid() != rustix::process::geteuid().as_raw() {
            return Some(Distrust::Owner);
        }
        if data.mode() & 0o022 != 0 {
            return Some(Distrust::Mode);
        }
        if data.is_file() && data.nlink() > 1 {
            return Some(Distrust::HardLink);
        }
    }
    #[cfg(not(unix))]
    let _ = data;
    None
}

/// Refuses what is not trusted.
///
/// # Errors
/// If this file or folder is not.
pub fn check(data: &Metadata) -> io::Result<()> {
    match distrust(data) {
        None => Ok(()),
        Some(reason) => Err(io::Error::new(io::ErrorKind::PermissionDenied, reason.to_string())),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_others_may_change_is_not_trusted() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("file");
        fs::write(&file, "one").unwrap();
        let distrust_at = |mode| {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            distrust(&fs::symlink_metadata(&file).unwrap())
        };
        assert_eq!(
            [0o600, 0o644, 0o660, 0o666].map(distrust_at),
            [None, None, Some(Distrust::Mode), Some(Distrust::Mode)]
        );
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        fs::hard_link(&file, place.path().join("other")).unwrap();
        assert_eq!(distrust(&fs::symlink_metadata(&file).unwrap()), Some(Distrust::HardLink));
    }
}

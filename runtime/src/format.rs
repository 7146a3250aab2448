//! What every file of ours begins with, so that nothing else is ever taken for one.
//!
//! ```text
//! bytes 0..4    "amz" and a letter for the kind of file
//! bytes 4..6    format version, little-endian
//! bytes 6..10   length of the payload in bytes, little-endian
//! bytes 10..14  CRC-32 (IEEE) of bytes 0..10 and the payload, little-endian
//! bytes 14..    the payload: postcard
//! ```
//!
//! Postcard is positional, so the version comes before it: a payload is never read by the rules of another version.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The version that is written.
pub(crate) const VERSION: u16 = 1;

const HEADER: usize = 14;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The plans of one function.
    Plans,
    /// What is known of a machine.
    Machine,
    /// The parts of a fingerprint.
    Fingerprint,
    /// Counts.
    Statistics,
    /// All plans, to take elsewhere.
    Export,
    /// What a process left for others to put in place.
    Parcel,
}

impl Kind {
    fn letter(self) -> u8 {
        match self {
            Self::Plans => b'p',
            Self::Machine => b'm',
            Self::Fingerprint => b'f',
            Self::Statistics => b's',
            Self::Export => b'x',
            Self::Parcel => b'l',
        }
    }

    /// The longest file of this kind that is read, in bytes.
    pub(crate) fn longest(self) -> u64 {
        match self {
            Self::Machine | Self::Fingerprint => 4 << 10,
            Self::Plans => 1 << 20,
            Self::Parcel => 8 << 20,
            Self::Statistics => 16 << 20,
            // In memory it may take twenty times as much.
            Self::Export => 32 << 20,
        }
    }
}

/// Why bytes are not a file of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Damage {
    /// It is of another version.
    Version(u16),
    /// It is not of this kind, or not whole, or its checksum is wrong, or its payload makes no sense.
    Corrupt,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => {
                write!(f, "its format is version {version}, and this program reads version {VERSION}")
            }
            Self::Corrupt => f.write_str("it is damaged, or no file of Amorsize's"),
        }
    }
}

/// The bytes of a file that holds `payload`.
pub(crate) fn seal<T: Serialize>(kind: Kind, payload: &T) -> Vec<u8> {
    // Nothing of ours can fail to be written to memory; if it did, the file would be read as damaged.
    let bytes = postcard::to_extend(payload, vec![0; HEADER]).unwrap_or_else(|_| vec![0; HEADER]);
    finish(kind, VERSION, bytes)
}

/// Fills in the header of `bytes`, whose payload is in place.
fn finish(kind: Kind, version: u16, mut bytes: Vec<u8>) -> Vec<u8> {
    let length = (bytes.len() - HEADER) as u32;
    bytes[..3].copy_from_slice(b"amz");
    bytes[3] = kind.letter();
    bytes[4..6].copy_from_slice(&version.to_le_bytes());
    bytes[6..10].copy_from_slice(&length.to_le_bytes());
    let checksum = checksum(&bytes);
    bytes[10..14].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

/// What a file of this kind holds.
pub(crate) fn open<T: DeserializeOwned>(kind: Kind, bytes: &[u8]) -> Result<T, Damage> {
    let (header, payload) = bytes.split_at_checked(HEADER).ok_or(Damage::Corrupt)?;
    if header[..3] != *b"amz" || header[3] != kind.letter() {
        return Err(Damage::Corrupt);
    }
    let number = |range: std::ops::Range<usize>| header[range].iter().rev().fold(0u32, |n, b| n << 8 | u32::from(*b));
    if number(6..10) as usize != payload.len() || number(10..14) != checksum(bytes) {
        return Err(Damage::Corrupt);
    }
    match number(4..6) as u16 {
        VERSION => {}
        version => return Err(Damage::Version(version)),
    }
    match postcard::take_from_bytes(payload) {
        Ok((payload, [])) => Ok(payload),
        _ => Err(Damage::Corrupt),
    }
}

/// What each of several files of this kind holds that were put one behind the other, and whether there was anything else:
/// what is damaged, or was cut short, is passed over.
pub(crate) fn open_each<T: DeserializeOwned>(kind: Kind, mut bytes: &[u8]) -> (Vec<T>, bool) {
    let (mut found, mut whole) = (Vec::new(), true);
    while !bytes.is_empty() {
        let length = bytes.get(6..10).map(|length| length.iter().rev().fold(0, |n, b| n << 8 | usize::from(*b)));
        let one = length.and_then(|length| bytes.get(..HEADER.checked_add(length)?));
        if let Some((payload, one)) = one.and_then(|one| Some((open(kind, one).ok()?, one))) {
            found.push(payload);
            bytes = &bytes[one.len()..];
        } else {
            whole = false;
            let start = [b'a', b'm', b'z', kind.letter()];
            let next = bytes[1..].windows(start.len()).position(|window| window == start);
            bytes = next.map_or(&[], |next| &bytes[1 + next..]);
        }
    }
    (found, whole)
}

/// Of everything but itself.
fn checksum(bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&bytes[..10]);
    hasher.update(&bytes[HEADER..]);
    hasher.finalize()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn of_version<T: Serialize>(kind: Kind, version: u16, payload: &T) -> Vec<u8> {
        finish(kind, version, seal(kind, payload))
    }

    #[test]
    fn what_was_sealed_is_what_is_opened() {
        let bytes = seal(Kind::Plans, &("text", 7u64));
        assert_eq!(open::<(String, u64)>(Kind::Plans, &bytes), Ok(("text".into(), 7)));
        assert_eq!(open::<(String, u64)>(Kind::Export, &bytes), Err(Damage::Corrupt));
        assert_eq!(open::<String>(Kind::Plans, &bytes), Err(Damage::Corrupt), "something is left over");
    }

    #[test]
    fn another_version_is_named() {
        let newer = of_version(Kind::Plans, 9, &1u8);
        assert_eq!(open::<u8>(Kind::Plans, &newer), Err(Damage::Version(9)));
        let message = Damage::Version(9).to_string();
        assert!(message.contains("version 9") && message.contains("version 1"), "{message}");
    }

    #[test]
    fn what_is_damaged_among_others_is_passed_over() {
        let one = |n: u32| seal(Kind::Statistics, &n);
        let open = |bytes: &[u8]| open_each::<u32>(Kind::Statistics, bytes);
        assert_eq!(open(&[one(1), one(2)].concat()), (vec![1, 2], true));
        assert_eq!(open(&[]), (vec![], true));
        for cut in 1..one(1).len() {
            assert_eq!(open(&[&one(7)[..cut], &one(2)].concat()), (vec![2], false), "{cut}");
            assert_eq!(open(&[&one(2), &one(7)[..cut]].concat()), (vec![2], false), "{cut}");
        }
        for at in 0..one(1).len() {
            let mut bytes = [one(1), one(2), one(3)].concat();
            bytes[one(1).len() + at] ^= 0x55;
            assert_eq!(open(&bytes), (vec![1, 3], false), "{at}");
        }
    }

    #[test]
    fn every_flip_of_every_byte_and_every_cut_is_seen() {
        let bytes = seal(Kind::Plans, &("a function", [1.5f32, 2.5], 1_700_000_000u64));
        for at in 0..bytes.len() {
            for flip in 1..=255 {
                let mut other = bytes.clone();
                other[at] ^= flip;
                assert!(open::<(String, [f32; 2], u64)>(Kind::Plans, &other).is_err(), "{at} {flip}");
            }
            assert!(open::<(String, [f32; 2], u64)>(Kind::Plans, &bytes[..at]).is_err());
        }
    }
}

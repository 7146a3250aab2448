//! The header of every record. By it a reader notices files of other kinds and versions, and damage.
//!
//! ```text
//! bytes 0..4    "amz" and a letter for the kind of file
//! bytes 4..6    format version of that kind, little-endian
//! bytes 6..10   length of the payload in bytes, little-endian
//! bytes 10..14  CRC-32 (IEEE) of bytes 0..10 and the payload, little-endian
//! bytes 14..    the payload: postcard
//! ```
//!
//! Header and payload together are a record. Files of plans and of statistics are logs: one record after another, each an
//! addition to those before it. All other files are a single record.
//!
//! Postcard does not name the fields of a payload, so a reader must know the version before it reads the payload. Each kind
//! of file has its own version: if one kind changes, files of the other kinds stay readable.

use serde::Serialize;
use serde::de::DeserializeOwned;

const HEADER: usize = 14;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The plans of one function: a log.
    Plans,
    /// What is known of a machine.
    Machine,
    /// The parts of a fingerprint.
    Fingerprint,
    /// Counts: a log.
    Statistics,
    /// All plans of a folder, to be imported elsewhere.
    Export,
    /// What the last measured run of a function did.
    Profile,
}

impl Kind {
    /// The version that is written.
    #[must_use]
    pub const fn version(self) -> u16 {
        match self {
            Self::Machine | Self::Fingerprint | Self::Profile => 1,
            Self::Plans | Self::Statistics | Self::Export => 2,
        }
    }

    /// The letter in the header. Do not use `l` again: earlier versions used it for another kind of file.
    const fn letter(self) -> u8 {
        match self {
            Self::Plans => b'p',
            Self::Machine => b'm',
            Self::Fingerprint => b'f',
            Self::Statistics => b's',
            Self::Export => b'x',
            Self::Profile => b'r',
        }
    }

    /// The longest file of this kind that is read, in bytes.
    #[must_use]
    pub const fn max_len(self) -> u64 {
        match self {
            Self::Machine | Self::Fingerprint => 4 << 10,
            Self::Plans | Self::Profile => 1 << 20,
            Self::Statistics => 16 << 20,
            // In memory an export may take twenty times as much.
            Self::Export => 32 << 20,
        }
    }
}

/// Why bytes cannot be read as a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// It has this format version, and the reader knows another one.
    Version(u16),
    /// It is of another kind, or cut short, or its checksum is wrong, or its payload cannot be decoded.
    Corrupt,
}

impl Damage {
    /// A message about a file of this kind, as in "its format is version 9, and this program reads version 1".
    #[must_use]
    pub fn describe(self, kind: Kind) -> String {
        match self {
            Self::Version(version) => {
                format!("its format is version {version}, and this program reads version {}", kind.version())
            }
            Self::Corrupt => "it is damaged, or no file of Amorsize's".into(),
        }
    }
}

/// A record with this payload.
pub fn write<T: Serialize>(kind: Kind, payload: &T) -> Vec<u8> {
    // Writing to memory does not fail for our payloads. If it did, readers would find the record damaged.
    let bytes = postcard::to_extend(payload, vec![0; HEADER]).unwrap_or_else(|_| vec![0; HEADER]);
    finish(kind, kind.version(), bytes)
}

/// Fills in the header of `bytes`. The payload is there already.
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

/// Checks what the header says of `bytes`, which are to be exactly one record of this kind, while a program compiles.
///
/// # Errors
/// If kind, length or version are not as they should be. The checksum is not looked at.
pub const fn check_header(kind: Kind, bytes: &[u8]) -> Result<(), Damage> {
    let Some((header, payload)) = bytes.split_first_chunk::<HEADER>() else { return Err(Damage::Corrupt) };
    let [b'a', b'm', b'z', letter, v0, v1, l0, l1, l2, l3, ..] = *header else { return Err(Damage::Corrupt) };
    if letter != kind.letter() || u32::from_le_bytes([l0, l1, l2, l3]) as usize != payload.len() {
        return Err(Damage::Corrupt);
    }
    let version = u16::from_le_bytes([v0, v1]);
    if version == kind.version() { Ok(()) } else { Err(Damage::Version(version)) }
}

/// The payload of `bytes`, which must be exactly one record of this kind.
///
/// # Errors
/// If they are anything else.
pub fn read<T: DeserializeOwned>(kind: Kind, bytes: &[u8]) -> Result<T, Damage> {
    read_of(kind, bytes, |version, payload| match version {
        _ if version == kind.version() => decode(payload),
        _ => Err(Damage::Version(version)),
    })
}

/// The same of a record that may be of several versions. `decode` is given the version and the encoded payload.
///
/// # Errors
/// If they are no record of this kind, and whatever `decode` returns.
pub fn read_of<T>(kind: Kind, bytes: &[u8], decode: impl FnOnce(u16, &[u8]) -> Result<T, Damage>) -> Result<T, Damage> {
    let (version, payload) = open(kind, bytes)?;
    decode(version, payload)
}

/// The version and the encoded payload of `bytes`, which must be exactly one record of this kind.
fn open(kind: Kind, bytes: &[u8]) -> Result<(u16, &[u8]), Damage> {
    let version = match check_header(kind, bytes) {
        Ok(()) => kind.version(),
        Err(Damage::Version(version)) => version,
        Err(damage) => return Err(damage),
    };
    if bytes[10..HEADER] != checksum(bytes).to_le_bytes() {
        return Err(Damage::Corrupt);
    }
    Ok((version, &bytes[HEADER..]))
}

/// The value that was encoded in `payload`.
///
/// # Errors
/// If it is none of this type, or something is left over.
pub fn decode<T: DeserializeOwned>(payload: &[u8]) -> Result<T, Damage> {
    match postcard::take_from_bytes(payload) {
        Ok((value, [])) => Ok(value),
        _ => Err(Damage::Corrupt),
    }
}

/// The content of a log.
#[derive(Debug)]
pub struct Log<T> {
    /// The payloads of the records that can be read, oldest first.
    pub records: Vec<T>,
    /// The records of other versions, unchanged.
    pub other_versions: Vec<u8>,
    /// Whether there is anything else, such as half a record of a writer that was killed. It is passed over.
    pub is_damaged: bool,
    /// Where the last whole record ends. What follows is damaged, or is a record that is just being appended.
    pub whole: usize,
}

/// Reads a log. After something damaged, reading goes on at the next record.
pub fn read_log<T: DeserializeOwned>(kind: Kind, bytes: &[u8]) -> Log<T> {
    read_log_of(kind, bytes, |version, payload| match version {
        _ if version == kind.version() => decode(payload),
        _ => Err(Damage::Version(version)),
    })
}

/// Reads a log whose records may be of several versions. `decode` is given the version and the encoded payload of each.
pub fn read_log_of<T>(kind: Kind, mut bytes: &[u8], decode: impl Fn(u16, &[u8]) -> Result<T, Damage>) -> Log<T> {
    let len = bytes.len();
    let mut log = Log { records: Vec::new(), other_versions: Vec::new(), is_damaged: false, whole: 0 };
    while !bytes.is_empty() {
        let length = bytes.get(6..10).map(|length| length.iter().rev().fold(0, |n, b| n << 8 | usize::from(*b)));
        let record = length.and_then(|length| bytes.get(..HEADER.checked_add(length)?)).unwrap_or(&[]);
        match open(kind, record).and_then(|(version, payload)| decode(version, payload)) {
            Ok(payload) => log.records.push(payload),
            Err(Damage::Version(_)) => log.other_versions.extend_from_slice(record),
            Err(Damage::Corrupt) => {
                log.is_damaged = true;
                let start = [b'a', b'm', b'z', kind.letter()];
                let next = bytes[1..].windows(start.len()).position(|window| window == start);
                bytes = next.map_or(&[], |next| &bytes[1 + next..]);
                continue;
            }
        }
        bytes = &bytes[record.len()..];
        log.whole = len - bytes.len();
    }
    log
}

/// The checksum of a record: of all its bytes except those of the checksum.
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
        finish(kind, version, write(kind, payload))
    }

    #[test]
    fn what_was_written_is_read() {
        let bytes = write(Kind::Plans, &("text", 7u64));
        assert_eq!(read::<(String, u64)>(Kind::Plans, &bytes), Ok(("text".into(), 7)));
        assert_eq!(read::<(String, u64)>(Kind::Export, &bytes), Err(Damage::Corrupt));
        assert_eq!(read::<String>(Kind::Plans, &bytes), Err(Damage::Corrupt), "something is left over");
    }

    #[test]
    fn another_version_is_named() {
        let newer = of_version(Kind::Plans, 9, &1u8);
        assert_eq!(read::<u8>(Kind::Plans, &newer), Err(Damage::Version(9)));
        let message = Damage::Version(9).describe(Kind::Plans);
        assert!(message.contains("version 9") && message.contains("version 2"), "{message}");
    }

    #[test]
    fn a_log_passes_over_what_is_damaged() {
        let one = |n: u32| write(Kind::Statistics, &n);
        let read = |bytes: &[u8]| {
            let log = read_log::<u32>(Kind::Statistics, bytes);
            (log.records, log.is_damaged)
        };
        assert_eq!(read(&[one(1), one(2)].concat()), (vec![1, 2], false));
        assert_eq!(read(&[]), (vec![], false));
        for cut in 1..one(1).len() {
            assert_eq!(read(&[&one(7)[..cut], &one(2)].concat()), (vec![2], true), "{cut}");
            assert_eq!(read(&[&one(2), &one(7)[..cut]].concat()), (vec![2], true), "{cut}");
        }
        for at in 0..one(1).len() {
            let mut bytes = [one(1), one(2), one(3)].concat();
            bytes[one(1).len() + at] ^= 0x55;
            assert_eq!(read(&bytes), (vec![1, 3], true), "{at}");
        }
    }

    #[test]
    fn the_end_of_the_last_whole_record_is_known() {
        let one = write(Kind::Statistics, &1u32);
        let newer = of_version(Kind::Statistics, 9, &1u32);
        let whole = |bytes: &[u8]| read_log::<u32>(Kind::Statistics, bytes).whole;
        assert_eq!(whole(&[]), 0);
        assert_eq!(whole(&one[..5]), 0);
        assert_eq!(whole(&[&one[..], &newer].concat()), one.len() + newer.len());
        assert_eq!(whole(&[&one[..5], &one, &one[..5]].concat()), 5 + one.len());
    }

    #[test]
    fn a_log_keeps_records_of_other_versions_as_they_are() {
        let newer = of_version(Kind::Statistics, 9, &"something else");
        let bytes = [write(Kind::Statistics, &1u32), newer.clone(), write(Kind::Statistics, &2u32)].concat();
        let log = read_log::<u32>(Kind::Statistics, &bytes);
        assert_eq!((log.records, log.other_versions, log.is_damaged), (vec![1, 2], newer, false));
    }

    #[test]
    fn every_flip_of_every_byte_and_every_cut_is_seen() {
        let bytes = write(Kind::Plans, &("a function", [1.5f32, 2.5], 1_700_000_000u64));
        for at in 0..bytes.len() {
            for flip in 1..=255 {
                let mut other = bytes.clone();
                other[at] ^= flip;
                assert!(read::<(String, [f32; 2], u64)>(Kind::Plans, &other).is_err(), "{at} {flip}");
            }
            assert!(read::<(String, [f32; 2], u64)>(Kind::Plans, &bytes[..at]).is_err());
        }
    }
}

//! The names under which values are kept: `amorsize:v2:{fingerprint}:{function}`.
//!
//! Each format version has keys of its own, so programs of several versions can share a Redis and never see each other's
//! values.

use crate::id::FunctionId;
use crate::machine::fingerprint::FingerprintId;
use crate::record::envelope::Kind;

/// The key of the plans of one function under one fingerprint.
pub(super) fn key(fingerprint: FingerprintId, function: FunctionId) -> String {
    format!("{}{fingerprint}:{function}", prefix())
}

/// What all keys of this format version begin with. Nothing else in the Redis is ours.
pub(super) fn prefix() -> String {
    format!("amorsize:v{}:", Kind::Plans.version())
}

/// The fingerprint and the function of a key. `None` if it is not one of ours.
pub(super) fn parts(key: &[u8]) -> Option<(FingerprintId, FunctionId)> {
    let rest = std::str::from_utf8(key).ok()?.strip_prefix(&prefix())?;
    let (fingerprint, function) = rest.split_once(':')?;
    let number = |text: &str| u64::from_str_radix(text, 16).ok();
    let parts = (FingerprintId::from_u64(number(fingerprint)?), FunctionId::from_u64(number(function)?));
    // We spell a number in one way only.
    (format!("{}:{}", parts.0, parts.1) == rest).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_as_documented_and_can_be_taken_apart() {
        let ids = (FingerprintId::from_u64(10), FunctionId::from_u64(255));
        let key = key(ids.0, ids.1);
        assert_eq!(key, "amorsize:v2:000000000000000a:00000000000000ff");
        assert_eq!(parts(key.as_bytes()), Some(ids));
        for foreign in [
            "amorsize:v9:000000000000000a:00000000000000ff",
            "amorsize:v2:000000000000000A:00000000000000ff",
            "amorsize:v2:000000000000000a:+0000000000000ff",
            "amorsize:v2:a:ff",
            "amorsize:v2:",
            "session:1",
        ] {
            assert_eq!(parts(foreign.as_bytes()), None, "{foreign}");
        }
    }
}

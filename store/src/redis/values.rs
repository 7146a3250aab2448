//! What a value holds: one record of plans, as in a file (`record::envelope`), and how long it is kept.

use std::time::Duration;

use crate::id::FunctionId;
use crate::machine::fingerprint::FingerprintId;
use crate::record::envelope::{Damage, Kind};
use crate::record::plans::Plans;
use crate::record::plans_format::{read, write};
use crate::rejection::Rejection;

const KIND: Kind = Kind::Plans;

/// The value for these plans.
pub(super) fn encode(plans: &Plans) -> Vec<u8> {
    write(plans)
}

/// The plans of this function in a value.
///
/// # Errors
/// If the value is anything else: anybody can write anything into a Redis.
pub(super) fn decode(value: &[u8], fingerprint: FingerprintId, function: FunctionId) -> Result<Plans, Rejection> {
    if value.len() as u64 > KIND.max_len() {
        return Err(Rejection::Corrupt);
    }
    let plans = read(value).map_err(|damage| match damage {
        Damage::Version(_) => Rejection::Version,
        Damage::Corrupt => Rejection::Corrupt,
    })?;
    if plans.id != function {
        return Err(Rejection::Corrupt);
    }
    if plans.fingerprint != fingerprint {
        return Err(Rejection::Fingerprint);
    }
    if plans.is_within_bounds() { Ok(plans) } else { Err(Rejection::Bounds) }
}

/// For how many seconds Redis keeps these plans: as long as they are believed, and at least a second. `ttl` is for functions
/// that do not say it themselves.
pub(super) fn seconds_to_live(plans: &Plans, ttl: Duration) -> u64 {
    plans.own_ttl().unwrap_or(ttl).as_secs().clamp(1, LONGEST)
}

/// A hundred years. Redis refuses much longer times.
const LONGEST: u64 = 100 * 365 * 24 * 60 * 60;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::entry::Entry;
    use crate::record::entry::tests::entry;
    use crate::record::envelope::tests::of_version;
    use crate::record::plans::MAX_ENTRIES;

    #[test]
    fn nothing_but_the_plans_of_the_function_is_believed() {
        let (fingerprint, id) = (FingerprintId::from_u64(1), FunctionId::from_u64(2));
        let plans = Plans { fingerprint, id, entries: vec![entry(1, 5)], ..Plans::default() };
        let value = encode(&plans);
        assert_eq!(decode(&value, fingerprint, id), Ok(plans.clone()));
        assert_eq!(decode(&value, FingerprintId::from_u64(3), id), Err(Rejection::Fingerprint));
        assert_eq!(decode(&value, fingerprint, FunctionId::from_u64(3)), Err(Rejection::Corrupt));
        assert_eq!(decode(&of_version(KIND, 9, &plans), fingerprint, id), Err(Rejection::Version));
        for wrong in [&b""[..], b"garbage", &value[..value.len() - 1], &[&value[..], &value].concat()] {
            assert_eq!(decode(wrong, fingerprint, id), Err(Rejection::Corrupt));
        }
        assert_eq!(decode(&vec![0; 2 << 20], fingerprint, id), Err(Rejection::Corrupt), "however long it is");
        let of = |entries| decode(&encode(&Plans { entries, ..plans.clone() }), fingerprint, id).map(drop);
        assert_eq!(of(vec![entry(1, 5); MAX_ENTRIES]), Ok(()));
        assert_eq!(of(vec![entry(1, 5); MAX_ENTRIES + 1]), Err(Rejection::Bounds));
        assert_eq!(of(vec![Entry { cost: f32::NAN, ..entry(1, 5) }]), Err(Rejection::Bounds));
    }

    #[test]
    fn the_time_to_live_is_one_that_redis_takes() {
        let seconds = |own, ttl| seconds_to_live(&Plans { ttl: own, ..Plans::default() }, Duration::from_secs(ttl));
        assert_eq!([seconds(None, 60), seconds(Some(5), 60), seconds(None, 0)], [60, 5, 1]);
        assert_eq!(seconds(Some(u64::MAX), 1), LONGEST);
    }
}

//! Items and results as bytes.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::compute::Batch;
use crate::item::{Item, Kept};

/// What is said where bytes cannot be read, which a type causes whose two halves of `serde` do not fit each other.
const ADVICE: &str = "what was sent cannot be read: a type that travels has to be read by `serde` as it was written, also by a \
                      format without names (no `skip_serializing_if`, no `untagged`)";

/// The bytes of a value.
pub(crate) fn encode<V: Serialize>(value: &V) -> Result<Vec<u8>, String> {
    postcard::to_stdvec(value).map_err(|error| format!("what is to be sent cannot be written: {error}"))
}

/// The value of the bytes.
pub(crate) fn decode<V: DeserializeOwned>(bytes: &[u8]) -> Result<V, String> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        Ok(_) => Err(ADVICE.into()),
        Err(error) => Err(format!("{ADVICE} ({error})")),
    }
}

/// The bytes of a batch.
pub(crate) fn encode_batch<T: Serialize>(batch: &Batch<T>) -> Result<Vec<u8>, String> {
    let head = postcard::to_extend(&(batch.first, batch.items.len(), batch.unit), Vec::new());
    let all = head.and_then(|head| batch.items.iter().try_fold(head, |bytes, item| postcard::to_extend(item, bytes)));
    all.map_err(|error| format!("an item cannot be written: {error}"))
}

/// The batch of such bytes.
pub(crate) fn decode_batch<'x, T: Item<'x>>(bytes: &[u8], kept: &'x Kept) -> Result<Batch<T>, String> {
    let all = || -> postcard::Result<_> {
        let ((first, len, unit), mut rest) = postcard::take_from_bytes::<(usize, usize, usize)>(bytes)?;
        // The length is not believed before there are as many.
        let mut items = Vec::with_capacity(len.min(bytes.len()));
        for _ in 0..len {
            let (item, after) = postcard::take_from_bytes(rest)?;
            items.push(item);
            rest = after;
        }
        Ok((first, items, unit, rest.is_empty()))
    };
    match all() {
        Ok((first, items, unit, true)) => Ok(Batch { first, items: T::lend(items, kept), unit }),
        Ok(_) => Err(ADVICE.into()),
        Err(error) => Err(format!("{ADVICE} ({error})")),
    }
}

/// The index of the first item of such bytes, and the number of items.
pub(crate) fn decode_range(bytes: &[u8]) -> (usize, usize) {
    postcard::take_from_bytes(bytes).map_or((0, 0), |(range, _)| range)
}

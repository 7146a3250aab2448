//! The side of every rank but the root: computes what comes, and sends it back.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::channel;

use amorsize::{MapFn, TunedFn};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::compute::{Batch, Done, compute};
use crate::fault::{Fault, Verdict};
use crate::item::{Item, Kept};
use crate::pause::Pause;
use crate::transport::{Kind, ROOT, Transport};
use crate::wire::{decode, decode_batch, decode_range, encode};

/// Takes part in a call until the root ends it, and says how.
pub(crate) fn serve<'x, T, F, P, E>(
    transport: &mut Transport,
    kept: &'x Kept,
    function: &TunedFn<T, F>,
    one: &(impl Fn(&TunedFn<T, F>, Batch<T>) -> Result<P, (usize, E)> + Sync),
) -> Verdict
where
    T: Item<'x>,
    F: MapFn<T>,
    P: Serialize + DeserializeOwned + Send,
    E: Serialize + DeserializeOwned + Send,
{
    let (to_compute, batches) = channel();
    let (done, computed) = channel();
    let stopped = AtomicBool::new(false);
    let verdict = rayon::in_place_scope(|scope| {
        scope.spawn(|_| {
            let (batches, done) = (batches, done);
            compute(function, one, &stopped, &batches, &done);
        });
        let mut pause = Pause::new();
        loop {
            let Some(message) = transport.receive() else {
                if let Some(done) = pause.wait(&computed) {
                    pause.reset();
                    reply(transport, &done);
                }
                continue;
            };
            pause.reset();
            match message.kind {
                Kind::Batch => match decode_batch(&message.bytes, kept) {
                    Ok(batch) => to_compute.send(batch).expect("it computes until it is told no more"),
                    Err(text) => {
                        let (first, len) = decode_range(&message.bytes);
                        let result = Err(Fault::Panicked { index: None, message: text });
                        reply(transport, &Done::<P, E> { first, len, wall: 0, result });
                    }
                },
                Kind::End => {
                    // What was not begun is not computed any more.
                    stopped.store(true, Relaxed);
                    drop(to_compute);
                    break decode(&message.bytes).unwrap_or(Verdict::Fine);
                }
                _ => {}
            }
        }
    });
    transport.send(ROOT, Kind::Ended, &[]);
    verdict
}

/// Sends what became of a batch.
fn reply<P: Serialize, E: Serialize>(transport: &mut Transport, done: &Done<P, E>) {
    let bytes = encode(done).or_else(|message| {
        let Done { first, len, wall, .. } = *done;
        encode(&Done::<P, E> { first, len, wall, result: Err(Fault::Panicked { index: None, message }) })
    });
    transport.send(ROOT, Kind::Result, &bytes.expect("numbers and a text can be written"));
}

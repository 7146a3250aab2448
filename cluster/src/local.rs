//! A run over items that lie on the ranks already.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use amorsize::{Items, MapFn, Run};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cluster::Cluster;
use crate::fault::{describe, message};
use crate::pause::Pause;
use crate::transport::{Kind, ROOT};
use crate::wire::{decode, encode};

/// A run in which each rank maps its own items: what `f::on(&mine).across(&mut cluster).local()` returns.
///
/// # Panics
/// Every terminal panics on every rank if the function panics on one of them, and names the rank.
#[must_use = "a run does nothing until a terminal such as `.map()` is called"]
pub struct Local<'x, T, I, F> {
    pub(crate) run: Run<T, I, F>,
    pub(crate) cluster: &'x mut Cluster,
}

impl<T, I: Items<T>, F> fmt::Debug for Local<'_, T, I, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Local").field("run", &self.run).field("cluster", &self.cluster).finish()
    }
}

impl<T, I: Items<T>, F: MapFn<T>> Local<'_, T, I, F> {
    /// The results of this rank's items, in their order. Waits until all ranks have theirs.
    pub fn map<U: Send>(self) -> Vec<U>
    where
        F: MapFn<T, Output = U>,
    {
        let Self { run, cluster } = self;
        let (own, _) = together(cluster, || (run.map(), ()));
        own
    }

    /// Calls the function for each of this rank's items. Waits until all ranks have done so.
    pub fn for_each(self)
    where
        F: MapFn<T, Output = ()>,
    {
        let Self { run, cluster } = self;
        together(cluster, || (run.for_each(), ()));
    }

    /// Combines the results of all ranks, those of rank 0 first, with an `op` that is associative; on the root, and `None` on other
    /// ranks. `identity` is the answer for no items.
    pub fn reduce<U>(self, identity: impl FnOnce() -> U, op: impl Fn(U, U) -> U + Sync) -> Option<U>
    where
        F: MapFn<T, Output = U>,
        U: Serialize + DeserializeOwned + Send,
    {
        let Self { run, cluster } = self;
        let block = run.reduce_block();
        let ((), shares) = together(cluster, || ((), run.reduce_in_blocks(block, &op).into_iter().reduce(&op)));
        let shares = shares?;
        Some(shares.into_iter().flatten().reduce(op).unwrap_or_else(identity))
    }
}

/// Has every rank do its part, and tells all of them how it went: what this rank keeps of its part, and on the root what each rank
/// gives.
fn together<K, S>(cluster: &mut Cluster, part: impl FnOnce() -> (K, S)) -> (K, Option<Vec<S>>)
where
    S: Serialize + DeserializeOwned,
{
    cluster.forget_batches();
    let (size, is_root) = (cluster.size(), cluster.is_root());
    if size == 1 {
        let (keeps, gives) = part();
        return (keeps, Some(vec![gives]));
    }
    let done = catch_unwind(AssertUnwindSafe(part));
    let (own, share, payload) = match done {
        Ok((keeps, gives)) => (Some(keeps), Ok(gives), None),
        Err(payload) => (None, Err(message(&*payload)), Some(payload)),
    };
    let mut shares = None;
    let fault = if is_root {
        let mut all: Vec<Option<Result<S, String>>> = (0..size).map(|_| None).collect();
        all[ROOT] = Some(share);
        let (mut missing, mut pause) = (size - 1, Pause::new());
        while missing > 0 {
            match cluster.transport.receive() {
                Some(message) if message.kind == Kind::Share => {
                    all[message.from] = Some(decode(&message.bytes).and_then(|share| share));
                    missing -= 1;
                }
                Some(_) => {}
                None => pause.sleep(),
            }
        }
        let all: Result<Vec<S>, String> = all
            .into_iter()
            .enumerate()
            .map(|(rank, share)| share.expect("none is missing").map_err(|text| describe(rank, None, &text)))
            .collect();
        let fault = all.as_ref().err().cloned();
        shares = all.ok();
        let bytes = encode(&fault).expect("a text can be written");
        for rank in 1..size {
            cluster.transport.send(rank, Kind::End, &bytes);
        }
        fault
    } else {
        let bytes = encode(&share).or_else(|text| encode(&Err::<S, _>(text)));
        cluster.transport.send(ROOT, Kind::Share, &bytes.expect("a text can be written"));
        let mut pause = Pause::new();
        loop {
            match cluster.transport.receive() {
                Some(message) if message.kind == Kind::End => break decode(&message.bytes).unwrap_or(None),
                Some(_) => {}
                None => pause.sleep(),
            }
        }
    };
    match (fault, own, payload) {
        (None, Some(own), _) => (own, shares),
        (fault, _, payload) => {
            cluster.all_panic = true;
            let text = fault.unwrap_or_default();
            match payload {
                Some(payload) => resume_unwind(payload),
                None if is_root => panic!("{text}"),
                None => resume_unwind(Box::new(text)),
            }
        }
    }
}

//! What the far tiers are to be told, until they were. It waits here while they cannot be reached, in memory only: it is on
//! disk already.

use std::mem;
use std::sync::Mutex;

use amorsize_store::id::FunctionId;
use amorsize_store::machine::fingerprint::{Fingerprint, FingerprintId};
use amorsize_store::record::plans::Plans;
use amorsize_store::sync::lock;

/// What is new of the functions under one fingerprint.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) fingerprint: Fingerprint,
    /// Functions whose plans are to be removed, before any are added.
    pub(super) removed: Vec<FunctionId>,
    /// Plans to be added, once for each function at most.
    pub(super) plans: Vec<Plans>,
}

#[derive(Debug)]
struct Outbox {
    parcels: Vec<Parcel>,
    /// Threads that have taken some, and are sending them.
    senders: usize,
}

static OUTBOX: Mutex<Outbox> = Mutex::new(Outbox { parcels: Vec::new(), senders: 0 });

/// Adds plans that the far tiers do not have. `today` is seconds since 1970.
pub(super) fn add(fingerprint: &Fingerprint, plans: Vec<Plans>, today: u64) {
    if plans.is_empty() {
        return;
    }
    let mut outbox = lock(&OUTBOX);
    outbox.parcel(fingerprint).add(plans, today);
}

/// Notes that the plans of these functions are to be removed, also those that wait here.
pub(super) fn remove(fingerprint: &Fingerprint, functions: &[FunctionId]) {
    let mut outbox = lock(&OUTBOX);
    let parcel = outbox.parcel(fingerprint);
    parcel.plans.retain(|plans| !functions.contains(&plans.id));
    parcel.removed.extend(functions);
    parcel.removed.sort_unstable();
    parcel.removed.dedup();
}

/// Takes all there is. Whoever does says what became of it, by [`sent`].
pub(super) fn take() -> Vec<Parcel> {
    let mut outbox = lock(&OUTBOX);
    outbox.senders += 1;
    mem::take(&mut outbox.parcels)
}

/// What was taken is no longer on its way. `left` could not be sent: it waits here again, under what came since.
pub(super) fn sent(left: Vec<Parcel>, today: u64) {
    let mut outbox = lock(&OUTBOX);
    outbox.senders -= 1;
    let newer = mem::replace(&mut outbox.parcels, left);
    for Parcel { fingerprint, removed, plans } in newer {
        let parcel = outbox.parcel(&fingerprint);
        parcel.plans.retain(|plans| !removed.contains(&plans.id));
        parcel.removed.extend(removed);
        parcel.add(plans, today);
    }
}

/// Whether nothing waits here.
pub(super) fn is_empty() -> bool {
    lock(&OUTBOX).parcels.is_empty()
}

/// Whether nothing waits here, and nothing is on its way.
pub(super) fn is_drained() -> bool {
    let outbox = lock(&OUTBOX);
    outbox.parcels.is_empty() && outbox.senders == 0
}

impl Outbox {
    fn parcel(&mut self, fingerprint: &Fingerprint) -> &mut Parcel {
        let id: FingerprintId = fingerprint.id();
        let known = self.parcels.iter().position(|parcel| parcel.fingerprint.id() == id);
        let at = known.unwrap_or_else(|| {
            let parcel = Parcel { fingerprint: fingerprint.clone(), removed: Vec::new(), plans: Vec::new() };
            self.parcels.push(parcel);
            self.parcels.len() - 1
        });
        &mut self.parcels[at]
    }
}

impl Parcel {
    fn add(&mut self, newer: Vec<Plans>, today: u64) {
        for newer in newer {
            match self.plans.iter_mut().find(|plans| plans.id == newer.id) {
                Some(plans) => plans.merge(newer, today),
                None => self.plans.push(newer),
            }
        }
    }
}

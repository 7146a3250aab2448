//! Writes to the far tiers that are pending, also while they cannot be reached. They are in memory only: what they add is on
//! disk already.

use std::mem;
use std::sync::Mutex;

use amorsize_store::id::FunctionId;
use amorsize_store::machine::fingerprint::{Fingerprint, FingerprintId};
use amorsize_store::record::plans::Plans;
use amorsize_store::sync::lock;

/// What is new of the functions under one fingerprint.
#[derive(Debug)]
pub(super) struct PendingWrite {
    pub(super) fingerprint: Fingerprint,
    /// Functions whose plans are to be removed, before any are added.
    pub(super) removed: Vec<FunctionId>,
    /// Plans to be added, once for each function at most.
    pub(super) plans: Vec<Plans>,
}

#[derive(Debug)]
struct Outbox {
    writes: Vec<PendingWrite>,
    /// Threads that have taken some, and are sending them.
    senders: usize,
}

static OUTBOX: Mutex<Outbox> = Mutex::new(Outbox { writes: Vec::new(), senders: 0 });

/// Adds plans that the far tiers do not have. `today` is seconds since 1970.
pub(super) fn add(fingerprint: &Fingerprint, plans: Vec<Plans>, today: u64) {
    if plans.is_empty() {
        return;
    }
    let mut outbox = lock(&OUTBOX);
    outbox.write(fingerprint).add(plans, today);
}

/// Notes that the plans of these functions are to be removed, also those that wait here.
pub(super) fn remove(fingerprint: &Fingerprint, functions: &[FunctionId]) {
    let mut outbox = lock(&OUTBOX);
    let write = outbox.write(fingerprint);
    write.plans.retain(|plans| !functions.contains(&plans.id));
    write.removed.extend(functions);
    write.removed.sort_unstable();
    write.removed.dedup();
}

/// Takes all there is. Whoever does says what became of it, by [`sent`].
pub(super) fn take() -> Vec<PendingWrite> {
    let mut outbox = lock(&OUTBOX);
    outbox.senders += 1;
    mem::take(&mut outbox.writes)
}

/// What was taken is no longer on its way. `left` could not be sent: it waits here again, under what came since.
pub(super) fn sent(left: Vec<PendingWrite>, today: u64) {
    let mut outbox = lock(&OUTBOX);
    outbox.senders -= 1;
    let newer = mem::replace(&mut outbox.writes, left);
    for PendingWrite { fingerprint, removed, plans } in newer {
        let write = outbox.write(&fingerprint);
        write.plans.retain(|plans| !removed.contains(&plans.id));
        write.removed.extend(removed);
        write.add(plans, today);
    }
}

/// Whether nothing waits here.
pub(super) fn is_empty() -> bool {
    lock(&OUTBOX).writes.is_empty()
}

/// Whether nothing waits here, and nothing is on its way.
pub(super) fn is_drained() -> bool {
    let outbox = lock(&OUTBOX);
    outbox.writes.is_empty() && outbox.senders == 0
}

impl Outbox {
    fn write(&mut self, fingerprint: &Fingerprint) -> &mut PendingWrite {
        let id: FingerprintId = fingerprint.id();
        let known = self.writes.iter().position(|write| write.fingerprint.id() == id);
        let at = known.unwrap_or_else(|| {
            let write = PendingWrite { fingerprint: fingerprint.clone(), removed: Vec::new(), plans: Vec::new() };
            self.writes.push(write);
            self.writes.len() - 1
        });
        &mut self.writes[at]
    }
}

impl PendingWrite {
    fn add(&mut self, newer: Vec<Plans>, today: u64) {
        for newer in newer {
            match self.plans.iter_mut().find(|plans| plans.id == newer.id) {
                Some(plans) => plans.merge(newer, today),
                None => self.plans.push(newer),
            }
        }
    }
}

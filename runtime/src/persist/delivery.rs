//! Sends what waits in the outbox to the far tiers.

use std::fmt::Display;
use std::io::ErrorKind;
use std::mem;

use amorsize_store::clock::unix_seconds;
use amorsize_store::faults;
use amorsize_store::record::stats::TierState;
use amorsize_store::tier::Tier;
use amorsize_store::tier::stack::Reach;

use super::load::TIMEOUT;
use super::location::{known_redis, locate};
use super::outbox::{self, PendingWrite};

/// Sends what is in the outbox. What cannot be sent stays in it.
pub(super) fn deliver() {
    let Some(location) = locate(TIMEOUT).ok().flatten() else { return };
    let today = unix_seconds();
    let mut sending = Sending { left: Vec::new(), today };
    for PendingWrite { fingerprint, removed, plans } in outbox::take() {
        let mut fault = None;
        if !removed.is_empty() {
            fault = location.stack.remove(fingerprint.id(), &removed, Reach::Far).err();
        }
        let removed = if fault.is_some() { removed } else { Vec::new() };
        if fault.is_none() && !plans.is_empty() {
            let results = location.stack.put(&fingerprint, &plans, Reach::Far, today);
            fault = results.into_iter().find_map(Result::err);
        }
        if let Some(error) = fault {
            // Other programs wrote the same plans all the time: these are sent when they pause, and nothing is wrong.
            if error.kind() != ErrorKind::WouldBlock {
                report(format_args!("plans could not be written to {error}"));
            }
            // Those that were written do no harm if they are written again.
            sending.left.push(PendingWrite { fingerprint, removed, plans });
        }
    }
}

/// What was taken from the outbox is on its way, until this is dropped.
struct Sending {
    /// What could not be sent.
    left: Vec<PendingWrite>,
    /// Seconds since 1970.
    today: u64,
}

impl Drop for Sending {
    fn drop(&mut self) {
        outbox::sent(mem::take(&mut self.left), self.today);
    }
}

/// Reports a fault of the far tiers. Where they do not answer at all, the event that they are down has told why.
pub(super) fn report(fault: impl Display) {
    if known_redis().is_some_and(|redis| redis.state() == TierState::Connected) {
        faults::report(fault);
    } else {
        faults::note(fault);
    }
}

//! The decision log: what is decided, recalled or wrong, as events of the crate `tracing` with the target `amorsize`. Without
//! the feature `tracing` these functions do nothing, and cost nothing.
//!
//! Names of functions are made only if somebody listens. Nothing of this is called with a lock held, as listeners may do
//! anything.

#[cfg(feature = "tracing")]
use tracing::{Level, debug, event_enabled, info, warn};

use crate::rejection::Rejection;

/// Whether events are made at all. Callers that would have to compute something for one ask this first.
pub const ARE_MADE: bool = cfg!(feature = "tracing");

/// The plan of a function for about `items` items became another one, for the reason `why`.
#[cfg_attr(not(feature = "tracing"), allow(unused_variables))]
pub fn plan_changed(
    function: impl FnOnce() -> String,
    items: usize,
    before: impl FnOnce() -> String,
    plan: impl FnOnce() -> String,
    why: &str,
) {
    #[cfg(feature = "tracing")]
    if event_enabled!(target: "amorsize", Level::DEBUG) {
        debug!(target: "amorsize", function = function(), items, before = before(), plan = plan(), why, "plan changed");
    }
}

/// Items of a function take another time than its plan was learned for: it is learned anew.
#[cfg_attr(not(feature = "tracing"), allow(unused_variables))]
pub fn drift(function: impl FnOnce() -> String, items: usize, item_ns: f64) {
    #[cfg(feature = "tracing")]
    if event_enabled!(target: "amorsize", Level::INFO) {
        info!(target: "amorsize", function = function(), items, item_ns, "drift");
    }
}

/// A plan for about `items` items was found in a tier, and is used.
#[cfg_attr(not(feature = "tracing"), allow(unused_variables))]
pub fn plan_recalled(function: impl FnOnce() -> String, items: usize, tier: &str) {
    #[cfg(feature = "tracing")]
    if event_enabled!(target: "amorsize", Level::DEBUG) {
        debug!(target: "amorsize", function = function(), items, tier, "plan recalled");
    }
}

/// A plan was found in a tier, and is not used.
#[cfg_attr(not(feature = "tracing"), allow(unused_variables))]
pub fn plan_rejected(function: impl FnOnce() -> String, reason: Rejection) {
    #[cfg(feature = "tracing")]
    if event_enabled!(target: "amorsize", Level::INFO) {
        info!(target: "amorsize", function = function(), reason = reason.name(), "plan rejected");
    }
}

/// Something failed, and the program goes on without it.
#[cfg_attr(not(feature = "tracing"), allow(unused_variables))]
pub fn fault(message: &str) {
    #[cfg(feature = "tracing")]
    warn!(target: "amorsize", fault = message, "fault");
}

/// A tier does not answer, and is left alone for a while.
#[cfg_attr(not(feature = "tracing"), allow(unused_variables))]
pub fn tier_down(tier: &str, why: &str) {
    #[cfg(feature = "tracing")]
    warn!(target: "amorsize", tier, why, "tier down");
}

/// A tier answers again.
#[cfg_attr(not(feature = "tracing"), allow(unused_variables))]
pub fn tier_up(tier: &str) {
    #[cfg(feature = "tracing")]
    info!(target: "amorsize", tier, "tier up");
}

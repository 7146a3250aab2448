//! The functions of this room without the feature `disk`: nothing is loaded, and nothing is saved.

use amorsize_store::clock::Nanos;
use amorsize_store::error::Error;
use amorsize_store::profile::Profile;
use amorsize_store::record::stats::TierStats;

use crate::executor::policy::{Advice, ProbeSample};
use crate::site::site::{Site, Tuned};

pub(crate) fn recall(_: Tuned, _: &ProbeSample, _: bool) -> Advice {
    Advice::Unknown
}

/// Embeds plans in the program, with the feature `disk`. Without it this is an error of the compiler.
#[macro_export]
macro_rules! embed {
    ($($any:tt)*) => {
        ::core::compile_error!("amorsize::embed! needs the feature `disk` of amorsize, which is on by default");
    };
}

pub(crate) fn recall_embedded(_: Tuned, _: &ProbeSample) -> Advice {
    Advice::Unknown
}

pub(crate) fn recall_embedded_later(_: Tuned, _: usize) -> bool {
    false
}

pub(crate) fn embedded_cost() -> Option<f64> {
    None
}

pub(crate) fn recall_all(_: Tuned) {}

pub(crate) fn recall_cost() -> f64 {
    f64::INFINITY
}

pub(crate) fn recall_later(_: Tuned, _: usize, _: f64) -> bool {
    false
}

pub(crate) fn source(_: &'static Site) -> &'static str {
    ""
}

/// True: there is nothing to wait for.
pub(crate) fn is_loaded(_: &'static Site) -> bool {
    true
}

pub(crate) fn warm(_: &[&'static Site]) -> usize {
    0
}

pub(crate) fn forget(_: &'static Site) {}

pub(crate) fn keep_profile(_: &'static Site, _: &Profile) {}

pub(crate) fn mark_learned(_: Nanos) {}

#[expect(clippy::unnecessary_wraps, reason = "with the feature `disk` it can fail")]
pub(crate) fn flush() -> Result<(), Error> {
    Ok(())
}

pub(crate) fn tiers() -> Vec<TierStats> {
    Vec::new()
}

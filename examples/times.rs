//! What several measurements of one thing say.

use std::time::Duration;

/// The median: the greater one of the two in the middle, if there are two.
///
/// # Panics
/// If there is no time.
#[must_use]
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

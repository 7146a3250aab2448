//! Whether heavy items next to each other hold up runs on several threads.
//!
//! Such items are in one chunk, which one thread does while the others have nothing left to do. Chunks are then cut as short as
//! the time allows that handing one out takes.

/// The longest chunk of several items in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct LongestChunk {
    /// What it took, ns.
    pub(crate) time: f64,
    /// What an item in it took, on average, ns.
    pub(crate) cost: f64,
}

/// A chunk that takes this part of a run holds it up, ...
const LONG: f64 = 0.25;
/// ... and its items are heavy if they take this many times as long as all items on average.
const HEAVY: f64 = 3.0;
/// So many runs in a row that were held up show that it is not another process that does it.
const ROW: u8 = 2;

impl LongestChunk {
    /// Whether it held up a run of `wall` ns, in which an item took `average`.
    fn holds_up(self, wall: f64, average: f64) -> bool {
        self.time > LONG * wall && self.cost > HEAVY * average
    }
}

/// Runs in a row that heavy items next to each other held up.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Unevenness(u8);

impl Unevenness {
    /// It was found before.
    pub(super) const FOUND: Self = Self(ROW);

    /// A run took `wall` ns, and an item in it `average`.
    pub(super) fn observe(&mut self, longest: LongestChunk, wall: f64, average: f64) {
        // Where chunks are short, nothing is held up any more.
        if !self.is_found() {
            self.0 = if longest.holds_up(wall, average) { self.0 + 1 } else { 0 };
        }
    }

    pub(super) fn is_found(self) -> bool {
        self.0 >= ROW
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_runs_in_a_row_show_that_items_are_uneven() {
        let (held_up, short, light) = ((30.0, 4.0), (20.0, 4.0), (50.0, 2.0));
        let is_found = |chunks: &[(f64, f64)]| {
            let mut unevenness = Unevenness::default();
            for &(time, cost) in chunks {
                unevenness.observe(LongestChunk { time, cost }, 100.0, 1.0);
            }
            unevenness.is_found()
        };
        assert!(is_found(&[held_up, held_up]) && is_found(&[short, held_up, held_up, short]));
        assert!(!is_found(&[held_up, short, held_up, light, held_up]));
    }
}

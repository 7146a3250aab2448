//! Whether calls take another time than they used to: the function has changed, or its items, or the machine.
//!
//! One call in some may be disturbed, and another process may be at work for a while. So it takes a few calls in a row that
//! took much more than usual, or much less.

/// Calls in a row that took much more or much less than usual.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct DriftWatch {
    wall: Row,
    work: Row,
}

/// A time, and what it usually is, where that is known.
pub(super) type Compared = (f64, Option<f64>);

impl DriftWatch {
    /// A call took so long, and all of its threads in total. Both are compared: what a run gains by lighter items may be lost in
    /// the time until helpers arrive, and what it loses to heavier ones may be little beside that.
    ///
    /// True if it is beyond doubt that calls take another time.
    pub(super) fn observe(&mut self, wall: Compared, work: Compared) -> bool {
        self.wall.observe(wall) | self.work.observe(work)
    }

    /// Whether the last call took much more or much less than usual.
    pub(super) fn is_suspicious(self) -> bool {
        (self.wall.0, self.work.0) != (0, 0)
    }
}

/// So many calls, of which each took much more than usual; negative: much less.
#[derive(Clone, Copy, Debug, Default)]
struct Row(i8);

/// Much more is more than this factor, much less is less than its inverse.
const MUCH: f64 = 2.0;
/// So many calls in a row are beyond doubt.
const ROW: i8 = 3;

impl Row {
    fn observe(&mut self, (time, usual): Compared) -> bool {
        let side = usual.map_or(0, |usual| i8::from(time > MUCH * usual) - i8::from(time * MUCH < usual));
        self.0 = if side == self.0.signum() { self.0 + side } else { side };
        self.0.abs() >= ROW
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(times: &[f64]) -> bool {
        let mut watch = DriftWatch::default();
        times.iter().any(|time| watch.observe((*time, Some(10.0)), (30.0, Some(30.0))))
    }

    #[test]
    fn three_in_a_row_on_the_same_side_are_beyond_doubt() {
        assert!(row(&[10.0, 21.0, 30.0, 100.0]));
        assert!(row(&[4.0, 1.0, 4.9]));
        assert!(!row(&[21.0, 30.0, 19.0, 30.0, 21.0, 10.0]), "not in a row");
        assert!(!row(&[21.0, 30.0, 4.0, 4.0, 30.0]), "not on the same side");
        assert!(!row(&[19.0, 19.0, 19.0, 5.1, 5.1, 5.1]), "not much");
    }

    #[test]
    fn lighter_items_show_in_the_work_of_threads_that_come_late_in_any_case() {
        let mut watch = DriftWatch::default();
        let alarms = [(); 3].map(|()| watch.observe((80.0, Some(90.0)), (10.0, Some(100.0))));
        assert_eq!(alarms, [false, false, true]);
    }

    #[test]
    fn what_is_not_known_is_not_odd() {
        let mut watch = DriftWatch::default();
        assert!((0..9).all(|_| !watch.observe((80.0, None), (10.0, None)) && !watch.is_suspicious()));
    }
}

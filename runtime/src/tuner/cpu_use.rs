//! What part of its time a thread had a processor, and what part it waited: for a device, a lock, a timer.

use amorsize_store::clock::Nanos;

use super::arms::Learned;

/// CPU time is measured only where a run is expected to take at least this long, ns: two readings of a thread take 1.6 us.
pub(crate) const WORTH_MEASURING: f64 = 2_000_000.0;

/// What a thread used while it worked on some items.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CpuUse {
    /// From start to end.
    pub(crate) wall: Nanos,
    /// For how long it had a processor.
    pub(crate) cpu: Nanos,
    /// How often it gave the processor up by itself, to wait.
    pub(crate) waits: u64,
}

/// A thread that waits less often than this for each of its items (or chunks) does not wait because of them: if it was without
/// a processor, another thread had it.
const SELDOM: f64 = 0.1;

impl CpuUse {
    fn has_waited(&self, steps: usize) -> bool {
        self.waits as f64 >= SELDOM * steps as f64
    }

    /// For how long other threads kept it from its `chunks`, ns.
    pub(crate) fn absent(&self, chunks: usize) -> Nanos {
        if self.has_waited(chunks) { 0 } else { self.wall.saturating_sub(self.cpu) }
    }

    /// How much processor time an item takes, ns, if it did `items` in this time. Those of a thread that did not wait take all of
    /// their time.
    pub(crate) fn cost(&self, items: usize) -> f64 {
        let time = if self.has_waited(items) { self.cpu.min(self.wall) } else { self.wall };
        time as f64 / items as f64
    }
}

impl Learned {
    /// An item took this much processor time, ns, if that was measured.
    pub(crate) fn note_cpu(&mut self, cost: Option<f64>) {
        let Some(cost) = cost else { return };
        self.cpu = Some(self.cpu.map_or(cost, |before| f64::midpoint(before, cost)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_seldom_waits_was_kept_from_working() {
        let kept = CpuUse { wall: 10_000_000, cpu: 4_000_000, waits: 9 };
        assert_eq!((kept.absent(100), kept.absent(90)), (6_000_000, 0));
        assert!((kept.cost(100) - 1e5).abs() < 1.0, "it is all work");
        assert!((kept.cost(90) - 4e6 / 90.0).abs() < 1.0);
        // The two clocks are not read at the same moment.
        let busy = CpuUse { wall: 10_000_000, cpu: 10_000_400, waits: 0 };
        for waits in [0, 1] {
            let busy = CpuUse { waits, ..busy };
            assert_eq!((busy.absent(1), busy.cost(1) as u64), (0, 10_000_000));
        }
    }
}

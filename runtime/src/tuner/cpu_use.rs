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

    /// For what part of its time an item had a processor, if it did `items` in this time. If it did not wait, that is all of it.
    pub(crate) fn part(&self, items: usize) -> f64 {
        if self.has_waited(items) { (self.cpu as f64 / self.wall.max(1) as f64).min(1.0) } else { 1.0 }
    }

    /// How much processor time an item takes, ns.
    pub(crate) fn cost(&self, items: usize) -> f64 {
        self.part(items) * self.wall as f64 / items as f64
    }
}

impl Learned {
    /// An item took this much processor time, ns, if that was measured.
    pub(crate) fn note_cpu(&mut self, cost: Option<f64>) {
        let Some(cost) = cost else { return };
        self.cpu = Some(self.cpu.map_or(cost, |before| f64::midpoint(before, cost)));
    }

    /// For what part of the plain loop an item has a processor, from 0 to 1: in the rest it waits. `None` if that was not measured.
    pub(crate) fn cpu_part(&self) -> Option<f64> {
        Some((self.cpu? / self.serial()?).clamp(0.0, 1.0))
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

    #[test]
    fn what_an_item_waits_is_part_of_the_plain_loop() {
        let mut learned = Learned::default();
        assert_eq!(learned.cpu_part(), None);
        learned.note_cpu(Some(100.0));
        assert_eq!(learned.cpu_part(), None, "nothing is known of the loop");
        learned.record_estimate(10, 10_000.0);
        assert_eq!(learned.cpu_part(), Some(0.1));
        learned.note_cpu(Some(500.0));
        learned.note_cpu(None);
        assert_eq!(learned.cpu_part(), Some(0.3), "half of the way");
        for _ in 0..40 {
            // Threads that wait for each other, by a lock, wait for nothing in the plain loop.
            learned.note_cpu(Some(1100.0));
        }
        assert_eq!(learned.cpu_part(), Some(1.0));
    }
}

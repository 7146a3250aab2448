//! How often the plain way reads the clock, and what it learns of an item by that. Arithmetic only: times are passed in.
//!
//! Most items are done in untimed stretches, as long as their length keeps the cost of the clock below a few hundredths.
//! After each stretch its wall time says what an item takes in all: to read it, to process it, and to consume its result.
//! That bounds what the function can take. After some stretches, and when that time rises, one item is timed by itself.

use std::mem;

/// An untimed stretch is meant to take this time, ns: 20 readings of the clock.
const STRETCH: f64 = 800.0;
/// The most items of a stretch: so many that are much heavier than those before may be done before the clock is read.
const LONGEST: usize = 2048;
/// The first stretch has at most so many items, and each later one at most so many times as many as the one before.
const GROWTH: usize = 16;
/// After so many stretches an item is timed although nothing seems to have changed.
const UNTIMED: u32 = 16;
/// A timed item is much heavier if it takes this factor more than the average, ...
const HEAVIER: f64 = 2.0;
/// ... and more than this in addition, ns: a cache miss or two.
const JITTER: f64 = 200.0;
/// Items of a batch are taken to be heavier by this factor at the most.
const BELIEVED: f64 = 8.0;
/// The average read time is that of so many items.
const READS: f64 = 128.0;

/// A moving average that follows two much higher values in a row at once. One may be a stall of the scheduler.
#[derive(Clone, Copy, Debug, Default)]
struct Average {
    mean: f64,
    last: f64,
}

impl Average {
    fn note(&mut self, value: f64) {
        let sure = value.min(self.last);
        self.last = value;
        if self.mean == 0.0 {
            self.mean = value;
        } else if sure > HEAVIER * self.mean {
            self.mean = sure;
        } else {
            self.mean += (value - self.mean) / 8.0;
        }
    }
}

/// What is known of the items of a stream, and when the clock is read next.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// The time of the function, ns.
    work: Average,
    /// The time of everything, ns: of the source, the function and the consumer.
    cycle: Average,
    /// Time that was spent on reading items, ns, and how many.
    reads: (f64, f64),
    /// Items of the stretch that is being done. 0 if the next item is timed.
    stretch: usize,
    /// Items of the last stretch.
    longest: usize,
    /// Stretches since an item was timed.
    untimed: u32,
    /// Items that [`Pace::take_covered`] has not told of.
    covered: usize,
}

impl Pace {
    /// What an item takes in the function, ns; 0 while nothing is known.
    pub(super) fn cost(&self) -> f64 {
        self.work.mean.min(self.cycle.mean)
    }

    /// What it takes to read an item, ns.
    pub(super) fn read(&self) -> f64 {
        if self.reads.1 > 0.0 { self.reads.0 / self.reads.1 } else { 0.0 }
    }

    /// The items of the stretch that begins now.
    pub(super) fn stretch(&self) -> usize {
        self.stretch
    }

    /// Items that were done alone since this was last asked.
    pub(super) fn take_covered(&mut self) -> usize {
        mem::take(&mut self.covered)
    }

    /// The next item is timed.
    pub(super) fn time_next(&mut self) {
        self.stretch = 0;
    }

    /// The stretch is over and took `wall` ns. Whether an item is to be timed now; if not, the next stretch begins.
    pub(super) fn end_stretch(&mut self, wall: f64) -> bool {
        let items = mem::take(&mut self.stretch);
        if items == 0 {
            return true;
        }
        let each = (wall / items as f64).max(0.01);
        if self.longest == 0 {
            // Before the first stretch, only items with the clock's own time in them are known.
            self.cycle.mean = each;
        }
        let is_heavier = each > HEAVIER * self.cycle.mean;
        self.cycle.note(each);
        self.longest = items;
        self.covered += items;
        self.untimed += 1;
        if is_heavier || self.untimed >= UNTIMED {
            return true;
        }
        self.stretch = self.next_stretch();
        self.stretch == 0
    }

    /// An item was timed: `work` ns in the function, and `cycle` ns in all if it follows another timed one.
    pub(super) fn note_item(&mut self, work: f64, cycle: Option<f64>) {
        let work = work.max(0.1);
        let is_odd = self.work.mean > 0.0 && work > HEAVIER * self.work.mean + JITTER;
        let before = self.work.mean;
        self.work.note(work);
        self.covered += 1;
        self.untimed = 0;
        if let Some(cycle) = cycle.filter(|_| self.longest == 0 || self.cycle.mean > STRETCH / 2.0) {
            self.cycle.note(cycle);
        }
        if self.cycle.mean == 0.0 || (is_odd && self.work.mean > HEAVIER * before) {
            self.cycle.mean = self.cycle.mean.max(self.work.mean);
        }
        self.stretch = if is_odd { 0 } else { self.next_stretch() };
    }

    /// `items` were read in `time` ns.
    pub(super) fn note_read(&mut self, time: f64, items: usize) {
        self.reads.0 += time;
        self.reads.1 += items as f64;
        if self.reads.1 > READS {
            let excess = READS / 2.0 / self.reads.1;
            self.reads.0 *= excess;
            self.reads.1 *= excess;
        }
    }

    /// In a batch, an item took `work` ns of some thread.
    pub(super) fn note_batch(&mut self, work: f64) {
        let work = work.max(0.1);
        // It is that of many items, and still it may be a stall.
        if work > HEAVIER * self.work.mean {
            self.work.mean = work.min(BELIEVED * self.work.mean);
        } else {
            self.work.mean += (work - self.work.mean) / 4.0;
        }
        self.cycle.mean = self.cycle.mean.max(self.work.mean);
    }

    /// Items have become lighter: what was known no longer holds.
    pub(super) fn forget(&mut self) {
        (self.work, self.cycle) = (Average::default(), Average::default());
        (self.stretch, self.longest) = (0, 0);
    }

    fn next_stretch(&self) -> usize {
        let items = STRETCH / self.cycle.mean;
        (items as usize).min(GROWTH * self.longest.max(1)).min(LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The clock costs this much, ns.
    const CLOCK: f64 = 25.0;

    /// A stream by the plain way, with a clock of its own.
    #[derive(Default)]
    struct Simulated {
        pace: Pace,
        now: f64,
        at: f64,
        readings: u32,
        untimed: usize,
    }

    impl Simulated {
        /// One item that takes `work` in the function and `rest` elsewhere.
        fn item(&mut self, work: f64, rest: f64) {
            if self.untimed > 0 {
                self.untimed -= 1;
                self.now += work + rest;
                return;
            }
            let had_stretch = self.pace.stretch() > 0;
            let begin = self.now;
            self.read_clock();
            if self.pace.end_stretch(begin - self.at) {
                self.now += rest + work;
                self.read_clock();
                self.read_clock();
                let cycle = (!had_stretch && self.at > 0.0).then_some(self.now - self.at);
                self.pace.note_item(work, cycle);
            } else {
                self.now += work + rest;
            }
            self.at = self.now;
            self.untimed = self.pace.stretch();
        }

        fn read_clock(&mut self) {
            self.now += CLOCK;
            self.readings += 1;
        }
    }

    #[test]
    fn the_clock_costs_a_few_hundredths_whatever_an_item_takes() {
        for cost in [0.5, 5.0, 50.0, 500.0, 5_000.0] {
            let mut stream = Simulated::default();
            let items = (1e6 / cost) as u32;
            (0..items).for_each(|_| stream.item(cost, 0.0));
            let share = f64::from(stream.readings) * CLOCK / (f64::from(items) * cost);
            assert!(share < 0.06, "{share} at {cost} ns");
        }
    }

    #[test]
    fn ten_items_read_the_clock_a_few_times() {
        let mut stream = Simulated::default();
        (0..10).for_each(|_| stream.item(1.0, 1.0));
        assert!(stream.readings <= 4, "{}", stream.readings);
    }

    #[test]
    fn heavier_items_are_noticed_within_milliseconds_of_work() {
        for (light, heavy) in [(1.0, 1_000.0), (10.0, 10_000.0), (100.0, 100_000.0), (1_000.0, 1_000_000.0)] {
            let mut stream = Simulated::default();
            (0..100_000).for_each(|_| stream.item(light, 0.0));
            let begin = stream.now;
            while stream.pace.cost() < heavy / 10.0 {
                stream.item(heavy, 0.0);
            }
            let took = stream.now - begin;
            assert!(took < 4e6, "{took} ns from {light} to {heavy}");
        }
    }

    #[test]
    fn lighter_items_are_noticed() {
        let mut stream = Simulated::default();
        (0..1_000).for_each(|_| stream.item(100_000.0, 0.0));
        (0..1_000).for_each(|_| stream.item(1.0, 1.0));
        assert!(stream.pace.cost() < 30.0, "{}", stream.pace.cost());
    }

    #[test]
    fn one_stall_makes_no_item_heavy() {
        let mut stream = Simulated::default();
        for index in 0..100_000_u32 {
            stream.item(if index % 9_973 == 0 { 5e6 } else { 2.0 }, 0.0);
        }
        assert!(stream.pace.cost() < 30.0, "{}", stream.pace.cost());
    }

    #[test]
    fn a_slow_source_is_no_work() {
        let mut stream = Simulated::default();
        (0..100).for_each(|_| stream.item(500.0, 1e6));
        assert!((400.0..600.0).contains(&stream.pace.cost()), "{}", stream.pace.cost());
    }
}

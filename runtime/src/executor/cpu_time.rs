//! How long a thread had a processor, and how often it gave it up to wait: as far as the system says it of a thread.

use amorsize_store::clock::{Nanos, now};

use crate::tuner::cpu_use::CpuUse;

/// Whether the system says it.
pub(super) const IS_MEASURED: bool = cfg!(target_os = "linux");

/// Measures the running thread from its start on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CpuMeter {
    begin: Nanos,
    reading: Reading,
}

/// What the system says of the running thread since it was started.
#[derive(Clone, Copy, Debug)]
struct Reading {
    cpu: Nanos,
    waits: u64,
}

impl CpuMeter {
    /// `None` where the system does not say it.
    pub(crate) fn start() -> Option<Self> {
        let reading = read()?;
        Some(Self { begin: now(), reading })
    }

    /// What this thread used since the start, which it has to have called as well.
    pub(crate) fn read(&self) -> Option<CpuUse> {
        let end = now();
        let Reading { cpu, waits } = read()?;
        Some(CpuUse {
            wall: end.saturating_sub(self.begin),
            cpu: cpu.saturating_sub(self.reading.cpu),
            waits: waits.saturating_sub(self.reading.waits),
        })
    }
}

/// Measures what items take of a processor, from its start on.
#[derive(Debug, Default)]
pub(super) struct ItemMeter {
    meter: Option<CpuMeter>,
    /// Items since the start.
    items: usize,
    /// Processor time of an item, ns, once it was stopped.
    cost: Option<f64>,
}

impl ItemMeter {
    pub(super) fn start(&mut self) {
        if self.meter.is_none() && self.cost.is_none() {
            *self = Self { meter: CpuMeter::start(), ..Self::default() };
        }
    }

    /// The thread did so many items.
    pub(super) fn note(&mut self, items: usize) {
        self.items += items;
    }

    /// The part of its time for which an item has a processor, as far as the thread has got. `None` if nothing is known yet.
    pub(super) fn cpu_part(&self) -> Option<f64> {
        Some(self.meter.filter(|_| self.items > 0)?.read()?.part(self.items))
    }

    /// What the thread does from here on does not count.
    pub(super) fn stop(&mut self) {
        if let Some(meter) = self.meter.take().filter(|_| self.items > 0) {
            self.cost = meter.read().map(|used| used.cost(self.items));
        }
    }

    /// Processor time of an item, ns. To be called after [`stop`](Self::stop).
    pub(super) fn cost(&self) -> Option<f64> {
        self.cost
    }
}

/// About 0.8 us, of which the clock takes 0.5.
#[cfg(target_os = "linux")]
fn read() -> Option<Reading> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::time::{ClockId, clock_gettime};

    let waits = getrusage(UsageWho::RUSAGE_THREAD).ok()?.voluntary_context_switches();
    // Not the times of the usage: they are as old as the last tick of the scheduler.
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).ok()?;
    let cpu = std::time::Duration::from(time);
    Some(Reading { cpu: cpu.as_nanos() as Nanos, waits: u64::try_from(waits).ok()? })
}

#[cfg(not(target_os = "linux"))]
fn read() -> Option<Reading> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::thread::sleep;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_thread_that_sleeps_waits_and_one_that_computes_does_not() {
        let meter = CpuMeter::start().unwrap();
        for _ in 0..10 {
            sleep(Duration::from_millis(2));
        }
        let slept = meter.read().unwrap();
        assert!(slept.waits >= 10 && slept.wall >= 20_000_000 && slept.cpu < slept.wall / 2, "{slept:?}");
        assert_eq!(slept.absent(10), 0);
        let meter = CpuMeter::start().unwrap();
        let begin = now();
        while meter.read().unwrap().cpu < 5_000_000 {}
        let busy = meter.read().unwrap();
        assert!(busy.waits < 10 && busy.cpu >= 5_000_000 && busy.wall <= now() - begin, "{busy:?}");
    }
}

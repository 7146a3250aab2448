//! The stream as an iterator.

use std::iter::FusedIterator;
use std::mem;
use std::panic::resume_unwind;

use super::ahead::Ahead;
use super::batch::Next;
use super::gain::Gain;
use super::pace::Pace;
use super::state::Stream;
use crate::executor::cpu_time::CpuMeter;
use crate::executor::scratch::Scratch;
use crate::site::site::Tuned;
use amorsize_store::clock::{Nanos, now};
use amorsize_store::config::is_enabled;

/// The stream of `f` over `items`, without choices.
pub fn stream<T: Send, U: Send, I: IntoIterator<Item = T>, F: Fn(T) -> U + Sync>(
    tuned: Tuned,
    items: I,
    f: F,
) -> Stream<I::IntoIter, F, U> {
    Stream {
        untimed: 0,
        items: items.into_iter(),
        f,
        ahead: Ahead::new(),
        fault: None,
        ended: false,
        was_late: false,
        run_batch: Stream::run_batch,
        tuned,
        n_jobs: None,
        chunksize: 1,
        pace: Pace::default(),
        cpu: None,
        gain: Gain::default(),
        at: 0,
    }
}

/// The function of a stream for one with a scratch that `new` makes: one for each thread that works at the same time.
pub fn with_scratch<T, U, S: Send, N: Fn() -> S + Sync, F: Fn(T, &mut S) -> U + Sync>(
    new: N,
    f: F,
) -> impl Fn(T) -> U + Sync {
    let f = Scratch::new(new, f);
    move |item| f.call(item)
}

impl<I: Iterator, F: Fn(I::Item) -> U, U> Stream<I, F, U> {
    /// The next result, when it was read ahead or the clock is to be read.
    #[inline(never)]
    fn next_slowly(&mut self) -> Option<U> {
        loop {
            match self.ahead.take_done() {
                Some(Ok(result)) => return Some(result),
                Some(Err(payload)) => resume_unwind(payload),
                None if !self.ahead.is_empty() => self.pace.time_next(),
                None => {
                    if let Some(payload) = self.fault.take() {
                        resume_unwind(payload);
                    }
                    if mem::take(&mut self.ended) {
                        return None;
                    }
                    if self.n_jobs == Some(1) || !is_enabled() {
                        self.untimed = usize::MAX;
                        return self.items.next().map(&self.f);
                    }
                }
            }
            let start = now();
            let had_stretch = self.pace.stretch() > 0;
            if !self.pace.end_stretch(start.saturating_sub(self.at) as f64) {
                self.at = start;
                self.untimed = self.pace.stretch() - 1;
                return self.items.next().map(&self.f);
            }
            if let Next::Batch { n_jobs, len } = self.plan(start) {
                self.at = 0;
                (self.run_batch)(self, n_jobs, len);
                continue;
            }
            return self.next_timed(start, had_stretch);
        }
    }

    /// The next result, alone and timed.
    fn next_timed(&mut self, start: Nanos, had_stretch: bool) -> Option<U> {
        let before = mem::take(&mut self.at);
        let (item, read) = match self.ahead.take_undone() {
            Some(item) => (item, None),
            None => (self.items.next()?, Some(())),
        };
        let may_wait = self.tuned.site.is_blocking() && self.n_jobs.is_none();
        let meter = if may_wait { CpuMeter::start() } else { None };
        let begin = now();
        let result = (self.f)(item);
        let end = now();
        if let Some(part) = meter.and_then(|meter| Some(meter.read()?.part(1))) {
            self.cpu = Some(self.cpu.map_or(part, |before| f64::midpoint(before, part)));
        }
        let elapsed = |from: Nanos, to: Nanos| to.saturating_sub(from).saturating_sub(clock_cost()) as f64;
        if read.is_some() {
            self.pace.note_read(elapsed(start, begin), 1);
        }
        let work = elapsed(begin, end);
        let from = if had_stretch || before == 0 { start } else { before };
        self.pace.note_item(work, (!had_stretch).then_some(end.saturating_sub(from) as f64));
        self.gain.note_plain(elapsed(start, begin) + work, self.pace.cost(), end);
        let is_fixed = self.n_jobs.is_some();
        if is_fixed || self.gain.samples() || !self.ahead.is_empty() || self.fault.is_some() || self.ended {
            self.pace.time_next();
        }
        self.at = end;
        self.untimed = self.pace.stretch();
        Some(result)
    }
}

/// The least time between two readings of the clock, ns.
fn clock_cost() -> Nanos {
    use std::sync::OnceLock;
    static COST: OnceLock<Nanos> = OnceLock::new();
    *COST.get_or_init(|| {
        let times = [(); 8].map(|()| now());
        times.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).min().unwrap_or(0)
    })
}

impl<I: Iterator, F: Fn(I::Item) -> U, U> Iterator for Stream<I, F, U> {
    type Item = U;

    #[inline]
    fn next(&mut self) -> Option<U> {
        let Some(untimed) = self.untimed.checked_sub(1) else { return self.next_slowly() };
        self.untimed = untimed;
        match self.items.next() {
            Some(item) => Some((self.f)(item)),
            None => None,
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let ahead = self.ahead.len();
        if self.ended {
            return (ahead, Some(ahead));
        }
        let (least, most) = self.items.size_hint();
        (least.saturating_add(ahead), most.and_then(|most| most.checked_add(ahead)))
    }

    #[inline]
    fn fold<A, O: FnMut(A, U) -> A>(mut self, init: A, mut op: O) -> A {
        let mut folded = init;
        loop {
            if self.untimed == 0 {
                match self.next_slowly() {
                    Some(result) => folded = op(folded, result),
                    None => return folded,
                }
                continue;
            }
            // A stretch by the source's own internal iteration.
            let mut left = mem::take(&mut self.untimed);
            let f = &self.f;
            folded = self.items.by_ref().take(left).fold(folded, |folded, item| {
                left -= 1;
                op(folded, f(item))
            });
            if left > 0 {
                return folded;
            }
        }
    }
}

impl<I: ExactSizeIterator, F: Fn(I::Item) -> U, U> ExactSizeIterator for Stream<I, F, U> {}

impl<I: FusedIterator, F: Fn(I::Item) -> U, U> FusedIterator for Stream<I, F, U> {}

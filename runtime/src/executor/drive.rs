//! The caller's side of a run: it works from the first nanosecond, calls for help when that pays, and measures.

use std::mem;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};

use super::chunk_queue::Share;
use super::join::{Busy, Call, Help, Scope, scope};
use super::pool;
use crate::clock::{Nanos, now};
use crate::tuner::cost::{GAIN, LONGEST_TAKE, SHORTEST_TAKE, items_in};

/// Work that threads share by taking pieces of it until nothing is left.
pub(crate) trait Work: Sync {
    /// Takes a piece and does it. The number of its items, or `None` when nothing is left to take.
    ///
    /// Never unwinds: a panic of the function is kept, and ends the work.
    fn step(&self, share: Share) -> Option<usize>;

    /// Nothing more is to be taken.
    fn halt(&self);

    /// Whether it ended early: with items left, or with a failure.
    fn halted(&self) -> bool;

    /// So much is finished and not consumed that helpers had better leave.
    fn crowded(&self) -> bool {
        false
    }
}

/// How a run is to be done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    /// Items in all.
    pub(crate) len: usize,
    /// The most threads that work at once, the caller included.
    pub(crate) n_jobs: usize,
    /// The fewest items that a thread takes at once.
    pub(crate) chunksize: usize,
    /// Nanoseconds an item is expected to take; 0 if nothing is known.
    pub(crate) cost: f64,
    /// When to call for help.
    pub(crate) start: Start,
}

/// When a caller calls for help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// With the first item: the plan is known.
    AtOnce,
    /// When what the first items took says that it pays.
    WhenItPays,
}

/// Someone who may know more of a run than its first items tell.
pub(crate) trait Guide: Sync {
    /// What is to be done after these first items. Asked again and again as long as the answer is to do so.
    fn advise(&self, first: &First) -> Advice;
}

/// What the first items told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct First {
    /// Items in all.
    pub(crate) len: usize,
    /// What they took, ns.
    pub(crate) time: Nanos,
    /// What those that are left will take at the least, ns.
    pub(crate) sure: f64,
    /// What one took at last, ns: the lower of two values, of which another process may have disturbed one.
    pub(crate) cost: f64,
    /// Whether there is one value so far, and a short one, which may be nothing but such a disturbance; and more are to
    /// come.
    pub(crate) in_doubt: bool,
    /// Whether by all this help would be called now.
    pub(crate) pays: bool,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Advice {
    /// As the items say. Ask again.
    AskAgain,
    /// Wait for more of them. Ask again.
    Wait,
    /// As the items say.
    Unknown,
    /// So many threads, while the pool sleeps and while it is awake; 1 for the plain loop.
    Known([usize; 2]),
}

/// What a run measured.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Report {
    /// From start to end.
    pub(crate) wall: Nanos,
    /// Items that the caller did before it called for help, and what they took.
    pub(crate) solo: (usize, Nanos),
    /// Whether it ended early.
    pub(crate) halted: bool,
    /// If it called for help.
    pub(crate) shared: Option<Shared>,
}

/// What a run with helpers measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shared {
    /// Whether the pool was taken for awake, or was.
    pub(crate) hot: bool,
    /// Threads asked for, the caller included.
    pub(crate) n_jobs: usize,
    /// Time that helpers spent on items, over all of them.
    pub(crate) helped: Nanos,
}

/// Does `work` as `order` says, on the caller and on helpers. Returns when every item that was taken is done.
pub(crate) fn drive(work: &dyn Work, order: Order, guide: &dyn Guide) -> Report {
    let crew = Crew::new(work, order, guide);
    scope(|scope| {
        let mut lead = Lead::new(&crew, scope);
        while lead.advance() {}
        lead.finish()
    })
    .close(&crew)
}

/// What caller and helpers of one run share.
pub(crate) struct Crew<'w> {
    work: &'w dyn Work,
    order: Order,
    guide: &'w dyn Guide,
    /// What an item takes, as known when help was called for (`f32` bits).
    cost: AtomicU32,
    /// Threads that were asked for, the caller included, as many as there are.
    jobs: AtomicUsize,
    /// When the first helper began; `u64::MAX` before.
    arrived: AtomicU64,
    /// Time that helpers spent on items.
    helped: AtomicU64,
}

impl<'w> Crew<'w> {
    pub(crate) fn new(work: &'w dyn Work, order: Order, guide: &'w dyn Guide) -> Self {
        Self {
            work,
            order,
            guide,
            cost: AtomicU32::new((order.cost as f32).to_bits()),
            jobs: AtomicUsize::new(1),
            arrived: AtomicU64::new(u64::MAX),
            helped: AtomicU64::new(0),
        }
    }

    fn pace(&self, now: Nanos) -> Pace {
        Pace { last: now, cost: f64::from(f32::from_bits(self.cost.load(Relaxed))), jobs: self.jobs.load(Relaxed) }
    }
}

impl Help for Crew<'_> {
    fn help(&self) {
        let start = now();
        self.arrived.fetch_min(start, Relaxed);
        let mut pace = self.pace(start);
        while !self.work.crowded()
            && let Some(items) = self.work.step(pace.share(self.order.chunksize))
        {
            pace.note(items);
        }
        self.helped.fetch_add(pace.last - start, Relaxed);
    }
}

/// How fast a thread gets on, and so how much it takes.
struct Pace {
    last: Nanos,
    cost: f64,
    /// Threads that share what is left.
    jobs: usize,
}

impl Pace {
    fn share(&self, chunksize: usize) -> Share {
        let least = if self.cost > 0.0 { items_in(SHORTEST_TAKE, self.cost).max(chunksize) } else { chunksize };
        let most = if self.cost > 0.0 { items_in(LONGEST_TAKE, self.cost) } else { 1 };
        Share { jobs: self.jobs, least, most: most.max(least), floor: chunksize, unit: 1 }
    }

    fn note(&mut self, items: usize) {
        let now = now();
        let cost = (now - self.last) as f64 / items as f64;
        // Quick to see that items get heavier, slower to trust that they get lighter: takes that are too short cost
        // a hundredth, one that is too long can cost the whole gain.
        self.cost = if cost > self.cost { cost } else { f64::midpoint(self.cost, cost) };
        self.last = now;
    }
}

/// The caller of a run.
pub(crate) struct Lead<'c, 'w, 's> {
    crew: &'c Crew<'w>,
    scope: &'s Scope<'c>,
    start: Nanos,
    pace: Pace,
    solo: Solo,
    advice: Advice,
    shared: Option<Called>,
    over: bool,
    _busy: Busy,
}

/// The caller's first items, before it calls for help.
#[derive(Default)]
struct Solo {
    blocks: u32,
    items: usize,
    time: Nanos,
    /// Items of the last block.
    block: usize,
    /// Cost of an item in the last block and in the one before.
    means: (f64, f64),
}

/// A call for help.
#[derive(Clone, Copy)]
struct Called {
    at: Nanos,
    /// What calling cost the caller, if it had to send for helpers: jobs of an earlier call may still be on their way.
    cost: Option<Nanos>,
    hot: bool,
    n_jobs: usize,
}

/// No block of the probe is shorter than this, ...
const SHORTEST_BLOCK: Nanos = 2_000;
/// ... nor longer.
const LONGEST_BLOCK: Nanos = 20_000;
/// Other processes hold up an item for a few turns of the scheduler; what takes longer than this is a long item.
const LONGEST_STALL: Nanos = 20_000_000;
/// Calling may cost this part of the time that is already spent or sure to come.
const STAKE: f64 = 0.1;

impl<'c, 'w, 's> Lead<'c, 'w, 's> {
    pub(crate) fn new(crew: &'c Crew<'w>, scope: &'s Scope<'c>) -> Self {
        let start = now();
        let mut lead = Self {
            crew,
            scope,
            start,
            pace: crew.pace(start),
            solo: Solo::default(),
            advice: Advice::AskAgain,
            shared: None,
            over: false,
            _busy: Busy::new(),
        };
        if crew.order.start == Start::AtOnce && pool::ready() {
            lead.call(crew.order.n_jobs, pool::hot(start));
        }
        lead
    }

    /// Does the next piece of the work. False when nothing is left to take.
    pub(crate) fn advance(&mut self) -> bool {
        let work = self.crew.work;
        self.advance_with(|share| work.step(share))
    }

    /// Whether helpers have been called, so that pieces may be finished out of order.
    pub(crate) fn has_called(&self) -> bool {
        self.shared.is_some()
    }

    /// Does the next piece of the work by `step`, which takes a share of it and returns the number of items.
    pub(crate) fn advance_with(&mut self, step: impl FnOnce(Share) -> Option<usize>) -> bool {
        let share = if self.shared.is_some() {
            self.pace.share(self.crew.order.chunksize)
        } else {
            Share::of(self.solo.next_block())
        };
        let Some(items) = step(share) else {
            self.over = true;
            return false;
        };
        if self.shared.is_some() {
            self.pace.note(items);
        } else {
            let before = self.pace.last;
            self.pace.last = now();
            self.solo.note(items, self.pace.last - before);
            self.consider();
        }
        true
    }

    /// Nothing more is taken.
    pub(crate) fn stop(&mut self) {
        if !mem::replace(&mut self.over, true) {
            self.crew.work.halt();
        }
    }

    /// Asks for another helper if there should be more than there are.
    pub(crate) fn call_again(&self) {
        if self.shared.is_some() {
            self.scope.call_again();
        }
    }

    /// Calls for help if what was measured so far says that it pays.
    fn consider(&mut self) {
        let Solo { blocks, items, time, means, .. } = self.solo;
        let left = self.crew.order.len.saturating_sub(items);
        if left == 0 || time < SHORTEST_BLOCK {
            return;
        }
        // What is left may be much lighter than what was seen: count on a quarter of the lighter of two blocks.
        let sure = left as f64 * means.0.min(means.1) / 4.0;
        let expected = left as f64 * means.0;
        let hot = pool::hot(self.pace.last);
        // The most threads there can be, what calling them costs, and whether that pays by what the items say.
        let helpers = pool::ready().then(|| {
            let machine = pool::machine();
            let most = self.crew.order.n_jobs.min(machine.threads);
            let wake = f64::from(machine.wake(hot).call) * if hot { 1.0 } else { 2.0 };
            let enough = blocks >= 3 || wake <= STAKE * time as f64;
            let pays = enough && wake <= STAKE * (time as f64 + sure);
            (most, wake, pays && expected >= GAIN * machine.shared(expected, most, hot))
        });
        if matches!(self.advice, Advice::AskAgain | Advice::Wait) {
            let (len, cost) = (self.crew.order.len, means.0.min(means.1));
            let in_doubt = blocks == 1 && time < LONGEST_STALL && left > 1;
            let pays = helpers.is_some_and(|(.., pays)| pays);
            self.advice = self.crew.guide.advise(&First { len, time, sure, cost, in_doubt, pays });
            if self.advice != Advice::AskAgain {
                // To ask may have taken longer than a block.
                self.pace.last = now();
            }
        }
        let known = match self.advice {
            Advice::Known(n_jobs) => Some(n_jobs[usize::from(hot)]),
            Advice::Wait => return,
            Advice::AskAgain | Advice::Unknown => None,
        };
        if known == Some(1) {
            return;
        }
        let Some((most, wake, pays)) = helpers else {
            pool::worth(0, time);
            return;
        };
        let call = if known.is_some() { wake < expected } else { pays };
        if call {
            self.crew.cost.store((means.0 as f32).to_bits(), Relaxed);
            self.pace.cost = means.0;
            self.call(known.map_or(most, |n_jobs| n_jobs.min(most)), hot);
        } else {
            pool::declined();
        }
    }

    /// Calls for helpers, so that `n_jobs` threads work.
    fn call(&mut self, n_jobs: usize, hot: bool) {
        let threads = pool::threads();
        let inside = rayon_core::current_thread_index().is_some();
        // Inside a pool the caller is one of its threads.
        let helpers = (n_jobs - 1).min(if inside { threads - 1 } else { threads });
        if helpers == 0 {
            return;
        }
        self.pace.jobs = helpers + 1;
        self.crew.jobs.store(helpers + 1, Relaxed);
        let at = now();
        let sent = self.scope.open(self.crew, Call { helpers, spare: !hot && !inside && threads > helpers });
        self.pace.last = now();
        let cost = (sent > 0).then(|| self.pace.last - at);
        self.shared = Some(Called { at, cost, hot, n_jobs: helpers + 1 });
    }

    /// The caller's part is over.
    pub(crate) fn finish(self) -> Finished {
        Finished { start: self.start, solo: (self.solo.items, self.solo.time), called: self.shared }
    }
}

impl Drop for Lead<'_, '_, '_> {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Solo {
    /// Blocks grow, and none is long enough to be missed if it could have been shared.
    fn next_block(&self) -> usize {
        if self.block == 0 {
            return 1;
        }
        let time = self.time.clamp(SHORTEST_BLOCK, LONGEST_BLOCK);
        // Tiny blocks measure the clock more than the items: get over them quickly.
        let growth = if self.time < SHORTEST_BLOCK / 4 { 8 } else { 2 };
        items_in(time as f64, self.means.0).min(growth * self.block)
    }

    fn note(&mut self, items: usize, time: Nanos) {
        self.blocks += 1;
        self.items += items;
        self.time += time;
        self.block = items;
        let mean = (time as f64 / items as f64).max(0.01);
        self.means = (mean, if self.blocks == 1 { mean } else { self.means.0 });
    }
}

/// A caller whose helpers may still be at work.
pub(crate) struct Finished {
    start: Nanos,
    solo: (usize, Nanos),
    called: Option<Called>,
}

impl Finished {
    /// Adds up, once the scope has ended and every helper has left.
    pub(crate) fn close(self, crew: &Crew<'_>) -> Report {
        let end = now();
        let arrived = crew.arrived.load(Relaxed);
        let came = arrived != u64::MAX;
        let shared = self.called.map(|called| {
            let arrive = if came { arrived } else { end }.saturating_sub(called.at);
            // Whether the pool was awake is guessed when help is called for; a helper that comes tells.
            let awake = if came { arrive < AWAKE } else { called.hot };
            pool::woke(awake, called.cost, arrive, came);
            // What was guessed is what the plan was chosen by, and must hear of it; only a sleeper that turned out to be
            // awake says nothing of sleepers.
            let hot = called.hot || awake;
            Shared { hot, n_jobs: called.n_jobs, helped: crew.helped.load(Relaxed) }
        });
        if came {
            pool::active(end);
        }
        Report { wall: end - self.start, solo: self.solo, halted: crew.work.halted(), shared }
    }
}

/// A helper that comes sooner than this was awake; one that has to be woken takes 13 us at the least.
const AWAKE: Nanos = 8_000;

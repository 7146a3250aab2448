//! The caller's side of a run: it works from the first nanosecond, calls for help when that pays, and measures.

use std::mem;
use std::sync::atomic::Ordering::Relaxed;

use super::chunk_queue::ChunkPolicy;
use super::join::{HelpRequest, ReentrancyGuard, Scope, scope};
use super::policy::{Advice, First, Guide};
use super::pool;
use super::probe::{SHORTEST_BLOCK, Solo};
use super::rate::Pace;
use super::shared_run::Crew;
use super::wake_costs;
use super::work::{Order, Report, Shared, Start, Work};
use crate::clock::{Nanos, now};
use crate::tuner::cost::GAIN;

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
    _guard: ReentrancyGuard,
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
            _guard: ReentrancyGuard::new(),
        };
        if crew.order.start == Start::AtOnce && pool::ready() {
            lead.call(crew.order.n_jobs, pool::hot(start));
        }
        lead
    }

    /// Does the next piece of the work. False when nothing is left to take.
    pub(crate) fn advance(&mut self) -> bool {
        let work = self.crew.work;
        self.advance_with(|policy| work.step(policy))
    }

    /// Whether helpers have been called, so that pieces may be finished out of order.
    pub(crate) fn has_called(&self) -> bool {
        self.shared.is_some()
    }

    /// Does the next piece of the work by `step`, which takes a share of it and returns the number of items.
    pub(crate) fn advance_with(&mut self, step: impl FnOnce(ChunkPolicy) -> Option<usize>) -> bool {
        let policy = if self.shared.is_some() {
            self.pace.chunk_policy(self.crew.order.chunksize)
        } else {
            ChunkPolicy::exactly(self.solo.next_block())
        };
        let Some(items) = step(policy) else {
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
    pub(crate) fn request_another(&self) {
        if self.shared.is_some() {
            self.scope.request_another();
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
            wake_costs::declined();
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
        self.pace.n_jobs = helpers + 1;
        self.crew.n_jobs.store(helpers + 1, Relaxed);
        let at = now();
        let sent = self.scope.open(self.crew, HelpRequest { helpers, spare: !hot && !inside && threads > helpers });
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
            wake_costs::woke(awake, called.cost, arrive, came);
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

//! The caller's side of a run: the calling thread works from the start, calls for help when that pays, and measures.

use std::mem;
use std::sync::atomic::Ordering::Relaxed;

use super::chunk_policy::ChunkPolicy;
use super::cpu_time::ItemMeter;
use super::join::{Help, HelpRequest, ReentrancyGuard, Scope, scope};
use super::policy::{Advice, ProbeSample, SharingPolicy};
use super::pool;
use super::pools::{Crew, Pools};
use super::probe::{Outlook, Probe};
use super::rate::RateEstimator;
use super::shared_run::SharedRun;
use super::wake_costs;
use super::work::{Report, RunSpec, SharedReport, Start, Work};
use amorsize_store::clock::{Nanos, now};

/// Does `work` as `spec` says, on this thread and on helpers. Returns when every chunk that was handed out is done.
pub(crate) fn execute(work: &dyn Work, spec: RunSpec, policy: &dyn SharingPolicy) -> Report {
    let run = SharedRun::new(work, spec, policy);
    scope(|scope| {
        let mut caller = Caller::new(&run, scope);
        while caller.advance() {}
        caller.finish()
    })
    .close(&run)
}

/// The calling thread of a run. Its thread counts as working on an item until this is dropped.
pub(crate) struct Caller<'c, 'w, 's> {
    run: &'c SharedRun<'w>,
    scope: &'s Scope<'c>,
    start: Nanos,
    rate: RateEstimator,
    probe: Probe,
    advice: Advice,
    request: Option<SentRequest>,
    meter: ItemMeter,
    /// The part of its time for which an item has a processor, as last measured in the probe, and the time of the probe then.
    cpu: (Option<f64>, Nanos),
    over: bool,
    _guard: ReentrancyGuard,
}

/// A call for help that was made.
#[derive(Clone, Copy)]
struct SentRequest {
    at: Nanos,
    /// The time that it took.
    calling: Nanos,
    /// Whether jobs were queued. There was nothing to queue if jobs of an earlier call were left.
    has_queued: bool,
    /// Whether the pool was taken for awake.
    hot: bool,
    /// Threads in all, the caller included, as if there were items for all of them.
    n_jobs: usize,
    /// Whether the helpers come from the wide pool.
    is_wide: bool,
}

/// The longest time that other processes are expected to hold up an item. What takes longer is a long item.
const LONGEST_STALL: Nanos = 20_000_000;
/// An item that waits takes longer than this, ns: a thread that is woken needs a few times as long.
const SHORTEST_WAIT: Nanos = 50_000;

impl<'c, 'w, 's> Caller<'c, 'w, 's> {
    pub(crate) fn new(run: &'c SharedRun<'w>, scope: &'s Scope<'c>) -> Self {
        let start = now();
        let mut caller = Self {
            run,
            scope,
            start,
            rate: run.rate(start),
            probe: Probe::new(if run.spec.start == Start::WhenItPays { run.spec.cost } else { 0.0 }),
            advice: Advice::AskAgain,
            request: None,
            meter: ItemMeter::default(),
            cpu: (None, SHORTEST_WAIT),
            over: false,
            _guard: ReentrancyGuard::new(),
        };
        let may_wait = run.spec.pools == Pools::CurrentOrWide;
        if run.spec.start == Start::AtOnce {
            caller.call_for_help(run.spec.n_jobs, pool::is_hot(start));
        }
        if run.measures.load(Relaxed) || may_wait && run.spec.start == Start::WhenItPays {
            caller.meter.start();
        }
        caller
    }

    /// Does the next chunk of the work. False when none is left.
    pub(crate) fn advance(&mut self) -> bool {
        let items = self.run.work.process_chunk(self.next_policy());
        if let Some(items) = items {
            self.note(items);
        }
        self.over |= items.is_none();
        items.is_some()
    }

    /// Whether helpers were called, so that chunks may be finished out of order.
    pub(crate) fn has_called_for_help(&self) -> bool {
        self.request.is_some()
    }

    /// How long the next chunk is to be.
    pub(crate) fn next_policy(&self) -> ChunkPolicy {
        if self.request.is_some() {
            self.rate.chunk_policy(self.run.spec.chunksize)
        } else {
            ChunkPolicy::exactly(self.probe.next_block())
        }
    }

    /// A chunk of so many items is done.
    pub(crate) fn note(&mut self, items: usize) {
        self.meter.note(items);
        if self.request.is_some() {
            self.rate.note(items);
        } else {
            let before = self.rate.last;
            self.rate.last = now();
            self.probe.note(items, self.rate.last.saturating_sub(before));
            self.consider();
        }
    }

    /// Ends the run: no more chunks are handed out.
    pub(crate) fn stop(&mut self) {
        if !mem::replace(&mut self.over, true) {
            self.run.work.halt();
        }
    }

    /// Asks helpers to come again, if some have left.
    pub(crate) fn request_again(&self) {
        if self.request.is_some() {
            self.scope.request_again();
        }
    }

    /// The part of its time for which an item of the probe has a processor, if it may wait. It is measured whenever the probe has
    /// taken twice as long as before.
    fn cpu_part(&mut self) -> Option<f64> {
        let (_, last) = self.cpu;
        if self.run.spec.pools == Pools::CurrentOrWide && self.probe.time >= 2 * last {
            self.cpu = (self.meter.cpu_part(), self.probe.time);
        }
        self.cpu.0
    }

    /// After each block of the probe: calls for help if the measurements, or the policy, say that it pays.
    fn consider(&mut self) {
        let Probe { blocks, time, means, .. } = self.probe;
        let Some(outlook) = self.probe.outlook(self.run.spec.len) else { return };
        let Outlook { left, sure, expected } = outlook;
        let pools = self.run.spec.pools;
        if self.run.spec.timed && expected >= pools.worth_measuring() * pool::ready_threads().min(left) as f64 {
            self.run.measures.store(true, Relaxed);
            self.meter.start();
        }
        let hot = pool::is_hot(self.rate.last);
        let cpu = self.cpu_part();
        let wake = wake_costs::calling(hot);
        // How many threads there can be, and whether calling them pays by the measurements.
        let helpers = pools.model(cpu).map(|model| {
            let most = self.run.spec.n_jobs.min(model.threads);
            let gathering = self.run.spec.gathering * left as f64;
            (most, self.probe.is_worth_help(outlook, gathering, &model, most, hot))
        });
        if matches!(self.advice, Advice::AskAgain | Advice::Wait) {
            let (len, cost) = (self.run.spec.len, means.0.min(means.1));
            let in_doubt = blocks == 1 && time < LONGEST_STALL && left > 1;
            let pays = helpers.is_some_and(|(_, pays)| pays);
            self.advice = self.run.policy.advise(&ProbeSample { len, time, sure, cost, in_doubt, pays });
            if self.advice != Advice::AskAgain {
                // Asking may have read a file. That time does not belong to the next block.
                self.rate.last = now();
            }
        }
        let known = match self.advice {
            Advice::Known(plan) if plan.is_plausible(time) => Some(plan.n_jobs[usize::from(hot)]),
            // Items have become heavier: from here on they decide.
            Advice::Known(_) => {
                self.advice = Advice::Unknown;
                None
            }
            Advice::Wait => return,
            Advice::AskAgain | Advice::Unknown => None,
        };
        if known == Some(1) {
            return;
        }
        let helpers = match known {
            Some(n_jobs) => pools.reach(n_jobs).map(|n_jobs| (n_jobs.min(self.run.spec.n_jobs), wake < expected)),
            None => helpers,
        };
        let Some((n_jobs, pays)) = helpers else {
            let n_jobs = known.unwrap_or(self.run.spec.n_jobs);
            return pools.note_missing(n_jobs, known.is_some(), cpu, expected, time);
        };
        if pays {
            self.run.cost.store((means.0 as f32).to_bits(), Relaxed);
            self.rate.cost = means.0;
            self.call_for_help(n_jobs, hot);
        } else {
            wake_costs::fade();
        }
    }

    /// Calls for helpers, so that `n_jobs` threads work in all.
    fn call_for_help(&mut self, n_jobs: usize, hot: bool) {
        let Some(Crew { is_wide, threads, has_caller }) = self.run.spec.pools.crew(n_jobs) else { return };
        let planned = (n_jobs - 1).min(if has_caller { threads - 1 } else { threads });
        // A thread without an item is of no use. What is learned is learned of the number that was planned.
        let helpers = planned.min(self.run.spec.len.saturating_sub(1)).min(pool::most_helpers());
        if helpers == 0 {
            return;
        }
        self.run.work.gather();
        self.rate.n_jobs = helpers + 1;
        self.run.n_jobs.store(helpers + 1, Relaxed);
        let at = now();
        let spare = !hot && !has_caller && !is_wide && threads > helpers;
        let sent = self.scope.open(self.run, HelpRequest { helpers, spare, is_wide });
        self.rate.last = now();
        let calling = self.rate.last.saturating_sub(at);
        self.request = Some(SentRequest { at, calling, has_queued: sent > 0, hot, n_jobs: planned + 1, is_wide });
    }

    /// The caller will wait for a helper, within the run: what that takes is not the time of its items.
    pub(super) fn note_wait(&mut self) {
        self.meter.stop();
    }

    /// The caller has waited for this long for a helper. True if that need not be said again.
    pub(crate) fn late(&self, waited: Nanos) -> bool {
        self.run.note_heaviest(&self.rate);
        self.run.late(waited)
    }

    /// Ends the caller's part of the run: what it measured.
    pub(crate) fn finish(mut self) -> FinishedCaller {
        self.meter.stop();
        let calling = self.request.map_or(0, |request| request.calling);
        FinishedCaller {
            start: self.start,
            probe: (self.probe.items, self.probe.time),
            worked: self.rate.last.saturating_sub(self.start).saturating_sub(calling),
            request: self.request,
            cpu: self.meter.cost(),
        }
    }
}

impl Drop for Caller<'_, '_, '_> {
    fn drop(&mut self) {
        self.run.note_heaviest(&self.rate);
        self.stop();
    }
}

/// What a caller measured, while its helpers may still be at work.
pub(crate) struct FinishedCaller {
    start: Nanos,
    probe: (usize, Nanos),
    /// Time until its last chunk, without that of calling helpers.
    worked: Nanos,
    request: Option<SentRequest>,
    /// The processor time that an item took, ns, if it was measured.
    cpu: Option<f64>,
}

impl FinishedCaller {
    /// The report of the run. To be called after the scope has ended, when every helper has left.
    pub(crate) fn close(self, run: &SharedRun<'_>) -> Report {
        let end = now();
        let arrived = run.arrived.load(Relaxed);
        let came = arrived != u64::MAX;
        let shared = self.request.map(|request| {
            let arrive = if came { arrived } else { end }.saturating_sub(request.at);
            // When help was called for, whether the pool was awake was a guess. When the first helper came shows it.
            // What is known of that is of the current pool.
            let awake = if came && !request.is_wide { arrive < AWAKE } else { request.hot };
            if !request.is_wide {
                wake_costs::observe(awake, request.has_queued.then_some(request.calling), arrive, came);
            }
            let (helped, absent) = (run.helped.load(Relaxed), run.absent.load(Relaxed));
            SharedReport {
                // The plan was chosen by the guess, so the time is recorded for the guess. The exception: a pool that was
                // taken for asleep and was awake says nothing about sleeping pools.
                hot: request.hot || awake,
                n_jobs: request.n_jobs,
                called: request.at.saturating_sub(self.start),
                helped,
                worked: (self.worked + helped).saturating_sub(absent),
                present: run.present(end).saturating_sub(absent),
                peak: f64::from(f32::from_bits(run.peak.load(Relaxed))),
                longest: run.longest(),
            }
        });
        if came && self.request.is_some_and(|request| !request.is_wide) {
            pool::mark_active(end);
        }
        let (wall, halted) = (end.saturating_sub(self.start), run.work.halted());
        Report { wall, probe: self.probe, cpu: self.cpu, halted, shared }
    }
}

/// A helper that comes sooner than this was awake: waking one takes 13 us at least.
const AWAKE: Nanos = 8_000;

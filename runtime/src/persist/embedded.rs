//! Plans that are embedded in the program: where nothing better is known, a call begins with them. No file is touched.

use std::panic::catch_unwind;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use amorsize_store::clock::{now, since};
use amorsize_store::faults;
use amorsize_store::portable::{Embedded, EmbeddedExport};
use amorsize_store::record::entry::Entry;
use amorsize_store::record::stats::TierStats;
use amorsize_store::tier::stack::{Reach, Stack};

use super::embed::Embed;
use super::location::fingerprint_here;
use super::takeover::{Origin, advise, of_instance, reject, take_over};
use crate::executor::policy::{Advice, ProbeSample};
use crate::executor::pool;
use crate::executor::start_thread::start_thread;
use crate::executor::unwind::drop_quietly;
use crate::site::site::{Site, Tuned};

/// What is embedded, read when it is first needed.
struct Embeds {
    embedded: Arc<Embedded>,
    /// The same as a tier, which counts.
    stack: Stack,
}

/// Made by the first thread that needs it; others wait for it meanwhile, since each would take as long by itself.
static EMBEDS: OnceLock<Embeds> = OnceLock::new();

/// Whether the program has cleared its cache: then it measures afresh.
static IS_CLEARED: AtomicBool = AtomicBool::new(false);

/// All exports that are part of the program. None if they are not to be used any more.
fn registered() -> impl Iterator<Item = EmbeddedExport> {
    let is_used = !IS_CLEARED.load(Relaxed);
    inventory::iter::<Embed>.into_iter().map(|embed| embed.0).filter(move |_| is_used)
}

/// `None` if nothing is embedded, or it is not to be used any more.
fn embeds() -> Option<&'static Embeds> {
    let mut exports = registered().peekable();
    exports.peek()?;
    let mut faults = Vec::new();
    let embeds = EMBEDS.get_or_init(|| {
        let (embedded, mistakes) = Embedded::read(exports);
        faults = mistakes;
        let embedded = Arc::new(embedded);
        let mut stack = Stack::default();
        stack.push(embedded.clone(), Reach::Near);
        Embeds { embedded, stack }
    });
    // Now that nobody waits for them: whoever listens to faults may ask for the same.
    faults.into_iter().for_each(faults::report);
    Some(embeds)
}

/// Whether they were read, or take so little time to be read that any call may do it. Otherwise a thread of its own begins to
/// read them.
fn are_at_hand() -> bool {
    static IS_STARTED: AtomicBool = AtomicBool::new(false);

    if EMBEDS.get().is_some() || registered().map(EmbeddedExport::size).sum::<usize>() <= SMALL {
        return true;
    }
    if !IS_STARTED.swap(true, Relaxed) {
        // If the system gives no thread, the first call that is long enough reads them.
        let _ = start_thread("amorsize-embed", || {
            if let Err(payload) = catch_unwind(embeds) {
                drop_quietly(payload);
            }
        });
    }
    false
}

/// Exports that have no more bytes than this, together, are read within some 200 us.
const SMALL: usize = 16 << 10;

/// Takes over what is embedded for this function, once for each instance, where nothing is known. Advises how many threads are
/// best for this call; `Unknown` if nothing of that size is embedded, or if its items take a clearly different time.
pub(crate) fn recall_embedded(tuned: Tuned, sample: &ProbeSample) -> Advice {
    if tuned.instance.is_embedding_known() || embeds().is_none() {
        return Advice::Unknown;
    }
    let start = now();
    let advice = advise(tuned, sample, &entries(tuned.site), Origin::Embedded).unwrap_or(Advice::Unknown);
    if advice != Advice::Wait {
        tuned.instance.note_embedding();
    }
    COST.store((since(start) as f32).clamp(MIN_COST, MAX_COST).to_bits(), Relaxed);
    advice
}

/// What it takes to look for embedded plans that were read, ns (`f32` bits): the first time in a process as measured on two
/// cores, with the time to find out which machine this is; then as measured in this process.
static COST: AtomicU32 = AtomicU32::new(50_000f32.to_bits());

/// Limits for [`COST`], ns: a slow look of a busy machine is not believed for ever.
const MIN_COST: f32 = 1_000.0;
const MAX_COST: f32 = 100_000.0;

/// What it takes to read and check a byte of an export, ns, as measured on two cores.
const READING: f64 = 10.0;

/// What it takes to look for embedded plans, ns: the first time they are read. `None` if there are none.
pub(crate) fn embedded_cost() -> Option<f64> {
    let sizes = registered().map(|export| export.size() as f64);
    let size = sizes.reduce(|a, b| a + b)?;
    let reading = if EMBEDS.get().is_some() { 0.0 } else { READING * size };
    Some(f64::from(f32::from_bits(COST.load(Relaxed))) + reading)
}

/// Takes over what is embedded for this function, where nothing is known, without comparing the times of items.
pub(super) fn recall_all_embedded(tuned: Tuned) {
    if tuned.instance.note_embedding() {
        for entry in of_instance(&entries(tuned.site), tuned.instance.key()) {
            take_over(tuned, entry, Origin::Embedded);
        }
    }
}

/// The same for the second call of an instance, whose first one was too short to look for them. Whether there is a plan for
/// `len` items that was not there before.
pub(crate) fn recall_embedded_later(tuned: Tuned, len: usize) -> bool {
    if tuned.instance.is_embedding_known() || !tuned.site.tally.has_missed() || !are_at_hand() {
        return false;
    }
    let before = tuned.instance.slot(len);
    recall_all_embedded(tuned);
    !tuned.instance.slot(len).agrees(before)
}

/// The number of embedded plans of this function that are not among `others`.
pub(super) fn count_beside(site: &'static Site, others: &[Entry]) -> usize {
    entries(site).iter().filter(|entry| others.iter().all(|other| other.key != entry.key)).count()
}

/// Forgets what is embedded.
pub(crate) fn forget_embedded() {
    IS_CLEARED.store(true, Relaxed);
}

/// The counts of the tier, if anything is embedded and was asked for.
pub(super) fn tier() -> Option<TierStats> {
    EMBEDS.get()?.stack.stats().pop()
}

/// The embedded plans of this function that hold on this machine.
fn entries(site: &'static Site) -> Vec<Entry> {
    let id = site.id();
    let Some(embeds) = embeds().filter(|embeds| embeds.embedded.knows(id)) else { return Vec::new() };
    let found = embeds.stack.get(fingerprint_here(site.build()).id(), &[id], Reach::Near).pop();
    let mut entries = found.and_then(|found| found.plans).map_or_else(Vec::new, |plans| plans.entries);
    entries.retain(|entry| entry.key.blocking == site.is_blocking());
    // They do not expire, and are used whatever time the clock of this machine says it is.
    let is_usable = |entry: &Entry| entry.check(entry.measured, Duration::MAX, pool::global_threads());
    entries.retain(|entry| is_usable(entry).inspect_err(|reason| reject(site, *reason)).is_ok());
    entries
}

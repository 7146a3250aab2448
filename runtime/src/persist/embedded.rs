//! Plans that are embedded in the program: where nothing better is known, a call begins with them. No file is touched.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use amorsize_store::clock::{now, since};
use amorsize_store::faults;
use amorsize_store::portable::{Embedded, EmbeddedExport};
use amorsize_store::record::entry::Entry;
use amorsize_store::record::stats::TierStats;
use amorsize_store::tier::stack::{Reach, Stack};
use once_cell::race::OnceBox;

use super::location::fingerprint_here;
use super::takeover::{Origin, advise, of_instance, reject, take_over};
use crate::executor::policy::{Advice, ProbeSample};
use crate::executor::pool;
use crate::site::site::{Site, Tuned};

/// An export that is part of the program.
#[derive(Debug)]
pub struct Embed(pub EmbeddedExport);

inventory::collect!(Embed);

/// What is embedded, read when it is first needed.
struct Embeds {
    embedded: Arc<Embedded>,
    /// The same as a tier, which counts.
    stack: Stack,
}

static EMBEDS: OnceBox<Embeds> = OnceBox::new();

/// Whether the program has cleared its cache: then it measures afresh.
static IS_CLEARED: AtomicBool = AtomicBool::new(false);

/// `None` if nothing is embedded, or it is not to be used any more.
fn embeds() -> Option<&'static Embeds> {
    let mut registered = inventory::iter::<Embed>.into_iter().map(|embed| embed.0).peekable();
    if registered.peek().is_none() || IS_CLEARED.load(Relaxed) {
        return None;
    }
    Some(EMBEDS.get_or_init(|| {
        let (embedded, mistakes) = Embedded::read(registered);
        mistakes.into_iter().for_each(faults::report);
        let embedded = Arc::new(embedded);
        let mut stack = Stack::default();
        stack.push(embedded.clone(), Reach::Near);
        Box::new(Embeds { embedded, stack })
    }))
}

/// Takes over what is embedded for this function, once for each instance, where nothing is known. Advises how many threads are
/// best for this call; `Unknown` if nothing of that size is embedded, or if its items take a clearly different time.
pub(crate) fn recall_embedded(tuned: Tuned, sample: &ProbeSample) -> Advice {
    if tuned.instance.is_embedding_known() {
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

/// What it takes to look for embedded plans, ns (`f32` bits): the first time in a process as measured on two cores, with the
/// time to find out which machine this is; then as measured in this process.
static COST: AtomicU32 = AtomicU32::new(50_000f32.to_bits());

/// Limits for [`COST`], ns: a slow look of a busy machine is not believed for ever.
const MIN_COST: f32 = 1_000.0;
const MAX_COST: f32 = 100_000.0;

/// What it takes to look for embedded plans, ns. `None` if there are none.
pub(crate) fn embedded_cost() -> Option<f64> {
    embeds().map(|_| f64::from(f32::from_bits(COST.load(Relaxed))))
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
    if tuned.instance.is_embedding_known() || !tuned.site.tally.has_missed() {
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
    // They do not expire, and are used whatever time the clock of this machine says it is.
    let is_usable = |entry: &Entry| entry.check(entry.measured, Duration::MAX, pool::global_threads());
    entries.retain(|entry| is_usable(entry).inspect_err(|reason| reject(site, *reason)).is_ok());
    entries
}

/// Makes the plans of an export part of the program: `amorsize::embed!("plans.amorsize");`, outside of any function.
///
/// The file is one that `amorsize export` or `amorsize::export_cache` wrote; its path is relative to the file of
/// the source. Calls use its plans on machines of the kind that they were learned on, for functions whose code has not changed
/// since, without touching a file: the first call of a fresh process begins with them. They do not expire, and are read-only. What
/// this process measures takes their place, and so does what is found on disk. `AMORSIZE_CACHE=off` concerns disk and Redis, and
/// leaves them in use; under `AMORSIZE=off` no plan is used. They are a tier of their own in `amorsize::stats()`, called
/// `embedded`.
///
/// If there are several, in this crate or in those it depends on, all of them are used.
///
/// # Errors
/// A file that is damaged, no export or of a newer format is an error of the compiler, as far as its header shows it. What only
/// its checksum shows is a fault, which is counted, and the plans are not used.
///
/// This needs the feature `disk`, which is on by default.
///
/// # Examples
///
/// ```ignore
/// amorsize::embed!("plans.amorsize");
/// ```
#[macro_export]
macro_rules! embed {
    ($file:expr $(,)?) => {
        const _: () = {
            const PLANS: $crate::__private::EmbeddedExport =
                $crate::__private::EmbeddedExport::new(::core::include_bytes!($file));
            $crate::__private::inventory::submit! { $crate::__private::Embed(PLANS) }
        };
    };
}

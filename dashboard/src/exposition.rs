//! `/metrics`: counts for Prometheus. The only label that a program decides on is the path of a function, and only so many
//! functions have series of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::AtomicU64;

use amorsize_store::view::snapshot::{Counts, Snapshot, TierState, TierStats};
use prometheus_client::encoding::text::encode_registry;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// What the names of all metrics begin with.
const PREFIX: &str = "amorsize";
/// The most functions with series of their own; the others are counted together.
const MOST: usize = 200;
/// The label of all others. No path of a function is like that, because each begins with the name of its crate.
const OTHERS: &str = "other";

/// Which functions have series of their own.
#[derive(Debug, Default)]
pub(crate) struct Exposition {
    /// Once there, a function stays. If it moved to the others and back, their counters would fall, which Prometheus takes
    /// for a restart.
    chosen: BTreeSet<String>,
}

impl Exposition {
    /// The metrics, in Prometheus's text format.
    pub(crate) fn text(&mut self, snapshot: &Snapshot) -> Result<String, fmt::Error> {
        self.choose(snapshot);
        let mut metrics = Metrics::default();
        metrics.add_functions(&self.by_path(snapshot));
        metrics.add_all(snapshot);
        metrics.add_tiers(snapshot);
        metrics.text()
    }

    /// Gives the places that are left to the functions with the most requests.
    fn choose(&mut self, snapshot: &Snapshot) {
        let mut candidates: Vec<_> =
            snapshot.functions.iter().filter(|it| !self.chosen.contains(&it.function)).collect();
        candidates.sort_by_key(|it| std::cmp::Reverse(it.counts.requests()));
        for function in candidates {
            if self.chosen.len() == MOST {
                return;
            }
            self.chosen.insert(function.function.clone());
        }
    }

    /// The counts and the number of plans behind each label. Versions of one function have one path and are added up.
    fn by_path<'a>(&self, snapshot: &'a Snapshot) -> BTreeMap<&'a str, (Counts, u64)> {
        let mut all: BTreeMap<&str, (Counts, u64)> = BTreeMap::new();
        for function in &snapshot.functions {
            let path = if self.chosen.contains(&function.function) { &function.function } else { OTHERS };
            let (counts, plans) = all.entry(path).or_default();
            counts.add(&function.counts);
            *plans += function.plans.len() as u64;
        }
        all
    }
}

/// One label and its value.
type Label = [(&'static str, String); 1];
type Counters = Family<Label, Counter>;
type SecondsCounters = Family<Label, Counter<f64, AtomicU64>>;
type Gauges = Family<Label, Gauge<f64, AtomicU64>>;

/// Metrics as they are registered, one after the other.
struct Metrics {
    registry: Registry,
    /// Names of the counters, without the `_total` that belongs to them.
    counter_names: Vec<String>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self { registry: Registry::with_prefix(PREFIX), counter_names: Vec::new() }
    }
}

impl Metrics {
    fn add_functions(&mut self, functions: &BTreeMap<&str, (Counts, u64)>) {
        let counts = |of: fn(&Counts) -> u64| {
            let label = |(path, (counts, _)): (&&str, &(Counts, u64))| (function(path), of(counts));
            functions.iter().map(label).collect::<Vec<_>>()
        };
        self.counters("hits", "Calls whose plan was known", counts(|it| it.hits));
        self.counters(
            "recalled_hits",
            "Hits whose plan the call itself loaded from a tier below memory",
            counts(|it| it.recalled),
        );
        self.counters("misses", "Calls whose plan was not known and was sought", counts(|it| it.misses));
        self.counters("function_errors", "Faults of the cache that belong to a function", counts(|it| it.errors));
        self.counters("shared_calls", "Calls that were shared among threads", counts(|it| it.shared));
        self.counters(
            "drift_alarms",
            "Times that a plan no longer agreed with what calls took",
            counts(|it| it.drift_alarms),
        );
        self.seconds_counters(
            "shared_serial_seconds",
            "What the shared calls would have taken as plain loops",
            counts(|it| it.serial_ns),
        );
        self.seconds_counters("shared_wall_seconds", "What the shared calls took", counts(|it| it.wall_ns));
        let gauges =
            |of: fn(&(Counts, u64)) -> f64| functions.iter().map(|(path, it)| (function(path), of(it))).collect();
        let saved = gauges(|(counts, _)| counts.saved_ns as f64 / 1e9);
        self.gauges("saved_seconds", "What the shared calls took less than plain loops would have", saved);
        self.gauges("plans", "Plans of the function", gauges(|(_, plans)| *plans as f64));
    }

    fn add_all(&mut self, snapshot: &Snapshot) {
        let counts = &snapshot.counts;
        self.counter("errors", "Faults of the cache and the configuration", counts.errors);
        let rejected = snapshot.rejected.iter().fold(0, |sum: u64, (_, count)| sum.saturating_add(*count));
        self.counter("rejected_plans", "Plans that were found and not used", rejected);
        self.counter("timed_hits", "Hits for which it was measured how long finding the plan took", counts.timed_hits);
        self.seconds_counter("timed_hits_seconds", "How long finding the plan took in those", counts.hit_ns);
        self.counter(
            "timed_misses",
            "Misses for which it was measured how long choosing a plan took",
            counts.timed_misses,
        );
        self.seconds_counter("timed_misses_seconds", "How long that took in those", counts.miss_ns);
        self.gauge("functions", "Functions that were called or have plans", snapshot.functions.len() as f64);
        self.gauge("enabled", "Whether anything is tuned", f64::from(u8::from(snapshot.settings.enabled)));
        self.gauge("ttl_seconds", "How long a plan is believed", snapshot.settings.ttl as f64);
        self.gauge("uptime_seconds", "For how long counting has gone on", snapshot.uptime_seconds);
    }

    fn add_tiers(&mut self, snapshot: &Snapshot) {
        let tiers = &snapshot.tiers;
        let counts = |of: fn(&TierStats) -> u64| tiers.iter().map(|it| (tier(it), of(it))).collect::<Vec<_>>();
        let known = |of: fn(&TierStats) -> Option<u64>| {
            tiers.iter().filter_map(|it| Some((tier(it), of(it)? as f64))).collect::<Vec<_>>()
        };
        self.counters("tier_hits", "Lookups of a function that found plans", counts(|it| it.hits));
        self.counters("tier_misses", "Lookups of a function that found no usable plans", counts(|it| it.misses));
        self.counters("tier_errors", "Lookups, writes and removals of a function that failed", counts(|it| it.errors));
        self.counters("tier_lookups", "Requests for plans, each for one or more functions", counts(|it| it.lookups));
        self.seconds_counters("tier_lookup_seconds", "The total time of these requests", counts(|it| it.latency_ns));
        let is_up = |it: &TierStats| matches!(it.state, TierState::Active | TierState::Connected);
        let up = tiers.iter().map(|it| (tier(it), f64::from(u8::from(is_up(it))))).collect();
        self.gauges("tier_up", "Whether the tier is in use and can be reached", up);
        self.gauges("tier_entries", "Plans in the tier", known(|it| it.entries));
        self.gauges("tier_bytes", "Bytes that these take", known(|it| it.bytes));
    }

    fn counters(&mut self, name: &str, help: &str, values: Vec<(Label, u64)>) {
        let family = Counters::default();
        for (label, value) in values {
            family.get_or_create(&label).inc_by(value);
        }
        self.counter_names.push(name.to_owned());
        self.registry.register(name, help, family);
    }

    fn seconds_counters(&mut self, name: &str, help: &str, values: Vec<(Label, u64)>) {
        let family = SecondsCounters::default();
        for (label, ns) in values {
            family.get_or_create(&label).inc_by(ns as f64 / 1e9);
        }
        self.counter_names.push(name.to_owned());
        self.registry.register(name, help, family);
    }

    fn gauges(&mut self, name: &str, help: &str, values: Vec<(Label, f64)>) {
        let family = Gauges::default();
        for (label, value) in values {
            family.get_or_create(&label).set(value);
        }
        self.registry.register(name, help, family);
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) {
        let counter = Counter::<u64>::default();
        counter.inc_by(value);
        self.counter_names.push(name.to_owned());
        self.registry.register(name, help, counter);
    }

    fn seconds_counter(&mut self, name: &str, help: &str, ns: u64) {
        let counter = Counter::<f64, AtomicU64>::default();
        counter.inc_by(ns as f64 / 1e9);
        self.counter_names.push(name.to_owned());
        self.registry.register(name, help, counter);
    }

    fn gauge(&mut self, name: &str, help: &str, value: f64) {
        let gauge = Gauge::<f64, AtomicU64>::default();
        gauge.set(value);
        self.registry.register(name, help, gauge);
    }

    /// All of it in Prometheus's own format. The registry writes `OpenMetrics`, which leaves the `_total` of a counter out
    /// where it describes it.
    fn text(self) -> Result<String, fmt::Error> {
        let mut open = String::new();
        encode_registry(&mut open, &self.registry)?;
        let mut text = String::with_capacity(open.len());
        for line in open.split_inclusive('\n') {
            let described = ["# HELP ", "# TYPE "].into_iter().find_map(|begin| line.strip_prefix(begin));
            let name = described.and_then(|rest| rest.split(' ').next());
            let is_counter = |name: &str| {
                let own = name.strip_prefix(PREFIX).and_then(|name| name.strip_prefix('_'));
                own.is_some_and(|own| self.counter_names.iter().any(|counter| counter == own))
            };
            match name.filter(|name| is_counter(name)) {
                Some(name) => {
                    let end = "# HELP ".len() + name.len();
                    text.extend([&line[..end], "_total", &line[end..]]);
                }
                None => text.push_str(line),
            }
        }
        Ok(text)
    }
}

fn function(path: &str) -> Label {
    [("function", path.to_owned())]
}

fn tier(tier: &TierStats) -> Label {
    [("tier", tier.tier.to_owned())]
}

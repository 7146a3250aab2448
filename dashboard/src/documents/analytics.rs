//! `/analytics/dashboard`: all that the page shows, for programs.

use amorsize_store::id::FunctionId;
use amorsize_store::view::functions::PlanInfo;
use amorsize_store::view::snapshot::{FunctionSnapshot, Snapshot, TierState};
use amorsize_store::words::{time, timestamp};
use serde::Serialize;

use super::figures::{entries, memory_mb, ms, response_ms, state};
use crate::words::{multiple, rate};

#[derive(Serialize)]
pub(crate) struct Analytics<'a> {
    analytics: Sections<'a>,
    timestamp: String,
}

#[derive(Serialize)]
struct Sections<'a> {
    cache_performance: Performance,
    cache_infrastructure: Infrastructure,
    functions: Vec<Function<'a>>,
    optimization_recommendations: &'a [String],
}

#[derive(Serialize)]
struct Performance {
    overall_hit_rate: String,
    total_requests_processed: u64,
    successful_cache_hits: u64,
    cache_misses: u64,
    average_response_times: ResponseTimes,
    total_time_saved: Saved,
}

#[derive(Serialize)]
struct ResponseTimes {
    with_cache_ms: f64,
    without_cache_ms: f64,
    speedup_multiplier: String,
}

#[derive(Serialize)]
struct Saved {
    milliseconds: f64,
    seconds: f64,
    estimated_cost_savings: String,
}

#[derive(Serialize)]
// Each of them is a field of the document.
#[allow(clippy::struct_excessive_bools)]
struct Infrastructure {
    memory_cache_enabled: bool,
    disk_cache_enabled: bool,
    redis_cache_enabled: bool,
    redis_connected: bool,
    memory_entries: u64,
    estimated_memory_usage_mb: f64,
    ttl_seconds: u64,
    uptime_seconds: u64,
}

/// One function: its counts, and its plans as `amorsize show --json` has them.
#[derive(Serialize)]
// As the document has it.
#[allow(clippy::struct_field_names)]
struct Function<'a> {
    function: &'a str,
    id: FunctionId,
    hits: u64,
    misses: u64,
    errors: u64,
    /// `None` if there was no call.
    hit_rate_percent: Option<f64>,
    shared_calls: u64,
    drift_alarms: u64,
    serial_ms: f64,
    wall_ms: f64,
    time_saved_ms: f64,
    /// `None` if no call was shared.
    speedup: Option<f64>,
    plans: &'a [PlanInfo],
}

impl<'a> Analytics<'a> {
    pub(crate) fn of(snapshot: &'a Snapshot, recommendations: &'a [String]) -> Self {
        let analytics = Sections {
            cache_performance: Performance::of(snapshot),
            cache_infrastructure: Infrastructure::of(snapshot),
            functions: snapshot.functions.iter().map(Function::of).collect(),
            optimization_recommendations: recommendations,
        };
        Self { analytics, timestamp: timestamp(snapshot.taken_us) }
    }
}

impl Performance {
    fn of(snapshot: &Snapshot) -> Self {
        let counts = &snapshot.counts;
        let (with_cache_ms, without_cache_ms) = response_ms(counts);
        let saved_ms = ms(counts.saved_ns as f64);
        Self {
            overall_hit_rate: rate(counts.hit_rate()),
            total_requests_processed: counts.requests(),
            successful_cache_hits: counts.hits,
            cache_misses: counts.misses,
            average_response_times: ResponseTimes {
                with_cache_ms,
                without_cache_ms,
                speedup_multiplier: multiple(counts.speedup()),
            },
            total_time_saved: Saved {
                milliseconds: saved_ms,
                seconds: saved_ms / 1e3,
                // What an hour costs is not known here.
                estimated_cost_savings: format!("{} of waiting", time(counts.saved_ns as f64)),
            },
        }
    }
}

impl Infrastructure {
    fn of(snapshot: &Snapshot) -> Self {
        let is_enabled = |name| state(snapshot, name) != TierState::Disabled;
        Self {
            memory_cache_enabled: is_enabled("memory"),
            disk_cache_enabled: is_enabled("disk"),
            redis_cache_enabled: is_enabled("redis"),
            redis_connected: matches!(state(snapshot, "redis"), TierState::Connected | TierState::Active),
            memory_entries: entries(snapshot),
            estimated_memory_usage_mb: memory_mb(snapshot),
            ttl_seconds: snapshot.settings.ttl,
            uptime_seconds: snapshot.uptime_seconds as u64,
        }
    }
}

impl<'a> Function<'a> {
    fn of(function: &'a FunctionSnapshot) -> Self {
        let counts = &function.counts;
        Self {
            function: &function.function,
            id: function.id,
            hits: counts.hits,
            misses: counts.misses,
            errors: counts.errors,
            hit_rate_percent: counts.hit_rate().map(|share| 100.0 * share),
            shared_calls: counts.shared,
            drift_alarms: counts.drift_alarms,
            serial_ms: ms(counts.serial_ns as f64),
            wall_ms: ms(counts.wall_ns as f64),
            time_saved_ms: ms(counts.saved_ns as f64),
            speedup: counts.speedup(),
            plans: &function.plans,
        }
    }
}

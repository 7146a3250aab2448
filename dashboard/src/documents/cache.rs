//! `/cache/stats`, `/cache/metrics` and `/cache/status`.

use amorsize_store::view::snapshot::{Snapshot, TierState};
use amorsize_store::words::timestamp;
use serde::Serialize;

use super::figures::{entries, memory_mb, ms, response_ms, saved_per_hit_ms, state};
use crate::words::{multiple, rate};

#[derive(Serialize)]
pub(crate) struct Stats {
    cache_enabled: bool,
    entries: u64,
    ttl_seconds: u64,
    metrics: StatsMetrics,
    timestamp: String,
}

#[derive(Serialize)]
struct StatsMetrics {
    hits: u64,
    misses: u64,
    total_requests: u64,
    hit_rate_percent: f64,
    average_hit_latency_ms: f64,
    average_miss_latency_ms: f64,
    performance_gain_multiplier: f64,
    uptime_seconds: f64,
}

impl Stats {
    pub(crate) fn of(snapshot: &Snapshot) -> Self {
        let counts = &snapshot.counts;
        Self {
            cache_enabled: snapshot.settings.enabled,
            entries: entries(snapshot),
            ttl_seconds: snapshot.settings.ttl,
            metrics: StatsMetrics {
                hits: counts.hits,
                misses: counts.misses,
                total_requests: counts.requests(),
                hit_rate_percent: 100.0 * counts.hit_rate().unwrap_or(0.0),
                average_hit_latency_ms: ms(counts.average_hit_ns().unwrap_or(0.0)),
                average_miss_latency_ms: ms(counts.average_miss_ns().unwrap_or(0.0)),
                performance_gain_multiplier: counts.gain().unwrap_or(0.0),
                uptime_seconds: snapshot.uptime_seconds,
            },
            timestamp: timestamp(snapshot.taken_us),
        }
    }
}

#[derive(Serialize)]
pub(crate) struct Metrics {
    performance_dashboard: Performance,
    timestamp: String,
}

#[derive(Serialize)]
struct Performance {
    cache_hit_rate: String,
    total_requests: u64,
    successful_hits: u64,
    cache_misses: u64,
    average_latency_comparison: Latencies,
    cumulative_time_saved: Saved,
    cache_efficiency: Efficiency,
}

#[derive(Serialize)]
struct Latencies {
    cached_response_ms: f64,
    uncached_response_ms: f64,
    speedup_multiplier: String,
    time_saved_per_hit_ms: f64,
}

#[derive(Serialize)]
struct Saved {
    total_ms: f64,
    total_seconds: f64,
}

#[derive(Serialize)]
struct Efficiency {
    memory_entries: u64,
    ttl_seconds: u64,
    uptime_seconds: u64,
    estimated_memory_mb: f64,
}

impl Metrics {
    pub(crate) fn of(snapshot: &Snapshot) -> Self {
        let counts = &snapshot.counts;
        let (cached_response_ms, uncached_response_ms) = response_ms(counts);
        let total_ms = ms(counts.saved_ns as f64);
        Self {
            performance_dashboard: Performance {
                cache_hit_rate: rate(counts.hit_rate()),
                total_requests: counts.requests(),
                successful_hits: counts.hits,
                cache_misses: counts.misses,
                average_latency_comparison: Latencies {
                    cached_response_ms,
                    uncached_response_ms,
                    speedup_multiplier: multiple(counts.speedup()),
                    time_saved_per_hit_ms: saved_per_hit_ms(counts),
                },
                cumulative_time_saved: Saved { total_ms, total_seconds: total_ms / 1e3 },
                cache_efficiency: Efficiency {
                    memory_entries: entries(snapshot),
                    ttl_seconds: snapshot.settings.ttl,
                    uptime_seconds: snapshot.uptime_seconds as u64,
                    estimated_memory_mb: memory_mb(snapshot),
                },
            },
            timestamp: timestamp(snapshot.taken_us),
        }
    }
}

#[derive(Serialize)]
pub(crate) struct Status {
    cache_backends: Backends,
    current_mode: &'static str,
    fallback_chain: [&'static str; 4],
    timestamp: String,
}

#[derive(Serialize)]
struct Backends {
    #[serde(rename = "memory_cache")]
    memory: TierState,
    #[serde(rename = "disk_cache")]
    disk: TierState,
    #[serde(rename = "redis_cache")]
    redis: TierState,
}

impl Status {
    pub(crate) fn of(snapshot: &Snapshot) -> Self {
        let [memory, disk, redis] = ["memory", "disk", "redis"].map(|name| state(snapshot, name));
        let current_mode = match (disk, redis) {
            (_, TierState::Connected | TierState::Active) => "full",
            (TierState::Disabled | TierState::Disconnected, _) => "memory",
            _ => "dual",
        };
        Self {
            cache_backends: Backends { memory, disk, redis },
            current_mode,
            fallback_chain: ["Memory", "Disk", "Redis (if enabled and connected)", "Fresh tuning"],
            timestamp: timestamp(snapshot.taken_us),
        }
    }
}

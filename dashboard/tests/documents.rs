//! The JSON has exactly the fields that were agreed on, and means what it says.

use amorsize_store::view::snapshot::{Counts, Snapshot, TierState, TierStats};
use serde_json::Value;

use crate::client::{get, serve};
use crate::made;

/// A document as it was agreed on.
const STATS: &str = r#"{"cache_enabled":true,"entries":12,"ttl_seconds":604800,"metrics":{"hits":42,"misses":8,
    "total_requests":50,"hit_rate_percent":84.0,"average_hit_latency_ms":0.00002,"average_miss_latency_ms":0.02,
    "performance_gain_multiplier":1000.0,"uptime_seconds":3600.0},"timestamp":"2026-01-02T02:47:01.451643Z"}"#;
const METRICS: &str = r#"{"performance_dashboard":{"cache_hit_rate":"84.0%","total_requests":50,"successful_hits":42,
    "cache_misses":8,"average_latency_comparison":{"cached_response_ms":1.0,"uncached_response_ms":6.31,
    "speedup_multiplier":"6.31x","time_saved_per_hit_ms":2.5285714285714285},"cumulative_time_saved":{"total_ms":106.2,
    "total_seconds":0.1062},"cache_efficiency":{"memory_entries":12,"ttl_seconds":604800,"uptime_seconds":3600,
    "estimated_memory_mb":0.048}},"timestamp":"2026-01-02T02:47:01.451643Z"}"#;
const STATUS: &str = r#"{"cache_backends":{"memory_cache":"active","disk_cache":"active","redis_cache":"connected"},
    "current_mode":"full","fallback_chain":["Memory","Disk","Redis (if enabled and connected)","Fresh tuning"],
    "timestamp":"2026-01-02T02:47:01.451643Z"}"#;
const ANALYTICS: &str = r#"{"analytics":{"cache_performance":{"overall_hit_rate":"84.0%","total_requests_processed":50,
    "successful_cache_hits":42,"cache_misses":8,"average_response_times":{"with_cache_ms":1.0,"without_cache_ms":6.31,
    "speedup_multiplier":"6.31x"},"total_time_saved":{"milliseconds":106.2,"seconds":0.1062,
    "estimated_cost_savings":"106 ms of waiting"}},"cache_infrastructure":{"memory_cache_enabled":true,
    "disk_cache_enabled":true,"redis_cache_enabled":true,"redis_connected":true,"memory_entries":12,
    "estimated_memory_usage_mb":0.048,"ttl_seconds":604800,"uptime_seconds":3600},"functions":[],
    "optimization_recommendations":[]},"timestamp":"2026-01-02T02:47:01.451643Z"}"#;

const PATHS: [(&str, &str); 4] = [
    ("/amorsize/cache/stats", STATS),
    ("/amorsize/cache/metrics", METRICS),
    ("/amorsize/cache/status", STATUS),
    ("/amorsize/analytics/dashboard", ANALYTICS),
];

/// What these documents are of.
fn agreed() -> Snapshot {
    let mut all = made::nothing();
    all.uptime_seconds = 3600.0;
    let counts = Counts::default();
    all.counts = counts;
    (all.counts.hits, all.counts.misses, all.counts.shared) = (42, 8, 20);
    (all.counts.timed_hits, all.counts.hit_ns) = (2, 40);
    (all.counts.timed_misses, all.counts.miss_ns) = (8, 160_000);
    (all.counts.wall_ns, all.counts.serial_ns, all.counts.saved_ns) = (20_000_000, 126_200_000, 106_200_000);
    for (name, state) in [("memory", TierState::Active), ("disk", TierState::Active), ("redis", TierState::Connected)] {
        let mut tier = TierStats::default();
        (tier.tier, tier.state) = (name, state);
        all.tiers.push(tier);
    }
    all.tiers[0].entries = Some(12);
    all
}

#[test]
fn documents_are_as_agreed() {
    let server = serve(agreed);
    for (path, expected) in PATHS {
        let answer = get(&server, path);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")), "{path}");
        let expected: Value = serde_json::from_str(expected).unwrap();
        assert_eq!(answer.json(), expected, "{path}");
    }
    server.shutdown();
}

/// Where nothing was measured, the fields and their types are the same.
#[test]
fn nothing_has_the_same_fields() {
    for snapshot in [made::nothing as fn() -> Snapshot, Snapshot::default, made::plausible] {
        let server = serve(snapshot);
        for (path, expected) in PATHS {
            let expected: Value = serde_json::from_str(expected).unwrap();
            assert_same_form(&get(&server, path).json(), &expected, path);
        }
        server.shutdown();
    }
}

fn assert_same_form(found: &Value, expected: &Value, at: &str) {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{at}");
            for (key, expected) in expected {
                assert_same_form(&found[key], expected, &format!("{at}.{key}"));
            }
        }
        (Value::Number(found), Value::Number(expected)) => assert_eq!(found.is_f64(), expected.is_f64(), "{at}"),
        (Value::String(found), Value::String(expected)) => {
            // "84.0%" and "0.0%" have one form.
            let form = |text: &str| {
                let end = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
                let decimals = text[..text.len() - end.len()].split_once('.').map(|(_, rest)| rest.len());
                (decimals, end.to_owned())
            };
            if expected.ends_with(['%', 'x']) {
                assert_eq!(form(found), form(expected), "{at}");
            }
        }
        _ => assert_eq!(std::mem::discriminant(found), std::mem::discriminant(expected), "{at}: {found} {expected}"),
    }
}

#[test]
fn functions_have_figures_of_their_own() {
    let server = serve(made::plausible);
    let all = get(&server, "/amorsize/analytics/dashboard").json();
    let functions = all["analytics"]["functions"].as_array().unwrap();
    assert_eq!(functions.len(), 6);
    let score = functions.iter().find(|it| it["function"] == "search::rank::score").unwrap();
    assert_eq!(score["id"].as_str().unwrap().len(), 16);
    assert_eq!((score["hits"].as_u64(), score["misses"].as_u64()), (Some(18_224), Some(166)));
    let plan = &score["plans"][1];
    assert_eq!((plan["items"][0].as_u64(), plan["awake"]["n_jobs"].as_u64()), (Some(16_384), Some(4)));
    assert_eq!(plan["awake"]["gain_basis"], "measured");
    server.shutdown();
}

#[test]
fn modes_are_told_apart() {
    for (states, mode) in [
        ([TierState::Disabled, TierState::Disabled], "memory"),
        ([TierState::Active, TierState::Disabled], "dual"),
        ([TierState::Active, TierState::Disconnected], "dual"),
        ([TierState::Active, TierState::Connected], "full"),
    ] {
        let server = serve(move || {
            let mut all = agreed();
            (all.tiers[1].state, all.tiers[2].state) = states.into();
            all
        });
        let status = get(&server, "/amorsize/cache/status").json();
        assert_eq!(status["current_mode"], mode, "{status}");
        server.shutdown();
    }
}

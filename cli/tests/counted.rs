//! What `stats` says of counts: latencies, shared calls, days, and what the figures advise.

use serde_json::json;

use crate::cache::{Cache, Said};
use crate::made::counts;

/// Counts of a function that threads do not help, and of one that is seldom known.
fn cache() -> Cache {
    let mut shared = counts(1, "crate::module::shared", 97_000, -500_000_000);
    let count = &mut shared.counts;
    (count.misses, count.shared, count.drift_alarms) = (3_000, 50_000, 2_500);
    (count.serial_ns, count.wall_ns) = (9_000_000_000, 9_500_000_000);
    (count.timed_hits, count.hit_ns, count.timed_misses, count.miss_ns) = (100, 2_000, 10, 250_000);
    let mut unknown = counts(2, "crate::module::unknown", 20, 0);
    unknown.counts.misses = 80;
    Cache::counted(vec![shared, unknown])
}

#[test]
fn stats_say_what_was_measured_at_any_width() {
    let cache = cache();
    for columns in (40..=200).step_by(8).map(|columns| columns.to_string()) {
        for words in [&["stats"][..], &["stats", "--all"]] {
            let said = Said::of(cache.command(words).env("COLUMNS", &columns).output().unwrap()).well();
            let width: usize = columns.parse().unwrap();
            assert!(said.lines().all(|line| line.chars().count() <= width), "{columns}: {said}");
            let flat = said.split_whitespace().collect::<Vec<_>>().join(" ");
            for part in ["20.0 ns on average of 100 hits", "25.0 us on average of 10 misses", "2,500", "20.0% of 100"] {
                assert!(flat.contains(part), "{columns}: {part}: {said}");
            }
            assert!(flat.contains("(predicted) is 0.95x") && flat.contains("97.0% of the calls"), "{columns}: {said}");
            let lines = said.lines().map(|line| line.strip_prefix("day ").unwrap_or(line));
            let days = lines.filter(|line| line.starts_with("20") && line.as_bytes().get(7) == Some(&b'-'));
            assert_eq!(days.count(), if words.len() == 1 { 7 } else { 60 }, "{columns}: {said}");
        }
    }
}

#[test]
fn stats_in_json_keep_their_keys() {
    let stats = cache().json(0, &["stats"]);
    let old = ["since", "until", "processes", "hits", "recalled", "misses", "errors", "saved_ns", "hit_rate_percent"];
    for key in
        old.iter().chain(&["rejected", "functions", "disk_usage", "max_size", "shared", "drift_alarms", "hit_ns"])
    {
        assert!(!stats[key].is_null(), "{key}: {stats}");
    }
    let function = &stats["functions"][1];
    assert_eq!((&function["function"], &function["misses"]), (&json!("crate::module::shared"), &json!(3_000)));
    assert_eq!((&function["id"], &function["wall_ns"]), (&json!("0000000000000001"), &json!(9_500_000_000u64)));
    let days = stats["days"].as_array().unwrap();
    assert_eq!((days.len(), &days[59]["counts"]["hits"]), (60, &json!(97_020)));
    let advice = stats["recommendations"].as_array().unwrap().iter();
    let advice: Vec<_> = advice.map(|it| (it["kind"].as_str().unwrap(), it["function"].as_str())).collect();
    let (shared, unknown) = (Some("crate::module::shared"), Some("crate::module::unknown"));
    for expected in [("over_caching", shared), ("no_gain", shared), ("hit_rate", unknown), ("hit_rate", None)] {
        assert!(advice.contains(&expected), "{expected:?}: {advice:?}");
    }
}

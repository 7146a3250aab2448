//! What Prometheus is told, and that its own tool accepts it.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::Duration;

use amorsize_store::view::snapshot::Snapshot;

use crate::client::{get, serve};
use crate::made;

/// Its output, if it is there, and whether it is content.
fn promtool(metrics: &str) -> Option<(bool, String)> {
    let mut tool = Command::new("promtool");
    tool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut tool = tool.spawn().ok()?;
    tool.stdin.take().unwrap().write_all(metrics.as_bytes()).unwrap();
    let output = tool.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
}

/// A program whose names are as bad as can be.
fn odd() -> Snapshot {
    let mut all = made::plausible();
    for (at, path) in ["a\"b\\c\nd", "{x=\"y\"} 1", "\u{202e}名前::計算", ""].into_iter().enumerate() {
        all.functions.push(made::function(at as u64, path));
    }
    all.counts.errors = 3;
    all
}

#[test]
fn prometheus_accepts_it() {
    for snapshot in [made::plausible as fn() -> Snapshot, made::nothing, odd] {
        let server = serve(snapshot);
        let answer = get(&server, "/metrics");
        assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
        assert_eq!(answer.body, get(&server, "/amorsize/metrics").body);
        match promtool(&answer.body) {
            Some((is_content, said)) => assert!(is_content, "{said}\n{}", answer.body),
            None => eprintln!("promtool is missing, so nobody but us has looked at the metrics"),
        }
        server.shutdown();
    }
}

#[test]
fn counts_are_those_of_the_snapshot() {
    let server = serve(odd);
    let text = get(&server, "/metrics").body;
    for line in [
        "amorsize_hits_total{function=\"search::rank::score\"} 18224",
        "amorsize_errors_total 3",
        "amorsize_uptime_seconds 11532.25",
        "amorsize_tier_up{tier=\"redis\"} 0.0",
        "amorsize_tier_lookup_seconds_total{tier=\"disk\"} 0.001534",
        "amorsize_plans{function=\"search::index::tokenize\"} 3.0",
        "amorsize_rejected_plans_total 5",
        "# TYPE amorsize_hits_total counter",
        "amorsize_hits_total{function=\"a\\\"b\\\\c\\nd\"} 0",
    ] {
        assert!(text.lines().any(|it| it == line), "{line}\n{text}");
    }
    server.shutdown();
}

/// Many functions, of which those with higher numbers are called more often; what is `new` more often still.
fn many(new: u32) -> Snapshot {
    let mut all = made::nothing();
    for n in 0..500 + new {
        let mut function = made::function(n.into(), &format!("crate::f{n}"));
        function.counts.hits = u64::from(n) + 1;
        all.functions.push(function);
    }
    all
}

#[test]
fn series_are_bounded_and_stay() {
    let new = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&new);
    let server = serve(move || many(seen.load(Ordering::Relaxed)));
    let series = || {
        let text = get(&server, "/metrics").body;
        let hits: BTreeSet<(String, u64)> = text
            .lines()
            .filter_map(|line| line.strip_prefix("amorsize_hits_total{function=\"")?.split_once("\"} "))
            .map(|(path, hits)| (path.to_owned(), hits.parse().unwrap()))
            .collect();
        hits
    };
    let before = series();
    assert_eq!(before.len(), 201);
    assert!(before.contains(&("crate::f499".into(), 500)) && before.contains(&("other".into(), (1..=300).sum())));
    assert_eq!(before.iter().map(|(_, hits)| hits).sum::<u64>(), (1..=500).sum::<u64>());
    new.store(5, Ordering::Relaxed);
    // The snapshot of before is served for a moment.
    sleep(Duration::from_millis(300));
    let after = series();
    let names = |all: &BTreeSet<(String, u64)>| all.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>();
    assert_eq!(names(&after), names(&before), "a counter must not fall because another function is called more often");
    assert_eq!(after.iter().map(|(_, hits)| hits).sum::<u64>(), (1..=505).sum::<u64>());
    server.shutdown();
}

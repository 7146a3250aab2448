//! `amorsize bench`: real measurements, but few.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::cache::{Cache, Said};
use crate::usage::{fields, words_of_the_schema};

/// With a folder for temporary things, so that it is seen what is left there.
fn bench(cache: &Cache, words: &[&str]) -> Command {
    let mut command = cache.command(&[&["bench"], words].concat());
    fs::create_dir_all(cache.beside("tmp")).unwrap();
    command.env("TMPDIR", cache.beside("tmp")).env("TMP", cache.beside("tmp"));
    command
}

#[track_caller]
fn assert_clean(cache: &Cache) {
    assert_eq!(fs::read_dir(cache.beside("tmp")).unwrap().count(), 0, "temporary folders are left");
}

#[test]
fn the_report_is_written() {
    let cache = Cache::learned();
    let before = cache.plan_files().iter().map(|file| fs::read(file).unwrap()).collect::<Vec<_>>();
    let said = Said::of(bench(&cache, &["--queries", "2"]).output().unwrap()).well();
    assert!(said.contains("The report is in cache_performance_report.txt."), "{said}");
    let report = fs::read_to_string(cache.beside("cache_performance_report.txt")).unwrap();
    let parts = ["Tiers", "First call", "Averages", "side by side", "Your folder now", "Recommendations", "Summary"];
    for part in parts.into_iter().chain(["text", "hashes", "floats", "skewed", "3 functions", "2 measurements"]) {
        assert!(report.contains(part), "{part}: {report}");
    }
    assert!(!report.contains('\x1b'), "{report}");
    let limit = cache.dir().display().to_string().len() + 80;
    assert!(report.lines().all(|line| line.len() <= 80 || (line.contains('/') && line.len() < limit)), "{report}");
    assert!(report.contains("Fewer than 5 measurements show nothing"), "{report}");
    let after = cache.plan_files().iter().map(|file| fs::read(file).unwrap()).collect::<Vec<_>>();
    assert_eq!(before, after, "the user's plans are only read");
    assert_clean(&cache);
}

#[test]
fn the_figures_are_json_on_request() {
    let cache = Cache::none();
    let said = Said::of(bench(&cache, &["--queries", "2", "--json"]).output().unwrap()).well();
    let figures: Value = serde_json::from_str(&said).unwrap();
    assert!(!cache.beside("cache_performance_report.txt").exists(), "nobody asked for it");
    assert_eq!((&figures["queries"], &figures["report"]), (&2.into(), &Value::Null));
    assert_eq!(figures["redis"], Value::Null);
    let workloads = figures["workloads"].as_array().unwrap();
    assert_eq!(workloads.len(), 4);
    for workload in workloads {
        for what in ["plain_loop", "without_cache", "memory", "disk"] {
            assert_eq!(workload[what]["measurements"], 2, "{workload}");
            assert!(workload[what]["median_ns"].as_f64().unwrap() > 0.0, "{workload}");
        }
        let ratio = |tier: &str| workload[tier]["speedup"]["ratio"].as_f64().unwrap();
        for tier in ["disk", "memory"] {
            let average = &figures["averages"][tier];
            let [least, mean, greatest] =
                ["speedup_least", "speedup", "speedup_greatest"].map(|name| average[name].as_f64().unwrap());
            assert!(least <= ratio(tier) && ratio(tier) <= greatest, "{average}");
            assert!(least <= mean + 1e-9 && mean <= greatest + 1e-9, "{average}");
        }
        let (before, after) = (&workload["without_cache"]["median_ns"], &workload["disk"]["median_ns"]);
        let ratio = before.as_f64().unwrap() / after.as_f64().unwrap();
        assert!((workload["disk"]["speedup"]["ratio"].as_f64().unwrap() / ratio - 1.0).abs() < 1e-9, "{workload}");
        assert_eq!(workload["disk"]["speedup"]["verdict"], "too_few");
    }
    let (words, mut unknown) = (words_of_the_schema(), Vec::new());
    fields(&figures, &mut |name| unknown.extend((!words.contains(name)).then(|| name.to_owned())));
    assert_eq!(unknown, [""; 0]);
    assert_clean(&cache);
}

#[test]
fn a_plan_is_in_memory_after_it_was_learned() {
    let cache = Cache::none();
    let measured = |task: &str| -> Value {
        let said = cache.run(&["bench", "--measure", task]).well();
        serde_json::from_str(&said).unwrap()
    };
    measured("learn:floats");
    // Whether the plan is used depends on how long the items take, here and when it was learned.
    let calls = |task: &str| measured(task)["memory_ns"].as_array().unwrap().len();
    assert_eq!((calls("disk:floats"), calls("without:floats")), (3, 0));
}

#[test]
fn what_cannot_be_written_is_said_before_it_is_measured() {
    let cache = Cache::none();
    fs::create_dir(cache.beside("folder")).unwrap();
    for (out, why) in [("folder", "it is a folder"), ("nowhere/report", "no such folder")] {
        let said = Said::of(bench(&cache, &["--out", out]).output().unwrap()).failed(1);
        assert!(said.contains(why), "{said}");
    }
    for wrong in [&["--queries", "0"], &["--queries", "x"], &["--measure", "nothing"], &["--measure", "disk:x"]] {
        Said::of(bench(&cache, wrong).output().unwrap()).failed(2);
    }
}

#[test]
#[cfg(unix)]
fn an_interruption_leaves_nothing() {
    use std::process::Stdio;
    use std::thread;
    use std::time::Duration;

    use rustix::process::{Pid, Signal, kill_process};

    let cache = Cache::none();
    let mut command = bench(&cache, &["--queries", "60000"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Once it has folders, it has been told what to do with signals.
    while fs::read_dir(cache.beside("tmp")).unwrap().count() < 2 {
        thread::sleep(Duration::from_millis(5));
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert!(Said::of(child.wait_with_output().unwrap()).failed(130).contains("nothing is left"));
    assert_clean(&cache);
    assert!(!cache.beside("cache_performance_report.txt").exists());
}

#[cfg(all(unix, feature = "redis"))]
mod redis {
    use super::{assert_clean, bench};
    use crate::cache::{Cache, Said, learn_for};
    use crate::redis::server::{Server, free_port};

    #[test]
    fn plans_in_redis_are_measured_and_removed() {
        let Some(server) = Server::start(&[]) else { return };
        learn_for(&server.url());
        let () = server.ask(&["SET", "session:1", "mine"]);
        let before = server.keys();
        let cache = Cache::none();
        let mut command = bench(&cache, &["--queries", "2", "--json", "--out", "report"]);
        // A busy machine may keep the answer from coming in time.
        command.env("AMORSIZE_REDIS_WAIT", "2s");
        let said = Said::of(command.env("AMORSIZE_REDIS_URL", server.url()).output().unwrap()).well();
        let figures: serde_json::Value = serde_json::from_str(&said).unwrap();
        for workload in figures["workloads"].as_array().unwrap() {
            assert_eq!(workload["from_redis"]["measurements"], 2, "{workload}");
        }
        // Redis had them. Whether they are used depends on how long the items take.
        assert!(figures["look_ups"]["redis_ns"].as_f64().unwrap() > 0.0, "{figures:#}");
        assert_eq!(figures["report"], "report");
        let report = std::fs::read_to_string(cache.beside("report")).unwrap();
        assert!(report.contains("answers in") && report.contains("first call, Redis"), "{report}");
        assert_eq!(server.keys(), before, "the plans of others stay, and ours are gone");
        let calls: String = server.ask(&["INFO", "commandstats"]);
        let scans = calls.split("cmdstat_scan:calls=").nth(1).and_then(|rest| rest.split(',').next()).unwrap();
        let workloads = figures["workloads"].as_array().unwrap().len();
        assert!(scans.parse::<usize>().unwrap() < 3 * workloads, "each is removed before and after: {scans} scans");
        assert_clean(&cache);
    }

    #[test]
    fn what_an_interruption_leaves_in_redis_is_said() {
        use std::process::Stdio;

        use rustix::process::{Pid, Signal, kill_process};

        let Some(mut server) = Server::start(&[]) else { return };
        let cache = Cache::none();
        let mut command = bench(&cache, &["--queries", "60000"]);
        command.env("AMORSIZE_REDIS_URL", server.url()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        // Once all is learned, it does not matter to the measurements whether it answers.
        while server.keys().len() < 4 {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        server.kill();
        kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        let said = Said::of(child.wait_with_output().unwrap()).failed(130);
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("interrupted") && said.contains("left in Redis until they expire"), "{said}");
        assert!(!said.contains("nothing is left"), "{said}");
        assert_clean(&cache);
    }

    #[test]
    fn a_redis_that_is_gone_is_in_the_report() {
        let cache = Cache::none();
        let mut command = bench(&cache, &["--queries", "1", "--out", "-"]);
        let url = format!("redis://127.0.0.1:{}", free_port());
        let said = Said::of(command.env("AMORSIZE_REDIS_URL", url).output().unwrap());
        assert_eq!((said.code, said.err.as_str()), (1, ""), "{}", said.out);
        assert!(said.out.contains("DOES NOT ANSWER") && said.out.contains("refused"), "{}", said.out);
    }
}

//! Snapshots: those that panic, take their time or are large, and many requests for one.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::{connect, get, parse, read, serve, write_request};
use crate::made;

#[test]
fn a_snapshot_may_panic() {
    let is_broken = Arc::new(AtomicBool::new(true));
    let broken = Arc::clone(&is_broken);
    let server = serve(move || {
        assert!(!broken.load(Ordering::Relaxed), "this panic belongs to the test");
        made::plausible()
    });
    for path in ["/amorsize/", "/amorsize/cache/stats", "/metrics", "/amorsize/analytics/dashboard"] {
        let answer = get(&server, path);
        assert_eq!(answer.status, 500, "{path}");
        assert!(answer.json()["error"].as_str().unwrap().contains("panicked"));
    }
    assert_eq!(get(&server, "/healthz").status, 200);
    is_broken.store(false, Ordering::Relaxed);
    assert_eq!(get(&server, "/amorsize/cache/stats").status, 200);
    server.shutdown();
}

#[test]
fn many_requests_take_one_snapshot() {
    let taken = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&taken);
    let is_taking = AtomicBool::new(false);
    let server = serve(move || {
        assert!(!is_taking.swap(true, Ordering::Relaxed), "two threads take a snapshot");
        count.fetch_add(1, Ordering::Relaxed);
        thread::sleep(Duration::from_millis(50));
        is_taking.store(false, Ordering::Relaxed);
        made::plausible()
    });
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for path in ["/amorsize/cache/stats", "/amorsize/", "/metrics"].iter().cycle().take(30) {
                    assert_eq!(get(&server, path).status, 200);
                }
            });
        }
    });
    let most = 2 + began.elapsed().as_millis() / 200;
    assert!(u128::from(taken.load(Ordering::Relaxed)) <= most, "{taken:?} in {:?}", began.elapsed());
    server.shutdown();
}

/// A snapshot that takes longer than one stays fresh is shared by all who wait for it.
#[test]
fn slow_snapshots_are_shared() {
    let taken = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&taken);
    let (release, held) = mpsc::channel();
    let held = Mutex::new(held);
    let server = serve(move || {
        // The first one lasts until all have asked, and as long as the others.
        if count.fetch_add(1, Ordering::Relaxed) == 0 {
            held.lock().unwrap().recv().unwrap();
        }
        thread::sleep(Duration::from_millis(400));
        made::plausible()
    });
    let paths = ["/amorsize/cache/stats", "/amorsize/", "/metrics", "/amorsize/analytics/dashboard"];
    let asked = Barrier::new(41);
    thread::scope(|scope| {
        let waiting: Vec<_> = (0..40)
            .map(|n| {
                let (server, asked) = (&server, &asked);
                scope.spawn(move || {
                    let mut stream = connect(server.local_addr());
                    write_request(&mut stream, paths[n % paths.len()]);
                    asked.wait();
                    parse(&read(&mut stream)).status
                })
            })
            .collect();
        asked.wait();
        // The server takes connections in their order, so it has seen all that came before this one.
        assert_eq!(get(&server, "/healthz").status, 200);
        release.send(()).unwrap();
        for client in waiting {
            assert_eq!(client.join().unwrap(), 200);
        }
    });
    let taken = taken.load(Ordering::Relaxed);
    assert!(taken <= 3, "{taken} snapshots for 40 requests");
    server.shutdown();
}

#[test]
fn snapshots_are_taken_by_one_other_thread() {
    let takers = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&takers);
    let server = serve(move || {
        let thread = thread::current();
        seen.lock().unwrap().push((thread.id(), thread.name().map(str::to_owned)));
        made::plausible()
    });
    let began = Instant::now();
    for _ in 0..4 {
        thread::scope(|scope| {
            for path in ["/amorsize/", "/metrics", "/amorsize/cache/stats", "/amorsize/cache/status"] {
                scope.spawn(|| assert_eq!(get(&server, path).status, 200));
            }
        });
        // Until the snapshot is too old for the next ones.
        thread::sleep(Duration::from_millis(250));
    }
    // The thread ends when nothing was asked for ten seconds: on a machine that had other things to do.
    let most = 1 + began.elapsed().as_secs() / 10;
    server.shutdown();
    let takers = takers.lock().unwrap();
    assert!(takers.iter().all(|(_, name)| name.as_deref() == Some("amorsize-snapshot")), "{takers:?}");
    let threads: HashSet<_> = takers.iter().map(|(id, _)| id).collect();
    assert!(takers.len() >= 4 && threads.len() as u64 <= most, "{takers:?}");
}

#[test]
fn ten_thousand_functions_are_shown_in_time() {
    let server = serve(|| {
        let mut all = made::nothing();
        for n in 0..10_000_u32 {
            let mut function = made::function(n.into(), &format!("crate::module_{}::function_{n}", n / 100));
            function.counts.hits = n.into();
            function.plans = vec![made::plan((10, 100.0, 2, 1.9)), made::plan((12, 100.0, 2, -1.9))];
            all.functions.push(function);
        }
        all
    });
    let page = get(&server, "/amorsize/");
    assert!(page.status == 200 && page.body.len() < 300_000, "{}", page.body.len());
    assert!(page.body.contains("And 9,950 functions that saved less"));
    let metrics = get(&server, "/metrics");
    assert!(metrics.body.len() < 300_000, "{}", metrics.body.len());
    let all = get(&server, "/amorsize/analytics/dashboard").json();
    assert_eq!(all["analytics"]["functions"].as_array().unwrap().len(), 10_000);
    server.shutdown();
}

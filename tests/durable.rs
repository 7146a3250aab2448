//! What is on disk when a process has ended, in whatever way.

use std::fs;
use std::time::Duration;

use rustix::process::Signal;

use crate::cache::Cache;
use crate::children::{files, until};

/// The next process knows what to do, and gets the same answer.
#[track_caller]
fn assert_remembered(cache: &Cache) {
    let plans = cache.plans();
    assert!(plans.iter().any(|(function, _, items)| function.ends_with("::slow") && *items == 4), "{plans:?}");
    let health = cache.store().verify().unwrap();
    assert!(health.problems.is_empty() && health.score == 100, "{health:?}");
    let next = cache.run(&[]);
    assert!(next.is_fine(), "{next:?}");
    assert_eq!((next.count("hits"), next.count("recalled"), next.count("misses")), (1, 1, 0), "{next:?}");
    assert_eq!(next.answer(), Cache::plain_answer());
}

/// Makes one call and ends in that way.
#[track_caller]
fn assert_kept_after(end: &str, code: Option<i32>) {
    let cache = Cache::new();
    let said = cache.run(&[&format!("end={end}")]);
    assert_eq!(said.status.code(), code, "{said:?}");
    assert_eq!((said.count("misses"), said.count("recalled"), said.count("errors")), (1, 0, 0), "{said:?}");
    assert_remembered(&cache);
}

#[test]
fn one_call_and_the_end_of_main() {
    assert_kept_after("return", Some(0));
}

#[test]
fn one_call_and_exit() {
    assert_kept_after("exit", Some(0));
    assert_kept_after("exit 3", Some(3));
}

#[test]
fn one_call_and_a_panic_elsewhere() {
    assert_kept_after("panic of another thread", Some(0));
    assert_kept_after("panic", Some(101));
}

#[test]
fn the_end_while_another_thread_is_inside_a_call() {
    assert_kept_after("inside a call", Some(0));
}

#[test]
fn one_call_and_flush_is_enough_for_any_end() {
    assert_kept_after("flush and abort", None);
}

#[test]
fn an_abort_leaves_nothing_broken() {
    let cache = Cache::with_a_plan();
    let before = cache.plans();
    assert_eq!(cache.run(&["keys=0..3", "end=abort"]).status.code(), None);
    for plan in before {
        assert!(cache.plans().contains(&plan));
    }
    assert_remembered(&cache);
}

/// A process that goes on for a while after it learned something need not end well.
#[test]
fn a_thread_writes_what_a_killed_process_learned() {
    for signal in [Signal::KILL, Signal::TERM] {
        let cache = Cache::new();
        let mut child = cache.start(&["calls=3", "end=never"]);
        assert!(child.line().starts_with("answer="));
        until("a plan on disk", || cache.plan_files().len() == 1);
        child.signal(signal);
        assert_eq!(child.said().status.code(), None);
        assert_remembered(&cache);
    }
}

/// Whoever holds the lock keeps nobody waiting, and nothing is lost for it.
#[test]
fn what_is_learned_while_another_process_holds_the_lock_is_written_all_the_same() {
    let cache = Cache::with_a_plan();
    let mut options = fs::OpenOptions::new();
    let lock = options.create(true).truncate(false).write(true).open(cache.folder().join("lock")).unwrap();
    lock.lock().unwrap();
    // Twice, so that there is something to make shorter, for which the lock would be needed.
    for processes in 2..4 {
        let said = cache.run(&["keys=0..2"]);
        assert!(said.is_fine(), "{said:?}");
        assert_eq!(cache.plans().len(), 3, "one of `slow`, one for each key: {:?}", cache.plans());
        assert_eq!(cache.store().totals().unwrap().processes, processes);
    }
    let before = contents(&cache);
    assert!(cache.run_in(&[("AMORSIZE_CACHE", "read")], &[]).is_fine());
    assert_eq!(contents(&cache), before, "to read changes nothing");
    lock.unlock().unwrap();
    assert!(cache.run(&["keys=0..2"]).is_fine());
    assert_eq!((cache.plans().len(), cache.store().totals().unwrap().processes), (3, 4));
    assert_remembered(&cache);
}

#[test]
fn off_leaves_nothing_and_looks_at_nothing() {
    for (variable, known) in [("AMORSIZE_CACHE", 1), ("AMORSIZE", 0)] {
        let cache = Cache::new();
        let off = |cache: &Cache| cache.run_in(&[(variable, "off")], &["calls=3"]);
        let said = off(&cache);
        assert!(said.is_fine() && said.count("misses") == known, "{said:?}");
        assert!(!cache.folder().exists());

        let cache = Cache::with_a_plan();
        let before = contents(&cache);
        let said = off(&cache);
        assert_eq!((said.count("misses"), said.count("recalled")), (known, 0), "{said:?}");
        assert_eq!(contents(&cache), before);
    }
}

#[test]
fn read_uses_what_is_there_and_writes_nothing() {
    let read = |cache: &Cache| cache.run_in(&[("AMORSIZE_CACHE", "read")], &["calls=3"]);
    let cache = Cache::new();
    let said = read(&cache);
    assert!(said.is_fine() && said.count("misses") == 1, "{said:?}");
    assert!(!cache.folder().exists());

    let cache = Cache::with_a_plan();
    let before = contents(&cache);
    let said = read(&cache);
    assert!(said.is_fine(), "{said:?}");
    assert_eq!((said.count("hits"), said.count("recalled"), said.count("misses")), (3, 1, 0), "{said:?}");
    assert_eq!(contents(&cache), before);
}

/// Every file, what is in it, and when that was changed.
fn contents(cache: &Cache) -> Vec<impl PartialEq + std::fmt::Debug + use<>> {
    let content = |path| (fs::metadata(&path).unwrap().modified().unwrap(), fs::read(&path).unwrap(), path);
    files(cache.folder()).into_iter().map(content).collect()
}

/// Killed at any instant, also in the middle of a write.
#[test]
fn nothing_is_lost_that_was_there() {
    let cache = Cache::with_a_plan();
    assert!(cache.run(&["keys=0..50"]).is_fine());
    let mut before = cache.plans();
    assert!(before.len() > 40, "{}", before.len());
    for kill in 0..50u64 {
        let mut child = cache.start(&["for-ever=25..150"]);
        assert_eq!(child.line(), "at it\n");
        // Any moment of some writes.
        std::thread::sleep(Duration::from_micros(kill * 7919 % 20_000));
        child.signal(Signal::KILL);
        child.said();
        let after = cache.plans();
        let lost: Vec<_> = before.iter().filter(|plan| !after.contains(plan)).collect();
        assert!(lost.is_empty(), "{kill}: {lost:?}");
        let health = cache.store().verify().unwrap();
        assert!(health.problems.is_empty(), "{kill}: {health:?}");
        before = after;
    }
    assert_remembered(&cache);
}

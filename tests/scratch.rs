//! The option `scratch(..)` of the attribute: a parameter of which each thread has one of its own.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread::{self, ThreadId};

use crate::cases::spin;

/// How many there are, who uses one, and the calls that it saw.
struct Made<'a> {
    by: &'a Counts,
    calls: usize,
}

#[derive(Default)]
struct Counts {
    made: AtomicUsize,
    alive: AtomicUsize,
    threads: Mutex<HashSet<ThreadId>>,
}

impl Counts {
    fn make(&self) -> Made<'_> {
        self.made.fetch_add(1, Relaxed);
        self.alive.fetch_add(1, Relaxed);
        Made { by: self, calls: 0 }
    }
}

impl Drop for Made<'_> {
    fn drop(&mut self) {
        self.by.alive.fetch_sub(1, Relaxed);
    }
}

#[amorsize::auto(scratch(made = counts.make(), buffer = Vec::new()))]
fn nth(n: u64, buffer: &mut Vec<u64>, counts: &Counts, made: &mut Made<'_>) -> usize {
    counts.threads.lock().unwrap().insert(thread::current().id());
    made.calls += 1;
    buffer.push(n);
    assert_eq!(buffer.len(), made.calls, "they stay together");
    spin(20_000);
    made.calls
}

#[test]
fn each_thread_makes_one_and_keeps_it() {
    for n_jobs in [1, 2, 4] {
        for chunksize in [1, 7, 1_000] {
            let counts = Counts::default();
            let calls = nth::on(0..500, &counts).n_jobs(n_jobs).chunksize(chunksize).map();
            let (made, threads) = (counts.made.into_inner(), counts.threads.into_inner().unwrap().len());
            assert!((1..=threads).contains(&made), "{made} of {threads}");
            assert_eq!(calls.iter().filter(|calls| **calls == 1).count(), made);
            assert_eq!(counts.alive.into_inner(), 0);
        }
    }
}

#[test]
fn a_plain_loop_makes_one() {
    let counts = Counts::default();
    assert_eq!(nth::on(0..100, &counts).n_jobs(1).sum::<usize>(), 5_050);
    assert_eq!((counts.made.into_inner(), counts.alive.into_inner()), (1, 0));
}

#[test]
fn a_stream_makes_as_many_as_work_at_once() {
    for n_jobs in [1, 3] {
        let counts = Counts::default();
        assert_eq!(nth::stream(0..300, &counts).n_jobs(n_jobs).count(), 300);
        let (made, threads) = (counts.made.into_inner(), counts.threads.into_inner().unwrap().len());
        assert!((1..=threads).contains(&made), "{made} of {threads}");
        assert_eq!(counts.alive.into_inner(), 0);
    }
}

#[amorsize::auto(scratch(seen = Vec::new()))]
fn word(text: &str, seen: &mut Vec<u8>) -> Result<usize, String> {
    seen.clear();
    seen.extend(text.bytes().filter(u8::is_ascii_digit));
    if seen.is_empty() { Err(text.to_owned()) } else { Ok(seen.len()) }
}

#[test]
fn every_terminal_takes_it_and_the_function_stays() {
    let words = ["a1", "b22", "x"];
    assert_eq!(word("a123", &mut Vec::new()), Ok(3));
    assert_eq!(word::map(&words), [Ok(1), Ok(2), Err("x".into())]);
    assert_eq!(word::on(&words).try_map(), Err::<Vec<usize>, _>("x".into()));
    assert_eq!(word::on(&words[..2]).try_map(), Ok(vec![1, 2]));
    assert_eq!(word::on(&words).position(Result::is_err), Some(2));
    assert_eq!(word::on(&words).fold(0, |sum, len| sum + len.unwrap_or(10)), 13);
    assert_eq!(word::stream(words).flatten().sum::<usize>(), 3);
    let mut told = 0;
    let run = word::on(&words).n_jobs(2).progress(|done, _| told = done);
    assert_eq!(run.map().len(), 3);
    assert_eq!(told, 3);
}

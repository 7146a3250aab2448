//! A program for tests that need processes of their own: it makes tuned calls, says in one line what came of them, and
//! ends as it is told.
//!
//! ```text
//! child [chdir=DIR] [ttl=SECONDS] [from-env=] [calls=N] [brief=ITEMS] [keys=A..B] [spin=ROUNDS,ITEMS,CALLS[,PAUSE]] [workers-other-than=N] [waits=MS,ITEMS,CALLS]
//!     [warm=N] [for-ever=A..B] [prune-for-ever=SECONDS] [clear-for-ever=FUNCTION] [fork=N] [fork-busy=N] [fork-waits=N] [plugin=PATH]
//!     [flush=] [prefetch=] [clear=] [forget=] [wait=] [fork-and-call=] [snapshot=] [verify=DIR] [end=HOW]
//! ```
//!
//! In this order or another; one call, if there is no word of how many. The environment says what it remembers and where.

#[cfg(unix)]
mod forks;

use std::any::Any;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{Write, stdout};
use std::ops::Range;
use std::panic::resume_unwind;
use std::process::{abort, exit};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::channel;
use std::thread::{self, park, sleep};
use std::time::{Duration, Instant};

use amorsize::Config;
use amorsize::store::Store;

/// Sleeps, so that many processes at once take no longer than one; and for so long that no busy machine drives it out of
/// the last time bucket.
#[amorsize::auto]
fn slow(x: u64) -> u64 {
    sleep(Duration::from_millis(110));
    mixed(x)
}

/// Its plans are not believed for long.
#[amorsize::auto(ttl = "1h")]
fn brief(x: u64) -> u64 {
    slow(x)
}

/// Some hundred items of it take long enough to be looked for on disk, or some thousand if it is optimised.
#[amorsize::auto]
fn quick(x: u64) -> u64 {
    (0..1_000).fold(x, |sum, _| mixed(sum))
}

/// What an item takes is in its hands: some 20 ns a round, or less if it is optimised.
#[amorsize::auto]
fn spin(rounds: u64) -> u64 {
    (0..rounds).fold(rounds, |sum, _| mixed(sum))
}

/// The threads that work on it.
static NAPPERS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Sleeps, so that two threads are better than one however few processors there are.
#[amorsize::auto]
fn nap(x: u64) -> u64 {
    sleep(Duration::from_millis(1));
    NAPPERS.lock().expect("nobody panics").insert(format!("{:?}", thread::current().id()));
    mixed(x)
}

/// How many threads work on a call, once eight calls in a row have not been worked on by `n`; or `n`, if there were no such
/// calls for 20 seconds.
fn workers_other_than(n: usize) -> usize {
    let (start, mut row) = (Instant::now(), 0);
    while start.elapsed() < Duration::from_secs(20) {
        NAPPERS.lock().expect("nobody panics").clear();
        nap::map(0..24);
        let workers = NAPPERS.lock().expect("nobody panics").len();
        row = if workers == n { 0 } else { row + 1 };
        if row == 8 {
            return workers;
        }
    }
    n
}

/// Has as many plans as there are keys.
#[amorsize::auto(key(key))]
fn keyed(x: u64, key: u64) -> u64 {
    sleep(Duration::from_micros(50));
    mixed(x ^ key)
}

fn mixed(x: u64) -> u64 {
    x.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

/// Two calls for each key, so that what the first one left open is learned too.
fn learn(key: u64) -> u64 {
    (0..2).fold(0, |sum, _| keyed::map(0..8, key).into_iter().fold(sum, u64::wrapping_add))
}

fn main() {
    let mut answer = 0u64;
    let (mut end, mut checked) = (String::from("return"), String::new());
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    for argument in &arguments {
        let (name, value) = argument.split_once('=').expect("name=value");
        match name {
            "chdir" => std::env::set_current_dir(value).expect("there is such a folder"),
            "ttl" => {
                let ttl = Duration::from_secs(value.parse().expect("a number"));
                Config::from_env().and_then(|config| config.ttl(ttl).install()).expect("it is the first");
            }
            "from-env" => say(&Config::from_env().expect_err("a mistake").to_string()),
            "brief" => {
                answer = brief::map(0..value.parse().expect("a number")).into_iter().fold(answer, u64::wrapping_add);
            }
            "workers-other-than" => {
                say(&format!("workers={}", workers_other_than(value.parse().expect("a number"))));
            }
            "calls" => answer = calls(value.parse().expect("a number"), answer),
            "keys" => answer = range(value).map(learn).fold(answer, u64::wrapping_add),
            "spin" => answer = spins(value, answer),
            "waits" => answer = waits(value, answer),
            // Then it makes no call, so that it learns nothing.
            "forget" => {
                amorsize::warm();
                say(&format!("forgot={}", amorsize::clear_cache()));
                return report(answer, &checked);
            }
            "clear" => say(&format!("cleared={}", amorsize::clear_cache())),
            // Until there is a line to read.
            "wait" => {
                say("waiting");
                let _ = std::io::stdin().read_line(&mut String::new());
            }
            "prefetch" => say(&format!("prefetched={}", amorsize::warm())),
            #[cfg(unix)]
            "fork-and-call" => answer = fork_and_call(answer),
            #[cfg(unix)]
            "fork" => forks::fork(value.parse().expect("a number")),
            #[cfg(unix)]
            "fork-busy" => forks::fork_busy(value.parse().expect("a number")),
            #[cfg(unix)]
            "fork-waits" => forks::fork_waits(value.parse().expect("a number")),
            #[cfg(unix)]
            "plugin" => forks::plugin(value),
            "warm" => {
                // The first one finds out what to do.
                let items = if cfg!(debug_assertions) { 200 } else { 2_000 };
                quick::map(0..items);
                say("the plan is known");
                (0..value.parse().expect("a number")).for_each(|_| drop(quick::map(0..items)));
                say("that was all");
            }
            "for-ever" => {
                say("at it");
                mortal();
                // Faults are counted, and told to those who ask.
                loop {
                    for key in range(value) {
                        learn(key);
                        let _ = amorsize::flush();
                    }
                }
            }
            "prune-for-ever" => {
                say("at it");
                mortal();
                let ttl = Duration::from_secs(value.parse().expect("a number"));
                loop {
                    let _ = Store::open(amorsize::cache_dir()).prune(ttl);
                }
            }
            "clear-for-ever" => {
                say("at it");
                mortal();
                loop {
                    let _ = Store::open(amorsize::cache_dir()).clear(Some(value));
                }
            }
            // Faults of this are counted apart: it is their asker's to hear of them.
            "flush" => checked = format!(" failed={}", u8::from(amorsize::flush().is_err())),
            "snapshot" => {
                let days = amorsize::snapshot().days.into_iter();
                say(&format!("days={}", days.map(|day| day.counts.requests()).sum::<u64>()));
            }
            "verify" => {
                let health = Store::open(value).verify().expect("it can be looked at");
                checked = format!(" score={}", health.score);
            }
            "end" => value.clone_into(&mut end),
            _ => panic!("there is no {name}"),
        }
    }
    if !arguments
        .iter()
        .any(|argument| ["calls=", "keys=", "spin=", "waits="].iter().any(|own| argument.starts_with(own)))
    {
        answer = calls(1, answer);
    }
    report(answer, &checked);
    finish(&end);
}

/// For ever is no longer than any test: whoever started this process may have been killed.
fn mortal() {
    thread::spawn(|| {
        sleep(Duration::from_secs(60));
        abort();
    });
}

fn calls(number: usize, answer: u64) -> u64 {
    (0..number).fold(answer, |sum, _| slow::map(0..4).into_iter().fold(sum, u64::wrapping_add))
}

/// Calls of `spin`, with a pause of some milliseconds before each; and says what the plain loop is believed to take.
fn spins(text: &str, answer: u64) -> u64 {
    let numbers: Vec<u64> = text.split(',').map(|number| number.parse().expect("a number")).collect();
    let items = vec![numbers[0]; numbers[1] as usize];
    let answer = (0..numbers[2]).fold(answer, |sum, _| {
        sleep(Duration::from_millis(numbers.get(3).copied().unwrap_or(0)));
        spin::map(&items).into_iter().fold(sum, u64::wrapping_add)
    });
    let believed = match spin::on(&items).plan().why {
        amorsize::Why::Measured { serial, .. } | amorsize::Why::Predicted { serial, .. } => serial.as_nanos(),
        _ => 0,
    };
    say(&format!("believed={believed}"));
    answer
}

/// How many threads wait at the same time, and the most that ever did.
static WAITING: [AtomicUsize; 2] = [const { AtomicUsize::new(0) }; 2];

/// Waits so long, in milliseconds.
#[amorsize::auto(blocking)]
fn wait(ms: u64) -> u64 {
    let [now, most] = &WAITING;
    most.fetch_max(now.fetch_add(1, Relaxed) + 1, Relaxed);
    sleep(Duration::from_millis(ms));
    now.fetch_sub(1, Relaxed);
    mixed(ms)
}

/// Calls of `wait`; says how many threads waited at once.
fn waits(text: &str, answer: u64) -> u64 {
    let numbers: Vec<u64> = text.split(',').map(|number| number.parse().expect("a number")).collect();
    let items = vec![numbers[0]; numbers[1] as usize];
    let answer = (0..numbers[2]).fold(answer, |sum, _| wait::map(&items).into_iter().fold(sum, u64::wrapping_add));
    say(&format!("most={}", WAITING[1].load(Relaxed)));
    answer
}

/// A child of this process makes a call, flushes and ends; then this process goes on.
#[cfg(unix)]
fn fork_and_call(answer: u64) -> u64 {
    // SAFETY: no other thread of this process holds a lock that what the child calls needs for ever.
    match unsafe { libc::fork() } {
        0 => {
            learn(1_000);
            exit(i32::from(amorsize::flush().is_err()))
        }
        child => {
            let mut status = -1;
            // SAFETY: the status is written to a place of its own.
            assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
            assert_eq!(status, 0, "the child ended well");
        }
    }
    answer.wrapping_add(learn(1))
}

fn range(text: &str) -> Range<u64> {
    let (first, last) = text.split_once("..").expect("A..B");
    first.parse().expect("a number")..last.parse().expect("a number")
}

fn finish(how: &str) {
    match how {
        "return" => {}
        "exit" => exit(0),
        "exit 3" => exit(3),
        "panic" => quietly(),
        "panic of another thread" => {
            let failed = thread::spawn(quietly).join().is_err();
            assert!(failed);
        }
        "inside a call" => {
            let (begun, has_begun) = channel();
            thread::spawn(move || {
                let _ = begun.send(());
                slow::map(0..1_000_000)
            });
            let _ = has_begun.recv();
            sleep(Duration::from_millis(10));
        }
        "flush and abort" => {
            amorsize::flush().expect("it can be written");
            abort();
        }
        "abort" => abort(),
        // Until it is killed.
        "never" => loop {
            park();
        },
        _ => panic!("there is no such end as {how}"),
    }
}

/// Panics past the hook, which would print.
fn quietly() {
    resume_unwind(Box::new(()) as Box<dyn Any + Send>)
}

/// `answer=.. hits=.. recalled=.. misses=.. errors=.. entries=..`, what was rejected as `clock=1`, tiers as
/// `redis_hits=1 redis_errors=0 redis_connected=1`, and after a bar the faults.
fn report(answer: u64, checked: &str) {
    let stats = amorsize::stats();
    let amorsize::Stats { hits, recalled, misses, errors, entries, faults, rejected, tiers, .. } = stats;
    let mut line = format!(
        "answer={answer} hits={hits} recalled={recalled} misses={misses} errors={errors} entries={entries}{checked}"
    );
    for (reason, count) in rejected {
        let _ = write!(line, " {}={count}", reason.name());
    }
    for tier in tiers {
        let (name, now) = (tier.tier, tier.state.name());
        let _ = write!(line, " {name}_hits={} {name}_errors={} {name}_{now}=1", tier.hits, tier.errors);
    }
    say(&format!("{line} | {}", faults.join(" | ")));
}

/// Not `println!`, which panics where nobody listens any more.
fn say(line: &str) {
    let _ = writeln!(stdout(), "{line}");
}

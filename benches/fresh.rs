//! What a fresh process pays for what others have learned: each sample is a process of its own.

use std::env;
use std::hint::black_box;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use amorsize::{Decision, Plan, Why};

use crate::many;
use crate::statistics::median;

/// The hidden option by which a process knows that it is such a child.
const CHILD: &str = "--fresh";
/// What is worked on: some milliseconds.
const ITEMS: u32 = 4_000;
/// Processes for each figure.
pub(crate) const PROCESSES: usize = 201;

#[amorsize::auto]
fn remembered(rounds: u32) -> u32 {
    (0..rounds).fold(rounds, |x, i| x.rotate_left(5) ^ i.wrapping_mul(0x9e37_79b9))
}

/// What a child does.
#[derive(Clone, Copy)]
enum Task {
    /// Learns one function, so that it leaves a plan.
    Learn,
    /// Looks up its plan for the first time in the process.
    LookUp,
    /// Looks for the plan of a function of which nothing is known.
    LookInVain,
    /// Learns one function, and says how long it takes to write it.
    Write,
    /// Asks what machine this is.
    Machine,
    /// Learns a thousand functions.
    LearnMany,
    /// The same, and has them written before it ends.
    ShareMany,
    /// Looks up all of them.
    Warm,
    /// Calls a function whose plan is known, for `hit_path.sh` to look at.
    Known,
    /// Makes the first calls of a thousand functions, when one call of another was over for a while.
    FirstCalls,
}

const TASKS: [(&str, Task); 10] = [
    ("learn", Task::Learn),
    ("look-up", Task::LookUp),
    ("look-in-vain", Task::LookInVain),
    ("write", Task::Write),
    ("machine", Task::Machine),
    ("learn-many", Task::LearnMany),
    ("many-and-flush", Task::ShareMany),
    ("warm", Task::Warm),
    ("known", Task::Known),
    ("first-calls", Task::FirstCalls),
];

/// What a fresh process pays, medians, nanoseconds.
#[derive(Clone, Debug)]
pub struct Fresh {
    /// From the question to the plan: where is the cache, which machine is this, what does the file say.
    pub look_up: f64,
    /// The same, if there is no file.
    pub look_in_vain: f64,
    /// The same, if it is not known which machine this is.
    pub look_up_on_a_new_machine: f64,
    /// Asking the system which machine this is: part of the one before.
    pub machine: f64,
    /// Writing a plan, as happens at the end of the process.
    pub write: f64,
    /// `warm()` with a thousand functions on disk.
    pub warm: f64,
    /// Bytes on disk for each plan, the whole folder.
    pub bytes: f64,
}

/// If this process is a child: does its task, prints nanoseconds and says that it was one.
///
/// # Panics
/// If the command line is not one that [`fresh`] makes, or what should be remembered is not.
#[must_use]
pub fn was_child() -> bool {
    let words: Vec<String> = env::args().collect();
    let Some(place) = words.iter().position(|word| word == CHILD) else {
        return false;
    };
    let (_, task) = TASKS.into_iter().find(|(name, _)| *name == words[place + 1]).expect("a known task");
    let items = vec![1_000; ITEMS as usize];
    let timed = |task: &mut dyn FnMut()| {
        let start = Instant::now();
        task();
        println!("{}", start.elapsed().as_nanos());
    };
    let is_known = |decision: Decision| !matches!(decision, Decision { why: Why::Unknown, plan: Plan::Serial, .. });
    match task {
        Task::Learn => learn(&items),
        Task::LookUp | Task::LookInVain => {
            let run = remembered::on(&items);
            let mut known = false;
            timed(&mut || known = is_known(black_box(run.plan())));
            assert_eq!(known, matches!(task, Task::LookUp), "what is remembered is known");
        }
        Task::Write => {
            learn(&items);
            timed(&mut || amorsize::flush().expect("the folder can be written to"));
        }
        Task::Machine => timed(&mut || drop(black_box(amorsize::store::machine()))),
        Task::LearnMany => (0..2).for_each(|_| many::call_each()),
        Task::ShareMany => {
            (0..2).for_each(|_| many::call_each());
            amorsize::flush().expect("the folder can be written to");
        }
        Task::Known => {
            drop(black_box(remembered::map(&items)));
            known_calls(&items[..ITEMS as usize - 1], 1_000);
        }
        Task::FirstCalls => {
            learn(&items);
            thread::sleep(Duration::from_millis(30));
            timed(&mut many::call_each);
        }
        Task::Warm => {
            let mut plans = 0;
            timed(&mut || plans = amorsize::warm());
            assert!(plans >= many::FUNCTIONS, "{plans} plans");
        }
    }
    true
}

/// Two calls: a process does not save what it learned by an only call that was too short to ask the disk.
fn learn(items: &[u32]) {
    for _ in 0..2 {
        drop(black_box(remembered::map(items)));
    }
}

/// Calls on a known plan, and nothing else.
#[inline(never)]
fn known_calls(items: &[u32], calls: u32) {
    for _ in 0..calls {
        drop(black_box(remembered::map(black_box(items))));
    }
}

/// Measures all of it in a cache folder of its own, made in `place`.
///
/// # Errors
/// If a child cannot be started or fails, or the folder cannot be read.
pub fn fresh(place: &Path) -> io::Result<Fresh> {
    let folder = place.join("cache");
    let many = |task, before: &dyn Fn() -> io::Result<()>| {
        let samples = (0..PROCESSES).map(|_| before().and_then(|()| child(task, &folder)));
        Ok::<_, io::Error>(median(&samples.collect::<io::Result<Vec<_>>>()?))
    };
    let nothing = || Ok(());
    run("learn", &folder)?;
    let look_up = many("look-up", &nothing)?;
    let new_machine = || std::fs::remove_dir_all(folder.join("machines"));
    // What a look-up does not write, the next writer does.
    let look_up_on_a_new_machine = many("look-up", &|| run("write", &folder).and_then(|_| new_machine()))?;
    let machine = many("machine", &nothing)?;
    let write = many("write", &nothing)?;
    let other = place.join("other");
    run("learn-many", &other)?;
    let look_in_vain = median(&(0..PROCESSES).map(|_| child("look-in-vain", &other)).collect::<io::Result<Vec<_>>>()?);
    let warm = median(&(0..PROCESSES / 4).map(|_| child("warm", &other)).collect::<io::Result<Vec<_>>>()?);
    let store = amorsize::store::Store::open(&other);
    let functions = store.functions().map_err(io::Error::other)?;
    let plans: usize = functions.iter().map(|function| function.plans.len()).sum();
    let bytes = store.verify().map_err(io::Error::other)?.bytes as f64 / plans as f64;
    Ok(Fresh { look_up, look_in_vain, look_up_on_a_new_machine, machine, write, warm, bytes })
}

/// What a child prints.
fn child(task: &str, folder: &Path) -> io::Result<f64> {
    child_with(task, folder, None)
}

/// The same, with the URL of a Redis.
pub(crate) fn child_with(task: &str, folder: &Path, redis: Option<&str>) -> io::Result<f64> {
    let text = run_with(task, folder, redis)?;
    text.trim().parse().map_err(|_| io::Error::other(format!("{task}: a child printed {text:?}")))
}

fn run(task: &str, folder: &Path) -> io::Result<String> {
    run_with(task, folder, None)
}

/// What a child prints that may share plans by a Redis.
pub(crate) fn run_with(task: &str, folder: &Path, redis: Option<&str>) -> io::Result<String> {
    let output = Command::new(env::current_exe()?)
        .args(["--bench", CHILD, task])
        .env("AMORSIZE_CACHE", "write")
        .env("AMORSIZE_CACHE_DIR", folder)
        .env("AMORSIZE_REDIS_URL", redis.unwrap_or("off"))
        // On a busy machine the answer may take longer than calls wait, and it is to be measured all the same.
        .env("AMORSIZE_REDIS_WAIT", "1s")
        .stderr(Stdio::inherit())
        .output()?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(io::Error::other(format!("{task}: a child failed, {}", output.status)))
    }
}

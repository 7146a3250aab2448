//! The first call of a process: each sample is a process of its own.

use std::env;
use std::io;
use std::process::{Command, Stdio};

use crate::contenders::{Contender, Pools};
use crate::random::Random;
use crate::statistics::median;
use crate::workloads::{self, Workload};

/// The hidden option by which a process knows that it is such a child.
const CHILD: &str = "--first-call";
/// Who is measured.
const CONTENDERS: [Contender; 4] = [Contender::Plain, Contender::PlainAgain, Contender::Rayon, Contender::Ours];

/// The medians of the first call of a process.
#[derive(Clone, Debug)]
pub struct FirstCall {
    /// The workload's name.
    pub workload: &'static str,
    /// Nanoseconds.
    pub plain: f64,
    /// Nanoseconds, of the same loop: the difference is noise.
    pub plain_again: f64,
    /// Nanoseconds, the start of the pool included.
    pub rayon: f64,
    /// Nanoseconds.
    pub ours: f64,
    /// Processes for each.
    pub processes: usize,
}

/// If this process is a child: makes the items, times one call, prints nanoseconds and says that it was one.
///
/// # Panics
/// If the command line is not one that [`first_call`] makes.
#[must_use]
pub fn was_child() -> bool {
    let words: Vec<String> = env::args().collect();
    let Some(place) = words.iter().position(|word| word == CHILD) else {
        return false;
    };
    let (name, who) = (&words[place + 1], &words[place + 2]);
    let workload = workloads::all().into_iter().find(|one| one.name == name).expect("a known workload");
    let contender = CONTENDERS.into_iter().find(|one| one.to_string() == *who).expect("a known contender");
    let case = (workload.build)();
    println!("{}", case.time(contender, &mut Pools::default(), 1));
    true
}

/// Measures the first call of `processes` fresh processes for each contender, interleaved in random order.
///
/// # Errors
/// If a child cannot be started or does not print a number.
pub fn first_call(workload: Workload, processes: usize) -> io::Result<FirstCall> {
    let mut random = Random::new(processes as u64);
    let mut samples = [const { Vec::new() }; CONTENDERS.len()];
    for _ in 0..processes {
        let mut order: [usize; CONTENDERS.len()] = std::array::from_fn(|index| index);
        random.shuffle(&mut order);
        for index in order {
            samples[index].push(child(workload.name, CONTENDERS[index])?);
        }
    }
    let [plain, plain_again, rayon, ours] = samples.map(|one| median(&one));
    Ok(FirstCall { workload: workload.name, plain, plain_again, rayon, ours, processes })
}

fn child(name: &str, contender: Contender) -> io::Result<f64> {
    let output = Command::new(env::current_exe()?)
        .args(["--bench", CHILD, name, &contender.to_string()])
        // As in a process that has a cache, of a function that is not in it.
        .env("AMORSIZE_CACHE", "read")
        .env("AMORSIZE_CACHE_DIR", env::temp_dir().join("amorsize-nothing-here"))
        .stderr(Stdio::inherit())
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().map_err(|_| io::Error::other(format!("{name}, {contender}: a child printed {text:?}")))
}

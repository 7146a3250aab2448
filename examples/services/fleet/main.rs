//! Two processes that have nothing in common but a Redis: what the first one learns, the second one starts with.
//!
//! ```sh
//! cargo run --release --example fleet
//! ```
//!
//! Each has an empty cache folder of its own, as containers or the machines of a cluster have. The Redis is the one of
//! `AMORSIZE_REDIS_URL`; without that, `redis-server` is started for this run.

#![forbid(unsafe_code)]

mod node;
mod price;
mod redis;

use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Child, Command, ExitCode};
use std::time::Duration;

use amorsize_examples::program::{Arguments, Failure, run, unknown, warn_of_debug};
use amorsize_examples_services::Interrupt;

const USAGE: &str = "\
Usage: cargo run --release --example fleet [OPTION ..]

Starts two processes, one after the other, each with an empty cache folder. Both
price the same contracts. The second one finds in Redis what the first one learned.

  --contracts N   how many there are, 64 to 1000000 (4096)

AMORSIZE_REDIS_URL names the Redis. Without it, redis-server is started.

Exit code: 0 if both did their work, 1 if not, 2 if there is no Redis.";

/// What this program is told when it is to be one of the processes.
const NODE: &str = "--node";
/// Calls of the first process. The second one makes a single call.
const CALLS: u32 = 12;
/// How long a first call may wait for Redis, where the environment does not say. Much more than it takes: this shows what
/// is found, also on a machine that is busy.
const WAIT: (&str, &str) = ("AMORSIZE_REDIS_WAIT", "500ms");
const URL: &str = "AMORSIZE_REDIS_URL";

fn main() -> ExitCode {
    run("fleet", USAGE, fleet)
}

fn fleet(mut arguments: Arguments) -> Result<(), Failure> {
    let (mut count, mut calls) = (4096, None);
    while let Some(word) = arguments.word()? {
        match word.to_str() {
            Some("--contracts") => count = arguments.number("--contracts", 64..=1_000_000)?,
            Some(NODE) => calls = Some(arguments.number(NODE, 1..=1000)?),
            _ => return Err(unknown(&word)),
        }
    }
    match calls {
        Some(calls) => node::work(count, calls),
        None => lead(count),
    }
}

/// Starts the processes and what they need, and tidies up after them.
fn lead(count: u32) -> Result<(), Failure> {
    let mut out = io::stdout();
    let interrupt = Interrupt::listen().map_err(missing("Ctrl-C cannot be waited for"))?;
    let folder = tempfile::tempdir().map_err(missing("there is no temporary folder"))?;
    let named = env::var(URL).ok().filter(|url| !["", "off"].contains(&url.as_str()));
    // It ends before the folder goes that its socket is in.
    let (_server, url) = if let Some(url) = named {
        writeln!(out, "Plans are shared by the Redis that {URL} names.")?;
        (None, url)
    } else {
        let server = redis::Server::start(folder.path(), &interrupt)?;
        writeln!(out, "Plans are shared by a redis-server that was started for this.")?;
        let url = server.url.clone();
        (Some(server), url)
    };
    warn_of_debug(&mut out)?;
    for (name, calls) in [("first", CALLS), ("second", 1)] {
        let cache = folder.path().join(name);
        fs::create_dir(&cache).map_err(missing("there is no room for a cache folder"))?;
        let plural = if calls == 1 { "one call" } else { "some calls" };
        writeln!(out, "\nThe {name} process, with an empty cache folder, {plural}:")?;
        out.flush()?;
        follow(&url, &cache, count, calls, &interrupt)?;
    }
    Ok(())
}

/// Runs one process to its end. It writes to where this one writes to.
fn follow(url: &str, cache: &Path, count: u32, calls: u32, interrupt: &Interrupt) -> Result<(), Failure> {
    let mut command = Command::new(env::current_exe().map_err(missing("this program cannot be found"))?);
    command.args([NODE, &calls.to_string(), "--contracts", &count.to_string()]);
    command.env(URL, url).env("AMORSIZE_CACHE_DIR", cache);
    if env::var_os(WAIT.0).is_none() {
        command.env(WAIT.0, WAIT.1);
    }
    let mut node = Node(command.spawn().map_err(missing("no process can be started"))?);
    loop {
        match node.0.try_wait().map_err(missing("a process was lost"))? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(Failure::Wrong(format!("a process ended with {status}"))),
            None if interrupt.within(Duration::from_millis(5)) => return Err(Failure::Interrupted),
            None => {}
        }
    }
}

/// A process that does not outlive this one.
struct Node(Child);

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn missing(what: &str) -> impl Fn(io::Error) -> Failure {
    move |error| Failure::Missing(format!("{what}: {error}"))
}

//! Processes that tests start: they do not outlive the test, and a hang is a failure.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::watchdog::patience;

/// A command for this program, with nothing in the environment that concerns Amorsize.
pub(crate) fn program(path: &Path) -> Command {
    let mut command = Command::new(path);
    for (name, _) in env::vars_os() {
        if ["AMORSIZE", "REDIS_"].iter().any(|ours| name.to_string_lossy().starts_with(ours)) {
            command.env_remove(name);
        }
    }
    // The number of threads is part of where a plan holds.
    command.env("RAYON_NUM_THREADS", "2").env("RUST_BACKTRACE", "0");
    command
}

/// All files below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("it can be listed").path());
    let mut files: Vec<_> =
        paths.flat_map(|path| if path.is_dir() && !path.is_symlink() { files(&path) } else { vec![path] }).collect();
    files.sort_unstable();
    files
}

/// A process that is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    out: Option<BufReader<std::process::ChildStdout>>,
    err: Option<JoinHandle<String>>,
}

/// What a process said, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// No process of a test takes longer than this, in seconds.
const LONGEST: u64 = 60;

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("this program can be run");
        let (out, err) = (child.stdout.take().map(BufReader::new), listen(child.stderr.take()));
        Self { child, out, err: Some(err) }
    }

    /// The next line that it says.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        let out = self.out.as_mut().expect("it still speaks");
        out.read_line(&mut line).expect("it can be heard");
        line
    }

    /// Has it go on, where it waits for that.
    #[cfg_attr(not(feature = "redis"), allow(dead_code))]
    pub(crate) fn go_on(&mut self) {
        let input = self.child.stdin.as_mut().expect("it listens");
        input.write_all(b"\n").expect("it listens");
    }

    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, signal).expect("it is ours");
    }

    /// What it says until its end.
    pub(crate) fn said(self) -> Said {
        self.said_within(LONGEST)
    }

    /// The same; fails if it takes longer than that many seconds.
    pub(crate) fn said_within(mut self, seconds: u64) -> Said {
        let out = listen(self.out.take());
        let limit = Duration::from_secs(seconds * patience());
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                break status;
            }
            assert!(start.elapsed() < limit, "a process hangs: not over after {limit:?}");
            thread::sleep(Duration::from_millis(2));
        };
        let [out, err] =
            [Some(out), self.err.take()].map(|said| said.expect("it is there").join().expect("it only listens"));
        Said { status, out, err }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Said {
    /// Whether it ended well and had nothing to complain of.
    pub(crate) fn is_fine(&self) -> bool {
        self.status.success() && self.err.is_empty() && self.count("errors") == 0
    }

    /// A number that `child` reports; 0 if it is not mentioned.
    pub(crate) fn count(&self, name: &str) -> u64 {
        let line = self.out.lines().last().unwrap_or_default();
        let line = line.split(" | ").next().unwrap_or_default();
        let counts: BTreeMap<_, _> = line.split(' ').filter_map(|count| count.split_once('=')).collect();
        counts.get(name).map_or(0, |count| count.parse().expect("a number"))
    }

    /// What `child` computed.
    pub(crate) fn answer(&self) -> u64 {
        assert!(self.out.contains("answer="), "{self:?}");
        self.count("answer")
    }
}

/// All that a child says.
pub(crate) fn listen(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    let mut pipe = pipe.expect("it was asked for");
    thread::spawn(move || {
        let mut said = Vec::new();
        let _ = pipe.read_to_end(&mut said);
        String::from_utf8_lossy(&said).into_owned()
    })
}

/// Waits for something that is sure to come.
#[track_caller]
pub(crate) fn until(what: &str, mut come: impl FnMut() -> bool) {
    let limit = Duration::from_secs(30 * patience());
    let start = Instant::now();
    while !come() {
        assert!(start.elapsed() < limit, "{what}: not after {limit:?}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// Says that something cannot be tested here. (What the harness prints of a test that passes nobody sees.)
pub(crate) fn skipped(what: &str, why: &str) {
    let _ = writeln!(io::stderr(), "skipped: {what}: {why}");
}

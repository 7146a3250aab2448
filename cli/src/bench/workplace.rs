//! Where measuring takes place: folders of its own, functions of its own in Redis, and none of it left afterwards.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use tempfile::TempDir;

use super::sample::{Sample, Task};
use super::workloads::Workload;
use crate::failure::Failure;
use crate::shared;

/// Folders and the Redis, for as long as it lives.
#[derive(Debug)]
pub(super) struct Workplace {
    /// Plans on disk.
    learned: TempDir,
    /// The disk of a machine that starts with nothing.
    empty: TempDir,
    /// How long plans are believed, and stay in Redis should this process be killed before it can remove them.
    ttl: Duration,
    uses_redis: bool,
    is_interrupted: Arc<AtomicBool>,
}

/// What Ctrl-C is reported as, as shells do.
const INTERRUPTED: u8 = 130;
/// Variables that change what is measured. Others, such as `AMORSIZE_MAX_THREADS`, hold for the measurements too.
const SET_ASIDE: [&str; 3] = ["AMORSIZE", "AMORSIZE_LEARN", "AMORSIZE_CACHE_SIZE"];

/// Plans are learned once, and have to be believed until the last round, however slow the machine is.
fn ttl(queries: usize) -> Duration {
    const LEARNING: Duration = Duration::from_secs(3600);
    const ROUND: Duration = Duration::from_secs(60);
    LEARNING + ROUND * u32::try_from(queries).unwrap_or(u32::MAX)
}

impl Workplace {
    pub(super) fn new(uses_redis: bool, queries: usize) -> Result<Self, Failure> {
        let failed = |error| Failure::new(format!("cannot make a folder for the measurements: {error}"));
        let is_interrupted = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            let flag = Arc::clone(&is_interrupted);
            // The second one ends the process at once.
            flag::register_conditional_shutdown(signal, i32::from(INTERRUPTED), Arc::clone(&flag))
                .and_then(|_| flag::register(signal, flag))
                .map_err(|error| Failure::new(format!("cannot wait for Ctrl-C: {error}")))?;
        }
        let folder = || tempfile::Builder::new().prefix("amorsize-bench-").tempdir().map_err(failed);
        let place = Self { learned: folder()?, empty: folder()?, ttl: ttl(queries), uses_redis, is_interrupted };
        // What a process left that was killed.
        place.forget()?;
        Ok(place)
    }

    /// Has a process of its own measure something.
    pub(super) fn measure(&self, task: Task, workload: Workload) -> Result<Sample, Failure> {
        self.go_on()?;
        let failed = |why: &str| {
            let why = if why.is_empty() { "it said nothing" } else { why };
            Failure::new(format!("the workload {} cannot be measured: {why}", workload.name()))
        };
        let program = env::current_exe().map_err(|error| failed(&error.to_string()))?;
        let mut command = Command::new(program);
        command.args(["bench", "--measure", &task.words(workload)]).stdin(Stdio::null());
        self.prepare(&mut command, task);
        let output = command.output().map_err(|error| failed(&error.to_string()))?;
        // A terminal interrupts both processes.
        self.go_on()?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(failed(&format!("{}, {}", said.trim(), output.status)));
        }
        serde_json::from_slice(&output.stdout).map_err(|error| failed(&error.to_string()))
    }

    fn prepare(&self, command: &mut Command, task: Task) {
        for name in SET_ASIDE {
            command.env_remove(name);
        }
        let (mode, folder): (_, &Path) = match task {
            Task::Learn => ("write", self.learned.path()),
            Task::Without => ("off", self.empty.path()),
            Task::Disk => ("read", self.learned.path()),
            Task::Redis => ("read", self.empty.path()),
        };
        command.env("AMORSIZE_CACHE", mode).env("AMORSIZE_CACHE_DIR", folder);
        command.env("AMORSIZE_TTL", format!("{}s", self.ttl.as_secs()));
        let asks_redis = self.uses_redis && matches!(task, Task::Learn | Task::Redis);
        if !asks_redis {
            command.env("AMORSIZE_REDIS_URL", "off");
        }
    }

    /// Waits between two measurements.
    pub(super) fn pause(&self, time: Duration) -> Result<(), Failure> {
        thread::sleep(time);
        self.go_on()
    }

    /// An error after Ctrl-C.
    fn go_on(&self) -> Result<(), Failure> {
        if !self.is_interrupted.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mut failure = Failure::new("interrupted: no report was written");
        failure.code = INTERRUPTED;
        Err(failure)
    }

    /// Removes the plans of the workloads from Redis, and no others.
    fn forget(&self) -> Result<(), Failure> {
        if self.uses_redis { shared::forget(&Workload::ALL.map(Workload::function)) } else { Ok(()) }
    }

    /// Removes everything. Returns what was measured, or why nothing was, and whether anything is left.
    pub(super) fn leave<T>(self, measured: Result<T, Failure>) -> Result<T, Failure> {
        let removed = self.remove();
        match measured {
            Ok(measured) => removed.map(|()| measured),
            Err(failure) => {
                let left =
                    removed.map_or_else(|error| error.to_string(), |()| "nothing is left of the measurements".into());
                Err(failure.and(&left))
            }
        }
    }

    fn remove(self) -> Result<(), Failure> {
        let forgotten = self.forget().map_err(|error| {
            Failure::new(format!("plans of the benchmark are left in Redis until they expire: {error}"))
        });
        for folder in [self.learned, self.empty] {
            let path = folder.path().display().to_string();
            folder.close().map_err(|error| Failure::new(format!("cannot remove {path}: {error}")))?;
        }
        forgotten
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_outlive_the_benchmark() {
        assert!(ttl(1) > Duration::from_secs(3600));
        // The longest there can be, if a round takes half a minute.
        assert!(ttl(65_535) > Duration::from_secs(30) * 65_535);
    }
}

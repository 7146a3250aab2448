//! A Redis for this run alone: the real one, on a socket in a temporary folder.

use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use amorsize_examples::program::Failure;
use amorsize_examples_services::Interrupt;

/// It is killed when this is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
}

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(10);

impl Server {
    /// Starts one that keeps all it has in memory, and returns when it answers.
    ///
    /// # Errors
    /// If there is none on this machine, or it does not start.
    pub(crate) fn start(folder: &Path, interrupt: &Interrupt) -> Result<Self, Failure> {
        let socket = folder.join("redis.sock");
        let mut command = Command::new("redis-server");
        command.args(["--port", "0", "--unixsocketperm", "700", "--unixsocket"]).arg(&socket);
        command.args(["--save", "", "--appendonly", "no", "--daemonize", "no", "--dir"]).arg(folder);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().map_err(|error| {
            let why = if error.kind() == io::ErrorKind::NotFound { "is missing".into() } else { error.to_string() };
            Failure::Missing(format!(
                "redis-server {why}: install it, or set AMORSIZE_REDIS_URL to a Redis that may be used"
            ))
        })?;
        let mut server = Self { child, url: format!("redis+unix://{}", socket.display()) };
        let began = Instant::now();
        while !answers(&socket) {
            if let Ok(Some(status)) = server.child.try_wait() {
                return Err(Failure::Missing(format!("redis-server did not start: {status}")));
            }
            if began.elapsed() > PATIENCE {
                return Err(Failure::Missing(format!("redis-server does not answer after {PATIENCE:?}")));
            }
            if interrupt.within(Duration::from_millis(10)) {
                return Err(Failure::Interrupted);
            }
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
fn answers(socket: &Path) -> bool {
    std::os::unix::net::UnixStream::connect(socket).is_ok()
}

/// There are no such sockets: `AMORSIZE_REDIS_URL` has to name a Redis.
#[cfg(not(unix))]
fn answers(_socket: &Path) -> bool {
    false
}

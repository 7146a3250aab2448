//! A `redis-server` for one test: the real one, on a free port and a socket, killed when it is dropped.

use std::io::{self, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use redis::{Client, Connection, FromRedisValue, cmd};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

pub(crate) struct Server {
    place: TempDir,
    port: u16,
    arguments: Vec<String>,
    child: Child,
}

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(20);

impl Server {
    /// A server with these arguments. `None`, which is said loudly, if there is no `redis-server` on this machine. With
    /// `AMORSIZE_TESTS_NEED=redis` that is a failure.
    pub(crate) fn start(arguments: &[&str]) -> Option<Self> {
        let version = Command::new("redis-server").arg("--version").stdout(Stdio::null()).status();
        if let Err(error) = version {
            let needed = std::env::var("AMORSIZE_TESTS_NEED").is_ok_and(|needed| needed.contains("redis"));
            assert!(!needed, "redis-server cannot be run: {error}");
            let _ =
                writeln!(io::stderr(), "skipped: a test of Redis: redis-server cannot be run ({error}); install it");
            return None;
        }
        let place = tempfile::tempdir().expect("tests may write there");
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        // Another process may take the port before the server does.
        let started = (0..5).find_map(|_| {
            let port = free_port();
            Some((port, run(&place, port, &arguments)?))
        });
        let (port, child) = started.expect("redis-server starts");
        Some(Self { place, port, arguments, child })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.place.path().join("socket")
    }

    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it anew, on the same port, and empty.
    pub(crate) fn restart(&mut self) {
        self.kill();
        let started = (0..50).find_map(|_| run(&self.place, self.port, &self.arguments));
        self.child = started.expect("redis-server starts again");
    }

    pub(crate) fn pause(&self) {
        self.signal(Signal::STOP);
    }

    pub(crate) fn resume(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it is ours");
    }

    pub(crate) fn connection(&self) -> Connection {
        connect(&self.socket()).expect("the server answers")
    }

    /// What it answers to a command.
    #[track_caller]
    pub(crate) fn ask<T: FromRedisValue>(&self, words: &[&str]) -> T {
        let mut command = cmd(words[0]);
        command.arg(&words[1..]);
        command.query(&mut self.connection()).expect("the server answers")
    }

    /// All keys there are.
    pub(crate) fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.ask(&["KEYS", "*"]);
        keys.sort();
        keys
    }

    /// How often a command was called.
    pub(crate) fn calls(&self, command: &str) -> u64 {
        let stats: String = self.ask(&["INFO", "commandstats"]);
        let line = stats.lines().find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:calls=")));
        line.and_then(|rest| rest.split(',').next()).map_or(0, |number| number.parse().expect("a number"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there are free ports");
    listener.local_addr().expect("it has an address").port()
}

fn connect(socket: &std::path::Path) -> Option<Connection> {
    let client = Client::open(format!("redis+unix://{}", socket.display())).expect("a URL");
    client.get_connection().ok()
}

/// Runs a server until it answers. `None` if it ends before that.
fn run(place: &TempDir, port: u16, arguments: &[String]) -> Option<Child> {
    let socket = place.path().join("socket");
    let _ = std::fs::remove_file(&socket);
    let mut command = Command::new("redis-server");
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--unixsocket"]).arg(&socket);
    command.args(["--save", "", "--appendonly", "no", "--daemonize", "no", "--dir"]).arg(place.path());
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("redis-server can be run");
    let start = Instant::now();
    loop {
        // One that asks for a password or loads has said so by then: it answers.
        if socket.exists() && std::os::unix::net::UnixStream::connect(&socket).is_ok() {
            return Some(child);
        }
        if child.try_wait().expect("a child can be waited for").is_some() {
            return None;
        }
        if start.elapsed() > PATIENCE {
            let _ = child.kill();
            let _ = child.wait();
            panic!("redis-server does not answer");
        }
        thread::sleep(Duration::from_millis(5));
    }
}

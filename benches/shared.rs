//! What a fresh process pays for what others have learned and share by a Redis on this machine.

use std::fs;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::fresh::{PROCESSES, child_with, run_with};
use crate::statistics::median;

/// What a fresh process pays, medians, nanoseconds.
#[derive(Clone, Debug)]
pub struct Shared {
    /// From the question to the plan: start a thread, connect, ask.
    pub look_up: f64,
    /// The same where it is not known yet which machine this is.
    pub look_up_on_a_new_machine: f64,
    /// `warm()` with a thousand functions in the Redis and none on disk.
    pub warm: f64,
    /// The first calls of a thousand functions, without a Redis.
    pub calls_without: f64,
    /// The same with one that is dead, once that is known.
    pub calls_with_a_dead_one: f64,
}

/// A `redis-server` that is killed when it is dropped.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(place: &Path) -> io::Result<Self> {
        let port = free_port()?;
        let mut command = Command::new("redis-server");
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir"]);
        let child = command.arg(place).stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
        let server = Self { child, url: format!("redis://127.0.0.1:{port}") };
        for _ in 0..2_000 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(server);
            }
            thread::sleep(Duration::from_millis(5));
        }
        Err(io::Error::other("redis-server does not answer"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Measures all of it with a server of its own, in folders made in `place`.
///
/// # Errors
/// If there is no `redis-server`, or a child cannot be started or fails.
pub fn shared(place: &Path) -> io::Result<Shared> {
    fs::create_dir_all(place)?;
    let server = Server::start(place)?;
    let pupil = place.join("pupil");
    let url = Some(server.url.as_str());
    // On a busy machine a process may end before all is sent. Then another one learns it afresh.
    let taught = (0..5).find_map(|nth| {
        let teacher = place.join(format!("teacher{nth}"));
        run_with("write", &teacher, url).and_then(|_| run_with("many-and-flush", &teacher, url)).ok()?;
        run_with("warm", &place.join(format!("probe{nth}")), url).ok()
    });
    taught.ok_or_else(|| io::Error::other("no process could share what it learned"))?;
    let many = |task, processes, before: &dyn Fn() -> io::Result<()>| {
        let samples = (0..processes).map(|_| before().and_then(|()| child_with(task, &pupil, url)));
        Ok::<_, io::Error>(median(&samples.collect::<io::Result<Vec<_>>>()?))
    };
    // Each process finds the machine described, but no plan: what the last one copied is removed.
    run_with("write", &pupil, None)?;
    let no_plans = || {
        for entry in fs::read_dir(&pupil)? {
            let path = entry?.path();
            if path.is_dir() && !path.ends_with("machines") {
                fs::remove_dir_all(path)?;
            }
        }
        Ok(())
    };
    let look_up = many("look-up", PROCESSES, &no_plans)?;
    let warm = many("warm", PROCESSES / 4, &no_plans)?;
    let nothing = || if pupil.exists() { fs::remove_dir_all(&pupil) } else { Ok(()) };
    let look_up_on_a_new_machine = many("look-up", PROCESSES, &nothing)?;
    let dead = format!("redis://127.0.0.1:{}", free_port()?);
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..PROCESSES / 4 {
        // In turn, so that both meet the same machine.
        for (redis, samples) in [(None, &mut without), (Some(dead.as_str()), &mut with)] {
            nothing()?;
            samples.push(child_with("first-calls", &pupil, redis)?);
        }
    }
    Ok(Shared {
        look_up,
        look_up_on_a_new_machine,
        warm,
        calls_without: median(&without),
        calls_with_a_dead_one: median(&with),
    })
}

//! Clients of the service, each in a thread of its own.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use ureq::Agent;

use crate::index::query;

/// Clients that ask one query after another.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    seen: Arc<Mutex<Seen>>,
    clients: Vec<JoinHandle<()>>,
}

/// What the clients have seen so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// How long each answer took.
    pub(crate) times: Vec<Duration>,
    /// Requests without a good answer.
    pub(crate) failed: u64,
}

/// Between two queries of a client.
const PAUSE: Duration = Duration::from_millis(5);
/// No answer takes longer.
const PATIENCE: Duration = Duration::from_secs(10);

impl Load {
    pub(crate) fn start(service: SocketAddr, clients: usize) -> Self {
        let (stop, seen) = (Arc::new(AtomicBool::new(false)), Arc::default());
        let base = format!("http://{}", reachable(service));
        let client = |number: usize| {
            let (stop, seen, base) = (Arc::clone(&stop), Arc::clone(&seen), base.clone());
            thread::spawn(move || ask(&base, number, &stop, &seen))
        };
        let clients = (0..clients).map(client).collect();
        Self { stop, seen, clients }
    }

    pub(crate) fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn end(self) -> Seen {
        self.stop.store(true, Ordering::Relaxed);
        let seen = Arc::clone(&self.seen);
        for client in self.clients {
            let _ = client.join();
        }
        seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn ask(base: &str, client: usize, stop: &AtomicBool, seen: &Mutex<Seen>) {
    let agent: Agent = Agent::config_builder().timeout_global(Some(PATIENCE)).proxy(None).build().into();
    let mut number = client;
    while !stop.load(Ordering::Relaxed) {
        let began = Instant::now();
        let answer = agent.get(format!("{base}/search/{}", query(number)));
        let answer = answer.call().and_then(|mut answer| answer.body_mut().read_to_string());
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Ok(hits) if hits.starts_with("[{") => seen.times.push(began.elapsed()),
            _ => seen.failed += 1,
        }
        drop(seen);
        number += 1;
        thread::sleep(PAUSE);
    }
}

/// A service that listens everywhere is asked on this machine.
fn reachable(mut service: SocketAddr) -> SocketAddr {
    match service.ip() {
        ip if !ip.is_unspecified() => {}
        ip if ip.is_ipv4() => service.set_ip(Ipv4Addr::LOCALHOST.into()),
        _ => service.set_ip(Ipv6Addr::LOCALHOST.into()),
    }
    service
}

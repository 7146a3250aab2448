//! The connection to a Redis: opened when it is first needed, with a time limit for everything but the resolution of a
//! name, opened anew after a fault, and never used by a forked child.

use std::fmt;
use std::io;
use std::process;
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use ::redis::io::tcp::TcpSettings;
use ::redis::{Client, Connection, ConnectionInfo, ErrorKind, IntoConnectionInfo, RedisError, RedisResult};

use super::breaker::Breaker;
use crate::clock::now;
use crate::config::redis_url::RedisUrl;
use crate::events;
use crate::fork::is_forked_child;
use crate::record::stats::TierState;
use crate::sync::{lock_timeout, lock_within, try_lock};

/// How long the steps of a request may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// To connect to each address of the host, and to greet the server.
    pub(super) connect: Duration,
    /// To send a part of a request, and to receive a part of an answer.
    pub(super) answer: Duration,
}

/// What a request is for. Where a server refuses to be written to, it can still be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Ask,
    Write,
}

pub(super) struct Link {
    url: RedisUrl,
    info: ConnectionInfo,
    limits: Limits,
    connection: Mutex<Option<Connection>>,
    status: Mutex<Status>,
    /// The process is about to end: nothing takes longer than until then, and nothing is connected any more.
    exit: OnceLock<Instant>,
}

#[derive(Debug, Default)]
struct Status {
    /// Whether the last request got an answer; `None` before the first one.
    is_up: Option<bool>,
    asking: Circuit,
    writing: Circuit,
}

/// How requests for one purpose go.
#[derive(Debug, Default)]
struct Circuit {
    breaker: Breaker,
    /// Why the last one failed.
    fault: Option<String>,
}

/// How long to wait for a lock that is held for microseconds, unless its holder was lost in a fork.
const SHORT: Duration = Duration::from_millis(100);
/// The most characters of a server's error. Faults are kept, and shown on pages and in terminals.
const LONGEST_FAULT: usize = 300;

impl Link {
    /// `None` if the URL cannot be understood. Nothing is connected yet.
    pub(super) fn new(url: &RedisUrl, limits: Limits) -> Option<Self> {
        let info = url.secret().into_connection_info().ok().filter(|info| info.addr().is_supported())?;
        // A name for the library would cost a round trip.
        let settings = info.redis_settings().clone().set_skip_set_lib_name();
        let info = info.set_redis_settings(settings).set_tcp_settings(TcpSettings::default().set_nodelay(true));
        let (connection, status, exit) = (Mutex::default(), Mutex::default(), OnceLock::new());
        Some(Self { url: url.clone(), info, limits, connection, status, exit })
    }

    /// Makes a request, over the connection that there is, or over a new one. If an older connection turns out to be
    /// closed, as by a server that was started anew, the request is made again over a new one.
    ///
    /// # Errors
    /// What went wrong, with the URL.
    pub(super) fn request<T>(
        &self,
        purpose: Purpose,
        mut request: impl FnMut(&mut Connection) -> RedisResult<T>,
    ) -> io::Result<T> {
        let result = self.try_request(&mut request);
        // Errors of the server are answers, too.
        let is_up = result.as_ref().err().is_none_or(is_answer);
        let fault = result.as_ref().err().map(|error| self.explain(error));
        let mut is_change = false;
        if let Some(mut status) = lock_within(&self.status, SHORT) {
            // What never failed comes up without a word.
            is_change = status.is_up.unwrap_or(true) != is_up;
            status.is_up = Some(is_up);
            let circuit = match purpose {
                Purpose::Write if is_up => &mut status.writing,
                _ => &mut status.asking,
            };
            match &fault {
                None => circuit.breaker.succeed(),
                Some(_) => circuit.breaker.fail(since_start(), jitter()),
            }
            circuit.fault.clone_from(&fault);
            if purpose == Purpose::Write && fault.is_none() {
                status.asking = Circuit::default();
            }
        }
        // With no lock held: a listener may ask for anything.
        match &fault {
            Some(fault) if is_change && !is_up => events::tier_down("redis", fault),
            _ if is_change => events::tier_up("redis"),
            _ => {}
        }
        result.map_err(|error| {
            let kind = if is_time_out(&error) { io::ErrorKind::TimedOut } else { io::ErrorKind::Other };
            io::Error::new(kind, fault.unwrap_or_default())
        })
    }

    fn try_request<T>(&self, request: &mut dyn FnMut(&mut Connection) -> RedisResult<T>) -> RedisResult<T> {
        let exit = self.exit.get().copied();
        let left = || exit.map(|exit| exit.saturating_duration_since(Instant::now()));
        let not_connected = || RedisError::from(io::Error::from(io::ErrorKind::NotConnected));
        if is_forked_child() {
            // What it sent over the connection of its parent would get mixed up with what the parent sends.
            return Err(not_connected());
        }
        let patience = left().unwrap_or(self.limits.connect + 2 * self.limits.answer);
        let mut own = lock_within(&self.connection, patience).ok_or_else(|| lock_timeout("another thread"))?;
        loop {
            let is_new = own.is_none();
            if is_new {
                if exit.is_some() {
                    return Err(not_connected());
                }
                *own = Some(self.connect()?);
            }
            let Some(connection) = &mut *own else { continue };
            // The crate drops the time limits of a new connection. None of them may be zero.
            let limit = left().map_or(self.limits.answer, |left| left.min(self.limits.answer));
            let limit = Some(limit.max(Duration::from_millis(1)));
            let limited = connection.set_read_timeout(limit).and_then(|()| connection.set_write_timeout(limit));
            match limited.and_then(|()| request(connection)) {
                Err(error) if !is_answer(&error) => {
                    *own = None;
                    if is_new || is_time_out(&error) || exit.is_some() {
                        return Err(error);
                    }
                }
                result => return result,
            }
        }
    }

    fn connect(&self) -> RedisResult<Connection> {
        #[cfg(feature = "redis-tls")]
        if matches!(self.info.addr(), ::redis::ConnectionAddr::TcpTls { .. })
            && rustls::crypto::CryptoProvider::get_default().is_none()
        {
            // If another thread was faster, that one will do.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        Client::open(self.info.clone())?.get_connection_with_timeout(self.limits.connect)
    }

    /// Sleeps, but not beyond the end of the process.
    pub(super) fn sleep(&self, time: Duration) {
        let left = self.exit.get().map(|exit| exit.saturating_duration_since(Instant::now()));
        thread::sleep(left.map_or(time, |left| time.min(left)));
    }

    /// That values were not written because others were, again and again.
    pub(super) fn contended(&self) -> String {
        format!("{}: other programs keep writing the same plans", self.url)
    }

    /// The fault in words, of which a server does not decide how many they are. The passwords of URLs are not among them.
    fn explain(&self, error: &RedisError) -> String {
        match error.kind() {
            _ if is_time_out(error) => format!("{}: no answer in time", self.url),
            ErrorKind::Parse => format!("{}: what answers there is no Redis", self.url),
            _ => format!("{}: {}", self.url, shortened(&error.to_string())),
        }
    }

    /// Whether a request is worth while now. On any doubt it is not: a call may be asking.
    pub(super) fn is_ready(&self, purpose: Purpose) -> bool {
        let now = since_start();
        self.exit.get().is_none()
            && try_lock(&self.status).is_some_and(|status| {
                let writes = purpose == Purpose::Write;
                !(status.asking.breaker.is_open(now) || writes && status.writing.breaker.is_open(now))
            })
    }

    /// How long to wait until it is worth while to write.
    pub(super) fn pause(&self) -> Duration {
        let now = since_start();
        lock_within(&self.status, SHORT)
            .map_or(SHORT, |status| status.asking.breaker.remaining(now).max(status.writing.breaker.remaining(now)))
    }

    pub(super) fn note_exit(&self, deadline: Instant) {
        // The first one is the one that counts.
        let _ = self.exit.set(deadline);
    }

    pub(super) fn state(&self) -> TierState {
        let is_up = lock_within(&self.status, SHORT).is_some_and(|status| status.is_up == Some(true));
        if is_up { TierState::Connected } else { TierState::Disconnected }
    }

    pub(super) fn fault(&self) -> Option<String> {
        let status = lock_within(&self.status, SHORT)?;
        status.asking.fault.clone().or_else(|| status.writing.fault.clone())
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("url", &self.url).field("status", &self.status).finish_non_exhaustive()
    }
}

/// From 0 to 1, another for each process.
pub(super) fn jitter() -> f64 {
    f64::from(process::id() % 16) / 16.0
}

/// As much of what somebody else says as belongs in a message, on one line.
fn shortened(text: &str) -> String {
    let mut chars = text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c });
    let start: String = chars.by_ref().take(LONGEST_FAULT).collect();
    if chars.next().is_some() { start + " .." } else { start }
}

fn since_start() -> Duration {
    Duration::from_nanos(now())
}

/// Whether the server answered, if only by refusing. Then the connection can be used again.
fn is_answer(error: &RedisError) -> bool {
    matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension)
}

fn is_time_out(error: &RedisError) -> bool {
    error.is_timeout()
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn a_server_does_not_decide_how_long_a_fault_is() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url: RedisUrl = format!("redis://{}", listener.local_addr().unwrap()).parse().unwrap();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = [0; 1024];
            assert!(stream.read(&mut asked).unwrap() > 0);
            let error = format!("-ERR \u{1b}[31m{}\r\n", "名".repeat(100_000));
            stream.write_all(error.as_bytes()).unwrap();
            // The client ends the connection.
            let _ = stream.read(&mut asked);
        });
        let patience = Duration::from_secs(60);
        let link = Link::new(&url, Limits { connect: patience, answer: patience }).unwrap();
        let ping = |connection: &mut Connection| ::redis::cmd("PING").query::<()>(connection);
        let error = link.request(Purpose::Ask, ping).unwrap_err().to_string();
        assert_eq!(link.fault().as_ref(), Some(&error));
        assert!(error.starts_with(&url.to_string()) && error.contains("\u{fffd}[31m名"), "{error}");
        assert!(error.chars().count() < 400 && error.ends_with("名 .."), "{error}");
        drop(link);
        server.join().unwrap();
    }

    #[test]
    fn what_is_short_stays() {
        let longest = "é".repeat(LONGEST_FAULT);
        assert_eq!(shortened(&longest), longest);
        assert_eq!(shortened(&(longest.clone() + "e")), longest + " ..");
    }
}

//! The decision log: what a listener of the crate `tracing` hears.

use std::fmt::{Debug, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::Duration;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::alone::alone;
use crate::cache::{Cache, alone_with, one_after_the_other, with_a_cache};
use crate::children::files;

#[amorsize::auto]
fn decided(micros: u64) -> u64 {
    sleep(Duration::from_micros(micros));
    micros
}

/// Writes down each event of ours in a line: `message name=value ..`.
#[derive(Clone)]
struct Listener {
    lines: Arc<Mutex<Vec<String>>>,
    /// What it does on each event, after it has written down the message.
    act: fn(&str),
}

impl Default for Listener {
    fn default() -> Self {
        Self { lines: Arc::default(), act: |_| () }
    }
}

struct Line {
    message: String,
    fields: String,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        } else {
            let _ = write!(self.fields, " {}={value:?}", field.name());
        }
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "amorsize"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line { message: String::new(), fields: String::new() };
        event.record(&mut line);
        self.lines.lock().unwrap().push(line.message.clone() + &line.fields);
        (self.act)(&line.message);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Listener {
    /// There is a line with this message and these parts.
    #[track_caller]
    fn heard(&self, message: &str, parts: &[&str]) {
        let lines = self.lines.lock().unwrap();
        let heard = lines.iter().any(|line| line.starts_with(message) && parts.iter().all(|part| line.contains(part)));
        assert!(heard, "{message} {parts:?}: {lines:#?}");
    }
}

impl Listener {
    /// How many lines have this message.
    fn count(&self, message: &str) -> usize {
        self.lines.lock().unwrap().iter().filter(|line| line.starts_with(message)).count()
    }
}

/// Listens from now on, on all threads.
fn listen() -> Listener {
    listen_and(|_| ())
}

/// The same. What is done on each event is up to `act`.
fn listen_and(act: fn(&str)) -> Listener {
    let listener = Listener { act, ..Listener::default() };
    tracing::subscriber::set_global_default(listener.clone()).expect("nobody listens yet");
    listener
}

#[test]
fn a_plan_that_changes_is_told_with_the_reason() {
    alone(60, &[], || {
        let listener = listen();
        decided::map([20_000; 4]);
        listener.heard("plan changed", &["::decided", "items=4", "before=\"none\"", "first call"]);
    });
}

#[test]
fn what_comes_from_disk_is_told() {
    with_a_cache(|| {
        one_after_the_other(
            || drop([decided::map([110_000; 4]), decided::map([50; 9])]),
            || {
                let listener = listen();
                decided::map([110_000; 4]);
                listener.heard("plan recalled", &["::decided", "items=4", "tier=\"disk\""]);
            },
        );
    });
}

#[test]
fn a_fault_is_told() {
    let cache = Cache::new();
    std::fs::write(cache.folder(), "no folder").unwrap();
    alone_with(&cache, &[], || {
        let listener = listen();
        decided::map([20_000; 4]);
        let _ = amorsize::warm();
        listener.heard("fault", &["the cache folder"]);
    });
}

#[test]
fn the_same_fault_is_told_once_and_counted_each_time() {
    alone(60, &[], || {
        let listener = listen();
        let before = amorsize::stats().errors;
        for fault in ["the disk is full", "the disk is full", "the disk is gone", "the disk is full"] {
            amorsize_store::faults::report(fault);
        }
        assert_eq!(listener.count("fault"), 2);
        assert_eq!(amorsize::stats().errors - before, 4);
    });
}

/// Whoever listens may do anything, also what needs the locks of the function that the event is about.
#[test]
fn a_listener_may_clear_the_cache() {
    with_a_cache(|| {
        one_after_the_other(
            || drop([decided::map([110_000; 4]), decided::map([50; 9])]),
            || {
                for file in files(Path::new(&std::env::var("AMORSIZE_CACHE_DIR").unwrap())) {
                    if file.extension().is_some_and(|extension| extension == "plans") {
                        std::fs::write(file, "garbage").unwrap();
                    }
                }
                let listener = listen_and(|message| {
                    if message.starts_with("plan re") || message == "fault" {
                        amorsize::clear_cache();
                    }
                });
                decided::map([110_000; 4]);
                listener.heard("plan re", &["::decided", "corrupt"]);
            },
        );
    });
}

#[test]
fn a_listener_may_clear_the_cache_when_the_folder_cannot_be_used() {
    let cache = Cache::new();
    std::fs::write(cache.folder(), "no folder").unwrap();
    alone_with(&cache, &[], || {
        let listener = listen_and(|message| {
            if message == "fault" {
                amorsize::clear_cache();
                drop(amorsize::flush());
            }
        });
        amorsize::clear_cache();
        listener.heard("fault", &["the cache folder"]);
    });
}

/// Items that become much heavier.
#[test]
fn drift_is_told() {
    // Loops stay plain, and what disturbs the light items does not make them as heavy as the others.
    alone(60, &[("AMORSIZE_MAX_THREADS", "1")], || {
        let listener = listen();
        for micros in [1_000, 1_000, 1_000, 1_000, 1_000, 80_000, 80_000, 80_000] {
            decided::map([micros; 4]);
        }
        listener.heard("drift", &["::decided", "items=4"]);
    });
}

#[cfg(all(unix, feature = "redis"))]
#[test]
fn a_redis_that_goes_and_comes_is_told() {
    use crate::redis::server::Server;

    let Some(server) = Server::start(&[]) else { return };
    alone_with(&Cache::new(), &[("AMORSIZE_REDIS_URL", &server.url())], || {
        let listener = listen();
        decided::map([110_000; 4]);
        amorsize::flush().unwrap();
        let mut connection =
            redis::Client::open(std::env::var("AMORSIZE_REDIS_URL").unwrap()).unwrap().get_connection().unwrap();
        // It does not answer for a while, and then it does.
        redis::cmd("CLIENT").arg(&["PAUSE", "4000"]).exec(&mut connection).unwrap();
        decided::map([110_000; 9]);
        let _ = amorsize::flush();
        // What a thread of its own writes may be told a little later.
        crate::children::until("the tier is down", || listener.count("tier down") > 0);
        listener.heard("tier down", &["tier=\"redis\"", "no answer in time"]);
        assert_eq!(listener.count("fault"), 0, "it was told already");
        for _ in 0..100 {
            sleep(Duration::from_millis(100));
            let _ = amorsize::flush();
            if listener.lines.lock().unwrap().iter().any(|line| line.starts_with("tier up")) {
                return;
            }
        }
        listener.heard("tier up", &["tier=\"redis\""]);
    });
}

#[cfg(all(unix, feature = "redis"))]
#[test]
fn a_value_of_redis_that_is_no_plan_is_told() {
    use crate::redis::server::Server;

    let Some(server) = Server::start(&[]) else { return };
    let environment = [("AMORSIZE_REDIS_URL", &*server.url()), ("AMORSIZE_REDIS_WAIT", "2s")];
    alone_with(&Cache::new(), &environment, || {
        one_after_the_other(
            || {
                decided::map([110_000; 4]);
                amorsize::flush().unwrap();
                let url = std::env::var("AMORSIZE_REDIS_URL").unwrap();
                let mut connection = redis::Client::open(url).unwrap().get_connection().unwrap();
                let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut connection).unwrap();
                assert_eq!(keys.len(), 1);
                redis::cmd("SET").arg(&keys[0]).arg("garbage").exec(&mut connection).unwrap();
                std::fs::remove_dir_all(std::env::var("AMORSIZE_CACHE_DIR").unwrap()).unwrap();
            },
            || {
                let listener = listen();
                decided::map([110_000; 4]);
                listener.heard("plan re", &["::decided", "corrupt"]);
            },
        );
    });
}

//! Whatever a Redis does: the answer is the same, the disk has what was learned, the process ends when it should, and the
//! fault is counted and named.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::server::{Server, free_port};
use super::{run, start};
use crate::cache::Cache;
use crate::children::{Said, until};
use crate::watchdog::patience;

/// How often something is tried that is to be quick: on a busy machine a single attempt may not be.
const ATTEMPTS: usize = 5;

/// Runs `child` with that Redis: two calls of one function, and some of another. It is not to take longer than without.
#[track_caller]
fn assert_unharmed(url: &str, named: &str) -> Said {
    let (mut said, mut late) = unharmed(url, named);
    for _ in 1..ATTEMPTS {
        if late < Duration::from_millis(300 * patience()) {
            break;
        }
        (said, late) = unharmed(url, named);
    }
    assert!(late < Duration::from_millis(300 * patience()), "{late:?} longer than without");
    said
}

/// What it says, and how much longer than without a Redis it takes.
#[track_caller]
fn unharmed(url: &str, named: &str) -> (Said, Duration) {
    let cache = Cache::new();
    let command = |url: Option<&str>| {
        let mut command = cache.command(&["calls=2", "keys=0..3"]);
        command.envs(url.map(|url| ("AMORSIZE_REDIS_URL", url)));
        crate::children::Running::start(command)
    };
    let begun = Instant::now();
    let said = command(Some(url)).said();
    let took = begun.elapsed();
    assert!(said.status.success() && said.err.is_empty(), "{said:?}");
    assert!(said.count("errors") > 0 && said.count("redis_errors") > 0, "{said:?}");
    assert!(said.out.contains(named), "{named}: {said:?}");
    let plans = cache.plans();
    assert_eq!(plans.len(), 4, "{plans:?}");
    // The same without a Redis.
    let begun = Instant::now();
    let plain = command(None).said();
    let usual = begun.elapsed();
    assert!(plain.is_fine(), "{plain:?}");
    assert_eq!(said.answer(), plain.answer());
    (said, took.saturating_sub(usual))
}

#[test]
fn nobody_listens() {
    let said = assert_unharmed(&format!("redis://127.0.0.1:{}", free_port()), "refused");
    assert_eq!(said.count("redis_disconnected"), 1, "{said:?}");
    assert_unharmed("redis+unix:///nowhere/socket", "No such file");
}

#[test]
fn a_host_that_nobody_knows() {
    assert_unharmed("redis://nobody.invalid", "redis://nobody.invalid");
}

#[test]
fn a_host_that_does_not_answer() {
    // The backlog takes the connection, and nobody ever reads from it.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    assert_unharmed(&format!("redis://127.0.0.1:{port}"), "no answer in time");
    // Some networks say at once that there is no way to it, and some have a proxy there that speaks something else.
    assert_unharmed("redis://10.255.255.1", "redis://10.255.255.1: ");
}

#[test]
fn a_wrong_password() {
    let Some(server) = Server::start(&["--requirepass", "right"]) else { return };
    let said = assert_unharmed(&format!("redis://:wrong@127.0.0.1:{}", server.port()), "Password");
    assert!(!said.out.contains("wrong@"), "{said:?}");
    assert_unharmed(&server.url(), "NOAUTH");
}

#[test]
fn a_server_that_is_full() {
    let Some(server) = Server::start(&["--maxmemory", "1", "--maxmemory-policy", "noeviction"]) else { return };
    let said = assert_unharmed(&server.url(), "OOM");
    assert_eq!((said.count("redis_connected"), server.keys().len()), (1, 0), "{said:?}");
}

#[test]
fn a_replica_is_read_and_not_written_to() {
    let Some(main) = Server::start(&[]) else { return };
    assert!(run(&Cache::new(), &main.url(), &[]).is_fine());
    let port = main.port().to_string();
    let Some(replica) = Server::start(&["--replicaof", "127.0.0.1", &port]) else { return };
    until("a copy", || replica.keys().len() == 1);
    let said = run(&Cache::new(), &replica.url(), &["calls=2", "keys=0..3", "flush="]);
    assert_eq!((said.count("redis_hits"), said.count("recalled")), (1, 1), "{said:?}");
    assert!(said.out.contains("read only") && said.count("errors") > 0, "{said:?}");
    assert_eq!(replica.keys().len(), 1);
}

#[test]
fn a_server_that_is_stopped() {
    let Some(server) = Server::start(&[]) else { return };
    assert!(run(&Cache::new(), &server.url(), &[]).is_fine());
    server.pause();
    assert_unharmed(&server.url(), "no answer in time");
    server.resume();
    assert_eq!(run(&Cache::new(), &server.url(), &[]).count("redis_hits"), 1);
}

#[test]
fn a_server_that_is_stopped_while_it_is_used_delays_no_exit() {
    let Some(server) = Server::start(&[]) else { return };
    let exits_at_once = || {
        let cache = Cache::new();
        let mut child = start(&cache, &server.url(), &["calls=1", "flush=", "wait=", "keys=0..3"]);
        assert_eq!(child.line(), "waiting\n");
        server.pause();
        child.go_on();
        let begun = Instant::now();
        let said = child.said();
        let took = begun.elapsed();
        server.resume();
        assert!(said.status.success(), "{said:?}");
        assert_eq!(cache.plans().len(), 4);
        took < Duration::from_millis(500 * patience())
    };
    assert!((0..ATTEMPTS).any(|_| exits_at_once()));
}

/// Passes on what a client and a server say to each other; once `drips` is set, what the server says byte by byte.
fn proxy(server: u16, drips: &Arc<AtomicBool>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there are free ports");
    let port = listener.local_addr().expect("it has an address").port();
    let drips = Arc::clone(drips);
    thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.expect("a client");
            let server = TcpStream::connect(("127.0.0.1", server)).expect("the server listens");
            let (mut from_client, mut to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || io::copy(&mut from_client, &mut to_server));
            let drips = Arc::clone(&drips);
            thread::spawn(move || {
                let (mut server, mut client) = (server, client);
                let mut byte = [0];
                while server.read_exact(&mut byte).is_ok() && client.write_all(&byte).is_ok() {
                    if drips.load(Ordering::Relaxed) {
                        thread::sleep(Duration::from_millis(100));
                    }
                }
            });
        }
    });
    port
}

#[test]
fn a_server_that_answers_byte_by_byte_delays_no_exit() {
    let Some(server) = Server::start(&[]) else { return };
    let exits_at_once = || {
        let drips = Arc::new(AtomicBool::new(false));
        let url = format!("redis://127.0.0.1:{}", proxy(server.port(), &drips));
        let cache = Cache::new();
        let mut child = start(&cache, &url, &["calls=1", "flush=", "wait=", "keys=0..30"]);
        assert_eq!(child.line(), "waiting\n");
        drips.store(true, Ordering::Relaxed);
        child.go_on();
        let begun = Instant::now();
        let said = child.said();
        let took = begun.elapsed();
        assert!(said.status.success(), "{said:?}");
        assert_eq!(cache.plans().len(), 31);
        took < Duration::from_millis(1_000 * patience())
    };
    assert!((0..ATTEMPTS).any(|_| exits_at_once()));
}

#[test]
fn a_server_that_is_killed_is_used_again_once_it_is_back() {
    let Some(mut server) = Server::start(&[]) else { return };
    let cache = Cache::new();
    let mut child =
        start(&cache, &server.url(), &["calls=1", "flush=", "wait=", "keys=0..3", "flush=", "wait=", "keys=3..6"]);
    assert_eq!(child.line(), "waiting\n");
    assert_eq!(server.keys().len(), 1);
    server.kill();
    child.go_on();
    assert_eq!(child.line(), "waiting\n");
    server.restart();
    // What could not be written is written now, without anything else to bring it about.
    until("what was learned meanwhile", || server.keys().len() == 1);
    child.go_on();
    let said = child.said();
    assert!(said.status.success() && said.count("errors") > 0 && said.out.contains("refused"), "{said:?}");
    assert_eq!(said.count("redis_connected"), 1, "{said:?}");
    assert_eq!(cache.plans().len(), 7);
}

#[test]
fn a_connection_that_the_server_has_closed_is_opened_again() {
    let Some(server) = Server::start(&[]) else { return };
    let mut child = start(&Cache::new(), &server.url(), &["calls=1", "flush=", "wait=", "keys=0..3", "flush="]);
    assert_eq!(child.line(), "waiting\n");
    let _: i64 = server.ask(&["CLIENT", "KILL", "TYPE", "normal"]);
    child.go_on();
    let said = child.said();
    assert!(said.is_fine(), "nothing was wrong: {said:?}");
    assert_eq!(server.keys().len(), 2);
}

#[test]
fn an_url_that_makes_no_sense_is_said_once() {
    for (variables, named) in [
        (&[("AMORSIZE_REDIS_URL", "http://u:secret@host")][..], "AMORSIZE_REDIS_URL="),
        (&[("AMORSIZE_REDIS_URL", "redis://u:secret@host:port")], "AMORSIZE_REDIS_URL="),
        (&[("REDIS_ENABLED", "on"), ("REDIS_PORT", "tcp://10.0.0.1:6379")], "REDIS_PORT="),
    ] {
        let cache = Cache::new();
        let said = cache.run_in(variables, &["calls=2"]);
        assert!(said.status.success() && said.err.lines().count() == 1, "{said:?}");
        assert!(said.err.contains(named) && said.err.contains("makes no sense"), "{said:?}");
        assert!(!said.err.contains("secret") && !said.out.contains("secret"), "{said:?}");
        assert_eq!((said.count("errors"), said.count("redis_disconnected")), (1, 0), "{said:?}");
        assert_eq!(cache.plans().len(), 1);
        let said = cache.run_in(variables, &["from-env="]);
        assert!(said.out.contains(named) && !said.out.contains("secret"), "{said:?}");
    }
}

#[test]
fn what_is_cleared_while_nobody_answers_is_removed_once_somebody_does() {
    let Some(server) = Server::start(&[]) else { return };
    let mut child = start(
        &Cache::new(),
        &server.url(),
        &["calls=1", "flush=", "wait=", "keys=0..1", "flush=", "clear=", "wait=", "brief=4", "flush=", "wait="],
    );
    assert_eq!(child.line(), "waiting\n");
    assert_eq!(server.keys().len(), 1);
    server.pause();
    child.go_on();
    assert!(child.line().starts_with("cleared="));
    assert_eq!(child.line(), "waiting\n");
    server.resume();
    until("an empty Redis", || server.keys().is_empty());
    child.go_on();
    assert_eq!(child.line(), "waiting\n");
    until("what was learned since", || !server.keys().is_empty());
    let left = super::shared::plans(&server);
    assert!(left.iter().all(|(name, ..)| name.ends_with("::brief")), "{left:?}");
}

//! What one program learned, another one starts with, though they share no folder.

use std::io::ErrorKind;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use amorsize_store::clock::unix_seconds;
use amorsize_store::config::redis_url::RedisUrl;
use amorsize_store::id::FunctionId;
use amorsize_store::machine::build_flags::Build;
use amorsize_store::machine::fingerprint::{Fingerprint, Machine};
use amorsize_store::record::envelope::{self, Kind};
use amorsize_store::record::plans::Plans;
use amorsize_store::redis::{Redis, Shared};
use amorsize_store::tier::Tier;
use redis::cmd;

use super::server::Server;
use super::{run, start};
use crate::cache::Cache;
use crate::children::until;

fn url(server: &Server) -> RedisUrl {
    server.url().parse().expect("a URL")
}

/// The plans in a Redis: function, key, and the logarithm of the fewest items.
pub(super) fn plans(server: &Server) -> Vec<(String, u64, u8)> {
    let all = Shared::open(&url(server)).expect("it is understood").plans().expect("it answers");
    let each = |plans: Plans| {
        let name = plans.function.clone();
        plans.entries.into_iter().map(move |entry| (name.clone(), entry.key.user, entry.key.bucket))
    };
    let mut all: Vec<_> = all.into_iter().flat_map(each).collect();
    all.sort();
    all
}

#[test]
fn the_first_call_of_the_second_program_is_a_hit() {
    let Some(server) = Server::start(&[]) else { return };
    let (one, other) = (Cache::new(), Cache::new());
    let said = run(&one, &server.url(), &[]);
    assert!(said.is_fine(), "{said:?}");
    assert_eq!((said.count("misses"), said.count("recalled"), said.count("redis_connected")), (1, 0, 1), "{said:?}");
    let said = run(&other, &server.url(), &[]);
    assert!(said.is_fine(), "{said:?}");
    assert_eq!((said.count("hits"), said.count("recalled"), said.count("misses")), (1, 1, 0), "{said:?}");
    assert_eq!((said.count("redis_hits"), said.count("disk_hits")), (1, 0), "{said:?}");
    assert_eq!(said.answer(), Cache::plain_answer());
    // It was copied to the disk, and so the third process needs no Redis.
    assert_eq!(other.plans(), one.plans());
    let said = run(&other, &server.url(), &[]);
    assert_eq!((said.count("recalled"), said.count("disk_hits"), said.count("redis_hits")), (1, 1, 0), "{said:?}");
}

#[test]
fn short_calls_use_what_another_program_learned() {
    let Some(server) = Server::start(&[]) else { return };
    assert!(run(&Cache::new(), &server.url(), &["spin=20,1000,20,100", "flush="]).is_fine());
    let said = run(&Cache::new(), &server.url(), &["spin=20,1000,10,100"]);
    assert_eq!((said.count("recalled"), said.count("redis_hits")), (1, 1), "{said:?}");
}

#[test]
fn a_call_that_may_not_wait_leaves_the_answer_to_the_next_one() {
    let Some(server) = Server::start(&[]) else { return };
    assert!(run(&Cache::new(), &server.url(), &[]).is_fine());
    let cache = Cache::new();
    let mut command = cache.command(&["calls=2"]);
    command.env("AMORSIZE_REDIS_URL", server.url()).env("AMORSIZE_REDIS_WAIT", "0");
    let said = crate::children::Running::start(command).said();
    assert!(said.is_fine() && said.count("redis_hits") == 1, "{said:?}");
}

#[test]
fn every_value_has_an_end_and_a_name_of_ours() {
    let Some(server) = Server::start(&[]) else { return };
    let said = run(&Cache::new(), &server.url(), &["keys=0..2", "brief=4", "flush="]);
    assert!(said.is_fine(), "{said:?}");
    let keys = server.keys();
    assert!(keys.len() >= 2, "{keys:?}");
    let mut lives = Vec::new();
    for key in &keys {
        assert!(key.starts_with("amorsize:v2:") && key.len() == 12 + 16 + 1 + 16, "{key}");
        lives.push(server.ask::<i64>(&["TTL", key]));
    }
    lives.sort_unstable();
    assert!(lives[0] > 0 && lives[0] <= 3600, "`brief` says an hour: {lives:?}");
    let week = 7 * 24 * 3600;
    assert!(lives.iter().all(|life| *life <= week) && lives.last().is_some_and(|life| *life > week - 600), "{lives:?}");
}

#[test]
fn a_socket_a_password_a_user_and_a_database_will_do() {
    let user = ["--user", "worker", "on", ">other", "~amorsize:*", "+@all"];
    let Some(server) = Server::start(&[&["--requirepass", "p@ss/word"], &user[..]].concat()) else { return };
    let (port, socket) = (server.port(), server.socket());
    let socket = socket.display();
    let urls = [
        format!("redis://:p%40ss%2Fword@127.0.0.1:{port}/3"),
        format!("redis://worker:other@127.0.0.1:{port}/3"),
        format!("redis+unix://{socket}?db=3&pass=p%40ss%2Fword"),
    ];
    for (nth, url) in urls.iter().enumerate() {
        let said = run(&Cache::new(), url, &[]);
        assert!(said.is_fine(), "{url}: {said:?}");
        assert_eq!(said.count("redis_hits"), u64::from(nth > 0), "{url}: {said:?}");
        assert!(!format!("{said:?}").contains("p@ss"), "{said:?}");
    }
    // And by the variables of other programs, where that is wanted.
    let port = port.to_string();
    let variables =
        [("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", &port), ("REDIS_DB", "3"), ("REDIS_PASSWORD", "p@ss/word")];
    let said = Cache::new().run_in(&variables, &[]);
    assert_eq!((said.count("redis_hits"), said.count("redis_connected")), (0, 0), "nobody said so: {said:?}");
    let said =
        Cache::new().run_in(&[&variables[..], &[("REDIS_ENABLED", "on"), ("AMORSIZE_REDIS_WAIT", "2s")]].concat(), &[]);
    assert_eq!((said.count("redis_hits"), said.count("recalled")), (1, 1), "{said:?}");
}

#[test]
fn all_functions_are_fetched_in_one_round_trip() {
    let Some(server) = Server::start(&[]) else { return };
    assert!(run(&Cache::new(), &server.url(), &["calls=1", "keys=0..3", "brief=4", "flush="]).is_fine());
    let () = server.ask(&["CONFIG", "RESETSTAT"]);
    let said = run(&Cache::new(), &server.url(), &["prefetch=", "calls=1", "keys=0..3"]);
    assert!(said.is_fine() && said.count("misses") == 0, "{said:?}");
    let plans = said.out.lines().find_map(|line| line.strip_prefix("prefetched=")).expect("it says so");
    // One of `slow`, one of `brief`, and one for each key.
    assert_eq!(plans, "5", "{said:?}");
    assert!(said.count("redis_hits") >= 2, "{said:?}");
    // One for all lookups, and one with each batch that was written at the end.
    assert!(server.calls("mget") <= 1 + server.calls("watch"), "{} lookups", server.calls("mget"));
    assert_eq!(server.calls("get"), 0);
}

#[test]
fn programs_that_write_at_once_lose_nothing() {
    let Some(server) = Server::start(&[]) else { return };
    let caches: Vec<Cache> = (0..6).map(|_| Cache::new()).collect();
    let keys: Vec<String> = (0..6).map(|nth| format!("keys={}..{}", 20 * nth, 20 * (nth + 1))).collect();
    let running: Vec<_> =
        caches.iter().zip(&keys).map(|(cache, keys)| start(cache, &server.url(), &[keys, "flush="])).collect();
    for child in running {
        let said = child.said();
        assert!(said.is_fine(), "{said:?}");
    }
    let all = plans(&server);
    assert_eq!(all.iter().filter(|(name, ..)| name.ends_with("::keyed")).count(), 120, "of one function: {all:?}");
}

/// While one key is always being written by somebody, the others of its batch are written all the same.
#[test]
fn one_function_that_others_keep_writing_stops_no_other() {
    let Some(server) = Server::start(&[]) else { return };
    assert!(run(&Cache::new(), &server.url(), &[]).is_fine());
    let key = server.keys().pop().expect("one plan");
    let value: Vec<u8> = server.ask(&["GET", &key]);
    let one: Plans = envelope::read(Kind::Plans, &value).expect("it is ours");
    let all: Vec<Plans> =
        (0..200).map(|nth| Plans { id: FunctionId::from_u64(one.id.get().wrapping_add(nth)), ..one.clone() }).collect();
    let redis = Redis::open(&url(&server), Duration::from_secs(60)).expect("it is understood");
    let is_over = AtomicBool::new(false);
    let results = thread::scope(|scope| {
        scope.spawn(|| {
            let mut connection = server.connection();
            while !is_over.load(Relaxed) {
                cmd("SET").arg(&key).arg(&value).exec(&mut connection).expect("it can be set");
            }
        });
        until("somebody who writes", || server.calls("set") > 10);
        let fingerprint = Fingerprint::new(Machine::ask(), Build::from_bits(0));
        let results = redis.put(&fingerprint, &all, unix_seconds());
        is_over.store(true, Relaxed);
        results
    });
    assert!(results[1..].iter().all(Result::is_ok), "{results:?}");
    assert!(results[0].as_ref().err().is_none_or(|error| error.kind() == ErrorKind::WouldBlock), "{results:?}");
    assert_eq!(server.keys().len(), 200);
}

#[test]
fn machines_that_differ_leave_each_other_alone() {
    let Some(server) = Server::start(&[]) else { return };
    assert!(run(&Cache::new(), &server.url(), &[]).is_fine());
    let cache = Cache::new();
    let other = |threads: &str| {
        let url = server.url();
        let variables = [("RAYON_NUM_THREADS", threads), ("AMORSIZE_REDIS_URL", &*url), ("AMORSIZE_REDIS_WAIT", "2s")];
        cache.run_in(&variables, &[])
    };
    let said = other("3");
    assert!(said.is_fine(), "{said:?}");
    assert_eq!((said.count("redis_hits"), said.count("recalled")), (0, 0), "{said:?}");
    assert_eq!(server.keys().len(), 2, "each has plans of its own");
    assert_eq!(other("2").count("redis_hits"), 1);
}

#[test]
fn a_forked_child_leaves_the_connection_alone() {
    let Some(server) = Server::start(&[]) else { return };
    let said = run(&Cache::new(), &server.url(), &["keys=0..1", "flush=", "fork-and-call=", "flush="]);
    assert!(said.is_fine() && said.count("failed") == 0, "{said:?}");
    let keyed = plans(&server).into_iter().filter(|(name, ..)| name.ends_with("::keyed")).count();
    assert_eq!(keyed, 2, "one of the parent before and one after: {:?}", plans(&server));
}

#[test]
fn nothing_is_written_by_those_who_only_read() {
    let Some(server) = Server::start(&[]) else { return };
    assert!(run(&Cache::new(), &server.url(), &[]).is_fine());
    let () = server.ask(&["CONFIG", "RESETSTAT"]);
    let cache = Cache::new();
    let url = server.url();
    let read = [("AMORSIZE_CACHE", "read"), ("AMORSIZE_REDIS_URL", &url), ("AMORSIZE_REDIS_WAIT", "2s")];
    let said = cache.run_in(&read, &["calls=2", "keys=0..1"]);
    assert!(said.is_fine() && said.count("redis_hits") == 1, "{said:?}");
    assert!(!cache.folder().exists());
    assert_eq!((server.calls("set"), server.keys().len()), (0, 1));
    let off = [("AMORSIZE_CACHE", "off"), ("AMORSIZE_REDIS_URL", &url)];
    assert_eq!(cache.run_in(&off, &[]).count("redis_hits"), 0);
}

#[test]
fn what_a_program_forgets_is_forgotten_for_all() {
    let Some(server) = Server::start(&[]) else { return };
    assert!(run(&Cache::new(), &server.url(), &[]).is_fine());
    assert_eq!(server.keys().len(), 1);
    let said = run(&Cache::new(), &server.url(), &["forget="]);
    assert!(said.count("errors") == 0, "{said:?}");
    until("an empty Redis", || server.keys().is_empty());
}

#[test]
fn what_a_prune_keeps_lives_no_longer_and_no_shorter_for_it() {
    let Some(server) = Server::start(&[]) else { return };
    // Two sizes, so that one plan of the function can go and one stay.
    assert!(run(&Cache::new(), &server.url(), &["spin=20,1000,20,100", "spin=20,3000,20,100", "flush="]).is_fine());
    let key = server.keys().pop().expect("one function");
    let value: Vec<u8> = server.ask(&["GET", &key]);
    let mut plans: Plans = envelope::read(Kind::Plans, &value).expect("it is ours");
    assert!(plans.entries.len() > 1, "{plans:?}");
    plans.entries[0].measured -= 1000;
    let value = envelope::write(Kind::Plans, &plans);
    let shared = Shared::open(&url(&server)).expect("it is understood");
    let week = 7 * 24 * 3600;
    for life in [500, 3 * week] {
        cmd("SET").arg(&key).arg(&value).arg("EX").arg(life).exec(&mut server.connection()).expect("it can be set");
        assert_eq!(shared.prune(Some(Duration::from_secs(900))).expect("it answers"), 1);
        let left: i64 = server.ask(&["TTL", &key]);
        assert!(left <= life && left > life - 300, "{left} of {life} s");
    }
    // One that somebody gave no end gets one.
    cmd("SET").arg(&key).arg(&value).exec(&mut server.connection()).expect("it can be set");
    assert_eq!(shared.prune(Some(Duration::from_secs(900))).expect("it answers"), 1);
    let left: i64 = server.ask(&["TTL", &key]);
    assert!(left > 0 && left <= week, "{left}");
}

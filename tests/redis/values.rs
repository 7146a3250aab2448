//! Anybody may write anything into a Redis, also under our keys.

use amorsize_store::record::entry::{Entry, Key};
use amorsize_store::record::envelope::{self, Kind};
use amorsize_store::record::plans::{MAX_ENTRIES, Plans};
use redis::cmd;

use super::server::Server;
use super::{run, start};
use crate::cache::Cache;
use crate::children::until;

/// A Redis with one plan in it, its key and its value.
fn with_a_plan() -> Option<(Server, String, Vec<u8>)> {
    let server = Server::start(&[])?;
    let said = run(&Cache::new(), &server.url(), &[]);
    assert!(said.is_fine(), "{said:?}");
    let key = server.keys().pop().expect("one plan");
    let value = cmd("GET").arg(&key).query(&mut server.connection()).expect("it is there");
    Some((server, key, value))
}

/// Programs that find this value learn anew, count the reason, and put a good one in its place.
#[track_caller]
fn assert_rejected(server: &Server, key: &str, value: &[u8], reason: &str) {
    cmd("SET").arg(key).arg(value).exec(&mut server.connection()).expect("it can be set");
    let said = run(&Cache::new(), &server.url(), &[]);
    assert_eq!((said.count("misses"), said.count("recalled"), said.count(reason)), (1, 0, 1), "{reason}: {said:?}");
    assert_eq!((said.count("errors"), said.answer()), (0, Cache::plain_answer()), "{said:?}");
    assert!(said.status.success() && said.err.is_empty(), "{said:?}");
    let said = run(&Cache::new(), &server.url(), &[]);
    assert_eq!((said.count("recalled"), said.count(reason)), (1, 0), "{reason}: {said:?}");
}

#[test]
fn garbage_and_halves_are_replaced() {
    let Some((server, key, value)) = with_a_plan() else { return };
    let mut flipped = value.clone();
    flipped[20] ^= 1;
    for wrong in [b"", &b"garbage"[..], &value[..value.len() / 2], &flipped, &[&value[..], b"x"].concat()] {
        assert_rejected(&server, &key, wrong, "corrupt");
    }
}

#[test]
fn plans_of_others_under_our_key_are_not_used() {
    let Some((server, key, value)) = with_a_plan() else { return };
    // A program of another function, and the same function on another machine.
    let (prefix, function) = key.split_at(key.len() - 16);
    let moved = format!("{prefix}{:016x}", u64::from_str_radix(function, 16).unwrap() ^ 1);
    cmd("SET").arg(&moved).arg(&value).exec(&mut server.connection()).unwrap();
    let said = run(&Cache::new(), &server.url(), &["prefetch="]);
    assert!(said.is_fine(), "{said:?}");
    let cache = Cache::new();
    let url = server.url();
    let variables = [("RAYON_NUM_THREADS", "3"), ("AMORSIZE_REDIS_URL", &*url), ("AMORSIZE_REDIS_WAIT", "2s")];
    assert!(cache.run_in(&variables, &[]).is_fine());
    let other = server.keys().into_iter().find(|known| *known != key && *known != moved).expect("another machine's");
    let foreign: Vec<u8> = cmd("GET").arg(other).query(&mut server.connection()).unwrap();
    assert_rejected(&server, &key, &foreign, "fingerprint");
}

#[test]
fn a_newer_format_is_named_as_such() {
    let Some((server, key, mut value)) = with_a_plan() else { return };
    value[4] = 9;
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(&value[..10]);
    checksum.update(&value[14..]);
    value[10..14].copy_from_slice(&checksum.finalize().to_le_bytes());
    assert_rejected(&server, &key, &value, "version");
}

#[test]
fn more_plans_than_a_function_may_have_are_not_read() {
    let Some((server, key, value)) = with_a_plan() else { return };
    let mut plans: Plans = envelope::read(Kind::Plans, &value).expect("it is ours");
    for user in 1..=MAX_ENTRIES as u64 {
        let mut entry = plans.entries[0].clone();
        // As if it had been measured after all the others there will ever be.
        (entry.key.user, entry.measured) = (user, u64::MAX);
        plans.entries.push(entry);
    }
    assert_rejected(&server, &key, &envelope::write(Kind::Plans, &plans), "bounds");
}

#[test]
fn a_value_of_another_type_is_no_plan() {
    let Some((server, key, _)) = with_a_plan() else { return };
    let _: i64 = server.ask(&["DEL", &key]);
    let _: i64 = server.ask(&["LPUSH", &key, "one", "two"]);
    let said = run(&Cache::new(), &server.url(), &[]);
    assert!(said.is_fine() && said.count("misses") == 1, "{said:?}");
    assert_eq!(run(&Cache::new(), &server.url(), &[]).count("recalled"), 1);
}

#[test]
fn what_is_not_used_takes_the_place_of_nothing_on_disk() {
    let Some(server) = Server::start(&[]) else { return };
    let cache = Cache::new();
    drop(run(&cache, &server.url(), &["keys=0..3", "flush="]));
    let key = server.keys().pop().expect("one function");
    let value: Vec<u8> = cmd("GET").arg(&key).query(&mut server.connection()).expect("it is there");
    let mut plans: Plans = envelope::read(Kind::Plans, &value).expect("plans");
    let good = plans.entries[0].clone();
    let from_the_future = |user| {
        let key = Key { user, ..good.key };
        Entry { key, measured: u64::MAX, ..good.clone() }
    };
    let bad = MAX_ENTRIES as u64 - 1;
    plans.entries = (0..bad).map(from_the_future).chain([good.clone()]).collect();
    plans.ttl = Some(1);
    let () = cmd("SET").arg(&key).arg(envelope::write(Kind::Plans, &plans)).query(&mut server.connection()).unwrap();
    let before = cache.plans();
    drop(run(&cache, &server.url(), &["prefetch=", "keys=7..8", "flush="]));
    let after = cache.plans();
    assert!(before.iter().all(|plan| after.contains(plan)), "{before:?} {after:?}");
    assert_eq!(after.len(), before.len() + 1, "{after:?}");

    // A folder without any gets those that are used, and nothing else.
    let () = cmd("SET").arg(&key).arg(envelope::write(Kind::Plans, &plans)).query(&mut server.connection()).unwrap();
    let cache = Cache::new();
    let mut child = start(&cache, &server.url(), &["prefetch=", "wait=", "calls=0"]);
    assert_eq!((child.line(), child.line()), ("prefetched=1\n".into(), "waiting\n".into()));
    until("a copy", || !cache.plan_files().is_empty());
    child.go_on();
    let said = child.said();
    assert_eq!((said.count("clock"), said.count("redis_hits")), (bad, 1), "{said:?}");
    let files: Vec<Vec<u8>> = cache.plan_files().iter().map(|path| std::fs::read(path).unwrap()).collect();
    let copied: Vec<Plans> = files.iter().flat_map(|bytes| envelope::read_log(Kind::Plans, bytes).records).collect();
    assert_eq!(copied.iter().map(|plans| (&plans.entries[..], plans.ttl)).collect::<Vec<_>>(), [(&[good][..], None)]);
}

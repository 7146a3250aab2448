//! What a cache that is damaged, out of reach or nonsense does to a program: nothing but that it learns again.

#[cfg(unix)]
#[path = "faults/places.rs"]
mod places;

use std::fs;
use std::path::{Path, PathBuf};

use crate::cache::Cache;
use crate::children::{Running, Said, files, program, skipped};

/// The answer is right, and nobody was bothered with what went wrong.
#[track_caller]
fn assert_unharmed(said: &Said, what: &str) {
    assert!(said.status.success() && said.err.is_empty(), "{what}: {said:?}");
    assert_eq!(said.answer(), Cache::plain_answer(), "{what}: {said:?}");
    assert_eq!(said.count("hits") + said.count("misses"), 1, "{what}: {said:?}");
}

#[track_caller]
fn assert_healthy(cache: &Cache, what: &str) {
    let health = cache.store().verify().unwrap();
    assert!(health.score == 100 && health.problems.is_empty(), "{what}: {health:#?}");
}

// ---- Damaged files --------------------------------------------------------------------------------------------------

/// Nothing that is read from a changed file is beyond what a pool of two can do.
fn assert_within_bounds(cache: &Cache, what: &str) {
    let _ = cache.store().totals().unwrap();
    for plan in cache.store().functions().unwrap().into_iter().flat_map(|function| function.plans) {
        let courses = [plan.awake, plan.asleep];
        let sane = courses.iter().all(|course| (1..=2).contains(&course.n_jobs) && (1..8).contains(&course.chunksize));
        assert!(sane || plan.rejected.is_some(), "{what}: {plan:?}");
    }
}

fn is_log(path: &Path) -> bool {
    path.ends_with("statistics") || path.extension().is_some_and(|extension| extension == "plans")
}

#[test]
fn every_bit_flipped_and_every_cut() {
    let cache = Cache::with_a_plan();
    // Nothing of ours reads what is in the lock's own file, and in the one that marks the folder as a cache.
    let is_read = |path: &PathBuf| !path.ends_with("lock") && !path.ends_with("CACHEDIR.TAG");
    for path in files(cache.folder()).into_iter().filter(is_read) {
        let good = fs::read(&path).unwrap();
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut bytes = good.clone();
                bytes[at] ^= 1 << bit;
                fs::write(&path, &bytes).unwrap();
                let what = format!("{} with bit {bit} of byte {at} flipped", path.display());
                assert_ne!(cache.store().verify().unwrap().score, 100, "{what}");
                if bit == at % 8 {
                    assert_within_bounds(&cache, &what);
                }
            }
            fs::write(&path, &good[..at]).unwrap();
            let what = format!("{} cut to {at} bytes", path.display());
            // Logs are made empty and then appended to: an empty one is fine.
            let none = at == 0 && is_log(&path);
            assert_eq!(cache.store().verify().unwrap().score == 100, none, "{what}");
            assert_within_bounds(&cache, &what);
        }
        fs::write(&path, &good).unwrap();
        assert_healthy(&cache, "restored");
    }
}

#[test]
fn a_program_mends_what_is_damaged() {
    for nth in 0..files(Cache::with_a_plan().folder()).len() {
        // A new one each time: programs that met other damage have added to the plans.
        let cache = Cache::with_a_plan();
        let path = files(cache.folder()).swap_remove(nth);
        let good = fs::read(&path).unwrap();
        let damages: Vec<(String, Vec<u8>)> = (0..good.len())
            .step_by(good.len() / 12 + 1)
            .flat_map(|at| {
                let mut flipped = good.clone();
                flipped[at] ^= 0x41;
                [(format!("byte {at} flipped"), flipped), (format!("cut to {at} bytes"), good[..at].to_vec())]
            })
            .chain([("more behind it".to_owned(), [&good[..], b"x"].concat()), ("zeros".into(), vec![0; good.len()])])
            .collect();
        for (damage, bytes) in damages {
            fs::write(&path, bytes).unwrap();
            let what = format!("{}: {damage}", path.display());
            let said = cache.run(&[]);
            assert_unharmed(&said, &what);
            if path.extension().is_some_and(|extension| extension == "plans") {
                // What comes behind a whole record, as from a writer that was killed, does not spoil it. An empty file is
                // one whose first record is yet to come.
                let lost = u64::from(damage != "more behind it");
                let corrupt = if damage == "cut to 0 bytes" { 0 } else { lost };
                assert_eq!((said.count("misses"), said.count("corrupt")), (lost, corrupt), "{what}: {said:?}");
            }
            assert_eq!(cache.plans().len(), 1, "{what}");
            assert_healthy(&cache, &what);
        }
    }
}

/// A plan file with something else in its header or payload, and a checksum that fits.
pub(crate) fn rewrite(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&bytes[..10]);
    hasher.update(&bytes[14..]);
    let checksum = hasher.finalize();
    bytes[10..14].copy_from_slice(&checksum.to_le_bytes());
    fs::write(path, bytes).unwrap();
}

#[test]
fn another_version_is_left_to_those_who_can_read_it() {
    let cache = Cache::with_a_plan();
    let path = cache.plan_files().remove(0);
    rewrite(&path, |bytes| bytes[4] += 1);
    let newer = fs::read(&path).unwrap();
    for known in 0..3 {
        let said = cache.run(&[]);
        assert_unharmed(&said, "a newer version");
        // Its own record comes behind the newer one.
        let unknown = u64::from(known == 0);
        assert_eq!(
            (said.count("misses"), said.count("version"), said.count("errors")),
            (unknown, unknown, 0),
            "{said:?}"
        );
        assert!(fs::read(&path).unwrap().starts_with(&newer));
    }
}

// ---- Time -----------------------------------------------------------------------------------------------------------

/// As postcard writes it.
pub(crate) fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// When its one plan was measured, seconds since 1970.
fn measured(cache: &Cache) -> u64 {
    cache.store().functions().unwrap()[0].plans[0].measured
}

/// A cache whose one plan was measured so many seconds later than it was.
fn stamped(by: i64) -> Cache {
    let cache = Cache::with_a_plan();
    stamp(&cache, by);
    cache
}

fn stamp(cache: &Cache, by: i64) {
    let then = measured(cache);
    let (old, new) = (varint(then), varint(then.checked_add_signed(by).unwrap()));
    rewrite(&cache.plan_files()[0], |bytes| {
        let at = bytes.windows(old.len()).position(|window| window == old).expect("it is in there");
        bytes.splice(at..at + old.len(), new.iter().copied());
        let length = u32::try_from(bytes.len() - 14).unwrap();
        bytes[6..10].copy_from_slice(&length.to_le_bytes());
    });
    assert_eq!(measured(cache), then.checked_add_signed(by).unwrap());
}

const HOUR: i64 = 3600;
const YEAR: i64 = 365 * 24 * HOUR;

#[test]
fn clocks_that_were_wrong() {
    for (by, reason) in [(3 * YEAR, "clock"), (300 * YEAR, "clock"), (-3 * YEAR, "expired"), (-50 * YEAR, "expired")] {
        let cache = stamped(by);
        let wrong = measured(&cache);
        let said = cache.run(&[]);
        assert_unharmed(&said, reason);
        assert_eq!((said.count("misses"), said.count(reason), said.count("errors")), (1, 1, 0), "{by}: {said:?}");
        assert!(measured(&cache).abs_diff(wrong) > 1 << 20, "it is replaced");
        let next = cache.run(&[]);
        assert_eq!((next.count("recalled"), next.count(reason)), (1, 0), "{by}: {next:?}");
        assert_healthy(&cache, reason);
    }
    let cache = stamped(3 * YEAR);
    assert_eq!(cache.store().prune(std::time::Duration::MAX).unwrap(), 1, "what is from the future goes as well");
    // Clocks of machines that share a folder differ.
    assert_eq!(stamped(HOUR).run(&[]).count("recalled"), 1);
}

#[test]
fn plans_are_believed_as_long_as_one_says() {
    let cache = stamped(-2 * HOUR);
    let read = |environment: &[(&str, &str)], arguments: &[&str]| {
        let said = cache.run_in(&[&[("AMORSIZE_CACHE", "read")], environment].concat(), arguments);
        assert_unharmed(&said, "two hours old");
        (said.count("recalled"), said.count("expired"))
    };
    assert_eq!(read(&[], &[]), (1, 0));
    assert_eq!(read(&[("AMORSIZE_TTL", "1h")], &[]), (0, 1));
    assert_eq!(read(&[("AMORSIZE_TTL", "3h")], &[]), (1, 0));
    assert_eq!(read(&[], &["ttl=3600"]), (0, 1));
    assert_eq!(read(&[("AMORSIZE_TTL", "1h")], &["ttl=10800"]), (1, 0));
    let cache = stamped(-8 * 24 * HOUR);
    assert_eq!(cache.run(&[]).count("expired"), 1, "seven days if nobody says otherwise");

    // A function that says how long knows best.
    let brief = ["calls=0", "brief=4"];
    for (age, expired) in [(HOUR / 2, 0), (2 * HOUR, 1)] {
        for ttl in ["1m", "7d"] {
            let cache = Cache::new();
            assert!(cache.run(&brief).is_fine());
            stamp(&cache, -age);
            let said = cache.run_in(&[("AMORSIZE_TTL", ttl)], &brief);
            assert_eq!(
                (said.count("expired"), said.count("recalled")),
                (expired, 1 - expired),
                "{age} {ttl}: {said:?}"
            );
        }
    }
}

// ---- The environment ------------------------------------------------------------------------------------------------

#[cfg(target_os = "linux")]
#[test]
fn the_platform_says_where() {
    let cache = Cache::new();
    let home = cache.beside("home");
    let start = |variables: &[(&str, &Path)]| {
        let mut command = cache.command(&["calls=1", "flush="]);
        for name in ["AMORSIZE_CACHE_DIR", "XDG_CACHE_HOME", "HOME"] {
            command.env_remove(name);
        }
        let said = Running::start({
            command.envs(variables.iter().copied());
            command
        });
        said.said()
    };
    let caches = home.join("elsewhere");
    for (variables, expected) in [
        (&[("HOME", &*home)][..], home.join(".cache")),
        (&[("HOME", &*home), ("XDG_CACHE_HOME", &*caches)], caches.clone()),
        // A relative path there means nothing.
        (&[("HOME", &*home), ("XDG_CACHE_HOME", Path::new("relative"))], home.join(".cache")),
    ] {
        let _ = fs::remove_dir_all(&home);
        let said = start(variables);
        assert_unharmed(&said, "a home");
        assert_eq!((said.count("errors"), said.count("failed")), (0, 0), "{said:?}");
        let found = files(&home);
        let folder = expected.join("amorsize").join("optimization_cache");
        assert!(!found.is_empty() && found.iter().all(|path| path.starts_with(&folder)), "{variables:?}: {found:?}");
    }
    let said = start(&[("HOME", Path::new("/proc/nowhere"))]);
    assert_unharmed(&said, "a home that is not there");
    assert_eq!(said.count("failed"), 1, "{said:?}");
}

/// A user without a home in the environment or in the list of users, as in many a container.
#[cfg(target_os = "linux")]
#[test]
fn no_home_at_all() {
    use std::os::unix::process::CommandExt;

    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_child"));
    command.env_clear().current_dir("/").uid(1_234_567).gid(1_234_567);
    if let Err(error) = command.output() {
        return skipped("a user without a home", &format!("this one may not become another: {error}"));
    }
    let said = Running::start(command).said();
    assert_unharmed(&said, "no home");
    assert_eq!((said.count("misses"), said.count("errors")), (1, 1), "{said:?}");
    assert!(said.out.contains("AMORSIZE_CACHE_DIR"), "{said:?}");
}

#[test]
fn a_relative_folder_stays_where_it_is() {
    let cache = Cache::new();
    let (here, there) = (cache.beside("here"), cache.beside("there"));
    for folder in [&here, &there] {
        fs::create_dir(folder).unwrap();
    }
    let mut command = cache.command(&["calls=1", "chdir=../there", "keys=0..3"]);
    command.env("AMORSIZE_CACHE_DIR", "a/cache").current_dir(&here);
    let said = Running::start(command).said();
    assert!(said.is_fine(), "{said:?}");
    assert_eq!(files(&there), [""; 0].map(Path::new));
    assert_eq!(amorsize::store::Store::open(here.join("a/cache")).functions().unwrap().len(), 2);
}

/// A warning each, the default in use; and for those who ask, an error that says what may be there.
#[test]
fn each_variable_set_to_nonsense() {
    for (name, value, may_be) in [
        ("AMORSIZE", "perhaps", "on or off"),
        ("AMORSIZE_CACHE", "memory", "off (memory only), read or write"),
        ("AMORSIZE_TTL", "soon", "a time such as 7d, 12h or 1h 30m"),
        ("AMORSIZE_TTL", "-1h", "a time such as 7d, 12h or 1h 30m"),
        ("AMORSIZE_CACHE_SIZE", "much", "a number of bytes such as 1000000, 512K, 64M or 2G"),
        ("AMORSIZE_CACHE_SIZE", "99999999999G", "a number of bytes such as 1000000, 512K, 64M or 2G"),
    ] {
        let cache = Cache::with_a_plan();
        let said = cache.run_in(&[(name, value)], &["from-env="]);
        let mistake = format!("{name}={value} makes no sense: it may be {may_be}");
        assert_eq!(said.out.lines().next(), Some(&*mistake));
        assert_eq!(said.err, format!("amorsize: {mistake}; the default is used\n"));
        assert!(said.status.success(), "{said:?}");
        assert_eq!((said.count("recalled"), said.count("errors")), (1, 1), "the defaults serve: {said:?}");
        assert_eq!(said.answer(), Cache::plain_answer());
    }
}

#[cfg(unix)]
#[test]
fn values_that_are_no_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    for name in ["AMORSIZE", "AMORSIZE_CACHE", "AMORSIZE_TTL", "AMORSIZE_CACHE_SIZE"] {
        let cache = Cache::with_a_plan();
        let mut command = cache.command(&[]);
        command.env(name, OsStr::from_bytes(b"\xff\xfe"));
        let said = Running::start(command).said();
        assert_eq!(said.err.lines().count(), 1, "{said:?}");
        assert!(said.err.starts_with(&format!("amorsize: {name}=")), "{said:?}");
        assert_eq!((said.count("recalled"), said.answer()), (1, Cache::plain_answer()), "{said:?}");
    }
    // But a folder may have any name.
    let cache = Cache::new();
    let mut command = cache.command(&[]);
    let folder = cache.beside("").join(OsStr::from_bytes(b"\xff\xfe"));
    command.env("AMORSIZE_CACHE_DIR", &folder);
    let said = Running::start(command).said();
    assert!(said.is_fine() && folder.is_dir(), "{said:?}");
}

//! Real ranks: runs itself under `mpirun`, scenario by scenario, and looks at what they say.

use std::collections::BTreeMap;
use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use amorsize_mpi::{Cluster, Failed, Plan, RunAcross};
use serde::{Deserialize, Serialize};

/// What each rank runs, by name.
const SCENARIO: &str = "AMORSIZE_MPI_SCENARIO";

/// Where this is set, rank 1 panics before it does anything.
const PANIC: &str = "AMORSIZE_MPI_PANIC";

type Scenario = fn(&mut Cluster);

/// The scenarios, and for how many ranks at least.
const SCENARIOS: &[(&str, Scenario, usize)] = &[
    ("cores_are_shared", cores_are_shared, 1),
    ("map", map, 1),
    ("borrowed", borrowed, 1),
    ("by_value", by_value, 1),
    ("nothing", nothing, 1),
    ("terminals", terminals, 1),
    ("sums_to_the_last_bit", sums_to_the_last_bit, 1),
    ("errors", errors, 1),
    ("panics", panics, 2),
    ("panics_here_and_there", panics_here_and_there, 2),
    ("local", local, 1),
    ("local_panics", local_panics, 2),
    ("broadcasts", broadcasts, 1),
    ("light_items_stay", light_items_stay, 2),
    ("heavy_items_travel", heavy_items_travel, 2),
    ("large_messages", large_messages, 2),
    ("what_cannot_be_read", what_cannot_be_read, 2),
    ("scratches", scratches, 1),
];

/// What a rank runs that is given the plans of another one: how many plans are in its folder when it has joined.
const COUNT: &str = "count";

fn main() {
    if let Ok(name) = env::var(SCENARIO) {
        let mut cluster = Cluster::join();
        let size = cluster.size();
        assert!(cluster.rank() != 1 || env::var_os(PANIC).is_none(), "on its own");
        if name == COUNT {
            let functions = amorsize::store::Store::open(amorsize::cache_dir()).functions().unwrap();
            println!("rank {} knows {} functions", cluster.rank(), functions.len());
            return;
        }
        for (scenario, run, _) in
            SCENARIOS.iter().filter(|(known, _, least)| *least <= size && (name == "all" || name == *known))
        {
            println!("rank {} begins {scenario}", cluster.rank());
            run(&mut cluster);
        }
        println!("rank {} is fine", cluster.rank());
        return;
    }
    let mut failed = Vec::new();
    let mut check = |name: &'static str, test: &dyn Fn()| {
        let is_ok = catch_unwind(AssertUnwindSafe(test)).is_ok();
        println!("test {name} ... {}", if is_ok { "ok" } else { "FAILED" });
        failed.extend((!is_ok).then_some(name));
    };
    check("every scenario on two ranks", &|| all_are_fine(2));
    check("every scenario on four ranks", &|| all_are_fine(4));
    check("without mpirun", &without_mpirun);
    check("a panic that the others cannot know of ends all", &one_panics_outside);
    check("what was learned is remembered", &remembers);
    check("plans of the root are given to all", &plans_are_shared);
    check("the answer of the example", &example);
    assert!(failed.is_empty(), "failed: {failed:?}");
}

// ---- Running ranks

/// A command that runs so many ranks of this program, with a cache of their own.
fn ranks(size: usize, scenario: &str, cache: &Path) -> Command {
    let program = env::current_exe().expect("a program");
    let mut command = mpirun(size);
    command.arg(program).env(SCENARIO, scenario).env("AMORSIZE_CACHE_DIR", cache);
    command
}

fn mpirun(size: usize) -> Command {
    let mut command = Command::new("mpirun");
    command.args(["-n", &size.to_string()]);
    let version = Command::new("mpirun").arg("--version").output().expect("mpirun is there");
    if String::from_utf8_lossy(&version.stdout).contains("Open") {
        // Two cores have to do for four ranks, also where tests run as root in a container.
        command.arg("--oversubscribe");
        command.envs([("OMPI_ALLOW_RUN_AS_ROOT", "1"), ("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")]);
    }
    command
}

/// Runs it to its end, which has to come within two minutes.
fn run(mut command: Command) -> Output {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let (id, (ended, end)) = (child.id(), channel());
    // What it says is read meanwhile: a pipe that is full would stop it.
    thread::spawn(move || ended.send(child.wait_with_output()));
    if let Ok(output) = end.recv_timeout(Duration::from_secs(120)) {
        return output.expect("it has said what it had to say");
    }
    let _ = Command::new("kill").arg(id.to_string()).status();
    panic!("{command:?} does not end");
}

fn all_are_fine(size: usize) {
    let cache = tempfile::tempdir().unwrap();
    let output = run(ranks(size, "all", cache.path()));
    let said = String::from_utf8_lossy(&output.stdout);
    let are_fine = (0..size).all(|rank| said.contains(&format!("rank {rank} is fine")));
    assert!(output.status.success() && are_fine, "{said}\n{}", String::from_utf8_lossy(&output.stderr));
}

// ---- What ranks do

/// Rounds of some 20 us at least, so that it pays to share them.
const ROUNDS: u64 = if cfg!(debug_assertions) { 5_000 } else { 20_000 };

fn work(n: u64) -> u64 {
    (0..std::hint::black_box(ROUNDS)).fold(n, |x, i| (x ^ i).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(9))
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Job {
    name: String,
    seed: u64,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Seed(u64);
amorsize_mpi::by_value!(Seed);

#[amorsize::auto]
fn run_job(job: &Job, salt: u64) -> (String, u64) {
    (job.name.to_uppercase(), work(job.seed ^ salt))
}

#[amorsize::auto]
fn letters(word: &str) -> usize {
    work(0);
    word.chars().count()
}

#[amorsize::auto]
fn worked(n: u64) -> u64 {
    work(n)
}

#[amorsize::auto]
fn seeded(Seed(seed): Seed) -> Seed {
    Seed(work(seed))
}

#[amorsize::auto]
fn harmonic(n: u64) -> f64 {
    1.0 / (work(n) as f64 + n as f64 + 0.3)
}

#[amorsize::auto]
fn touch(n: u64) {
    work(n);
}

#[amorsize::auto]
fn odd_is_bad(n: u64) -> Result<u64, String> {
    work(n);
    if n.is_multiple_of(2) { Ok(n / 2) } else { Err(format!("{n} is odd")) }
}

#[amorsize::auto]
fn none_at(n: u64, at: u64) -> Option<u64> {
    work(n);
    (n != at).then_some(n)
}

#[amorsize::auto]
fn panics_at(n: u64, at: &[u64]) -> u64 {
    work(n);
    assert!(!at.contains(&n), "{n} is not for me");
    n
}

#[amorsize::auto]
fn first(bytes: &[u8]) -> u8 {
    bytes[0]
}

#[amorsize::auto]
fn sleep(ms: u64) -> u32 {
    std::thread::sleep(Duration::from_millis(ms));
    std::process::id()
}

#[amorsize::auto(scratch(text = String::new()))]
fn digits(n: u64, text: &mut String) -> usize {
    use std::fmt::Write;
    work(n);
    text.clear();
    write!(text, "{n}").unwrap();
    text.len()
}

/// The items, on the root only.
fn given<T>(cluster: &Cluster, items: impl FnOnce() -> Vec<T>) -> Vec<T> {
    if cluster.is_root() { items() } else { Vec::new() }
}

fn cores_are_shared(cluster: &mut Cluster) {
    let (cores, size) = (std::thread::available_parallelism().unwrap().get(), cluster.size());
    assert_eq!(cluster.threads().len(), size);
    assert_eq!(cluster.threads()[cluster.rank()], own_threads());
    if env::var_os("RAYON_NUM_THREADS").is_none() && cluster.threads().iter().all(|n| *n == cluster.threads()[0]) {
        // Unless MPI has given each rank cores of its own.
        assert!(own_threads() == (cores / size).max(1) || own_threads() == cores, "{:?}", cluster.threads());
    }
}

/// Threads of the pool of this rank.
fn own_threads() -> usize {
    rayon::current_num_threads()
}

fn map(cluster: &mut Cluster) {
    let job = |seed| Job { name: format!("job {seed}"), seed };
    let jobs = given(cluster, || (0..5000).map(job).collect());
    for _ in 0..3 {
        let done = run_job::on(&jobs, 7).across(cluster).map();
        let expected = || jobs.iter().map(|job| run_job(job, 7)).collect::<Vec<_>>();
        assert_eq!(done, cluster.is_root().then(expected));
    }
}

fn borrowed(cluster: &mut Cluster) {
    let words = given(cluster, || (0..3000).map(|n| "ä".repeat(n % 50)).collect::<Vec<String>>());
    let lengths = letters::on(&words).across(cluster).map();
    assert_eq!(lengths, cluster.is_root().then(|| (0..3000).map(|n| n % 50).collect()));
    // Choices, closures, and items that are pairs of a reference and a number.
    let pairs = amorsize::on!(words.iter().enumerate(), |(at, word)| (at, work(at as u64) & 1, word.len()));
    let pairs = pairs.n_jobs(2).across(cluster).map();
    let expected = || (0..3000).map(|n| (n, work(n as u64) & 1, 2 * (n % 50))).collect::<Vec<_>>();
    assert_eq!(pairs, cluster.is_root().then(expected));
}

fn by_value(cluster: &mut Cluster) {
    let len = if cluster.is_root() { 4000 } else { 0 };
    assert_eq!(worked::on(0..len).across(cluster).map(), cluster.is_root().then(|| (0..4000).map(work).collect()));
    let seeds = given(cluster, || (0..4000).map(Seed).collect());
    let expected = || (0..4000).map(|n| Seed(work(n))).collect();
    assert_eq!(seeded::on(seeds).across(cluster).map(), cluster.is_root().then(expected));
}

fn nothing(cluster: &mut Cluster) {
    assert_eq!(worked::on(0..0).across(cluster).map(), cluster.is_root().then(Vec::new));
    assert_eq!(worked::on(0..0).across(cluster).reduce(|| 5, |a, b| a + b), cluster.is_root().then_some(5));
    let len = u64::from(cluster.is_root());
    assert_eq!(worked::on(0..len).across(cluster).map(), cluster.is_root().then(|| vec![work(0)]));
}

fn terminals(cluster: &mut Cluster) {
    let len = if cluster.is_root() { 4000 } else { 0 };
    touch::on(0..len).across(cluster).for_each();
    let sum = worked::on(0..len).across(cluster).reduce(|| 0, u64::wrapping_add);
    assert_eq!(sum, cluster.is_root().then(|| (0..4000).map(work).fold(0, u64::wrapping_add)));
    let evens = given(cluster, || (0..4000).map(|n| 2 * n).collect::<Vec<u64>>());
    assert_eq!(odd_is_bad::on(&evens).across(cluster).try_map(), cluster.is_root().then(|| Ok((0..4000).collect())));
}

fn sums_to_the_last_bit(cluster: &mut Cluster) {
    let len = if cluster.is_root() { 6000 } else { 0 };
    for _ in 0..3 {
        let sum = harmonic::on(0..len).across(cluster).reduce(|| 0.0, |a, b| a + b);
        let expected = || harmonic::on(0..6000).reduce(|| 0.0, |a, b| a + b).to_bits();
        assert_eq!(sum.map(f64::to_bits), cluster.is_root().then(expected));
    }
}

fn errors(cluster: &mut Cluster) {
    let numbers = given(cluster, || (0..4000).map(|n| if n % 1000 == 777 { 2 * n + 1 } else { 2 * n }).collect());
    for _ in 0..3 {
        match odd_is_bad::on(numbers.clone()).across(cluster).try_map() {
            Some(Err(Failed { rank, index, error, .. })) => {
                assert!(cluster.is_root() && rank < cluster.size());
                assert_eq!((index, error.as_str()), (777, "1555 is odd"));
            }
            None => assert!(!cluster.is_root()),
            Some(Ok(_)) => panic!("there were errors"),
        }
    }
    let len = if cluster.is_root() { 4000 } else { 0 };
    let failed = none_at::on(0..len, 3999).across(cluster).try_map();
    assert_eq!(failed.map(|values| values.unwrap_err().index), cluster.is_root().then_some(3999));
    // All is as before.
    assert_eq!(worked::on(0..len).across(cluster).map().map(|all| all.len()), cluster.is_root().then_some(4000));
}

/// What a panic says.
fn said(panic: &(dyn std::any::Any + Send)) -> &str {
    panic.downcast_ref::<String>().map_or_else(|| panic.downcast_ref::<&str>().expect("a text"), String::as_str)
}

fn panics(cluster: &mut Cluster) {
    let len = if cluster.is_root() { 4000 } else { 0 };
    for at in [&[0][..], &[3999], &[1500, 2500, 3500]] {
        let panic =
            catch_unwind(AssertUnwindSafe(|| panics_at::on(0..len, at).across(cluster).map().is_some())).unwrap_err();
        let text = said(&*panic);
        let ends = format!(", item {}: {} is not for me", at[0], at[0]);
        assert!(text.starts_with("rank ") && text.ends_with(&ends), "{text}");
    }
    assert_eq!(worked::on(0..len).across(cluster).map().map(|all| all.len()), cluster.is_root().then_some(4000));
}

fn panics_here_and_there(cluster: &mut Cluster) {
    // On the root, where items come from; where results are combined; and on one rank, beside the function.
    let is_root = cluster.is_root();
    let panic = catch_unwind(AssertUnwindSafe(|| cluster.broadcast(|| -> u8 { panic!("no value") }))).unwrap_err();
    assert!(said(&*panic).contains("no value"));
    let len = if is_root { 4000 } else { 0 };
    let op = |a: u64, b: u64| if a > 0 { panic!("cannot add") } else { a + b };
    let run = || worked::on(0..len).across(cluster).reduce(|| 0, op);
    let panic = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
    assert!(said(&*panic).contains("cannot add"), "{}", said(&*panic));
    assert_eq!(cluster.broadcast(|| 7), 7);
}

fn local(cluster: &mut Cluster) {
    let (rank, size) = (cluster.rank() as u64, cluster.size() as u64);
    let mine: Vec<u64> = (rank * 1000..(rank + 1) * 1000).collect();
    let moved = cluster.traffic().bytes;
    assert_eq!(worked::on(&mine).across(cluster).local().map(), mine.iter().map(|n| work(*n)).collect::<Vec<_>>());
    touch::on(&mine).across(cluster).local().for_each();
    let sum = worked::on(&mine).across(cluster).local().reduce(|| 0, u64::wrapping_add);
    let expected = || (0..size * 1000).map(work).fold(0, u64::wrapping_add);
    assert_eq!(sum, cluster.is_root().then(expected));
    assert!(cluster.traffic().bytes - moved < 100 * size, "items are not moved");
    // In the order of the ranks, also where one has nothing.
    let named: Vec<String> = if rank == 1 { Vec::new() } else { vec![rank.to_string()] };
    let all = amorsize::on!(named, |name| name).across(cluster).local().reduce(String::new, |a, b| a + &b);
    let expected = || (0..size).filter(|rank| *rank != 1).map(|rank| rank.to_string()).collect();
    assert_eq!(all, cluster.is_root().then(expected));
}

fn local_panics(cluster: &mut Cluster) {
    let last = cluster.size() as u64 - 1;
    let rank = cluster.rank() as u64;
    let run = || panics_at::on([rank], &[last]).across(cluster).local().map();
    let panic = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
    assert!(said(&*panic).contains("is not for me"), "{}", said(&*panic));
    assert_eq!(cluster.broadcast(|| 8), 8);
}

fn broadcasts(cluster: &mut Cluster) {
    let make = || BTreeMap::from([("a".to_string(), vec![1.5, 2.5]), ("b".to_string(), vec![])]);
    assert_eq!(cluster.broadcast(make), make());
    let large = cluster.broadcast(|| vec![7u8; 20_000_000]);
    assert!(large.len() == 20_000_000 && large.iter().all(|byte| *byte == 7));
}

fn light_items_stay(cluster: &mut Cluster) {
    let items = given(cluster, || vec![vec![3; 16_384]; 3000]);
    for call in 0..3 {
        let plan = first::on(&items).across(cluster).plan();
        let is_as_expected = match plan {
            Plan::Unknown { .. } => call == 0,
            Plan::Local { alone, across } => call > 0 && across > alone,
            Plan::Member => !cluster.is_root(),
            _ => false,
        };
        assert!(is_as_expected, "{call}: {plan}");
        let moved = cluster.traffic().bytes;
        let all = first::on(&items).across(cluster).map();
        assert_eq!(all, cluster.is_root().then(|| vec![3; 3000]));
        assert!(cluster.traffic().bytes - moved < 1000, "nothing is moved");
    }
}

fn heavy_items_travel(cluster: &mut Cluster) {
    let size = cluster.size();
    let items = given(cluster, || vec![20; 12 * size]);
    for call in 0..2 {
        let pids = sleep::on(&items).n_jobs(1).across(cluster).map();
        if let Some(mut pids) = pids {
            pids.sort_unstable();
            pids.dedup();
            assert_eq!(pids.len(), size, "every rank has done some");
            let plan = sleep::on(&items).across(cluster).plan();
            assert!(matches!(plan, Plan::Across { ranks, .. } if ranks == size), "{call}: {plan}");
        }
    }
}

#[amorsize::auto]
fn doubled(bytes: &[u8]) -> Vec<u8> {
    std::thread::sleep(Duration::from_millis(30));
    [bytes, bytes].concat()
}

fn large_messages(cluster: &mut Cluster) {
    // Both sides send at once what is too long to be sent before it is asked for.
    let items = given(cluster, || (0..24u8).map(|n| vec![n; 3_000_000]).collect::<Vec<_>>());
    let moved = cluster.traffic().bytes;
    let all = doubled::on(&items).n_jobs(1).across(cluster).map();
    if let Some(all) = all {
        assert!(all.iter().zip(0..).all(|(all, n): (&Vec<u8>, u8)| *all == vec![n; 6_000_000]));
        assert!(cluster.traffic().bytes - moved > 9_000_000);
    }
}

/// What is written with one field less is not read by a format without names.
#[derive(Clone, Serialize, Deserialize)]
struct Unequal {
    #[serde(skip_serializing)]
    missing: u64,
    text: String,
}

#[amorsize::auto]
fn unequal(item: &Unequal) -> u64 {
    (0..5).map(|n| work(item.missing + n)).fold(0, u64::wrapping_add)
}

fn what_cannot_be_read(cluster: &mut Cluster) {
    let items = given(cluster, || vec![Unequal { missing: 1, text: "abc".into() }; 2000]);
    let run = || drop(unequal::on(&items).across(cluster).map());
    let panic = catch_unwind(AssertUnwindSafe(run)).expect_err("it was sent");
    assert!(said(&*panic).contains("cannot be read"), "{}", said(&*panic));
    assert!(items.iter().all(|item| item.text == "abc"));
    assert_eq!(cluster.broadcast(|| 9), 9);
}

fn scratches(cluster: &mut Cluster) {
    let len = if cluster.is_root() { 4000 } else { 0 };
    let expected = || (0..4000u64).map(|n| n.to_string().len()).collect();
    assert_eq!(digits::on(0..len).across(cluster).map(), cluster.is_root().then(expected));
}

// ---- What is seen from outside

fn without_mpirun() {
    let cache = tempfile::tempdir().unwrap();
    let mut command = Command::new(env::current_exe().unwrap());
    command.env(SCENARIO, "all").env("AMORSIZE_CACHE_DIR", cache.path());
    command.envs([("OMPI_ALLOW_RUN_AS_ROOT", "1"), ("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")]);
    let output = run(command);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("rank 0 is fine"));
}

fn one_panics_outside() {
    let cache = tempfile::tempdir().unwrap();
    let mut command = ranks(3, "map", cache.path());
    command.env(PANIC, "1");
    let output = run(command);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("on its own"));
}

fn remembers() {
    let cache = tempfile::tempdir().unwrap();
    assert!(run(ranks(2, "heavy_items_travel", cache.path())).status.success());
    let files = || std::fs::read_dir(cache.path().join("mpi")).unwrap().map(|file| file.unwrap().path());
    assert_eq!(files().count(), 1, "{:?}", files().collect::<Vec<_>>());
    // Garbage is not believed, and replaced.
    let file = files().next().unwrap();
    std::fs::write(&file, b"\xff\xff\xff").unwrap();
    assert!(run(ranks(2, "heavy_items_travel", cache.path())).status.success());
    assert!(std::fs::metadata(&file).unwrap().len() > 20);
}

fn plans_are_shared() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert!(run(ranks(1, "terminals", first.path())).status.success());
    // The two have folders of their own, as on two hosts.
    let program = env::current_exe().unwrap();
    let mut command = mpirun(1);
    command.arg("env").arg(format!("AMORSIZE_CACHE_DIR={}", first.path().display())).arg(&program);
    command.args([":", "-n", "1", "env"]).arg(format!("AMORSIZE_CACHE_DIR={}", second.path().display())).arg(&program);
    let output = run({
        command.env(SCENARIO, COUNT);
        command
    });
    let said = String::from_utf8_lossy(&output.stdout);
    let known = |rank: usize| {
        let line = said.lines().find_map(|line| line.strip_prefix(&format!("rank {rank} knows ")))?;
        line.split(' ').next()?.parse::<usize>().ok()
    };
    assert!(output.status.success() && known(0) > Some(2) && known(1) == known(0), "{said}");
}

fn example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    // Beside this test, which cargo has built it with.
    let program: PathBuf = env::current_exe().unwrap().ancestors().nth(2).unwrap().join("examples/cluster_words");
    let cache = tempfile::tempdir().unwrap();
    let answer = |size: usize| {
        let mut command = mpirun(size);
        command.arg(&program).arg(root.join("docs")).env("AMORSIZE_CACHE_DIR", cache.path());
        let output = run(command);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).lines().last().unwrap_or_default().to_string()
    };
    let one = answer(1);
    assert!(one.ends_with("files") && !one.starts_with("0 words"), "{one}");
    assert_eq!([answer(2), answer(4)], [one.clone(), one]);
    let mut command = mpirun(2);
    command.arg(&program).arg("no/such/folder").env("AMORSIZE_CACHE_DIR", cache.path());
    let output = run(command);
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("no/such/folder"));
}

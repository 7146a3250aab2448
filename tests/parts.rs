//! Runs taken apart, and given to the function batch by batch.

use std::panic::{AssertUnwindSafe, catch_unwind};

#[amorsize::auto]
fn square(n: u64) -> u64 {
    n * n
}

#[amorsize::auto]
fn fail_from_40_on(n: u64) -> u64 {
    assert!(n < 40, "{n}");
    n
}

#[amorsize::auto]
fn harmonic(n: u64) -> f64 {
    1.0 / (n as f64 + 0.3)
}

#[amorsize::auto(scratch(text = String::new()))]
fn digits(n: u64, text: &mut String) -> usize {
    use std::fmt::Write;
    text.clear();
    write!(text, "{n}").unwrap();
    text.len()
}

#[test]
fn batches_give_what_the_whole_gives() {
    let (mut items, function) = square::on(0..1000).into_parts();
    let mut all = Vec::new();
    while all.len() < 1000 {
        let batch: Vec<_> = items.by_ref().take(77).collect();
        all.extend(function.over(all.len(), batch).map());
    }
    assert_eq!(all, square::map(0..1000));
    assert_eq!((function.panicked_at(), square::on(0..9).identity().0), (None, square::ID));
    assert!(function.path().ends_with("::square"), "{}", function.path());
}

#[test]
fn scratches_are_kept_to() {
    let (items, function) = digits::on(5..2000).n_jobs(2).into_parts();
    assert_eq!(function.over(0, items.collect()).map(), digits::map(5..2000));
}

#[test]
fn the_index_of_a_panic_is_kept() {
    for n_jobs in [1, 2] {
        let (items, function) = fail_from_40_on::on(0..1000).n_jobs(n_jobs).into_parts();
        let run = || function.over(100, items.collect()).map();
        let payload = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
        assert_eq!(payload.downcast_ref::<String>().unwrap(), "40");
        assert_eq!(function.panicked_at(), Some(140), "on {n_jobs}");
    }
}

#[test]
fn blocks_of_batches_reduce_as_the_whole_does() {
    let whole = harmonic::on(0..10_000).reduce(|| 0.0, |a, b| a + b);
    let run = harmonic::on(0..10_000);
    let block = run.reduce_block();
    assert!(block > 1);
    let (mut items, function) = run.into_parts();
    let mut blocks = Vec::new();
    for first in (0..10_000).step_by(7 * block) {
        let batch = items.by_ref().take(7 * block).collect();
        blocks.extend(function.over(first, batch).reduce_in_blocks(block, |a, b| a + b));
    }
    assert_eq!(blocks.len(), 10_000_usize.div_ceil(block));
    assert_eq!(blocks.into_iter().reduce(|a, b| a + b).unwrap().to_bits(), whole.to_bits());
}

#[amorsize::auto]
fn halve(n: u64) -> Result<u64, String> {
    if n.is_multiple_of(2) { Ok(n / 2) } else { Err(n.to_string()) }
}

#[test]
fn the_position_of_a_failure_is_told() {
    for n_jobs in [1, 2] {
        let fails: Vec<u64> = (0..1000).map(|n| if n == 700 || n == 800 { 2 * n + 1 } else { 2 * n }).collect();
        assert_eq!(halve::on(&fails).n_jobs(n_jobs).try_map_at(), Err((700, "1401".into())));
        assert_eq!(halve::on(&fails[..700]).n_jobs(n_jobs).try_map_at(), Ok((0..700).collect()));
    }
}

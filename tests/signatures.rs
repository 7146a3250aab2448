//! Every kind of signature gives the answer of the plain loop: as a map, as a run on two threads, and as a stream.
// Each form is written out on purpose.
#![allow(
    clippy::needless_borrows_for_generic_args,
    clippy::needless_lifetimes,
    clippy::needless_pass_by_value,
    clippy::ptr_arg,
    clippy::trivially_copy_pass_by_ref
)]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Nothing, one, a few, and enough for several takes.
const LENGTHS: [usize; 5] = [0, 1, 2, 7, 3000];

fn lines(len: usize) -> Vec<String> {
    (0..len).map(|i| format!(" line {i} of {len} ")).collect()
}

fn numbers(len: usize) -> Vec<u64> {
    (0..len as u64).collect()
}

/// `same!(expected; runs)`: each run with its own choices.
macro_rules! same {
    ($expected:expr; $($got:expr),+ $(,)?) => {{
        let expected = $expected;
        $(assert_eq!($got, expected, "{}", stringify!($got));)+
    }};
}

mod methods;

#[amorsize::auto]
fn length(line: &str) -> usize {
    line.len()
}

#[amorsize::auto]
fn trimmed(line: &str) -> &str {
    line.trim()
}

#[test]
fn text_lent_by_anything() {
    for len in LENGTHS {
        let owned = lines(len);
        let borrowed: Vec<&str> = owned.iter().map(String::as_str).collect();
        let references: Vec<&String> = owned.iter().collect();
        let shared: Vec<Arc<str>> = owned.iter().map(|line| Arc::from(line.as_str())).collect();
        let boxed: Vec<Box<str>> = owned.iter().map(|line| Box::from(line.as_str())).collect();
        let cows: Vec<Cow<'_, str>> = owned.iter().map(Cow::from).collect();
        same!(owned.iter().map(|line| length(line)).collect::<Vec<_>>();
            length::map(&owned),
            length::map(&borrowed),
            length::map(&references),
            length::map(&shared),
            length::map(&boxed),
            length::map(&cows),
            length::on(&owned).n_jobs(2).chunksize(3).map(),
            length::stream(owned.clone()).collect::<Vec<_>>(),
            length::stream(borrowed.iter().copied()).collect::<Vec<_>>(),
        );
        let results = {
            let short_lived: Vec<&str> = owned.iter().map(String::as_str).collect();
            trimmed::map(&short_lived)
        };
        same!(owned.iter().map(|line| trimmed(line)).collect::<Vec<_>>();
            results,
            trimmed::on(&owned).n_jobs(2).map(),
            trimmed::stream(borrowed.iter().copied()).collect::<Vec<_>>(),
        );
    }
}

#[amorsize::auto]
fn total(row: &[u64]) -> u64 {
    row.iter().sum()
}

#[amorsize::auto]
fn depth(path: &Path) -> usize {
    path.components().count()
}

#[amorsize::auto]
fn square(x: &u64) -> u64 {
    x * x
}

#[test]
fn slices_paths_and_plain_references() {
    for len in LENGTHS {
        let rows: Vec<Vec<u64>> = (0..len).map(|i| numbers(i % 5)).collect();
        let pairs: Vec<[u64; 2]> = numbers(len).into_iter().map(|x| [x, x + 1]).collect();
        same!(rows.iter().map(|row| total(row)).collect::<Vec<_>>();
            total::map(&rows), total::stream(rows.clone()).collect::<Vec<_>>());
        same!(pairs.iter().map(|row| total(row)).collect::<Vec<_>>();
            total::map(&pairs), total::on(&pairs).n_jobs(2).map());
        let paths: Vec<PathBuf> = (0..len).map(|i| PathBuf::from("a/".repeat(i % 7))).collect();
        same!(paths.iter().map(|path| depth(path)).collect::<Vec<_>>(); depth::map(&paths));
        let xs = numbers(len);
        same!(xs.iter().map(square).collect::<Vec<_>>();
            square::map(&xs), square::on(&xs).n_jobs(2).map(), square::stream(xs.iter()).collect::<Vec<_>>());
    }
}

#[amorsize::auto]
fn double(x: u64) -> u64 {
    2 * x
}

#[amorsize::auto]
fn shout(text: String) -> String {
    text + "!"
}

#[amorsize::auto]
fn sum((a, b): (u64, &str)) -> u64 {
    a + b.len() as u64
}

#[test]
fn values() {
    for len in LENGTHS {
        let xs = numbers(len);
        same!(xs.iter().map(|x| double(*x)).collect::<Vec<_>>();
            double::map(xs.clone()),
            double::map(&xs),
            double::map(&xs[..]),
            double::map(0..len as u64),
            double::on(0..len as u64).n_jobs(2).map(),
            double::stream(xs.iter().copied()).collect::<Vec<_>>(),
        );
        if len > 0 {
            assert_eq!(double::map(0..=len as u64 - 1), double::map(xs));
        }
        let texts = lines(len);
        same!(texts.iter().cloned().map(shout).collect::<Vec<_>>();
            shout::map(texts.clone()),
            shout::on(texts.clone()).n_jobs(2).map(),
            shout::stream(texts.clone()).collect::<Vec<_>>(),
        );
        let pairs: Vec<(u64, &str)> = texts.iter().map(|text| (text.len() as u64, text.as_str())).collect();
        same!(pairs.iter().copied().map(sum).collect::<Vec<_>>(); sum::map(pairs.clone()), sum::map(&pairs));
    }
    assert_eq!(double::map([1, 2, 3]), [2, 4, 6]);
    assert_eq!(double::map(&[1, 2, 3]), [2, 4, 6]);
}

#[amorsize::auto]
fn scale(row: &mut [u64], by: u64) {
    for x in row {
        *x *= by;
    }
}

#[amorsize::auto]
fn first<'r>(row: &'r mut Vec<u64>) -> Option<&'r mut u64> {
    row.first_mut()
}

#[test]
fn rows() {
    for len in LENGTHS {
        let rows: Vec<Vec<u64>> = (0..len).map(|i| numbers(i % 5)).collect();
        let mut expected = rows.clone();
        for row in &mut expected {
            scale(row, 3);
        }
        let (mut one, mut two, mut three) = (rows.clone(), rows.clone(), rows.clone());
        scale::for_each(&mut one, 3);
        scale::on(&mut two, 3).n_jobs(2).chunksize(1).for_each();
        scale::stream(three.iter_mut().map(Vec::as_mut_slice), 3).for_each(drop);
        same!(expected; one, two, three);
        let mut firsts = rows.clone();
        for x in first::map(&mut firsts).into_iter().flatten() {
            *x += 100;
        }
        let expected: Vec<u64> = rows.iter().filter(|row| !row.is_empty()).map(|row| row[0] + 100).collect();
        assert_eq!(firsts.iter().filter_map(|row| row.first().copied()).collect::<Vec<_>>(), expected);
    }
}

#[amorsize::auto(key(by, extra.len()))]
fn with_context(line: &str, table: &BTreeMap<usize, String>, by: u64, extra: String) -> String {
    let found = table.get(&(line.len() % 30)).map_or("", String::as_str);
    format!("{found}{by}{extra}")
}

#[amorsize::auto]
fn counted(x: u64, sum: &AtomicU64) {
    sum.fetch_add(x, Ordering::Relaxed);
}

#[amorsize::auto]
fn looked_up<'t>(x: &usize, table: &'t BTreeMap<usize, String>) -> Option<&'t str> {
    table.get(x).map(String::as_str)
}

#[amorsize::auto]
fn applied<F: Fn(u64) -> u64>(x: u64, by: &F) -> u64 {
    by(x)
}

#[test]
fn context() {
    let table: BTreeMap<usize, String> = (0..20).map(|i| (i, format!("<{i}>"))).collect();
    for len in LENGTHS {
        let texts = lines(len);
        let extra = || String::from("+");
        same!(texts.iter().map(|line| with_context(line, &table, 5, extra())).collect::<Vec<_>>();
            with_context::map(&texts, &table, 5, extra()),
            with_context::on(&texts, &table, 5, extra()).n_jobs(2).map(),
            with_context::stream(texts.clone(), &table, 5, extra()).collect::<Vec<_>>(),
        );
        let sum = AtomicU64::new(0);
        counted::for_each(0..len as u64, &sum);
        counted::on(0..len as u64, &sum).n_jobs(2).for_each();
        assert_eq!(sum.into_inner(), (0..len as u64).sum::<u64>() * 2);
        let indices: Vec<usize> = (0..len).collect();
        same!(indices.iter().map(|i| looked_up(i, &table)).collect::<Vec<_>>();
            looked_up::map(&indices, &table), looked_up::map(&indices.clone(), &table));
        let seen = AtomicU64::new(0);
        let by = |x| {
            seen.fetch_add(1, Ordering::Relaxed);
            x + 1
        };
        same!((1..=len as u64).collect::<Vec<_>>(); applied::map(0..len as u64, &by));
        assert_eq!(seen.into_inner(), len as u64);
    }
}

#[amorsize::auto]
fn shown<T: Display>(x: &T) -> String {
    x.to_string()
}

#[amorsize::auto]
fn repeated<T, const N: usize>(x: T) -> [T; N]
where
    T: Clone,
{
    std::array::from_fn(|_| x.clone())
}

#[amorsize::auto]
fn as_bytes<T: AsRef<[u8]> + ?Sized>(x: &T) -> &[u8] {
    x.as_ref()
}

#[test]
fn generics() {
    for len in LENGTHS {
        let (texts, xs) = (lines(len), numbers(len));
        same!(texts.iter().map(shown).collect::<Vec<_>>();
            shown::map(&texts), shown::on(&texts).n_jobs(2).map(), shown::stream(&texts).collect::<Vec<_>>());
        same!(xs.iter().map(shown).collect::<Vec<_>>(); shown::map(&xs), shown::map::<u64>(&xs));
        same!(xs.iter().map(|x| repeated::<_, 3>(*x)).collect::<Vec<_>>(); repeated::map::<_, 3>(&xs));
        same!(texts.iter().map(String::as_bytes).collect::<Vec<_>>(); as_bytes::map::<str>(&texts));
    }
}

#[amorsize::auto]
fn into_number(x: impl Into<u64>) -> u64 {
    x.into()
}

#[amorsize::auto]
fn padded(text: &impl Display, width: usize, finish: impl Fn(&str) -> String) -> String {
    finish(&format!("{text:>width$}"))
}

#[amorsize::auto]
fn grown(row: &mut impl Extend<u64>, by: &(impl Fn() -> u64 + Sync)) {
    row.extend([by()]);
}

#[amorsize::auto]
fn sums<T: Copy + Into<u64>, const N: usize>(row: &[impl Copy + Into<u64>], more: [T; N]) -> [u64; N] {
    let sum = row.iter().map(|x| (*x).into()).sum::<u64>();
    more.map(|more| sum + more.into())
}

#[test]
fn impl_traits() {
    for len in LENGTHS {
        let (texts, xs) = (lines(len), numbers(len));
        let small: Vec<u8> = xs.iter().map(|x| *x as u8).collect();
        same!(small.iter().copied().map(into_number).collect::<Vec<_>>();
            into_number::map(&small),
            into_number::on(small.clone()).n_jobs(2).map(),
            into_number::stream(small.clone()).collect::<Vec<_>>(),
        );
        let end = String::from("|");
        let with = |text: &str| text.to_owned() + &end;
        same!(texts.iter().map(|text| padded(text, 20, with)).collect::<Vec<_>>();
            padded::map(&texts, 20, with),
            padded::on(&texts, 20, with).n_jobs(2).map(),
            padded::stream(&texts, 20, with).collect::<Vec<_>>(),
        );
        same!(xs.iter().map(|x| padded(x, 20, with)).collect::<Vec<_>>(); padded::map(&xs, 20, with));
        let mut rows: Vec<Vec<u64>> = xs.iter().map(|x| vec![*x]).collect();
        grown::on(&mut rows, &|| 7).n_jobs(2).for_each();
        assert_eq!(rows, xs.iter().map(|x| vec![*x, 7]).collect::<Vec<_>>());
        let rows: Vec<[u32; 2]> = xs.iter().map(|x| [*x as u32; 2]).collect();
        same!(rows.iter().map(|row| sums::<u8, 2>(row, [1, 2])).collect::<Vec<_>>();
            sums::map(&rows, [1_u8, 2]),
            sums::map::<u8, 2, u32>(&rows, [1, 2]),
            sums::on(&rows, [1_u8, 2]).n_jobs(2).map(),
            sums::stream(rows.clone(), [1_u8, 2]).collect::<Vec<_>>(),
        );
    }
}

trait Shape: Sync {
    fn area(&self) -> u64;
}

impl Shape for u64 {
    fn area(&self) -> u64 {
        self * self
    }
}

#[amorsize::auto]
fn area(shape: &dyn Shape) -> u64 {
    shape.area()
}

#[test]
fn objects() {
    for len in LENGTHS {
        let xs = numbers(len);
        let boxed: Vec<Box<dyn Shape>> = xs.iter().map(|x| Box::new(*x) as Box<dyn Shape>).collect();
        let borrowed: Vec<&dyn Shape> = xs.iter().map(|x| x as &dyn Shape).collect();
        same!(xs.iter().map(|x| x * x).collect::<Vec<_>>();
            area::map(&boxed),
            area::map(&borrowed),
            area::stream(borrowed.iter().copied()).collect::<Vec<_>>(),
        );
    }
}

#[amorsize::auto]
fn parse(text: &str) -> Result<u64, std::num::ParseIntError> {
    text.parse()
}

#[amorsize::auto]
fn half(x: u64) -> Option<u64> {
    x.is_multiple_of(2).then_some(x / 2)
}

#[test]
fn results_and_options() {
    for len in LENGTHS {
        let mut texts: Vec<String> = numbers(len).iter().map(u64::to_string).collect();
        assert_eq!(parse::on(&texts).try_map(), Ok(numbers(len)));
        if len > 2 {
            texts[len / 2] = "x".into();
            texts[len - 1] = String::new();
            assert_eq!(parse::on(&texts).n_jobs(2).try_map(), texts.iter().map(|text| parse(text)).collect());
        }
        same!(numbers(len).into_iter().map(half).collect::<Vec<_>>(); half::map(numbers(len)));
        same!(numbers(len).into_iter().filter_map(half).collect::<Vec<_>>(); half::on(numbers(len)).filter_map());
    }
}

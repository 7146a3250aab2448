//! Adds up a CSV file: lines are parsed, and the sales of each product are added up.
//!
//! ```sh
//! cargo run --release --example csv
//! ```
//!
//! Several threads parse. The calling one adds up, in the order of the lines, so the totals could be floats as well.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use amorsize_examples::compare::compare;
use amorsize_examples::program::{Arguments, Failure, run, warn_of_debug};
use amorsize_examples::show::{counted, thousands};
use fastrand::Rng;

const USAGE: &str = "\
Usage: cargo run --release --example csv [OPTION]

Parses the lines of a made-up CSV file and adds up the sales of each product, by the
plain loop and by Amorsize.

  --lines N   how long the file is, 1 to 10000000 (200000)

Exit code: 0 if both ways found the same, 1 if not, 2 if this was called wrongly.";

fn main() -> ExitCode {
    run("csv", USAGE, csv)
}

fn csv(arguments: Arguments) -> Result<(), Failure> {
    let [count] = arguments.numbers(&[("--lines", 1..=10_000_000, 200_000)])?;
    let text = made_up(count);
    let lines: Vec<&str> = text.lines().collect();

    // One expression makes all runs, because plans are those of an expression. What a run ends with is chosen below.
    let sales = || amorsize::on!(&lines, |line| parse(line));
    let (totals, times) = compare(
        || lines.iter().map(|line| parse(line)).fold(Totals::default(), Totals::add),
        || sales().fold(Totals::default(), Totals::add),
    )?;

    let mut out = io::stdout().lock();
    warn_of_debug(&mut out)?;
    writeln!(out, "Parsed {}; {}.", counted(count as u64, "line"), counted(totals.wrong, "wrong line"))?;
    for (product, (sold, cents)) in &totals.of {
        let (sold, euros) = (thousands(*sold), thousands(cents / 100));
        writeln!(out, "{sold:>12} sold for {euros:>14}.{:02}  {product}", cents % 100)?;
    }
    Ok(times.show_with(&sales().plan(), &mut out)?)
}

/// Pieces sold and what was paid, in cents, of each product.
#[derive(Default, PartialEq)]
struct Totals<'a> {
    of: BTreeMap<&'a str, (u64, u64)>,
    wrong: u64,
}

impl<'a> Totals<'a> {
    fn add(mut self, sale: Option<(&'a str, u64, u64)>) -> Self {
        let Some((product, sold, cents)) = sale else { return Self { wrong: self.wrong + 1, ..self } };
        let total = self.of.entry(product).or_default();
        *total = (total.0 + sold, total.1 + sold * cents);
        self
    }
}

/// The product, how many were sold, and the price in cents: `date,"product, colour",sold,euros.cents`.
fn parse(line: &str) -> Option<(&str, u64, u64)> {
    let (_date, rest) = line.split_once(',')?;
    let (product, rest) = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split_once("\",")?,
        None => rest.split_once(',')?,
    };
    let (sold, price) = rest.split_once(',')?;
    let (euros, cents) = price.split_once('.')?;
    Some((product, sold.parse().ok()?, euros.parse::<u64>().ok()? * 100 + cents.parse::<u64>().ok()?))
}

fn made_up(lines: usize) -> String {
    let products = ["lamp", "\"socks, red\"", "\"socks, blue\"", "teapot", "\"chair, oak\"", "kite"];
    let (mut random, mut text) = (Rng::with_seed(1), String::new());
    for _ in 0..lines {
        let (day, product) = (random.u8(1..=30), products[random.usize(..products.len())]);
        let sold = if random.u8(..) == 0 { "n/a".to_owned() } else { random.u8(1..100).to_string() };
        let (euros, cents) = (random.u8(1..), random.u8(..100));
        writeln!(text, "2026-11-{day:02},{product},{sold},{euros}.{cents:02}").expect("a String takes all");
    }
    text
}

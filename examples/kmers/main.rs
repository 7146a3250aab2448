//! Counts the k-mers of DNA: how often each sequence of k letters occurs, on either strand.
//!
//! ```sh
//! cargo run --release --example kmers
//! ```
//!
//! A call counts one stretch into a map of its own, so that its result is worth being handed over: maps are merged by the
//! calling thread alone. To hand over each k-mer by itself would leave that thread nearly all of the work.

#![forbid(unsafe_code)]

use std::cmp::Reverse;
use std::collections::HashMap;
use std::io::{self, Write};
use std::process::ExitCode;

use amorsize_examples::compare::compare;
use amorsize_examples::program::{Arguments, Failure, run, warn_of_debug};
use amorsize_examples::show::{counted, thousands};
use fastrand::Rng;

const USAGE: &str = "\
Usage: cargo run --release --example kmers [OPTION ..]

Counts the k-mers of made-up DNA, by the plain loop and by Amorsize.

  --bases N   how long the DNA is, 1 to 1000000000 (4000000)
  --k N       how long a k-mer is, 1 to 31 (6)

Exit code: 0 if both ways counted the same, 1 if not, 2 if this was called wrongly.";

/// The k-mers that one call counts.
const STRETCH: usize = 131_072;

/// How often each k-mer occurs: its letters, of two bits each, are the key.
type Counted = HashMap<u64, u32>;

fn main() -> ExitCode {
    run("kmers", USAGE, kmers)
}

fn kmers(arguments: Arguments) -> Result<(), Failure> {
    let [bases, k] = arguments.numbers(&[("--bases", 1..=1_000_000_000, 4_000_000), ("--k", 1..=31, 6)])?;
    let mut random = Rng::with_seed(1);
    let dna: Vec<u8> = (0..bases).map(|_| b"AACCGTTT"[random.usize(..8)]).collect();

    // Stretches overlap by what a k-mer at their end needs.
    let stretch = |start: usize| &dna[start..(start + STRETCH + k - 1).min(bases)];
    let tuned = || amorsize::on!((0..bases).step_by(STRETCH), key(k), |start| count(stretch(start), k));
    let (found, times) = compare(|| count(&dna, k), || tuned().fold(Counted::new(), merge))?;

    let mut out = io::stdout().lock();
    warn_of_debug(&mut out)?;
    let different = counted(found.len() as u64, "different k-mer");
    writeln!(out, "Counted the {k}-mers of {}: {different}.", counted(bases as u64, "base"))?;
    let mut most: Vec<_> = found.into_iter().collect();
    most.sort_unstable_by_key(|&(kmer, times)| (Reverse(times), kmer));
    for (kmer, times) in most.into_iter().take(3) {
        writeln!(out, "{:>12}  {}", thousands(times.into()), letters(kmer, k))?;
    }
    Ok(times.show_with(&tuned().plan(), &mut out)?)
}

/// The k-mers of a stretch. One and what faces it on the other strand count as the same.
fn count(dna: &[u8], k: usize) -> Counted {
    let (mask, mut ahead, mut facing, mut counted) = ((1 << (2 * k)) - 1, 0_u64, 0_u64, Counted::new());
    for (nth, base) in dna.iter().enumerate() {
        let code = b"ACGT".iter().position(|known| known == base).expect("DNA has four letters") as u64;
        ahead = (ahead << 2 | code) & mask;
        facing = facing >> 2 | (3 - code) << (2 * (k - 1));
        if nth + 1 >= k {
            *counted.entry(ahead.min(facing)).or_default() += 1;
        }
    }
    counted
}

fn merge(mut all: Counted, stretch: Counted) -> Counted {
    for (kmer, times) in stretch {
        *all.entry(kmer).or_default() += times;
    }
    all
}

fn letters(kmer: u64, k: usize) -> String {
    (0..k).rev().map(|nth| char::from(b"ACGT"[(kmer >> (2 * nth)) as usize & 3])).collect()
}

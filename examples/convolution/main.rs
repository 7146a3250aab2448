//! Sharpens a picture in place: each row, with its number, is written by one call, which reads the rows around it in a copy.
//!
//! ```sh
//! cargo run --release --example convolution
//! ```

#![forbid(unsafe_code)]

use std::array;
use std::io::{self, Write};
use std::process::ExitCode;

use amorsize_examples::compare::compare;
use amorsize_examples::counts::counts;
use amorsize_examples::program::{Arguments, Failure, run, warn_of_debug};
use amorsize_examples::show::{counted, thousands};
use fastrand::Rng;

const USAGE: &str = "\
Usage: cargo run --release --example convolution [OPTION ..]

Sharpens a made-up picture with a kernel of 5 x 5, by the plain loop and by Amorsize.

  --width N    points in a row, 1 to 20000 (1600)
  --height N   rows, 1 to 20000 (1200)

Exit code: 0 if both ways made the same picture, 1 if not, 2 if this was called wrongly.";

/// What each point around one counts for, in 256ths: twice the point, less what a blur would make of it.
const KERNEL: [[i32; 5]; 5] = {
    let [outer, inner, middle] = [[-1, -4, -6, -4, -1], [-4, -16, -24, -16, -4], [-6, -24, 476, -24, -6]];
    [outer, inner, middle, inner, outer]
};

fn main() -> ExitCode {
    run("convolution", USAGE, convolution)
}

fn convolution(arguments: Arguments) -> Result<(), Failure> {
    let [width, height] = arguments.numbers(&[("--width", 1..=20_000, 1600), ("--height", 1..=20_000, 1200)])?;
    let image = made_up(width, height);
    // The copies that are read and compared are part of both times.
    let (sharp, times) = compare(
        || {
            let (before, mut image) = (&image, image.clone());
            image.chunks_mut(width).enumerate().for_each(|(y, row)| sharpen(row, y, before));
            image
        },
        || {
            let (before, mut image) = (&image, image.clone());
            amorsize::for_each!(image.chunks_mut(width).enumerate(), |(y, row)| sharpen(row, y, before));
            image
        },
    )?;

    let mut out = io::stdout().lock();
    warn_of_debug(&mut out)?;
    let [before, after] = [&image, &sharp].map(|image| contrast(image, width));
    writeln!(out, "Sharpened {} x {} points.", thousands(width as u64), thousands(height as u64))?;
    writeln!(out, "Neighbours in a row differed by {before:.1} of 255, and differ by {after:.1} now.")?;
    times.show(&mut out)?;
    // `for_each!` is over when it returns and has no plan to show, but its calls are counted.
    let stats = amorsize::stats();
    let shared: u64 = stats.functions.iter().map(|function| function.counts.shared).sum();
    writeln!(out, "Amorsize's cache: {}. Threads shared the rows in {}.", counts(&stats), counted(shared, "call"))?;
    Ok(out.flush()?)
}

/// Writes row `y`. Beyond the edges the picture goes on as it ends.
fn sharpen(row: &mut [u8], y: usize, before: &[u8]) {
    let (width, last) = (row.len(), before.len() / row.len() - 1);
    let rows: [&[u8]; 5] = array::from_fn(|dy| {
        let y = (y + dy).saturating_sub(2).min(last);
        &before[y * width..][..width]
    });
    for (x, point) in row.iter_mut().enumerate() {
        let mut sum = 128;
        for (row, factors) in rows.iter().zip(KERNEL) {
            for (dx, factor) in factors.into_iter().enumerate() {
                sum += factor * i32::from(row[(x + dx).saturating_sub(2).min(width - 1)]);
            }
        }
        *point = (sum >> 8).clamp(0, 255) as u8;
    }
}

/// By how much neighbours in a row differ.
fn contrast(image: &[u8], width: usize) -> f64 {
    let pairs = image.chunks(width).flat_map(|row| row.windows(2));
    pairs.fold(0.0, |sum, pair| sum + f64::from(pair[0].abs_diff(pair[1]))) / image.len() as f64
}

/// Soft rings, and some noise.
fn made_up(width: usize, height: usize) -> Vec<u8> {
    let mut random = Rng::with_seed(1);
    let ring =
        amorsize::product(0..height, 0..width).map(|(y, x)| 128.0 + 100.0 * ((x as f64).hypot(y as f64) / 40.0).sin());
    ring.map(|light| (light + 8.0 * random.f64()) as u8).collect()
}

//! Draws the Mandelbrot set: rows of one picture, of which some take many times as long as others.
//!
//! ```sh
//! cargo run --release --example mandelbrot [OUT.png]
//! ```
//!
//! The picture is computed by the plain loop and by Amorsize, in turn. Both times are shown, and the plan.

#![forbid(unsafe_code)]

mod view;

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use amorsize_examples::counts::counts;
use amorsize_examples::program::{Arguments, Failure, run, take, warn_of_debug};
use amorsize_examples::show::{megabytes, thousands, time};
use amorsize_examples::times::median;

use view::{View, row};

const USAGE: &str = "\
Usage: cargo run --release --example mandelbrot [OPTION ..] [OUT.png]

Computes a picture of the Mandelbrot set by the plain loop and by Amorsize, says
how long both take, and writes it to OUT.png (by default: mandelbrot.png here).

  --width N    points in a row, 1 to 20000 (1200)
  --height N   rows, 1 to 20000 (800)
  --steps N    after which a point counts as one of the set, 1 to 1000000 (500)

Exit code: 0 if the picture was written, 1 if it could not be, 2 if this was called
wrongly.";

/// Both ways are gone in turn until there are this many times of each or this much time has passed, but never fewer than
/// [`FEWEST`]: some of the first calls try other plans, to know what those take.
const ROUNDS: usize = 9;
const FEWEST: usize = 5;
const ENOUGH: Duration = Duration::from_secs(6);

fn main() -> ExitCode {
    run("mandelbrot", USAGE, mandelbrot)
}

fn mandelbrot(mut arguments: Arguments) -> Result<(), Failure> {
    let mut view = View { width: 1200, height: 800, steps: 500 };
    let mut path = None;
    while let Some(word) = arguments.word()? {
        match word.to_str() {
            Some("--width") => view.width = arguments.number("--width", 1..=20_000)?,
            Some("--height") => view.height = arguments.number("--height", 1..=20_000)?,
            Some("--steps") => view.steps = arguments.number("--steps", 1..=1_000_000)?,
            _ => take(&mut path, word, "OUT.png")?,
        }
    }
    let path = PathBuf::from(path.unwrap_or_else(|| OsString::from("mandelbrot.png")));

    let mut out = io::stdout().lock();
    warn_of_debug(&mut out)?;
    let figures = compare(&view)?;
    let bytes = write(&path, &view, &figures.rows)
        .map_err(|error| Failure::Wrong(format!("{} cannot be written: {error}", path.display())))?;

    let View { width, height, steps } = view;
    let [width, height, steps] = [width, height, steps].map(|number| thousands(number.into()));
    writeln!(out, "Drew {width} x {height} points of up to {steps} steps: {}, {}.", path.display(), megabytes(bytes))?;
    let Figures { lightest, heaviest, plain, first, again, .. } = figures;
    writeln!(out, "Rows are uneven: the lightest took {}, the heaviest {}.", time(lightest), time(heaviest))?;
    writeln!(out)?;
    writeln!(out, "plain loop         {:>8}", time(plain))?;
    writeln!(out, "Amorsize, 1st call {:>8}", time(first))?;
    let gain = plain.as_secs_f64() / again.as_secs_f64().max(1e-9);
    writeln!(out, "Amorsize, again    {:>8}   {gain:.2}x", time(again))?;
    writeln!(out)?;
    writeln!(out, "The plan: {}.", row::on(0..view.height, &view).plan())?;
    writeln!(out, "Amorsize's cache: {}.", counts(&amorsize::stats()))?;
    out.flush()?;
    Ok(())
}

/// The rows of the picture, and how long they took: medians, but for the first call.
struct Figures {
    rows: Vec<Vec<u8>>,
    lightest: Duration,
    heaviest: Duration,
    plain: Duration,
    first: Duration,
    again: Duration,
}

fn compare(view: &View) -> Result<Figures, Failure> {
    let began = Instant::now();
    let mut each = Vec::new();
    let (rows, _) = timed(|| {
        let rows = (0..view.height).map(|y| {
            let (row, time) = timed(|| row(y, view));
            each.push(time);
            row
        });
        rows.collect::<Vec<_>>()
    });
    each.sort_unstable();
    let agreeing = |(got, time): (Vec<Vec<u8>>, Duration)| {
        let same = got == rows;
        same.then_some(time).ok_or_else(|| Failure::Wrong("Amorsize drew another picture than the plain loop".into()))
    };
    let tuned = || timed(|| row::map(0..view.height, view));
    let first = agreeing(tuned())?;
    let (mut plains, mut agains) = (Vec::new(), Vec::new());
    while agains.len() < FEWEST || (agains.len() < ROUNDS && began.elapsed() < ENOUGH) {
        plains.push(agreeing(timed(|| (0..view.height).map(|y| row(y, view)).collect()))?);
        agains.push(agreeing(tuned())?);
    }
    let (lightest, heaviest) = (each[0], each[each.len() - 1]);
    Ok(Figures { rows, lightest, heaviest, plain: median(plains), first, again: median(agains) })
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    let done = work();
    (done, began.elapsed())
}

/// Writes the picture to where the path leads. Returns how long it is.
fn write(path: &Path, view: &View, rows: &[Vec<u8>]) -> io::Result<u64> {
    let mut picture = Vec::new();
    let mut encoder = png::Encoder::new(&mut picture, view.width, view.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(&rows.concat())?;
    match fs::metadata(path) {
        Ok(data) if data.is_file() => replace(&fs::canonicalize(path)?, &picture)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => replace(path, &picture)?,
        // A pipe or a device, whose place no file may take, or a link to a file that is still to be made.
        _ => fs::write(path, &picture)?,
    }
    Ok(picture.len() as u64)
}

/// Writes a file beside its place and moves it there: nobody sees half of one.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = open_as_usual(&mut tempfile::Builder::new()).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// Gives the file the rights of any new file; a temporary one is its owner's alone.
#[cfg(unix)]
fn open_as_usual<'a, 'b>(builder: &'a mut tempfile::Builder<'b, 'b>) -> &'a mut tempfile::Builder<'b, 'b> {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(std::fs::Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn open_as_usual<'a, 'b>(builder: &'a mut tempfile::Builder<'b, 'b>) -> &'a mut tempfile::Builder<'b, 'b> {
    builder
}

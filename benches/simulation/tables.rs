//! The tables and figures of the simulation.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use super::drift::{self, Change, Rhythm};
use super::forty_calls::{self, Outcome};
use super::game::Kind;

/// Threads of the machines.
pub const WIDTHS: [usize; 7] = [2, 4, 8, 16, 32, 64, 128];
/// Standard deviations of the logarithm of times.
pub const NOISES: [f64; 2] = [0.05, 0.3];

/// All tables, each for both of [`NOISES`].
#[derive(Clone, Debug)]
pub struct Tables {
    /// Forty calls of [`Kind::ALL`].
    pub wide: [FortyCalls; 2],
    /// Forty calls of [`Kind::UNEVEN`].
    pub uneven: [FortyCalls; 2],
    /// Changes, and calls one after the other.
    pub dense: [Drifts; 2],
    /// Changes, and a call a minute for a day.
    pub rare: [Drifts; 2],
}

impl Tables {
    /// Plays so many games for each cell.
    #[must_use]
    pub fn play(games: u64) -> Self {
        Self {
            wide: NOISES.map(|noise| FortyCalls::play(&Kind::ALL, noise, games)),
            uneven: NOISES.map(|noise| FortyCalls::play(&Kind::UNEVEN, noise, games)),
            dense: NOISES.map(|noise| Drifts::play(Rhythm::DENSE, noise, games)),
            rare: NOISES.map(|noise| Drifts::play(Rhythm::RARE, noise, games)),
        }
    }

    /// Prints all of them.
    pub fn print(&self) {
        self.wide.iter().chain(&self.uneven).for_each(FortyCalls::print);
        self.dense.iter().for_each(|drifts| drifts.print("one after the other"));
        self.rare.iter().for_each(|drifts| drifts.print("once a minute for a day"));
    }
}

/// What came of forty calls of each kind of function on each machine.
#[derive(Clone, Debug)]
pub struct FortyCalls {
    /// How much times scatter.
    pub noise: f64,
    /// For each kind, what came of it for each of [`WIDTHS`].
    pub rows: Vec<(Kind, [Outcome; WIDTHS.len()])>,
}

impl FortyCalls {
    /// Plays so many games for each kind and width.
    #[must_use]
    pub fn play(kinds: &[Kind], noise: f64, games: u64) -> Self {
        let one = |kind: Kind| (kind, WIDTHS.map(|threads| forty_calls::play(kind, threads, noise, games)));
        Self { noise, rows: in_parallel(kinds, one) }
    }

    /// All kinds together, for each of [`WIDTHS`].
    #[must_use]
    pub fn all(&self) -> [Outcome; WIDTHS.len()] {
        let column =
            |at: usize| self.rows.iter().map(|(_, row)| row[at].clone()).fold(Outcome::default(), Outcome::with);
        std::array::from_fn(column)
    }

    /// Prints it.
    pub fn print(&self) {
        println!(
            "\nforty calls, noise {}%. Each cell: % within 10% of the best | % lost in calls 2 to 40 | plain loop / all",
            100.0 * self.noise
        );
        println!(
            "forty calls, worst game | settled at call | CPU time / that of the best; below the number of threads"
        );
        print!("{:20}", "");
        for threads in WIDTHS {
            print!(" | {threads:26}");
        }
        println!();
        let print_row = |name: &str, row: &[Outcome]| {
            print!("{name:20}");
            for one in row {
                let (close, lost, worst) = (one.close(), one.lost(), one.worst_gain());
                print!(" | {close:4.0} {lost:5.1} {worst:5.2} {:4.1} {:4.2}", one.settled(), one.cpu());
            }
            println!();
        };
        self.rows.iter().for_each(|(kind, row)| print_row(kind.name(), row));
        print_row("all", &self.all());
    }
}

/// What came of each change.
#[derive(Clone, Debug)]
pub struct Drifts {
    /// How much times scatter.
    pub noise: f64,
    /// What came of each change.
    pub rows: Vec<(Change, drift::Outcome)>,
}

impl Drifts {
    /// Plays so many games for each change.
    #[must_use]
    pub fn play(rhythm: Rhythm, noise: f64, games: u64) -> Self {
        Self { noise, rows: in_parallel(&Change::ALL, |change| (change, drift::play(change, rhythm, noise, games))) }
    }

    /// Prints it.
    pub fn print(&self, rhythm: &str) {
        println!(
            "\nchanges, calls {rhythm}, noise {}%. Calls (median, 9 of 10) until what was learned is",
            100.0 * self.noise
        );
        println!(
            "forgotten or still right | until the plan is right | best calls lost | false alarms before | % lost before"
        );
        for (change, one) in &self.rows {
            let ((a, b), (c, d)) = (drift::Outcome::deciles(&one.noticed), drift::Outcome::deciles(&one.right));
            let lost_before = 100.0 * one.lost_before;
            println!(
                "{:20} | {a:4} {b:4} | {c:4} {d:4} | {:7.1} | {:5.2} | {lost_before:5.2}",
                change.name(),
                one.lost,
                one.false_alarms
            );
        }
    }
}

/// `work` on each of these, on as many threads as there are, in order.
fn in_parallel<T: Copy + Sync, R: Send>(of: &[T], work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let mut done = thread::scope(|scope| {
        let worker = || {
            let mine = std::iter::from_fn(|| {
                let at = next.fetch_add(1, Relaxed);
                Some((at, work(*of.get(at)?)))
            });
            mine.collect::<Vec<_>>()
        };
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(worker)).collect();
        let each = threads.into_iter().map(|thread| thread.join().expect("games do not panic"));
        each.flatten().collect::<Vec<_>>()
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

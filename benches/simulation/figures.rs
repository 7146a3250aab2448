//! The figures of the simulation, each beside its bar.

use super::drift::{self, Change};
use super::forty_calls::Outcome;
use super::game::Kind;
use super::tables::{Drifts, FortyCalls, NOISES, Tables, WIDTHS};

/// A figure: what it is, its bar, and what it is now.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What it is.
    pub what: String,
    /// What it should be.
    pub bar: f64,
    /// What it is.
    pub is: f64,
    /// Whether more is better.
    pub is_floor: bool,
}

impl Figure {
    /// Whether it reaches its bar.
    #[must_use]
    pub fn is_met(&self) -> bool {
        if self.is_floor { self.is >= self.bar } else { self.is <= self.bar }
    }
}

/// All figures.
#[derive(Clone, Debug, Default)]
pub struct Figures(pub Vec<Figure>);

impl Figures {
    /// The figures of these tables.
    #[must_use]
    pub fn of(tables: &Tables) -> Self {
        let Tables { wide, uneven, dense, rare } = tables;
        let mut figures = Self::default();
        for (table, bars) in wide.iter().zip([[99.0, 97.0], [95.0, 90.0]]) {
            let all = table.all();
            for (bar, (name, columns)) in bars.into_iter().zip([("2 to 16", 0..4), ("32 to 128", 4..7)]) {
                let close = all[columns].iter().cloned().fold(Outcome::default(), Outcome::with).close();
                figures.floor(
                    format!("settled within 10% of the best, %: {name} threads, {}", noise(table.noise)),
                    bar,
                    close,
                );
            }
        }
        for (threads, one) in WIDTHS.iter().zip(wide[0].all()) {
            figures.ceiling(
                format!("lost in calls 2 to 40, %: {threads} threads, {}", noise(NOISES[0])),
                4.0,
                one.lost(),
            );
        }
        let worst = wide[0].all().iter().map(Outcome::worst_gain).fold(f64::INFINITY, f64::min);
        figures.floor(format!("plain loop / forty calls, worst game, {}", noise(NOISES[0])), 0.95, worst);
        for kind in [Kind::HeavyFirst, Kind::ThreeToSeven] {
            let ninth = ninth_gain(&uneven[0], kind);
            figures.floor(
                format!("best fixed plan / ours, 9 of 10 games: {}, {}", kind.name(), noise(NOISES[0])),
                0.9,
                ninth,
            );
        }
        for table in uneven {
            let all = table.all().into_iter().fold(Outcome::default(), Outcome::with);
            let bar = if table.noise < 0.1 { 98.0 } else { 92.0 };
            figures.floor(
                format!("uneven items settled within 10% of the best, %: {}", noise(table.noise)),
                bar,
                all.close(),
            );
        }
        let changes = |drifts: &Drifts| {
            let bars = drifts.rows.iter().filter(|(change, _)| Change::WITH_BARS.contains(change));
            bars.map(|(change, one)| (change.name(), drift::Outcome::deciles(&one.noticed))).collect::<Vec<_>>()
        };
        for drifts in dense {
            for (change, (middle, most)) in changes(drifts) {
                let what = format!("calls until planned anew: {change}, {}", noise(drifts.noise));
                figures.ceiling(format!("{what}, median"), 3.0, middle as f64);
                figures.ceiling(format!("{what}, 9 of 10"), 12.0, most as f64);
            }
        }
        for (change, one) in dense[0].rows.iter().filter(|(change, _)| Change::WITH_BARS.contains(change)) {
            let what = format!("lost by settled plans, %: before {}, {}", change.name(), noise(dense[0].noise));
            figures.ceiling(what, 1.0, 100.0 * one.lost_before);
        }
        // A call a minute. With much noise, which takes longer to see through, of half of the games.
        for (change, (_, most)) in changes(&rare[0]) {
            figures.ceiling(
                format!("the same with a call a minute, 9 of 10: {change}, {}", noise(rare[0].noise)),
                3.0,
                most as f64,
            );
        }
        for (change, (middle, _)) in changes(&rare[1]) {
            figures.ceiling(format!("the same, median: {change}, {}", noise(rare[1].noise)), 3.0, middle as f64);
        }
        figures
    }

    fn floor(&mut self, what: String, bar: f64, is: f64) {
        self.0.push(Figure { what, bar, is, is_floor: true });
    }

    fn ceiling(&mut self, what: String, bar: f64, is: f64) {
        self.0.push(Figure { what, bar, is, is_floor: false });
    }

    /// Prints them.
    pub fn print(&self) {
        println!("\n{:84} {:>6} {:>7}", "figure", "bar", "is");
        for figure in &self.0 {
            let met = if figure.is_met() { "met" } else { "NOT MET" };
            println!("{:84} {:6.2} {:7.3}  {met}", figure.what, figure.bar, figure.is);
        }
    }
}

fn noise(noise: f64) -> String {
    format!("{}% noise", 100.0 * noise)
}

/// The best plan over ours, of the worst of nine games in ten.
fn ninth_gain(table: &FortyCalls, kind: Kind) -> f64 {
    let games = table.rows.iter().filter(|(other, _)| *other == kind).flat_map(|(_, row)| row);
    let mut ratios: Vec<f64> = games.flat_map(|one| one.best_over_ours.iter().copied()).collect();
    ratios.sort_unstable_by(f64::total_cmp);
    ratios.get(ratios.len() / 10).copied().unwrap_or(f64::NAN)
}

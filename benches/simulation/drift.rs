//! A function changes, or the machine does: how many calls it takes until that is noticed, and until the plan is right again.

use super::game::{Game, Kind, Truth};
use super::items::Items;
use super::process::Process;
use super::run::Plan;
use crate::random::Random;

/// What changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Items take ten times as long.
    Slower,
    /// Items take a tenth.
    Faster,
    /// Threads begin to hold each other up.
    StopsScaling,
    /// Items take three times as long.
    LittleSlower,
    /// Threads stop to hold each other up.
    StartsScaling,
    /// Memory is saturated by 1.3 threads from now on.
    LessBandwidth,
    /// Items of a loop of some 10 us take thirty times as long.
    ShortLoopHeavier,
}

impl Change {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Slower,
        Self::Faster,
        Self::StopsScaling,
        Self::LittleSlower,
        Self::StartsScaling,
        Self::LessBandwidth,
        Self::ShortLoopHeavier,
    ];

    /// Those that are to be noticed within so many calls.
    pub(super) const WITH_BARS: [Self; 3] = [Self::Slower, Self::Faster, Self::StopsScaling];

    /// What it is called in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Slower => "10x slower",
            Self::Faster => "10x faster",
            Self::StopsScaling => "stops scaling",
            Self::LittleSlower => "3x slower",
            Self::StartsScaling => "starts scaling",
            Self::LessBandwidth => "less bandwidth",
            Self::ShortLoopHeavier => "10 us, 30x slower",
        }
    }

    /// The function before and after it.
    fn games(self, threads: usize, random: &mut Random) -> (Game, Game) {
        let mut before = Game::new(Kind::Even, threads, random);
        if self == Self::ShortLoopHeavier {
            let cost = random.log_uniform(5.0, 15.0);
            before.items = Items::new(std::iter::repeat_n(cost, 1_000));
        }
        match self {
            Self::StartsScaling => before.machine.lock = 1.5,
            Self::LessBandwidth => before.machine.memory = Some((1.0, threads as f64)),
            _ => {}
        }
        let mut after = before.clone();
        match self {
            Self::Slower => after.items = before.items.heavier(10.0),
            Self::Faster => after.items = before.items.heavier(0.1),
            Self::LittleSlower => after.items = before.items.heavier(3.0),
            Self::ShortLoopHeavier => after.items = before.items.heavier(30.0),
            Self::StopsScaling => after.machine.lock = 1.5,
            Self::StartsScaling => after.machine.lock = 0.0,
            Self::LessBandwidth => after.machine.memory = Some((1.0, 1.3)),
        }
        (before, after)
    }
}

/// How calls come.
#[derive(Clone, Copy, Debug)]
pub struct Rhythm {
    /// Calls before the change and after it.
    pub calls: [usize; 2],
    /// The pause between two calls, ns.
    pub pause: f64,
}

impl Rhythm {
    /// One after the other.
    pub const DENSE: Self = Self { calls: [150, 300], pause: 0.0 };
    /// One a minute, for a day.
    pub const RARE: Self = Self { calls: [720, 720], pause: 60e9 };
}

/// What came of games: of each, the calls that it took.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Until what was learned was forgotten, or the plan was right again: 0 if it still was.
    pub noticed: Vec<usize>,
    /// Until the plan was within 10% of the new best, for five calls at least.
    pub right: Vec<usize>,
    /// The time lost after the change, in calls of the new best: the mean.
    pub lost: f64,
    /// How often something was noticed before there was anything: the mean.
    pub false_alarms: f64,
    /// The time lost before the change, when the plan was settled, in parts of the best: the mean.
    pub lost_before: f64,
}

impl Outcome {
    /// The median and the ninth decile.
    #[must_use]
    pub fn deciles(calls: &[usize]) -> (usize, usize) {
        let mut sorted = calls.to_vec();
        sorted.sort_unstable();
        let at = |part: usize| sorted.get(sorted.len() * part / 10).copied().unwrap_or(0);
        (at(5), at(9))
    }
}

/// Plays so many games.
#[must_use]
pub fn play(change: Change, rhythm: Rhythm, noise: f64, games: u64) -> Outcome {
    let mut outcome = Outcome::default();
    for game in 0..games {
        play_one(change, rhythm, noise, game, &mut outcome);
    }
    let n = games as f64;
    outcome.lost /= n;
    outcome.false_alarms /= n;
    outcome.lost_before /= n;
    outcome
}

/// Calls before the plan is taken to be settled.
const LEARNING: usize = 60;
/// So many calls in a row show that a plan is right.
const IN_A_ROW: usize = 5;

fn play_one(change: Change, rhythm: Rhythm, noise: f64, number: u64, outcome: &mut Outcome) {
    let mut random = Random::new(number * 7 + 13 * change as u64 + 1);
    let threads = random.pick(&[2, 4, 8, 16, 64]);
    let (mut before, mut after) = change.games(threads, &mut random);
    if rhythm.pause > 0.0 {
        (before.hot, after.hot) = (false, false);
    }
    let [mut truth_before, mut truth] = [&before, &after].map(|game| Truth::new(game, number));
    let (best_before, best) = (truth_before.best().0, truth.best().0);
    let [calls_before, calls_after] = rhythm.calls;
    let mut process = Process::new(&before.machine, noise);
    let mut lost = 0.0;
    for call in 0..calls_before {
        let call_ = process.call(&before.machine, &before.items, before.hot, &mut random);
        process.pause(rhythm.pause);
        outcome.false_alarms += f64::from(call_.has_forgotten);
        if call >= LEARNING {
            lost += truth_before.of(call_.plan.unwrap_or(Plan::threads(threads))).0 / best_before - 1.0;
        }
    }
    outcome.lost_before += lost / (calls_before - LEARNING) as f64;
    let (mut noticed, mut right, mut row) = (None, None, 0);
    for call in 0..calls_after {
        let call_ = process.call(&after.machine, &after.items, after.hot, &mut random);
        process.pause(rhythm.pause);
        if call_.has_forgotten {
            noticed = noticed.or(Some(call + 1));
        }
        // A call without a plan goes by its items: that is the best it can do.
        let time = call_.plan.map_or(call_.quiet, |plan| truth.of(plan).0);
        outcome.lost += (time / best - 1.0).max(0.0);
        row = if time <= 1.1 * best { row + 1 } else { 0 };
        if row == IN_A_ROW {
            right = right.or(Some(call + 1 - IN_A_ROW));
        }
    }
    let right = right.unwrap_or(calls_after);
    outcome.right.push(right);
    outcome.noticed.push(noticed.unwrap_or(calls_after).min(right));
}

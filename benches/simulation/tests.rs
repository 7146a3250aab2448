//! Fewer games than in the bench, but of every kind, and always the same ones.

use super::forty_calls::Outcome;
use super::game::Kind;
use super::tables::FortyCalls;

#[test]
fn most_games_settle_close_to_the_best() {
    let all = FortyCalls::play(&Kind::ALL, 0.05, 10).all();
    let close = all.into_iter().fold(Outcome::default(), Outcome::with).close();
    assert!(close >= 95.0, "{close}%");
}

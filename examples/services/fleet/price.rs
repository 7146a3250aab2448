//! The work of the fleet: what options are worth, by playing through what the price of a share may do.

use fastrand::Rng;

/// An option to buy a share at a later time.
#[derive(Clone, Debug)]
pub(crate) struct Contract {
    seed: u64,
    /// Today's price.
    spot: f64,
    /// What the share may be bought for.
    strike: f64,
    /// How much the price moves in a year.
    volatility: f64,
    /// Until it may be bought.
    years: f64,
}

/// Paths of the price that are played through for each contract.
const PATHS: u32 = 400;
/// Steps of each path.
const STEPS: u32 = 12;
/// What money earns in a year without any risk.
const INTEREST: f64 = 0.03;

/// The mean of what the option brings in over all paths, in the money of today.
#[amorsize::auto]
pub(crate) fn price(contract: &Contract) -> f64 {
    let step = contract.years / f64::from(STEPS);
    let drift = (INTEREST - contract.volatility * contract.volatility / 2.0) * step;
    let spread = contract.volatility * step.sqrt();
    let mut random = Rng::with_seed(contract.seed);
    let gains = (0..PATHS).map(|_| {
        let moves: f64 = (0..STEPS).map(|_| drift + spread * normal(&mut random)).sum();
        (contract.spot * moves.exp() - contract.strike).max(0.0)
    });
    gains.sum::<f64>() / f64::from(PATHS) * (-INTEREST * contract.years).exp()
}

/// The same contracts in every process.
pub(crate) fn contracts(count: u32) -> Vec<Contract> {
    let contract = |seed: u32| {
        let mut random = Rng::with_seed(seed.into());
        let spot = 20.0 + 180.0 * random.f64();
        Contract {
            seed: seed.into(),
            spot,
            strike: spot * (0.8 + 0.4 * random.f64()),
            volatility: 0.1 + 0.4 * random.f64(),
            years: 0.25 + 2.0 * random.f64(),
        }
    };
    (1..=count).map(contract).collect()
}

/// About normally distributed: the sum of four uniform numbers, made to have the mean 0 and the variance 1.
fn normal(random: &mut Rng) -> f64 {
    let sum: f64 = (0..4).map(|_| random.f64()).sum();
    (sum - 2.0) * 3.0_f64.sqrt()
}

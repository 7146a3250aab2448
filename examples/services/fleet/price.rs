//! The work of the fleet: what options are worth, by playing through what the price of a share may do.

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

/// Courses that are played through for each contract.
const COURSES: u32 = 400;
/// Steps of each course.
const STEPS: u32 = 12;
/// What money earns in a year without any risk.
const INTEREST: f64 = 0.03;

/// The mean of what the option brings in over all courses, in the money of today.
#[amorsize::auto]
pub(crate) fn price(contract: &Contract) -> f64 {
    let step = contract.years / f64::from(STEPS);
    let drift = (INTEREST - contract.volatility * contract.volatility / 2.0) * step;
    let spread = contract.volatility * step.sqrt();
    let mut random = Random(contract.seed);
    let gains = (0..COURSES).map(|_| {
        let moves: f64 = (0..STEPS).map(|_| drift + spread * random.normal()).sum();
        (contract.spot * moves.exp() - contract.strike).max(0.0)
    });
    gains.sum::<f64>() / f64::from(COURSES) * (-INTEREST * contract.years).exp()
}

/// The same contracts in every process.
pub(crate) fn contracts(count: u32) -> Vec<Contract> {
    let contract = |seed: u32| {
        let mut random = Random(u64::from(seed));
        let spot = 20.0 + 180.0 * random.uniform();
        Contract {
            seed: seed.into(),
            spot,
            strike: spot * (0.8 + 0.4 * random.uniform()),
            volatility: 0.1 + 0.4 * random.uniform(),
            years: 0.25 + 2.0 * random.uniform(),
        }
    };
    (1..=count).map(contract).collect()
}

/// A linear congruential generator, whose upper half is random enough for this.
struct Random(u64);

impl Random {
    /// From 0 to 1.
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / f64::from(1_u32 << 31)
    }

    /// About normally distributed: the sum of four uniform numbers, made to have the mean 0 and the variance 1.
    fn normal(&mut self) -> f64 {
        let sum: f64 = (0..4).map(|_| self.uniform()).sum();
        (sum - 2.0) * 3.0_f64.sqrt()
    }
}

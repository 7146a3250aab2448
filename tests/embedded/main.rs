//! Calls `steady`, or `short` if `EMBEDDED_SHORT` is set, some times and says what came of it: `answer=.. hits=.. recalled=..
//! misses=.. errors=.. entries=.. embedded=.. memory=..`, the last two of them the hits of these tiers.
//!
//! ```text
//! embedded CALLS [PAUSE in ms] [EXPORT]
//! ```

use std::thread::sleep;
use std::time::{Duration, Instant};

#[cfg(feature = "plans")]
amorsize::embed!(env!("EMBEDDED_PLANS"));

/// Takes as long whatever else the machine does.
#[amorsize::auto]
fn steady(x: u64) -> u64 {
    sleep(Duration::from_millis(20));
    x.rotate_left(7)
}

/// A call of it is too short to look for plans while it runs.
#[amorsize::auto]
fn short(x: u64) -> u64 {
    sleep(Duration::from_micros(60));
    x.rotate_left(9)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).map_or(0, |text| text.parse().expect("a number"));
    let mut answer = 0u64;
    for _ in 0..number(0) {
        let start = Instant::now();
        let is_short = std::env::var_os("EMBEDDED_SHORT").is_some();
        let made = if is_short { short::map(0..4) } else { steady::map(0..16) };
        answer = made.into_iter().fold(answer, u64::wrapping_add);
        eprintln!("{} ms", start.elapsed().as_millis());
        sleep(Duration::from_millis(number(1)));
    }
    let memory = amorsize::snapshot().tiers[0].hits;
    let stats = amorsize::stats();
    let embedded = stats.tiers.iter().find(|tier| tier.tier == "embedded").map_or(0, |tier| tier.hits);
    let amorsize::Stats { hits, recalled, misses, errors, entries, .. } = stats;
    println!(
        "answer={answer} hits={hits} recalled={recalled} misses={misses} errors={errors} entries={entries} \
         embedded={embedded} memory={memory}"
    );
    if let Some(file) = arguments.get(2) {
        amorsize::export_cache(file).expect("it can be written");
    }
}

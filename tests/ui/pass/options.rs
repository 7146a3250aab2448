use std::time::Duration;

#[amorsize::auto()]
fn none(x: u32) -> u32 {
    x
}

#[amorsize::auto(n_jobs = 4_usize, chunksize = 0x10, cache = true, ttl = r"1 week 12h")]
fn all_sorts(x: u32) -> u32 {
    x
}

#[amorsize::auto(n_jobs = 9, blocking, ttl = "1d",)]
fn waiting(x: u32) -> u32 {
    x
}

struct Config {
    depth: u8,
    names: Vec<String>,
}

#[amorsize::auto(key(
    config.depth,
    config.names.len() as f64,
    &config.names,
    (low, high),
    (low..=high) == (high..=low),
    Some(wait),
    LIMIT,
    x::LIMIT,
    config.names.iter().map(|x| x.len()).sum::<usize>(),
))]
fn keyed(x: u32, config: &Config, low: i64, high: i64, wait: Duration) -> u32 {
    let _ = (config, low, high, wait);
    x
}

const LIMIT: u32 = 3;

mod x {
    pub const LIMIT: u32 = 4;

    #[amorsize::auto]
    pub fn deep(x: u32) -> u32 {
        x
    }
}

#[amorsize::auto(depends(none, self::all_sorts, x::deep, crate::keyed))]
fn depending(x: u32) -> u32 {
    deep(x)
}
use x::deep;

#[amorsize::auto(key(text))]
fn moved_after(x: u32, text: String) -> usize {
    x as usize + text.len()
}

const ID: amorsize::FunctionId = depending::ID;

fn main() {
    assert_eq!(none::map([1]), [1]);
    assert_eq!(all_sorts::map([1]), [1]);
    assert_eq!(all_sorts::stream([1]).collect::<Vec<_>>(), [1]);
    assert_eq!(waiting::map([1]), [1]);
    assert_eq!(waiting::stream([1]).collect::<Vec<_>>(), [1]);
    let config = Config { depth: 1, names: vec![] };
    assert_eq!(keyed::map([1], &config, 1, 2, Duration::ZERO), [1]);
    assert_eq!(depending::map([1]), [1]);
    assert_eq!(moved_after::map([1], "a".to_owned()), [2]);
    assert_eq!(ID, depending::ID);
    assert_ne!(ID, none::ID);
}

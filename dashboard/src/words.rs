//! What a page or a document says otherwise than a terminal.

use amorsize_store::words;

/// A share from 0 to 1, as in `84.0%`. Where there is none, it is `0.0%`.
pub(crate) fn rate(share: Option<f64>) -> String {
    format!("{:.1}%", 100.0 * share.unwrap_or(0.0))
}

/// How many times as fast, as in `6.31x`. Where that is not known, it is `0.00x`.
pub(crate) fn multiple(times: Option<f64>) -> String {
    format!("{:.2}x", times.unwrap_or(0.0))
}

/// Nanoseconds, with three digits and a unit.
pub(crate) fn time(nanos: f64) -> String {
    let text = words::time(nanos);
    // A page has the sign for micro, which not every terminal has.
    text.strip_suffix(" us").map_or(text.clone(), |number| format!("{number} \u{b5}s"))
}

/// What is not known.
pub(crate) const UNKNOWN: &str = "\u{2013}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!((rate(Some(0.84)), rate(None)), ("84.0%".into(), "0.0%".into()));
        assert_eq!((multiple(Some(6.309)), multiple(None)), ("6.31x".into(), "0.00x".into()));
        assert_eq!((time(1500.0), time(15.0)), ("1.50 \u{b5}s".into(), "15.0 ns".into()));
    }
}

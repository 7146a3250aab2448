//! Numbers, times and dates as a page or a document says them.

use std::time::{Duration, UNIX_EPOCH};

use amorsize_store::view::words;

/// A time of day, microseconds since 1970, as in `2026-01-02T02:47:01.451643Z`.
pub(crate) fn timestamp(us: u64) -> String {
    humantime::format_rfc3339_micros(UNIX_EPOCH + Duration::from_micros(us.min(LAST_US))).to_string()
}

/// The same for people: `2026-01-02 02:47:01 UTC`.
pub(crate) fn moment(us: u64) -> String {
    let text = timestamp(us);
    format!("{} {} UTC", &text[..10], &text[11..19])
}

/// Days since 1970 as a date: `2026-01-02`.
pub(crate) fn date(day: u32) -> String {
    timestamp(u64::from(day).saturating_mul(86_400_000_000))[..10].to_owned()
}

/// The end of the year 9999, beyond which a date does not have ten characters.
const LAST_US: u64 = 253_402_300_799_999_999;

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
    fn dates_and_figures_read_well() {
        assert_eq!(timestamp(1_767_322_021_451_643), "2026-01-02T02:47:01.451643Z");
        assert_eq!(moment(1_767_322_021_451_643), "2026-01-02 02:47:01 UTC");
        assert_eq!((date(0), date(20_455)), ("1970-01-01".into(), "2026-01-02".into()));
        assert_eq!(timestamp(u64::MAX).len(), 27);
        assert_eq!(date(u32::MAX), "9999-12-31");
        assert_eq!((rate(Some(0.84)), rate(None)), ("84.0%".into(), "0.0%".into()));
        assert_eq!((multiple(Some(6.309)), multiple(None)), ("6.31x".into(), "0.00x".into()));
        assert_eq!((time(1500.0), time(15.0)), ("1.50 \u{b5}s".into(), "15.0 ns".into()));
    }
}

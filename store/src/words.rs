//! Numbers, times and names as people read them: the same words in a terminal and on a page.

use std::time::{Duration, UNIX_EPOCH};

/// `1234567` as `1,234,567`.
#[must_use]
pub fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number and its noun.
#[must_use]
pub fn counted(count: u64, noun: &str) -> String {
    let plural = match noun {
        _ if count == 1 => "",
        _ if noun.ends_with("ss") || noun.ends_with("ch") => "es",
        _ => "s",
    };
    format!("{} {noun}{plural}", thousands(count))
}

/// A length in bytes.
#[must_use]
pub fn bytes(count: u64) -> String {
    let (unit, divisor) = match count {
        0..1024 => return format!("{count} B"),
        1024..0x10_0000 => ("KiB", 10),
        0x10_0000..0x4000_0000 => ("MiB", 20),
        _ => ("GiB", 30),
    };
    let value = count as f64 / f64::from(1u32 << divisor);
    let decimals = usize::from(value < 10.0);
    format!("{value:.decimals$} {unit}")
}

/// Nanoseconds, with three digits and a unit.
#[must_use]
pub fn time(nanos: f64) -> String {
    let sign = if nanos < 0.0 { "-" } else { "" };
    let nanos = nanos.abs();
    let (value, unit) = match nanos {
        ..1e3 => (nanos, "ns"),
        ..1e6 => (nanos / 1e3, "us"),
        ..1e9 => (nanos / 1e6, "ms"),
        ..6e10 => (nanos / 1e9, "s"),
        _ => return format!("{sign}{}", span((nanos / 1e9) as u64)),
    };
    let decimals = match value {
        0.0 => 0,
        ..10.0 => 2,
        ..100.0 => 1,
        _ => 0,
    };
    format!("{sign}{value:.decimals$} {unit}")
}

/// Seconds as one unit, rounded down: `45 s`, `12 min`, `3 h`, `5 d`.
#[must_use]
pub fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => format!("{} h", seconds / 3600),
        _ => format!("{} d", thousands(seconds / 86_400)),
    }
}

/// Seconds, all of them: `7 days`, `1 hour 30 minutes`.
#[must_use]
pub fn duration(seconds: u64) -> String {
    let units = [(86_400, u64::MAX, "day"), (3600, 24, "hour"), (60, 60, "minute"), (1, 60, "second")];
    let parts = units.map(|(length, most, unit)| (seconds / length % most, unit));
    let parts: Vec<_> = parts.into_iter().filter(|(n, _)| *n > 0).map(|(n, unit)| counted(n, unit)).collect();
    if parts.is_empty() { "0 seconds".into() } else { parts.join(" ") }
}

/// How long ago that is.
#[must_use]
pub fn ago(seconds: u64) -> String {
    if seconds < 10 { "just now".into() } else { format!("{} ago", span(seconds)) }
}

/// A moment, in microseconds since 1970, for programs: `2026-01-02T02:47:01.451643Z`.
#[must_use]
pub fn timestamp(us: u64) -> String {
    humantime::format_rfc3339_micros(UNIX_EPOCH + Duration::from_micros(us.min(LAST_US))).to_string()
}

/// The end of the year 9999, behind which a date does not have ten characters.
const LAST_US: u64 = 253_402_300_799_999_999;

/// The same for people: `2026-01-02 02:47:01 UTC`.
#[must_use]
pub fn moment(us: u64) -> String {
    let text = timestamp(us);
    format!("{} {} UTC", &text[..10], &text[11..19])
}

/// A day, counted from 1970-01-01, as `2026-01-02`.
#[must_use]
pub fn date(days: u32) -> String {
    timestamp(u64::from(days).saturating_mul(86_400_000_000))[..10].to_owned()
}

/// How many times as fast.
#[must_use]
pub fn gain(gain: f64) -> String {
    if gain < 99.5 { format!("{gain:.2}x") } else { format!("{gain:.0}x") }
}

/// A share in percent; nothing to share has none. Only all of it is 100%, and only nothing of it 0%.
#[must_use]
pub fn percent(part: u64, whole: u64) -> String {
    let share = 100.0 * part as f64 / whole as f64;
    match part {
        _ if whole == 0 => "-".into(),
        0 => "0%".into(),
        _ if part >= whole => "100%".into(),
        _ if share < 0.1 => "<0.1%".into(),
        _ if share > 99.9 => ">99.9%".into(),
        _ => format!("{share:.1}%"),
    }
}

/// A path or name from a file, in which anything may stand: without what would move the cursor or change colours.
#[must_use]
pub fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([0, 999, 1000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0, 1, 2].map(|n| counted(n, "miss")), ["0 misses", "1 miss", "2 misses"]);
        assert_eq!(
            [0, 1023, 1024, 123_456, 64 << 20, 5 << 30].map(bytes),
            ["0 B", "1023 B", "1.0 KiB", "121 KiB", "64 MiB", "5.0 GiB"]
        );
        let shares = [(1, 3), (0, 0), (0, 3), (3, 3), (9997, 10_000), (9989, 10_000), (1, 10_000)];
        let shown = ["33.3%", "-", "0%", "100%", ">99.9%", "99.9%", "<0.1%"];
        assert_eq!(shares.map(|(part, whole)| percent(part, whole)), shown);
        assert_eq!([2.034, 123.4].map(gain), ["2.03x", "123x"]);
    }

    #[test]
    fn times_have_one_unit() {
        let nanos = [0.0, 0.5, 9.99, 123.0, 17_500.0, 1.234e6, 6.1e9, 2e11, -3e6];
        let shown = ["0 ns", "0.50 ns", "9.99 ns", "123 ns", "17.5 us", "1.23 ms", "6.10 s", "3 min", "-3.00 ms"];
        assert_eq!(nanos.map(time), shown);
        assert_eq!([0, 59, 60, 7200, 200_000].map(span), ["0 s", "59 s", "1 min", "2 h", "2 d"]);
        let durations = ["0 seconds", "1 second", "1 hour 30 minutes", "7 days", "1,000 days 1 minute"];
        assert_eq!([0, 1, 5400, 7 * 86_400, 86_400_060].map(duration), durations);
        assert_eq!([9, 10].map(ago), ["just now", "10 s ago"]);
    }

    #[test]
    fn nothing_moves_the_cursor() {
        assert_eq!(clean("a\x1b[2Jb\nc\u{9b}"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}");
    }

    #[test]
    fn days_and_moments_have_dates() {
        let dates = ["1970-01-01", "2000-02-29", "2000-12-31", "2026-11-21", "2100-03-01", "9999-12-31"];
        assert_eq!([0, 11_016, 11_322, 20_778, 47_541, u32::MAX].map(date), dates);
        assert_eq!(timestamp(1_767_322_021_451_643), "2026-01-02T02:47:01.451643Z");
        assert_eq!(moment(1_767_322_021_451_643), "2026-01-02 02:47:01 UTC");
        assert_eq!(timestamp(u64::MAX), "9999-12-31T23:59:59.999999Z");
    }
}

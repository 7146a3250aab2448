//! The value of `ttl = "7d"`: how long after it was last measured a plan is still used.

use humantime::DurationError as Error;

/// A hundred years of 365.25 days.
const LONGEST: u64 = 100 * 31_557_600;

/// The duration in seconds, or the message that says what to write instead.
pub(crate) fn seconds(text: &str) -> Result<u64, String> {
    let duration = match humantime::parse_duration(text) {
        Ok(duration) => duration,
        Err(Error::Empty) => return Err("how long is a plan believed? Write it as in `ttl = \"7d\"`".into()),
        Err(Error::NumberOverflow) if !text.contains('.') => return Err(too_long()),
        Err(_) => {
            return Err(format!(
                "`{text}` is no duration: write numbers and units, as in `ttl = \"7d\"` or `ttl = \"1h 30min\"`"
            ));
        }
    };
    if duration.is_zero() {
        return Err("a plan that is believed for no time is none: write `cache = false`".into());
    }
    if duration.subsec_nanos() != 0 {
        return Err("plans are believed for whole seconds: write `ttl = \"1s\"` or more".into());
    }
    if duration.as_secs() > LONGEST {
        return Err(too_long());
    }
    Ok(duration.as_secs())
}

fn too_long() -> String {
    "plans are believed for a hundred years at the most: write `ttl = \"100y\"` or less".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_in_seconds() {
        assert_eq!(seconds("1s"), Ok(1));
        assert_eq!(seconds("7d"), Ok(7 * 24 * 60 * 60));
        assert_eq!(seconds(" 1h 30min "), Ok(90 * 60));
        assert_eq!(seconds("1 week 2000ms"), Ok(7 * 24 * 60 * 60 + 2));
        assert_eq!(seconds("1.5h"), Ok(90 * 60));
        assert_eq!(seconds("100y"), Ok(LONGEST));
    }

    #[test]
    fn each_mistake_gets_its_own_message() {
        let instead = |text| seconds(text).unwrap_err();
        assert!(instead("").contains("ttl = \"7d\""));
        assert!(instead("  ").contains("ttl = \"7d\""));
        for nonsense in ["7", "d", "7 dayz", "-7d", "7d,", "soon", "1e3s", "0.0000000001s", "½d"] {
            assert!(instead(nonsense).starts_with(&format!("`{nonsense}` is no duration")), "{nonsense}");
        }
        assert!(instead("0s").contains("cache = false"));
        assert!(instead("0").contains("cache = false"));
        for fine in ["1ms", "999ms", "1500ms", "0.5s"] {
            assert!(instead(fine).contains("whole seconds"), "{fine}");
        }
        for long in ["101y", "100y 1s", "18446744073709551615s", "99999999999999999999d"] {
            assert!(instead(long).contains("hundred years"), "{long}");
        }
    }
}

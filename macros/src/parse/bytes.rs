//! The value of `memory = "64MiB"`.

/// Units and their bytes.
const UNITS: [(&str, u64); 8] = [
    ("B", 1),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
];

/// The number of bytes, or the message that says what to write instead.
pub(crate) fn bytes(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let end = text.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = unit.trim();
    let known = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit));
    let (Ok(number), Some((_, factor))) = (number.parse::<f64>(), known) else {
        return Err(format!("`{text}` is no amount of memory: write a number and a unit, as in `memory = \"64MiB\"`"));
    };
    let bytes = number * *factor as f64;
    if bytes < 1.0 {
        return Err("an item that needs no memory needs no limit: leave `memory` out".into());
    }
    if bytes >= (1_u64 << 60) as f64 {
        return Err("no machine has as much memory as that: write `memory = \"64MiB\"` or the like".into());
    }
    Ok(bytes as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_units() {
        assert_eq!(bytes("64MiB"), Ok(64 << 20));
        assert_eq!(bytes(" 1.5 gib "), Ok(3 << 29));
        assert_eq!(bytes("1GB"), Ok(1_000_000_000));
        assert_eq!(bytes("512B"), Ok(512));
    }

    #[test]
    fn each_mistake_gets_its_own_message() {
        for nonsense in ["", "64", "MiB", "-1MiB", "64 MiBs", "1e3MiB", "1.2.3MiB"] {
            assert!(bytes(nonsense).unwrap_err().contains("memory = \"64MiB\""), "{nonsense}");
        }
        assert!(bytes("0MiB").unwrap_err().contains("leave `memory` out"));
        assert!(bytes("2000000TiB").unwrap_err().starts_with("no machine"));
    }
}

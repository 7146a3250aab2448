//! What the environment says.

use std::sync::OnceLock;

/// How Amorsize behaves in this process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Config {
    /// False: every run is the plain loop.
    pub(crate) enabled: bool,
    /// Values that could not be understood; the default is used instead.
    pub(crate) errors: u64,
}

/// The configuration, read once, when it is first needed.
pub(crate) fn config() -> &'static Config {
    static CONFIG: OnceLock<Config> = OnceLock::new();
    CONFIG.get_or_init(|| {
        Config::read(std::env::var_os("AMORSIZE").as_deref().map(|value| value.to_str().unwrap_or("?")))
    })
}

impl Config {
    fn read(amorsize: Option<&str>) -> Self {
        match amorsize {
            None | Some("" | "on" | "1" | "true") => Self { enabled: true, errors: 0 },
            Some("off" | "0" | "false") => Self { enabled: false, errors: 0 },
            Some(_) => Self { enabled: true, errors: 1 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn off_is_off_and_nonsense_is_counted() {
        assert!(Config::read(None).enabled);
        assert!(!Config::read(Some("off")).enabled);
        let nonsense = Config::read(Some("perhaps"));
        assert!(nonsense.enabled && nonsense.errors == 1);
    }
}

//! Which Redis the environment names.

use std::ffi::OsString;

use super::redis_url::RedisUrl;
use super::variables::{
    REDIS_DB_NAME, REDIS_ENABLED_NAME, REDIS_HOST_NAME, REDIS_PASSWORD_NAME, REDIS_PORT_NAME, REDIS_URL_NAME, mistake,
};

/// The Redis that the environment names, if any: by `AMORSIZE_REDIS_URL`, else by `REDIS_HOST` and its like.
///
/// Other programs use `REDIS_HOST`, too, and their Redis need not be one that plans belong in. So it counts only where
/// `REDIS_ENABLED` says so. That in turn does not concern `AMORSIZE_REDIS_URL`, which nobody sets by accident.
///
/// # Errors
/// What is wrong with the first variable that cannot be understood.
pub(super) fn read(variable: &dyn Fn(&str) -> Option<OsString>) -> Result<Option<RedisUrl>, String> {
    let understood = |url: Option<RedisUrl>, name, value: &OsString| {
        if url.as_ref().is_none_or(RedisUrl::is_understood) { Ok(url) } else { Err(mistake(name, value)) }
    };
    if let Some(value) = variable(REDIS_URL_NAME) {
        let text = value.to_str().ok_or_else(|| mistake(REDIS_URL_NAME, &value))?;
        return understood(RedisUrl::new(text), REDIS_URL_NAME, &value);
    }
    let Some(value) = variable(REDIS_ENABLED_NAME) else { return Ok(None) };
    match value.to_str().map(|value| value.trim().to_ascii_lowercase()).as_deref() {
        Some("on" | "1" | "true" | "yes") => {}
        Some("off" | "0" | "false" | "no") => return Ok(None),
        _ => return Err(mistake(REDIS_ENABLED_NAME, &value)),
    }
    let number = |name, default, most: u32| {
        let Some(value) = variable(name) else { return Ok(default) };
        let number = value.to_str().and_then(|text| text.trim().parse().ok()).filter(|number| *number <= most);
        number.ok_or_else(|| mistake(name, &value))
    };
    let (port, db) = (number(REDIS_PORT_NAME, 6379, 65_535)?, number(REDIS_DB_NAME, 0, i32::MAX as u32)?);
    let host = variable(REDIS_HOST_NAME).unwrap_or_else(|| "localhost".into());
    let name = host.to_str().ok_or_else(|| mistake(REDIS_HOST_NAME, &host))?.trim();
    // The address of IP version 6 stands in brackets, so that its colons end before that of the port.
    let name = if name.contains(':') && !name.starts_with('[') { format!("[{name}]") } else { name.to_owned() };
    let password = match variable(REDIS_PASSWORD_NAME) {
        None => String::new(),
        Some(value) => {
            let text = value.to_str().ok_or_else(|| mistake(REDIS_PASSWORD_NAME, &value))?;
            format!(":{}@", percent_encoded(text))
        }
    };
    understood(RedisUrl::new(&format!("redis://{password}{name}:{port}/{db}")), REDIS_HOST_NAME, &host)
}

/// The text with all that may mean something in a URL written as `%2F` and the like.
fn percent_encoded(text: &str) -> String {
    let byte = |byte: u8| {
        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(variables: &[(&str, &str)]) -> Result<Option<String>, String> {
        let variable = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
        read(&variable).map(|url| url.map(|url| url.secret().to_owned()))
    }

    #[test]
    fn our_own_variable_comes_first() {
        assert_eq!(url(&[]), Ok(None));
        let ours = ("AMORSIZE_REDIS_URL", "redis://here/3");
        let theirs = [("REDIS_ENABLED", "on"), ("REDIS_HOST", "there")];
        assert_eq!(url(&[ours]), Ok(Some("redis://here/3".into())));
        assert_eq!(url(&[&[ours][..], &theirs].concat()), Ok(Some("redis://here/3".into())));
        assert_eq!(url(&[ours, ("REDIS_ENABLED", "off")]), Ok(Some("redis://here/3".into())));
        assert_eq!(url(&[&[("AMORSIZE_REDIS_URL", "off")][..], &theirs].concat()), Ok(None));
    }

    #[test]
    fn the_variables_of_others_count_only_if_they_are_said_to() {
        let of = |more: &[(&str, &str)]| url(&[&[("REDIS_ENABLED", "on")][..], more].concat());
        assert_eq!(url(&[("REDIS_HOST", "there")]), Ok(None));
        assert_eq!(url(&[("REDIS_ENABLED", "off"), ("REDIS_HOST", "there")]), Ok(None));
        assert_eq!(of(&[]), Ok(Some("redis://localhost:6379/0".into())));
        assert_eq!(of(&[("REDIS_HOST", "there"), ("REDIS_PORT", "7")]), Ok(Some("redis://there:7/0".into())));
        assert_eq!(of(&[("REDIS_HOST", "::1"), ("REDIS_DB", "2")]), Ok(Some("redis://[::1]:6379/2".into())));
        let secret = of(&[("REDIS_PASSWORD", "a@b/c:d")]);
        assert_eq!(secret, Ok(Some("redis://:a%40b%2Fc%3Ad@localhost:6379/0".into())));
        for wrong in [("REDIS_ENABLED", "perhaps"), ("REDIS_PORT", "tcp://10.0.0.1:6379"), ("REDIS_DB", "-1")] {
            let rest = if wrong.0 == "REDIS_ENABLED" { url(&[wrong]) } else { of(&[wrong]) };
            assert!(rest.clone().is_err_and(|message| message.starts_with(wrong.0)), "{rest:?}");
        }
    }

    #[test]
    fn no_password_is_ever_shown() {
        for text in ["redis://u:secret@host:1/2", "redis+unix:///tmp/s?pass=secret", "redis://:secret@host"] {
            let url = RedisUrl::new(text).unwrap();
            assert!(!format!("{url} {url:?}").contains("secret"), "{url}");
            assert!(format!("{url}").contains("://"), "{url}");
        }
        for text in ["redis:/secret@host", "http://u:secret@host", "secret", "redis://u:secret@host:port"] {
            let wrong = url(&[("AMORSIZE_REDIS_URL", text)]);
            if let Err(message) = wrong {
                assert!(!message.contains("secret"), "{message}");
            } else {
                assert!(!RedisUrl::new(text).unwrap().to_string().contains("secret"));
            }
        }
        assert!(url(&[("AMORSIZE_REDIS_URL", "http://host")]).is_err());
    }
}

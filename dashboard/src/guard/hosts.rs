//! Which `Host` a request may name.
//!
//! A page elsewhere can have its own name resolve to 127.0.0.1 and then have a browser read from here what the page may
//! not see (DNS rebinding). Such a request names that page's host.

use std::error::Error;
use std::fmt;
use std::net::IpAddr;

use axum::http::uri::Authority;

/// The hosts that a request may name, without their ports.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts {
    /// Names and addresses beside the loopback ones, in lower case and without brackets.
    names: Vec<String>,
    /// Whether any address will do. A page elsewhere has a name.
    pub(crate) addresses: bool,
    /// Whether anything will do.
    pub(crate) all: bool,
}

/// What should be the name of a host, and is none, such as `http://stats.example`.
#[derive(Clone, Debug)]
pub struct NoHost(String);

impl Error for NoHost {}

impl fmt::Display for NoHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(text) = self;
        let meant = meant_by(text).unwrap_or_else(|| "stats.example".into());
        write!(f, "{text:?} is not the name of a host: write one such as {meant:?}")
    }
}

/// The host in a URL.
fn meant_by(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    authority.rsplit('@').next().and_then(named)
}

/// The name or the address that may be allowed; with or without a port, an address of IPv6 also without brackets.
fn named(host: &str) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let name = match host.parse::<IpAddr>() {
        Ok(address) => address.to_string(),
        Err(_) => host_of(host)?,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    (bare.parse::<IpAddr>().is_ok() || name.chars().all(is_plain)).then(|| bare.to_owned())
}

impl Hosts {
    /// Allows one more.
    pub(crate) fn add(&mut self, host: &str) -> Result<(), NoHost> {
        self.names.push(named(host).ok_or_else(|| NoHost(host.to_owned()))?);
        Ok(())
    }

    /// Whether `host`, with or without a port, may be named.
    pub(crate) fn allow(&self, host: &str) -> bool {
        self.all || host_of(host).is_some_and(|host| self.allow_name(&host))
    }

    fn allow_name(&self, host: &str) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        match bare.parse::<IpAddr>() {
            Ok(address) => self.addresses || is_loopback(address) || self.names.iter().any(|name| name == bare),
            Err(_) => host == "localhost" || self.names.iter().any(|name| name == host),
        }
    }
}

/// The name in `host[:port]`, in lower case and without the point that may end it.
pub(crate) fn host_of(host: &str) -> Option<String> {
    let authority: Authority = host.parse().ok()?;
    let name = authority.host().to_ascii_lowercase();
    let name = name.strip_suffix('.').unwrap_or(&name);
    (!host.contains('@') && !name.is_empty()).then(|| name.to_owned())
}

/// Whether it is this machine's own, also as an IPv4 address in the form of an IPv6 one.
pub(crate) fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_this_machine_are_allowed() {
        let hosts = Hosts::default();
        for host in ["localhost", "LOCALHOST.:80", "127.0.0.1:9184", "127.1.2.3", "[::1]:1", "[::ffff:127.0.0.1]"] {
            assert!(hosts.allow(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "evil-localhost",
            "10.0.0.1",
            "[::2]",
            "0.0.0.0",
            "a@localhost",
            "localhost/x",
            "localhost, evil.example",
            "2130706433",
        ] {
            assert!(!hosts.allow(host), "{host}");
        }
    }

    #[test]
    fn others_are_allowed_on_request() {
        let mut named = Hosts::default();
        for host in ["STATS.example.:443", "10.0.0.1", "::2", "[fe80::1]:80"] {
            named.add(host).unwrap();
        }
        assert!(named.allow("Stats.Example:80") && named.allow("10.0.0.1") && !named.allow("10.0.0.2"));
        assert!(named.allow("[::2]:80") && named.allow("[fe80::1]") && !named.allow("[::3]"));
        let addresses = Hosts { addresses: true, ..Hosts::default() };
        assert!(addresses.allow("10.0.0.1:9184") && addresses.allow("[::2]") && !addresses.allow("stats.example"));
        assert!(Hosts { all: true, ..Hosts::default() }.allow("stats.example"));
    }

    #[test]
    fn what_names_no_host_is_refused() {
        for (text, meant) in [
            ("http://Stats.example:8080/amorsize", "stats.example"),
            ("https://me@[::2]/", "::2"),
            ("stats.example/amorsize", "stats.example"),
            ("http://", "stats.example"),
            ("*.example", "stats.example"),
            ("me@stats.example", "stats.example"),
            ("one.example, two.example", "stats.example"),
            ("", "stats.example"),
        ] {
            let said = Hosts::default().add(text).unwrap_err().to_string();
            assert_eq!(said, format!("{text:?} is not the name of a host: write one such as {meant:?}"));
        }
    }
}

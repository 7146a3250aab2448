//! Which `Host` a request may name.
//!
//! A page elsewhere can have its own name resolve to 127.0.0.1 and then have a browser read from here what the page may
//! not see (DNS rebinding). Such a request names that page's host.

use std::net::IpAddr;

use axum::http::uri::Authority;

/// The hosts that a request may name, without their ports.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts {
    /// Names beside the loopback ones, in lower case.
    pub(crate) names: Vec<String>,
    /// Whether any address will do. A page elsewhere has a name.
    pub(crate) addresses: bool,
    /// Whether anything will do.
    pub(crate) all: bool,
}

impl Hosts {
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
        let named = Hosts { names: vec!["stats.example".into(), "10.0.0.1".into()], ..Hosts::default() };
        assert!(named.allow("Stats.Example:80") && named.allow("10.0.0.1") && !named.allow("10.0.0.2"));
        let addresses = Hosts { addresses: true, ..Hosts::default() };
        assert!(addresses.allow("10.0.0.1:9184") && addresses.allow("[::2]") && !addresses.allow("stats.example"));
        assert!(Hosts { all: true, ..Hosts::default() }.allow("stats.example"));
    }
}

//! A Redis over TLS: with an authority that the system knows, and with one that it does not.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::server::{Server, free_port};
use crate::cache::Cache;
use crate::children::{Running, Said};

/// An authority, and what it signed for a server of some name.
struct Certificates(TempDir);

impl Certificates {
    /// `None`, which is said, if there is no `openssl` to make them with. With `AMORSIZE_TESTS_NEED=redis` that is a failure.
    fn for_name(name: &str) -> Option<Self> {
        let place = tempfile::tempdir().expect("tests may write there");
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
        let authority = ["req", "-x509", "-subj", "/CN=authority", "-keyout", "authority.key", "-out", "authority.pem"];
        openssl(place.path(), &[&authority, &key[..]].concat())?;
        let signed = ["-CA", "authority.pem", "-CAkey", "authority.key", "-addext", "basicConstraints=CA:FALSE"];
        let server = ["req", "-x509", "-subj", "/CN=server", "-keyout", "server.key", "-out", "server.pem", "-addext"];
        openssl(place.path(), &[&server[..], &[&format!("subjectAltName={name}")], &signed, &key].concat())?;
        Some(Self(place))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A server that shows them, on a port for TLS.
    fn server(&self) -> Option<(Server, u16)> {
        let [authority, certificate, key] =
            ["authority.pem", "server.pem", "server.key"].map(|name| self.file(name).display().to_string());
        // Another process may take the port before the server does.
        let port = free_port();
        let files = ["--tls-cert-file", &certificate, "--tls-key-file", &key, "--tls-ca-cert-file", &authority];
        let server =
            Server::start(&[&files[..], &["--tls-port", &port.to_string(), "--tls-auth-clients", "no"]].concat())?;
        Some((server, port))
    }

    /// What `child` says to a server at that URL if it believes this authority, or else another one.
    fn said(&self, url: &str, believes: bool) -> Said {
        let cache = Cache::new();
        let mut command = cache.command(&["calls=1", "flush="]);
        let authority = self.file(if believes { "authority.pem" } else { "server.pem" });
        command.env("SSL_CERT_FILE", authority).env_remove("SSL_CERT_DIR");
        command.env("AMORSIZE_REDIS_URL", url).env("AMORSIZE_REDIS_WAIT", "5s");
        Running::start(command).said()
    }
}

/// Runs `openssl` in a folder. `None` if there is none.
fn openssl(place: &Path, arguments: &[&str]) -> Option<()> {
    let made = Command::new("openssl").args(arguments).current_dir(place).stdin(Stdio::null()).output();
    let made = match made {
        Ok(made) => made,
        Err(error) => {
            let needed = std::env::var("AMORSIZE_TESTS_NEED").is_ok_and(|needed| needed.contains("redis"));
            assert!(!needed, "openssl cannot be run: {error}");
            return None;
        }
    };
    assert!(made.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&made.stderr));
    Some(())
}

#[test]
fn plans_are_shared_over_tls() {
    let Some(certificates) = Certificates::for_name("IP:127.0.0.1") else { return };
    let Some((server, port)) = certificates.server() else { return };
    let url = format!("rediss://127.0.0.1:{port}");
    let said = certificates.said(&url, true);
    assert!(said.is_fine() && said.count("redis_connected") == 1, "{said:?}");
    assert_eq!(server.keys().len(), 1);
    let said = certificates.said(&url, true);
    assert_eq!((said.count("recalled"), said.count("redis_hits")), (1, 1), "{said:?}");
}

#[test]
fn a_server_that_cannot_show_who_it_is_gets_nothing() {
    let Some(certificates) = Certificates::for_name("DNS:elsewhere.example") else { return };
    let Some((server, port)) = certificates.server() else { return };
    // Signed by nobody that is believed; signed for another host; and not encrypted at all.
    let urls = [(format!("rediss://127.0.0.1:{port}"), false), (format!("rediss://127.0.0.1:{port}"), true)];
    for (url, believes) in urls.iter().cloned().chain([(format!("rediss://127.0.0.1:{}", server.port()), true)]) {
        let said = certificates.said(&url, believes);
        assert!(said.status.success() && said.err.is_empty(), "{said:?}");
        assert_eq!((said.count("redis_disconnected"), said.count("redis_hits")), (1, 0), "{url}: {said:?}");
        assert!(said.count("redis_errors") > 0 && said.out.contains(&url), "{url}: {said:?}");
        assert_eq!(said.answer(), Cache::plain_answer());
    }
    assert_eq!(server.keys().len(), 0);
}

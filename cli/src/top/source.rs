//! Where the figures come from: a folder, or a dashboard that is being served.

use std::fmt;
use std::time::Duration;

use amorsize_store::store::Store;
use amorsize_store::view::schedules::ScheduleInfo;
use serde::Deserialize;
use ureq::Agent;
use ureq::http::Uri;

use super::frame::{Best, Frame, Row};
use crate::failure::Failure;
use crate::folder::folder_snapshot;
use crate::gains::{Candidate, best_of};

#[derive(Debug)]
pub(super) enum Source {
    Folder(Store),
    Server { agent: Agent, address: Address },
}

/// The address of a document. User and password are for the server, and not to be seen.
pub(super) struct Address {
    secret: String,
    shown: String,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

/// An answer comes within that.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest answer that is read.
const LONGEST: u64 = 64 << 20;

impl Source {
    /// The dashboard at `address`: a host and port, or a URL, with or without the path of the dashboard.
    pub(super) fn at(address: &str) -> Result<Self, Failure> {
        let config = Agent::config_builder().timeout_global(Some(PATIENCE)).proxy(None).max_redirects(0);
        Ok(Self::Server { agent: Agent::new_with_config(config.build()), address: Address::new(address)? })
    }

    /// What is there now.
    pub(super) fn frame(&self) -> Result<Frame, Failure> {
        match self {
            Self::Folder(store) => {
                let snapshot = folder_snapshot(store);
                match snapshot.faults.first() {
                    Some(fault) => Err(Failure::new(fault.clone())),
                    None => Ok(Frame::of(&snapshot, store.path().display().to_string())),
                }
            }
            Self::Server { agent, address: Address { secret, shown } } => {
                let answer = ask(agent, secret).map_err(|error| {
                    let why = if let ureq::Error::Io(error) = error { error.to_string() } else { error.to_string() };
                    // The error may name the address, too.
                    Failure::new(format!("cannot read {shown}: {}", why.replace(secret, shown)))
                })?;
                let document: Document = serde_json::from_slice(&answer)
                    .map_err(|error| Failure::new(format!("{shown} is no dashboard of Amorsize: {error}")))?;
                Ok(document.frame(shown))
            }
        }
    }
}

fn ask(agent: &Agent, url: &str) -> Result<Vec<u8>, ureq::Error> {
    agent.get(url).call()?.body_mut().with_config().limit(LONGEST).read_to_vec()
}

impl Address {
    fn new(address: &str) -> Result<Self, Failure> {
        let wrong = || {
            let address = without_password(address);
            Failure::wrong_use(format!("{address:?} is no address: say 127.0.0.1:9184, or http://HOST:PORT/PATH"))
        };
        let named = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
        let uri: Uri = named.parse().map_err(|_| wrong())?;
        if uri.scheme_str() != Some("http") || uri.host().is_none_or(str::is_empty) || uri.query().is_some() {
            return Err(wrong());
        }
        let path = match uri.path().trim_end_matches('/') {
            "" => "/amorsize",
            path => path,
        };
        let authority = uri.authority().ok_or_else(wrong)?.as_str();
        let shown = without_password(authority);
        // What stands where a port should may be a password with a slash in it.
        if uri.port_u16().is_none() && uri.host() != Some(&shown) {
            return Err(wrong());
        }
        let url = |authority: &str| format!("http://{authority}{path}/analytics/dashboard");
        Ok(Self { secret: url(authority), shown: url(&shown) })
    }
}

/// In an address that cannot be understood, a password may be anywhere before the last `@`.
fn without_password(address: &str) -> String {
    let Some((secret, host)) = address.rsplit_once('@') else { return address.to_owned() };
    let scheme = ["http://", "https://"].into_iter().find(|scheme| secret.starts_with(scheme));
    format!("{}{host}", scheme.unwrap_or_default())
}

/// What of the document is of use here.
#[derive(Deserialize)]
struct Document {
    analytics: Analytics,
}

#[derive(Deserialize)]
struct Analytics {
    cache_performance: Performance,
    functions: Vec<Function>,
}

#[derive(Deserialize)]
struct Performance {
    successful_cache_hits: u64,
    cache_misses: u64,
    total_time_saved: Saved,
}

#[derive(Deserialize)]
struct Saved {
    milliseconds: f64,
}

#[derive(Deserialize)]
// As the document has it.
#[allow(clippy::struct_field_names)]
struct Function {
    function: String,
    hits: u64,
    misses: u64,
    time_saved_ms: f64,
    drift_alarms: u64,
    plans: Vec<Plan>,
}

#[derive(Deserialize)]
struct Plan {
    awake: ScheduleInfo,
    asleep: ScheduleInfo,
    expired: bool,
    rejected: Option<String>,
}

impl Document {
    fn frame(self, url: &str) -> Frame {
        let Analytics { cache_performance: all, functions } = self.analytics;
        let functions = functions.into_iter().map(Function::row).collect();
        Frame {
            source: url.trim_end_matches("/analytics/dashboard").to_owned(),
            hits: all.successful_cache_hits,
            misses: all.cache_misses,
            saved_ns: ns(all.total_time_saved.milliseconds),
            functions,
        }
        .sorted()
    }
}

impl Function {
    fn row(self) -> Row {
        let Self { function, hits, misses, time_saved_ms, drift_alarms, plans } = self;
        let candidate = |plan: Plan| Candidate::new(plan.expired, plan.rejected.as_deref(), [plan.awake, plan.asleep]);
        let best = best_of(plans.into_iter().map(candidate)).map(Best::of);
        Row { function, hits, misses, saved_ns: ns(time_saved_ms), drift_alarms, best }
    }
}

fn ns(ms: f64) -> i64 {
    (ms * 1e6) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_completed() {
        let at = |address| Address::new(address).map(|address| address.secret).map_err(|_| ());
        let local = "http://127.0.0.1:9184/amorsize/analytics/dashboard".to_owned();
        for address in ["127.0.0.1:9184", "127.0.0.1:9184/", "http://127.0.0.1:9184", "http://127.0.0.1:9184/amorsize/"]
        {
            assert_eq!(at(address).as_ref(), Ok(&local), "{address}");
        }
        assert_eq!(at("localhost:1/a/b").unwrap(), "http://localhost:1/a/b/analytics/dashboard");
        for wrong in
            ["", "https://localhost", "file:///etc/passwd", "http://", "a b", "http://localhost/?x", "localhost:a"]
        {
            assert_eq!(at(wrong), Err(()), "{wrong}");
        }
    }

    #[test]
    fn passwords_are_sent_and_not_shown() {
        let address = Address::new("user:TOPSECRET@localhost:1").unwrap();
        assert_eq!(address.secret, "http://user:TOPSECRET@localhost:1/amorsize/analytics/dashboard");
        assert_eq!(address.shown, "http://localhost:1/amorsize/analytics/dashboard");
        let address = Address::new("http://TOPSECRET@[::1]:1/a@b").unwrap();
        assert_eq!(address.shown, "http://[::1]:1/a@b/analytics/dashboard");
        for wrong in ["https://u:TOPSECRET@h/", "http://u:TOPSECRET/@h", "u:TOPSECRET@h ?", "u:TOPSECRET://@h"] {
            let failure = Address::new(wrong).unwrap_err().to_string();
            assert!(!failure.contains("TOPSECRET"), "{failure}");
        }
    }
}

//! `amorsize serve`: the dashboard of a folder.

use std::convert::Infallible;
use std::fs;
use std::net::ToSocketAddrs;
use std::path::Path;
use std::thread;

use amorsize_dashboard::Dashboard;
use amorsize_store::store::Store;
use serde::Serialize;

use crate::answer::Answer;
use crate::failure::Failure;
use crate::folder::folder_snapshot;
use crate::output::Output;
use crate::shared::Watched;
use crate::words::paragraph;

/// Where it is served, and what.
#[derive(Debug, Serialize)]
pub(crate) struct Serving {
    cache_dir: String,
    url: String,
    writable: bool,
    #[serde(skip)]
    is_public: bool,
}

/// Serves until the process is ended.
pub(crate) fn serve(
    store: Store,
    listen: &str,
    token_file: Option<&Path>,
    hosts: &[String],
    output: &mut Output,
) -> Result<Infallible, Failure> {
    let token = token_file.map(token).transpose()?;
    let refused = |error| Failure::new(format!("cannot listen at {listen}: {error}"));
    let addrs: Vec<_> = listen.to_socket_addrs().map_err(refused)?.collect();
    let is_public = addrs.iter().any(|addr| !addr.ip().to_canonical().is_loopback());
    let cache_dir = store.path().display().to_string();
    let (cleared, pruned) = (store.clone(), store.clone());
    let redis = Watched::start();
    let snapshot = move || {
        let mut all = folder_snapshot(&store);
        all.tiers.push(redis.latest());
        all
    };
    let mut dashboard = Dashboard::new(snapshot);
    dashboard = dashboard.on_clear(move || cleared.clear(None)).on_prune(move || pruned.prune_expired());
    if is_public {
        dashboard = dashboard.on_any_address();
    }
    for host in hosts {
        let refused = |error| Failure::wrong_use(format!("--allow-host: {error}"));
        dashboard = dashboard.try_allow_host(host).map_err(refused)?;
    }
    let writable = token.is_some();
    let server = dashboard.token(token.unwrap_or_default()).serve(&addrs[..]).map_err(refused)?;
    let url = format!("http://{}/amorsize/", server.local_addr());
    output.say(&Serving { cache_dir, url, writable, is_public })?;
    loop {
        thread::park();
    }
}

/// The token in a file. Editors end its line.
fn token(file: &Path) -> Result<String, Failure> {
    let named = file.display();
    let text = fs::read_to_string(file).map_err(|error| Failure::new(format!("cannot read {named}: {error}")))?;
    let token = text.trim();
    let is_plain = !token.is_empty() && token.chars().all(|c| c.is_ascii_graphic());
    is_plain.then(|| token.to_owned()).ok_or_else(|| {
        Failure::new(format!("{named} holds no token: a line of letters, digits and signs, without spaces"))
    })
}

impl Answer for Serving {
    fn text(&self, width: usize) -> String {
        let mut out = format!("{}\n", self.url);
        out += &paragraph(&format!("shows {}. Ctrl-C ends it.", self.cache_dir), width);
        if self.is_public {
            let who = "Whoever can connect to this machine can see it: paths of functions, names of types, figures.";
            out += &paragraph(who, width);
        }
        out
    }
}

//! The dashboard before it is served: what it shows, who may see it, and what it may change.

use std::fmt::{self, Display};
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use amorsize_store::view::snapshot::Snapshot;
use axum::Router;

use crate::advice::recommendations;
use crate::answers::{Advise, Answers, Change, TakeSnapshot};
use crate::guard::hosts::{Hosts, NoHost, is_loopback};
use crate::guard::token::Token;
use crate::routes::{Shared, at_the_root, below, guarded};
use crate::server::Server;

/// A dashboard: what it shows, who may see it, and what it may change.
///
/// # Examples
/// In a server of its own:
///
/// ```
/// use amorsize_dashboard::Dashboard;
/// # use amorsize_store::view::snapshot::Snapshot;
/// # let snapshot = Snapshot::default;
/// # let clear_cache = || 0;
///
/// let server = Dashboard::new(snapshot).token("secret").on_clear(clear_cache).serve("127.0.0.1:0")?;
/// println!("http://{}/amorsize/", server.local_addr());
/// server.shutdown();
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// In an axum application, beside its own routes:
///
/// ```
/// # use amorsize_dashboard::Dashboard;
/// # use amorsize_store::view::snapshot::Snapshot;
/// # let snapshot = Snapshot::default;
/// let app = axum::Router::<()>::new().merge(Dashboard::new(snapshot).allow_host("stats.example").router());
/// ```
#[must_use = "a dashboard shows nothing until it is served"]
pub struct Dashboard {
    take: Box<TakeSnapshot>,
    advise: Box<Advise>,
    prefix: String,
    hosts: Hosts,
    token: Option<Token>,
    clear: Option<Arc<Change>>,
    prune: Option<Arc<Change>>,
    any_address: bool,
}

/// How many plans were removed, or why none could be: what [`Dashboard::on_clear`] and [`Dashboard::on_prune`] expect.
pub trait Removed {
    /// The number, or the reason.
    ///
    /// # Errors
    /// If nothing could be removed.
    fn removed(self) -> Result<usize, String>;
}

impl Removed for usize {
    fn removed(self) -> Result<usize, String> {
        Ok(self)
    }
}

impl<E: Display> Removed for Result<usize, E> {
    fn removed(self) -> Result<usize, String> {
        self.map_err(|error| error.to_string())
    }
}

impl Dashboard {
    /// Shows what `snapshot` returns. It is called at most five times a second, however many ask, and never by two
    /// threads at once. If it panics, whoever asked gets status 500, and others are answered as before.
    pub fn new(snapshot: impl Fn() -> Snapshot + Send + Sync + 'static) -> Self {
        Self {
            take: Box::new(snapshot),
            advise: Box::new(recommendations),
            prefix: "/amorsize".into(),
            hosts: Hosts::default(),
            token: None,
            clear: None,
            prune: None,
            any_address: false,
        }
    }

    /// Below which path everything lies; `/amorsize` unless this says otherwise. An empty one is the root.
    ///
    /// # Panics
    /// If it has a character in it that is none of a-z, A-Z, 0-9, `/`, `-`, `_`, `.` and `~`.
    pub fn prefix(mut self, prefix: &str) -> Self {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "/-_.~".contains(c);
        assert!(prefix.chars().all(is_plain), "the prefix {prefix:?} is no plain path");
        let parts = prefix.split('/').filter(|part| !part.is_empty());
        self.prefix = parts.flat_map(|part| ["/", part]).collect();
        self
    }

    /// Sets the token with which something may be changed: `Authorization: Bearer TOKEN`. Without one, or with an empty
    /// one, nothing can be changed.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Token::new(token.into());
        self
    }

    /// What `POST /cache/clear` does, such as `amorsize::clear_cache`. Returns how many plans it removed, as a number or a
    /// `Result`.
    pub fn on_clear<R: Removed>(mut self, clear: impl Fn() -> R + Send + Sync + 'static) -> Self {
        self.clear = Some(Arc::new(move || clear().removed()));
        self
    }

    /// What `POST /cache/prune` does, such as to call `amorsize::prune_expired_cache`. Returns how many plans it removed,
    /// as a number or a `Result`.
    pub fn on_prune<R: Removed>(mut self, prune: impl Fn() -> R + Send + Sync + 'static) -> Self {
        self.prune = Some(Arc::new(move || prune().removed()));
        self
    }

    /// Answers also requests that name this host, with any port: the name by which people or a proxy reach it. Requests that
    /// name a loopback host are always answered, and those that name another one get status 403, so that no page on the web
    /// can read what is shown by having its own name resolve to this machine.
    ///
    /// # Panics
    /// If it is no name of a host, such as `http://stats.example`. [`try_allow_host`](Self::try_allow_host) says so instead.
    pub fn allow_host(self, host: &str) -> Self {
        self.try_allow_host(host).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Does what [`allow_host`](Self::allow_host) does, for a host that somebody else names.
    ///
    /// # Errors
    /// If it is no name of a host, such as `http://stats.example`.
    pub fn try_allow_host(mut self, host: &str) -> Result<Self, NoHost> {
        self.hosts.add(host)?;
        Ok(self)
    }

    /// Answers requests whatever host they name: for an application that looks at that itself.
    pub fn allow_any_host(mut self) -> Self {
        self.hosts.all = true;
        self
    }

    /// Lets [`serve`](Self::serve) listen where other machines can connect, and answers also requests that name an
    /// address instead of a host. There is no encryption and no password: whoever can connect can see everything.
    pub fn on_any_address(mut self) -> Self {
        self.any_address = true;
        self.hosts.addresses = true;
        self
    }

    /// Shows these recommendations instead of what the figures advise.
    pub fn recommend(mut self, advise: impl Fn(&Snapshot) -> Vec<String> + Send + Sync + 'static) -> Self {
        self.advise = Box::new(advise);
        self
    }

    /// Its routes, to be merged into an axum application. The application bounds the number of its connections, and how
    /// long clients may take.
    ///
    /// They can also be nested below another path. If the [`prefix`](Self::prefix) is empty, that path has to end with a
    /// slash, because the links of the page are relative to it:
    ///
    /// ```
    /// # use amorsize_dashboard::Dashboard;
    /// # use amorsize_store::view::snapshot::Snapshot;
    /// # let [one, two] = [Snapshot::default; 2].map(Dashboard::new);
    /// // The pages are at /admin/amorsize/ and at /stats/.
    /// let app = axum::Router::<()>::new().nest("/admin", one.router()).nest("/stats/", two.prefix("").router());
    /// ```
    #[must_use = "routes do nothing until they are served"]
    pub fn router(self) -> Router {
        let (prefix, hosts, shared) = self.parts();
        guarded(below(&prefix, shared), hosts)
    }

    /// Serves it from threads of its own, with `/metrics` and `/healthz` also at the root: one that waits for requests, and
    /// while somebody asks one that takes the snapshots. Where one of these two paths is the [`prefix`](Self::prefix), it
    /// leads to the page.
    ///
    /// # Errors
    /// If the address cannot be listened at, or is no loopback address without [`on_any_address`](Self::on_any_address).
    pub fn serve(self, addr: impl ToSocketAddrs) -> io::Result<Server> {
        let addrs: Vec<SocketAddr> = addr.to_socket_addrs()?.collect();
        if let Some(addr) = addrs.iter().find(|addr| !self.any_address && !is_loopback(addr.ip())) {
            let why = format!(
                "{addr} is no loopback address: to have other machines see everything, call Dashboard::on_any_address"
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        let (prefix, hosts, shared) = self.parts();
        let mut routes = below(&prefix, shared.clone());
        if !prefix.is_empty() {
            routes = routes.merge(at_the_root(&prefix, shared));
        }
        Server::start(&addrs, guarded(routes, hosts))
    }

    fn parts(self) -> (String, Hosts, Shared) {
        let Self { take, advise, prefix, hosts, token, clear, prune, .. } = self;
        (prefix, hosts, Shared { answers: Arc::new(Answers::new(take, advise)), token, clear, prune })
    }
}

impl fmt::Debug for Dashboard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { prefix, hosts, token, any_address, .. } = self;
        let mut debug = f.debug_struct("Dashboard");
        debug.field("prefix", prefix).field("hosts", hosts).field("token", token).field("any_address", any_address);
        debug.finish_non_exhaustive()
    }
}

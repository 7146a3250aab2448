//! Shows what `amorsize` measures while a program runs: a page, JSON, and metrics for Prometheus, over HTTP.
//!
//! ```no_run
//! # mod amorsize { pub(crate) fn snapshot() -> amorsize_store::view::snapshot::Snapshot { Default::default() } }
//! let server = amorsize_dashboard::serve("127.0.0.1:9184", amorsize::snapshot)?;
//! println!("http://{}/amorsize/", server.local_addr());
//! // .. the program does its work, and at its end:
//! server.shutdown();
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! [`serve`] starts a thread that waits for requests, and while somebody asks there is a second one, which takes the
//! snapshots and writes the answers; it ends ten seconds after the last of them. A program that is an axum application merges
//! [`Dashboard::router`] into its own routes instead. The command `amorsize serve` shows the same of what is on disk.
//!
//! # What there is
//!
//! | below `/amorsize` | what it says |
//! |---|---|
//! | `GET /` | the page; it refreshes itself, `/?refresh=off` does not |
//! | `GET /style.css`, `GET /icon.svg` | what the page loads |
//! | `GET /cache/stats` | hits, misses, what finding a known plan takes and what choosing a new one |
//! | `GET /cache/metrics` | hit rate, what shared calls took and would have taken as plain loops, time saved |
//! | `GET /cache/status` | the tiers, and how they are |
//! | `GET /analytics/dashboard` | all of that, each function with its plans, recommendations |
//! | `POST /cache/clear`, `POST /cache/prune` | removes plans: [`Dashboard::on_clear`], [`Dashboard::on_prune`]; asks for a [`Dashboard::token`] |
//! | `GET /metrics` | the counts for Prometheus: 200 functions have series of their own, the others are `other` |
//! | `GET /healthz` | `{"status":"ok"}` |
//!
//! A server of its own also has `/metrics` and `/healthz` at the root, where they are looked for, and leads from `/` to the
//! page.
//!
//! # What the figures mean
//!
//! Where nothing was measured yet, a figure is 0; the hit rate and the speed-up of a single function are null.
//!
//! | in JSON | meaning |
//! |---|---|
//! | `average_hit_latency_ms`, `average_miss_latency_ms` | finding a known plan, choosing a new one |
//! | `performance_gain_multiplier` | choosing by finding |
//! | `cached_response_ms`, `with_cache_ms` | what a shared call took |
//! | `uncached_response_ms`, `without_cache_ms` | what it would have taken as a plain loop, by what its items are known to cost |
//! | `speedup_multiplier` | the plain loop's time by the shared call's |
//! | `total_ms`, `milliseconds` | what all shared calls took less than plain loops would have |
//! | `time_saved_per_hit_ms` | the same for each call whose plan was known |
//! | `estimated_memory_mb`, `memory_entries` | what the plans in memory take, and how many they are |
//!
//! # Who can see it
//!
//! Whoever can connect. It listens on loopback addresses only, unless [`Dashboard::on_any_address`] is called; requests have
//! to name a loopback host, or one of [`Dashboard::allow_host`]; nothing changes without a token. Shown are paths of
//! functions, names of types and figures, and nothing of what the functions work on.
#![forbid(unsafe_code)]

mod advice;
mod answers;
mod chart;
mod dashboard;
mod documents;
mod exposition;
mod guard;
mod page;
mod refusal;
mod routes;
mod server;
mod words;

use std::io;
use std::net::ToSocketAddrs;

use amorsize_store::view::snapshot::Snapshot;

pub use crate::dashboard::{Dashboard, Removed};
pub use crate::guard::hosts::NoHost;
pub use crate::server::Server;

/// Serves what `snapshot` returns from threads of its own: [`Dashboard::serve`] with nothing to choose.
///
/// # Errors
/// If the address cannot be listened at, or is no loopback address.
pub fn serve(addr: impl ToSocketAddrs, snapshot: impl Fn() -> Snapshot + Send + Sync + 'static) -> io::Result<Server> {
    Dashboard::new(snapshot).serve(addr)
}

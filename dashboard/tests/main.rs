//! The dashboard over real sockets: what it says, to whom, and what it makes of those who mean no good.

#![forbid(unsafe_code)]

mod client;
mod documents;
mod exposition;
mod hostile;
mod made;
mod page;
mod routes;
mod server;
mod snapshots;
mod writes;

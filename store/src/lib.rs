//! Where the crate `amorsize` keeps what it learned.
//!
//! This is a part of `amorsize`, whose module `store` shows what programs may use of it, and of the command `amorsize`. It
//! knows plans, machines and files. It knows nothing of threads, or of the functions that are mapped. Its other modules
//! change without notice.
//!
//! Without the feature `disk` there are only identities, the configuration and the types that everything else is made of.
//! The feature `redis` shares plans by a Redis, and `redis-tls` does so over TLS.
#![forbid(unsafe_code)]

pub mod clock;
pub mod config;
#[cfg(feature = "disk")]
pub mod disk;
pub mod error;
pub mod events;
pub mod faults;
pub mod fork;
#[cfg(all(test, feature = "disk"))]
mod golden;
#[cfg(all(test, feature = "disk"))]
mod golden_statistics;
#[cfg(feature = "disk")]
pub mod health;
pub mod id;
#[cfg(feature = "disk")]
pub mod insight;
pub mod machine;
#[cfg(feature = "disk")]
pub mod portable;
pub mod profile;
pub mod record;
#[cfg(feature = "disk")]
pub mod redis;
pub mod rejection;
#[cfg(feature = "disk")]
pub mod store;
pub mod sync;
#[cfg(feature = "disk")]
pub mod tier;
#[cfg(feature = "disk")]
pub mod view;
pub mod words;

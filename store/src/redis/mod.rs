//! Plans in a Redis, where the programs of many machines share them.
//!
//! May use: `tier`, `record`, `machine`, `config`, `id`, `events`, `rejection`, `fork`, `clock`, `sync`. From the bottom up:
//!
//! | file | what it is |
//! |---|---|
//! | `breaker` | when to try again what has failed; pure |
//! | `batches` | writing several values that others may be writing, too; pure |
//! | `keys` | the names under which values are kept |
//! | `values` | what a value holds, and whether it can be used |
//! | `link` | the connection: opened late, with time limits, never used by a forked child |
//! | `enabled` | the tier |
//! | `manage` | what a person may do with all that is kept there |
//!
//! Without the feature `redis`, `disabled` takes the place of these files: there is never a Redis.

#[cfg(feature = "redis")]
mod batches;
#[cfg(feature = "redis")]
mod breaker;
#[cfg(not(feature = "redis"))]
mod disabled;
#[cfg(feature = "redis")]
mod enabled;
#[cfg(feature = "redis")]
mod keys;
#[cfg(feature = "redis")]
mod link;
#[cfg(feature = "redis")]
mod manage;
#[cfg(feature = "redis")]
mod values;

#[cfg(not(feature = "redis"))]
pub use self::disabled::{Redis, Shared};
#[cfg(feature = "redis")]
pub use self::enabled::Redis;
#[cfg(feature = "redis")]
pub use self::manage::Shared;

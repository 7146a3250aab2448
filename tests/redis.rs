//! Plans that are shared by a real Redis, and all that can go wrong with one.

#[path = "redis/faults.rs"]
mod faults;
#[path = "redis/server.rs"]
pub(crate) mod server;
#[path = "redis/shared.rs"]
mod shared;
#[path = "redis/tls.rs"]
mod tls;
#[path = "redis/values.rs"]
mod values;

use crate::cache::Cache;
use crate::children::{Running, Said};

/// What `child` says with this cache and this Redis.
fn run(cache: &Cache, url: &str, arguments: &[&str]) -> Said {
    start(cache, url, arguments).said()
}

fn start(cache: &Cache, url: &str, arguments: &[&str]) -> Running {
    let mut command = cache.command(arguments);
    // A busy machine may keep the answer from coming in time.
    command.env("AMORSIZE_REDIS_URL", url).env("AMORSIZE_REDIS_WAIT", "2s");
    Running::start(command)
}

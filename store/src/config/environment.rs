//! The configuration that the environment asks for.

use std::ffi::OsString;
use std::path::Path;

use super::values::{absolute, bytes};
use super::variables::{
    CACHE_NAME, DIR_NAME, ENABLED_NAME, LEARN_NAME, MAX_THREADS_NAME, REDIS_WAIT_NAME, RIGOR_NAME, SIZE_NAME,
    THREADS_NAME, TTL_NAME, mistake,
};
use super::{Config, redis};
use crate::error::Error;

impl Config {
    /// The configuration, with the default for each value that is a mistake, and the mistakes.
    pub(super) fn read(variable: &dyn Fn(&str) -> Option<OsString>) -> (Self, Vec<Error>) {
        let mut config = Self::default();
        let mut mistakes = Vec::new();
        let value = |name: &str| variable(name).filter(|value| !value.is_empty());
        let mut parse = |name: &str, set: &mut dyn FnMut(&str) -> Option<()>| {
            let Some(value) = value(name) else { return };
            if value.to_str().and_then(|value| set(value.trim())).is_none() {
                mistakes.push(Error::config(mistake(name, &value)));
            }
        };
        let on_or_off = |value: &str| match value {
            "on" | "1" | "true" => Some(true),
            "off" | "0" | "false" => Some(false),
            _ => None,
        };
        parse(ENABLED_NAME, &mut |value| on_or_off(value).map(|yes| config.enabled = yes));
        parse(LEARN_NAME, &mut |value| on_or_off(value).map(|yes| config.learn = yes));
        let at_least_one = |value: &str| value.parse().ok().filter(|n| *n > 0);
        parse(MAX_THREADS_NAME, &mut |value| at_least_one(value).map(|n| config.max_threads = n));
        let fewest = |value: &str| ["fastest", "fewest"].iter().position(|word| *word == value).map(|at| at == 1);
        parse(THREADS_NAME, &mut |value| fewest(value).map(|yes| config.fewest_threads = yes));
        parse(RIGOR_NAME, &mut |value| value.parse().ok().map(|rigor| config.rigor = rigor));
        parse(CACHE_NAME, &mut |value| value.parse().ok().map(|mode| config.cache = mode));
        parse(TTL_NAME, &mut |value| humantime::parse_duration(value).ok().map(|ttl| config.ttl = ttl));
        parse(SIZE_NAME, &mut |value| bytes(value).map(|size| config.max_size = size));
        parse(REDIS_WAIT_NAME, &mut |value| humantime::parse_duration(value).ok().map(|wait| config.redis_wait = wait));
        match redis::read(&value) {
            Ok(url) => config.redis = url,
            Err(mistake) => mistakes.push(Error::config(mistake)),
        }
        config.cache_dir = value(DIR_NAME).map(|path| absolute(Path::new(&path)));
        (config, mistakes)
    }
}

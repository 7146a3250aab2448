//! A log to search, where none is named.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use fastrand::Rng;

const HOSTS: [&str; 4] = ["web-1", "web-2", "web-3", "worker-1"];
const PATHS: [&str; 6] = ["/", "/cart", "/search?q=socks", "/account/orders", "/static/site.css", "/api/v1/prices"];
/// Of a hundred lines, one each says this.
const TROUBLE: [&str; 3] = [
    "ERROR upstream timed out, gave up after",
    "WARN connection refused by 10.0.3.7, retried for",
    "ERROR deadlock found in orders, rolled back after",
];

/// A log of a web site, at least `bytes` long, in a file without a name: it is gone when the process is, however that ends.
pub(crate) fn made_up(bytes: u64) -> io::Result<File> {
    let mut log = BufWriter::with_capacity(1 << 20, tempfile::tempfile()?);
    // The same numbers in every run.
    let (mut random, mut written, mut line) = (Rng::with_seed(1), 0, Vec::new());
    while written < bytes {
        line.clear();
        let second = written / 4096 % 86_400;
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let host = HOSTS[random.usize(..HOSTS.len())];
        write!(line, "2026-03-14T{hour:02}:{minute:02}:{second:02}.{:03}Z {host} ", random.usize(..1000))?;
        let took = random.usize(..900);
        match TROUBLE.get(random.usize(..100)) {
            Some(what) => writeln!(line, "{what} {took} ms (request {:08x})", random.u32(..))?,
            None => writeln!(
                line,
                "INFO GET {} 200 {took} ms 172.16.{}.{} \"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101\"",
                PATHS[random.usize(..PATHS.len())],
                random.u8(..),
                random.u8(..),
            )?,
        }
        log.write_all(&line)?;
        written += line.len() as u64;
    }
    log.into_inner().map_err(io::IntoInnerError::into_error)
}

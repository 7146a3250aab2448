//! What the items of each function cost across ranks, kept from call to call and, on the root, from process to process.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use amorsize::FunctionId;
use amorsize::store::settings;
use serde::{Deserialize, Serialize};

use crate::schedule::Costs;

/// A function, its instantiation and key, and the number of threads of the root.
pub(crate) type Key = (FunctionId, u64, usize);

/// What was learned in this process, or read from earlier ones.
#[derive(Default)]
pub(crate) struct Learned(HashMap<Key, Option<Costs>>);

/// The file of one function. The format has a number, since it is positional.
#[derive(Serialize, Deserialize)]
struct File {
    format: u32,
    item: f64,
    item_bytes: f64,
    result_bytes: f64,
}

const FORMAT: u32 = 1;
/// Costs that differ by less than this factor are not written again.
const DIFFERS: f64 = 1.2;

impl Learned {
    /// What is known of a function.
    pub(crate) fn get(&mut self, key: Key) -> Option<Costs> {
        *self.0.entry(key).or_insert_with(|| read(key))
    }

    /// Keeps what a call has shown. Faults of the disk are nobody's business: it is measured again.
    pub(crate) fn put(&mut self, key: Key, costs: Costs) {
        if !settings().learn {
            return;
        }
        let known = self.0.insert(key, Some(costs)).flatten();
        if known.is_none_or(|known| differ(known, costs)) && settings().cache == "write" {
            let _ = write(key, costs);
        }
    }
}

fn differ(a: Costs, b: Costs) -> bool {
    let differ = |a: f64, b: f64| a.max(b) > a.min(b) * DIFFERS;
    differ(a.item, b.item) || differ(a.item_bytes, b.item_bytes) || differ(a.result_bytes, b.result_bytes)
}

/// A folder beside the plans of functions, which are this machine's.
fn path((id, tag, threads): Key) -> Option<PathBuf> {
    let folder = Some(amorsize::cache_dir()).filter(|folder| !folder.as_os_str().is_empty())?;
    Some(folder.join("mpi").join(format!("{id}-{tag:016x}-{threads}")))
}

fn read(key: Key) -> Option<Costs> {
    if settings().cache == "off" {
        return None;
    }
    let file: File = postcard::from_bytes(&fs::read(path(key)?).ok()?).ok()?;
    let File { format, item, item_bytes, result_bytes } = file;
    let is_sane = [item, item_bytes, result_bytes].iter().all(|cost| cost.is_finite() && *cost >= 0.0);
    (format == FORMAT && is_sane).then_some(Costs { item, item_bytes, result_bytes })
}

fn write(key: Key, costs: Costs) -> Option<()> {
    let path = path(key)?;
    let folder = path.parent()?;
    fs::create_dir_all(folder).ok()?;
    let Costs { item, item_bytes, result_bytes } = costs;
    let bytes = postcard::to_stdvec(&File { format: FORMAT, item, item_bytes, result_bytes }).ok()?;
    let mut file = tempfile::NamedTempFile::new_in(folder).ok()?;
    file.write_all(&bytes).ok()?;
    file.persist(path).ok().map(drop)
}

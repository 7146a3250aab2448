//! The functions of a folder, or some of them, read at once.

use std::io;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread::{self, Builder};

use super::functions::Function;
use super::places::Place;
use crate::clock::unix_seconds;
use crate::disk::folder::Folder;
use crate::disk::{fingerprints, plans, statistics};
use crate::id::FunctionId;
use crate::machine::fingerprint::Machine;
use crate::record::stats::FunctionStats;
use crate::rejection::Rejection;
use crate::tier::Unusable;

/// What a folder holds.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Survey {
    /// The functions that were wanted, sorted by path.
    pub functions: Vec<Function>,
    /// All fingerprints for which there are plans.
    pub places: Vec<Place>,
    /// Files of plans that were read and cannot be used by any version.
    pub unusable: usize,
}

/// Whether a function is wanted, by its identity and its path. Without a path: whether it may be.
pub(crate) type Wanted<'a> = &'a (dyn Fn(FunctionId, Option<&str>) -> bool + Sync);

/// Reads the functions that are wanted.
pub(crate) fn survey(folder: &Folder, wanted: Wanted) -> io::Result<Survey> {
    let here = Machine::ask();
    let mut all = Survey::default();
    for id in folder.fingerprints()? {
        let functions = folder.functions(id)?;
        let place = Place::new(id, fingerprints::load(folder, id).ok().flatten(), &here, functions.len());
        let candidates: Vec<_> = functions.into_iter().filter(|id| wanted(*id, None)).collect();
        if !candidates.is_empty() {
            read(folder, &place, candidates, wanted, &mut all);
        }
        all.places.push(place);
    }
    all.functions.sort_by(|a, b| (&a.function, !a.here, a.id).cmp(&(&b.function, !b.here, b.id)));
    Ok(all)
}

/// So many files are read by one thread, before another one is worth its start.
const SHARE: usize = 256;

fn read(folder: &Folder, place: &Place, mut candidates: Vec<FunctionId>, wanted: Wanted, all: &mut Survey) {
    // Without readable counts the plans are shown with 0 hits.
    let counts = statistics::load(folder, place.id).ok().flatten().unwrap_or_default().functions;
    let count = |id| counts.binary_search_by_key(&id, |stats| stats.id).ok().map(|at| &counts[at]);
    // An identity has one path: where the counts tell it, the file need not be read for that.
    candidates.retain(|id| wanted(*id, count(*id).map(|stats| stats.function.as_str())));
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let share = candidates.len().div_ceil(threads).max(SHARE);
    let read = |ids: &[FunctionId]| read_each(folder, place, ids, &count, wanted);
    let parts = thread::scope(|scope| {
        let read = &read;
        let mut shares = candidates.chunks(share);
        let own = shares.next().unwrap_or_default();
        let start = |ids| Builder::new().spawn_scoped(scope, move || read(ids)).map_err(|_| ids);
        let others: Vec<_> = shares.map(start).collect();
        let mut parts = vec![read(own)];
        parts.extend(others.into_iter().map(|other| match other {
            Ok(other) => other.join().unwrap_or_else(|panic| resume_unwind(panic)),
            // The system gives no thread for this share.
            Err(ids) => read(ids),
        }));
        parts
    });
    for (functions, unusable) in parts {
        all.functions.extend(functions);
        all.unusable += unusable;
    }
}

/// The wanted functions among these, and the number of files that cannot be used.
fn read_each<'a>(
    folder: &Folder,
    place: &Place,
    ids: &[FunctionId],
    count: &(dyn Fn(FunctionId) -> Option<&'a FunctionStats> + Sync),
    wanted: Wanted,
) -> (Vec<Function>, usize) {
    let today = unix_seconds();
    let (mut functions, mut unusable) = (Vec::new(), 0);
    for &id in ids {
        match plans::load(folder, place.id, id, today) {
            Ok(Some(found)) if wanted(id, Some(&found.plans.function)) => {
                functions.push(Function::new(found, place, count(id).map_or(0, |stats| stats.counts.hits), today));
            }
            // Another process has removed the file since the folder was listed, or a newer version wrote it.
            Ok(_) | Err(Unusable::Rejected(Rejection::Version)) => {}
            Err(_) => unusable += 1,
        }
    }
    (functions, unusable)
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::process::Command;

    use super::*;
    use crate::machine::fingerprint::FingerprintId;
    use crate::record::entry::tests::entry;
    use crate::record::plans::Plans;

    /// Runs itself in a process that gets no threads, because their stacks are larger than any memory.
    #[test]
    fn without_threads_all_is_read_by_this_one() {
        if env::var_os("AMORSIZE_TEST_ALONE").is_none() {
            let mut alone = Command::new(env::current_exe().unwrap());
            alone.args(["--exact", "view::survey::tests::without_threads_all_is_read_by_this_one"]);
            alone
                .arg("--test-threads=1")
                .env("RUST_MIN_STACK", (1u64 << 60).to_string())
                .env("AMORSIZE_TEST_ALONE", "1");
            let said = alone.output().unwrap();
            let out = String::from_utf8_lossy(&said.stdout);
            assert!(said.status.success() && out.contains("1 passed"), "{said:?}");
            return;
        }
        assert!(Builder::new().spawn(|| ()).is_err());
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("cache"));
        let functions = 3 * SHARE as u64;
        for id in 0..functions {
            let (fingerprint, id) = (FingerprintId::from_u64(1), FunctionId::from_u64(id));
            plans::append(&folder, &Plans { fingerprint, id, entries: vec![entry(1, 5)], ..Plans::default() }).unwrap();
        }
        let found = survey(&folder, &|_, _| true).unwrap();
        assert_eq!((found.functions.len() as u64, found.unusable), (functions, 0));
    }
}

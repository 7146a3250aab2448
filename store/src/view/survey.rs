//! The functions of a folder, or some of them, read at once.

use std::io;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;

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
        let others: Vec<_> = shares.map(|ids| scope.spawn(move || read(ids))).collect();
        let mut parts = vec![read(own)];
        parts.extend(others.into_iter().map(|other| other.join().unwrap_or_else(|panic| resume_unwind(panic))));
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

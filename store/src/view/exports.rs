//! The functions in an export.

use std::path::Path;
use std::time::UNIX_EPOCH;

use super::functions::Function;
use super::places::Place;
use super::survey::Survey;
use crate::clock::unix_seconds;
use crate::disk::plans::StoredPlans;
use crate::error::Error;
use crate::machine::fingerprint::Machine;
use crate::portable;

/// What an export holds, as it would be shown once it was imported. Nothing is counted of these functions, and they have no
/// files.
///
/// # Errors
/// If the file cannot be read, is damaged, is of a newer format or holds what is out of bounds.
pub fn survey(path: &Path) -> Result<Survey, Error> {
    let (here, today) = (Machine::ask(), unix_seconds());
    let mut all = Survey::default();
    for (id, fingerprint, plans) in portable::contents(path)? {
        let place = Place::new(id, fingerprint, &here, plans.len());
        let functions = plans.into_iter().map(|plans| StoredPlans { plans, size: 0, used: UNIX_EPOCH });
        all.functions.extend(functions.map(|found| Function::new(found, &place, 0, today)));
        all.places.push(place);
    }
    all.functions.sort_by(|a, b| (&a.function, !a.here, a.id).cmp(&(&b.function, !b.here, b.id)));
    Ok(all)
}

//! Repairing problems of a cache folder.

use std::io;
use std::time::Duration;

use super::problem::{Problem, ProblemKind};
use super::verify::verify;
use crate::clock::unix_seconds;
use crate::config::config;
use crate::disk::folder::Folder;
use crate::disk::{files, plans, sweep};

/// Repairs all problems that can be repaired. Returns those that were repaired, then those that were not.
///
/// # Errors
/// If the folder cannot be checked, or another process holds its lock for longer than `timeout`.
pub fn repair(folder: &Folder, timeout: Duration) -> io::Result<(Vec<Problem>, Vec<Problem>)> {
    let problems = verify(folder)?.problems;
    if problems.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    // First of all the rights: as long as others may write to the folder, not even the lock is used.
    let (rights, _): (Vec<_>, Vec<_>) = problems.into_iter().partition(|problem| problem.kind == ProblemKind::Rights);
    let (mut repaired, mut left): (Vec<_>, Vec<_>) =
        rights.into_iter().partition(|problem| files::restrict(&problem.path).is_ok());
    let lock = folder.lock(timeout)?;
    let today = unix_seconds();
    // Another process may have replaced a damaged file before we had the lock.
    let mut problems = verify(folder)?.problems;
    problems.retain(|problem| problem.kind != ProblemKind::Rights);
    let (more, others): (Vec<_>, Vec<_>) = problems.into_iter().partition(|problem| {
        let result = match problem.kind {
            ProblemKind::Damaged => plans::repair(folder, &lock, &problem.path, today),
            ProblemKind::Abandoned if problem.path == sweep::retired(folder) => std::fs::remove_dir_all(&problem.path),
            ProblemKind::Abandoned | ProblemKind::HardLink => files::remove(&problem.path),
            ProblemKind::Oversized => sweep::sweep(folder, &lock, config().size_limit(), today).map(drop),
            ProblemKind::Unreadable | ProblemKind::Foreign | ProblemKind::Owner | ProblemKind::Rights => return false,
        };
        result.is_ok()
    });
    repaired.extend(more);
    left.extend(others);
    Ok((repaired, left))
}

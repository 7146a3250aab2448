//! Repairing problems of a cache folder.

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use super::problem::{Problem, ProblemKind};
use super::verify::verify;
use crate::clock::unix_seconds;
use crate::config::config;
use crate::disk::folder::Folder;
use crate::disk::{files, plans, sweep};

/// Repairs all problems that can be repaired. Returns those that were repaired, then those that were not, each with the
/// reason why not.
///
/// # Errors
/// If the folder cannot be checked, or another process holds its lock for longer than `timeout`.
pub fn repair(folder: &Folder, timeout: Duration) -> io::Result<(Vec<Problem>, Vec<Problem>)> {
    let mut problems = verify(folder)?.problems;
    if problems.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    // First of all the rights: as long as others may write to the folder, not even the lock is used.
    problems.retain(|problem| problem.kind == ProblemKind::Rights);
    for problem in &mut problems {
        problem.not_repaired = files::restrict(&problem.path).err().map(|error| error.to_string());
    }
    let lock = folder.lock(timeout)?;
    let today = unix_seconds();
    // Another process may have replaced a damaged file before we had the lock.
    let others = verify(folder)?.problems.into_iter().filter(|problem| problem.kind != ProblemKind::Rights);
    for mut problem in others {
        let repaired = match problem.kind {
            ProblemKind::Damaged => plans::repair(folder, &lock, &problem.path, today),
            ProblemKind::Abandoned if problem.path == sweep::retired(folder) => std::fs::remove_dir_all(&problem.path),
            ProblemKind::Abandoned | ProblemKind::HardLink => files::remove(&problem.path),
            ProblemKind::Oversized => sweep::sweep(folder, &lock, config().size_limit(), today).map(drop),
            ProblemKind::Unreadable | ProblemKind::Foreign | ProblemKind::Owner | ProblemKind::Rights => {
                Err(io::Error::other("this is for a person to decide"))
            }
        };
        problem.not_repaired = repaired.err().map(|error| error.to_string());
        problems.push(problem);
    }
    // What the system let us do need not have helped.
    let left: BTreeSet<_> = verify(folder)?.problems.into_iter().map(|left| (left.kind, left.path)).collect();
    for problem in &mut problems {
        if problem.not_repaired.is_none() && left.contains(&(problem.kind, problem.path.clone())) {
            problem.not_repaired = Some("it was tried, and the problem is still there".into());
        }
    }
    Ok(problems.into_iter().partition(|problem| problem.not_repaired.is_none()))
}

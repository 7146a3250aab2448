//! A problem of a cache folder, and how healthy the folder is.

use std::path::PathBuf;

use serde::Serialize;

/// How healthy a cache folder is.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Health {
    /// 100: nothing is wrong. Damaged files take away their share of all files, and each other kind of problem takes 10.
    pub score: u32,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// Files that were looked at.
    pub files: usize,
    /// Plans that are as they should be.
    pub plans: usize,
    /// Of these, the ones that are too old to be used.
    pub expired: usize,
    /// Length of all files.
    pub bytes: u64,
}

/// Something that is wrong with a cache folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Problem {
    /// The file or folder.
    pub path: PathBuf,
    /// What kind of problem it is.
    #[serde(rename = "trouble")]
    pub kind: ProblemKind,
    /// What is wrong, in words.
    pub what: String,
    /// What would repair it, in words.
    pub cure: String,
}

/// A kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProblemKind {
    /// A file that cannot be used.
    Damaged,
    /// A file that the system does not let us read.
    Unreadable,
    /// Others may read or change what is their owner's alone.
    Rights,
    /// Something that is none of ours.
    Foreign,
    /// A file that a process left behind when it was killed, or that an earlier version left.
    Abandoned,
    /// More bytes than the configuration allows.
    Oversized,
}

impl ProblemKind {
    /// Whether a repair can do anything about it.
    #[must_use]
    pub fn is_repairable(self) -> bool {
        !matches!(self, Self::Unreadable | Self::Foreign)
    }

    pub(super) fn cure(self) -> &'static str {
        match self {
            Self::Damaged | Self::Abandoned => "remove it",
            Self::Unreadable => "look at its rights and at the disk",
            Self::Rights => "take the rights of others away",
            Self::Foreign => "move it elsewhere",
            Self::Oversized => "remove the least recently used plans",
        }
    }
}

//! Problems of a cache folder, and its health score.

use std::path::PathBuf;

use serde::Serialize;

/// How healthy a cache folder is.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Health {
    /// 100 if there is no problem. Less the percentage of files that are damaged or unreadable, and less 10 for each other
    /// kind of problem.
    pub score: u32,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// Files that were checked.
    pub files: usize,
    /// Plans without a problem.
    pub plans: usize,
    /// Of these, the ones that are too old to be used.
    pub expired: usize,
    /// Length of all files.
    pub bytes: u64,
    /// What the plans and what is known of machines take on disk, in bytes: what the size limit is about.
    pub disk_usage: u64,
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
    /// What to do about it, in words.
    pub cure: String,
    /// Why a repair did not solve it; `None` before one.
    pub not_repaired: Option<String>,
}

/// A kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProblemKind {
    /// A file that cannot be used.
    Damaged,
    /// A file that the system refuses to read.
    Unreadable,
    /// A file or folder that users other than its owner may read or change.
    Rights,
    /// It belongs to another user, so it is not used.
    Owner,
    /// The file has another name elsewhere, so it is not used.
    HardLink,
    /// A file or folder that does not belong in a cache folder.
    Foreign,
    /// A file that a process left behind when it was killed, or that an earlier version left.
    Abandoned,
    /// The folder takes more bytes than the configuration allows.
    Oversized,
}

impl ProblemKind {
    /// Whether a repair can solve it.
    #[must_use]
    pub fn is_repairable(self) -> bool {
        !matches!(self, Self::Unreadable | Self::Foreign | Self::Owner)
    }

    /// What to do about it, in words.
    #[must_use]
    pub fn cure(self) -> &'static str {
        match self {
            Self::Damaged | Self::Abandoned | Self::HardLink => "remove it",
            Self::Owner => "give it to yourself (chown), or name another folder",
            Self::Unreadable => "look at its rights and at the disk",
            Self::Rights => "take the rights of others away",
            Self::Foreign => "move it elsewhere",
            Self::Oversized => "remove the least recently used plans",
        }
    }
}

//! What can be wrong with what a program asks of us on purpose.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::Path;

/// Why something that was asked for explicitly (a configuration, an export, a flush) was not done.
///
/// Mapping never returns one: there, faults are counted in [`stats`](crate::stats) and nothing else happens.
///
/// # Examples
///
/// ```
/// let store = amorsize::store::Store::open("anywhere");
/// let error = store.import("no such file", amorsize::Merge::Newer).unwrap_err();
/// assert!(error.is_io());
/// assert!(error.to_string().contains("no such file"));
/// ```
pub struct Error {
    kind: Kind,
    message: String,
    source: Option<io::Error>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Config,
    Io,
    Format,
}

impl Error {
    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self { kind: Kind::Config, message: message.into(), source: None }
    }

    pub(crate) fn format(message: impl Into<String>) -> Self {
        Self { kind: Kind::Format, message: message.into(), source: None }
    }

    pub(crate) fn io(doing: &str, path: &Path, source: io::Error) -> Self {
        Self { kind: Kind::Io, message: format!("cannot {doing} {}", path.display()), source: Some(source) }
    }

    /// Whether a value of the configuration or of the environment makes no sense, or comes too late.
    pub fn is_config(&self) -> bool {
        self.kind == Kind::Config
    }

    /// Whether the system refused: a file is missing, a folder read-only, a disk full.
    pub fn is_io(&self) -> bool {
        self.kind == Kind::Io
    }

    /// Whether a file is not what it should be: damaged, of another kind, or of a newer version.
    pub fn is_format(&self) -> bool {
        self.kind == Kind::Format
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({:?}, {self})", self.kind)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        // Its text is part of ours: a chain that prints both would say it twice.
        self.source.as_ref().and_then(|source| source.source())
    }
}

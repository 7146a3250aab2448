//! The error of functions that a program calls to configure or manage the cache.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::Path;

/// Why something that was asked for explicitly (a configuration, an export, a flush) was not done.
///
/// Mapping never returns one: there, faults are counted (`amorsize::stats`) and nothing else happens.
///
/// # Examples
///
/// ```
/// # mod amorsize { pub use amorsize_store::config::Config; }
/// let config = amorsize::Config::new();
/// config.clone().install().unwrap();
/// let error = config.install().unwrap_err(); // it is too late for another one
/// assert!(error.is_config());
/// assert!(error.to_string().contains("already in use"));
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
    /// A value of the configuration or of the environment makes no sense, or comes too late.
    pub fn config(message: impl Into<String>) -> Self {
        Self { kind: Kind::Config, message: message.into(), source: None }
    }

    /// A file is not what it should be.
    pub fn format(message: impl Into<String>) -> Self {
        Self { kind: Kind::Format, message: message.into(), source: None }
    }

    /// The system refused; `doing` is a verb, as in "cannot read /a/path".
    pub fn io(doing: &str, path: &Path, source: io::Error) -> Self {
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
        // The message contains the text of the source already, so the chain goes on behind it.
        self.source.as_ref().and_then(|source| source.source())
    }
}

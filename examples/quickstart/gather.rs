//! The text files under a path.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use amorsize_examples::show::thousands;
use indicatif::{ProgressBar, ProgressStyle};
use walkdir::WalkDir;

/// No more text than this is kept in memory.
const MOST_BYTES: u64 = 256_000_000;
/// A NUL among the first bytes says that a file is not text.
const GLANCE: u64 = 8192;

/// What was found under a path.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    /// The contents of each text file.
    pub(crate) texts: Vec<String>,
    /// Together.
    pub(crate) bytes: u64,
    /// Files that are not UTF-8 text.
    pub(crate) binary: usize,
    /// Files and folders that could not be opened or read.
    pub(crate) unreadable: usize,
    /// Files of no bytes.
    pub(crate) empty: usize,
    /// Files that would have gone over the limit of [`MOST_BYTES`].
    pub(crate) over: usize,
}

/// Reads every text file under `path`.
///
/// # Errors
/// A sentence, if there is nothing to work on.
pub(crate) fn gather(path: &Path) -> Result<Gathered, String> {
    let shown = path.display();
    let path = openable(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => format!("there is no {shown}"),
        ErrorKind::PermissionDenied => format!("there is no permission to read {shown}"),
        _ => format!("{shown} cannot be read: {error}"),
    })?;

    let mut gathered = Gathered::default();
    let files = list(&path, &mut gathered);
    read(&files, &mut gathered);

    if !gathered.texts.is_empty() {
        return Ok(gathered);
    }
    let Gathered { binary, unreadable, empty, over, .. } = gathered;
    Err(if binary + unreadable + empty + over == 0 {
        format!("there are no files under {shown}")
    } else {
        format!("there is no text under {shown}: {}", gathered.skipped())
    })
}

/// The path without links, if it may be read.
fn openable(path: &Path) -> io::Result<PathBuf> {
    let path = fs::canonicalize(path)?;
    let what = fs::metadata(&path)?;
    if what.is_dir() {
        fs::read_dir(&path)?;
    } else if what.is_file() {
        File::open(&path)?;
    }
    Ok(path)
}

impl Gathered {
    /// What was passed over, as "3 binary, 1 unreadable"; empty if nothing was.
    pub(crate) fn skipped(&self) -> String {
        [
            (self.binary, "binary"),
            (self.unreadable, "unreadable"),
            (self.empty, "empty"),
            (self.over, "over the limit of 256 MB"),
        ]
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", thousands(*count as u64)))
        .collect::<Vec<_>>()
        .join(", ")
    }
}

/// The files under `path` and their lengths, in an order that does not depend on the file system.
fn list(path: &Path, gathered: &mut Gathered) -> Vec<(PathBuf, u64)> {
    let bar = ProgressBar::new_spinner().with_style(style("{spinner} looking for files: {human_pos}"));
    let mut files = Vec::new();
    for entry in WalkDir::new(path).sort_by_file_name() {
        match entry.and_then(|entry| Ok((entry.metadata()?, entry))) {
            // The kernel's own files have no length either, and some of them block.
            Ok((what, _)) if what.is_file() && what.len() == 0 => gathered.empty += 1,
            Ok((what, entry)) if what.is_file() => {
                files.push((entry.into_path(), what.len()));
                bar.inc(1);
            }
            Ok(_) => {}
            Err(_) => gathered.unreadable += 1,
        }
    }
    bar.finish_and_clear();
    files
}

fn read(files: &[(PathBuf, u64)], gathered: &mut Gathered) {
    let bar = ProgressBar::new(files.len() as u64).with_style(style("reading {wide_bar} {human_pos} of {human_len}"));
    for (nth, (file, length)) in files.iter().enumerate() {
        bar.inc(1);
        if *length > MOST_BYTES {
            gathered.over += 1;
            continue;
        }
        if *length > MOST_BYTES - gathered.bytes {
            gathered.over += files.len() - nth;
            break;
        }
        match text(file, *length) {
            Ok(Some(text)) => {
                gathered.bytes += text.len() as u64;
                gathered.texts.push(text);
            }
            Ok(None) => gathered.binary += 1,
            Err(_) => gathered.unreadable += 1,
        }
    }
    bar.finish_and_clear();
}

/// The first `length` bytes of a file, if they are text.
fn text(file: &Path, length: u64) -> io::Result<Option<String>> {
    let mut file = File::open(file)?.take(length);
    let mut bytes = Vec::new();
    file.by_ref().take(GLANCE).read_to_end(&mut bytes)?;
    if bytes.contains(&0) {
        return Ok(None);
    }
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8(bytes).ok())
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates of this file are valid")
}

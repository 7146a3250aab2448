//! Hashes every file of a folder, and all of them together, whatever the order in which the system lists them.
//!
//! ```sh
//! cargo run --release --example dir_hash [FOLDER]
//! ```
//!
//! The first file that cannot be read ends the run, by its `Err`. So does Ctrl-C: it sets a flag, which each call looks at.

#![forbid(unsafe_code)]

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use amorsize_examples::compare::compare;
use amorsize_examples::program::{Arguments, Failure, run, take, warn_of_debug};
use amorsize_examples::show::{counted, megabytes};
use indicatif::ProgressBar;
use sha2::{Digest, Sha256};
use signal_hook::{consts::SIGINT, flag};
use walkdir::{DirEntry, WalkDir};

const USAGE: &str = "\
Usage: cargo run --release --example dir_hash [FOLDER]

Hashes the files of FOLDER (by default: Amorsize's own sources) by SHA-256, and all
of them together: by the plain loop and by Amorsize. Links are not followed.

Exit code: 0 if both ways found the same, 1 if not, 2 if a file cannot be read, 130
after Ctrl-C.";

fn main() -> ExitCode {
    run("dir_hash", USAGE, dir_hash)
}

fn dir_hash(mut arguments: Arguments) -> Result<(), Failure> {
    let mut folder = None;
    while let Some(word) = arguments.word()? {
        take(&mut folder, word, "FOLDER")?;
    }
    let folder = PathBuf::from(folder.unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../../runtime").into()));
    let stopped = Arc::new(AtomicBool::new(false));
    flag::register(SIGINT, Arc::clone(&stopped)).map_err(|error| Failure::Missing(format!("no Ctrl-C: {error}")))?;
    let files = list(&folder)?;
    let mut out = io::stdout().lock();
    warn_of_debug(&mut out)?;
    writeln!(out, "Hashing {} under {}", counted(files.len() as u64, "file"), folder.display())?;
    let buffer = || vec![0; 1 << 16];
    // `blocking`: a file that is not in memory has to be waited for.
    let tuned = || amorsize::on!(&files, blocking, scratch = buffer(), |file, buffer| hash(file, buffer, &stopped));
    // Once with a bar, which also brings the files into memory. A terminal alone shows it.
    let bar = ProgressBar::new(files.len() as u64);
    let hashes = tuned().progress(|done, _| bar.set_position(done as u64)).try_map();
    bar.finish_and_clear();
    let hashes = hashes?;
    let mut reused = buffer();
    let plain = || files.iter().map(|file| hash(file, &mut reused, &stopped)).collect::<Result<Vec<_>, _>>().ok();
    let compared = compare(plain, || tuned().try_map().ok());
    if stopped.load(Relaxed) {
        return Err(Failure::Interrupted);
    }
    let (again, times) = compared?;
    if again.as_ref() != Some(&hashes) {
        return Err(Failure::Missing("files have changed meanwhile".into()));
    }
    let mut all = Sha256::new();
    for (file, (hash, _)) in files.iter().zip(&hashes) {
        let name = file.strip_prefix(&folder).unwrap_or(file).as_os_str().as_encoded_bytes();
        all.update([name, &[0], hash].concat());
    }
    let all = all.finalize().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    writeln!(out, "{}: {all}", megabytes(hashes.iter().map(|(_, length)| length).sum()))?;
    Ok(times.show_with(&tuned().plan(), &mut out)?)
}

/// The files of a folder, in an order that does not depend on the system.
fn list(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter();
    let files = entries.filter(|entry| entry.as_ref().map_or(true, |entry| entry.file_type().is_file()));
    let files: Result<_, walkdir::Error> = files.map(|entry| entry.map(DirEntry::into_path)).collect();
    files.map_err(|error| Failure::Missing(format!("not all can be listed: {error}")))
}

/// The hash of a file, and its length.
fn hash(path: &Path, buffer: &mut [u8], stopped: &AtomicBool) -> Result<([u8; 32], u64), Failure> {
    let failed = |error| Failure::Missing(format!("{} cannot be read: {error}", path.display()));
    let (mut file, mut hash, mut length) = (File::open(path).map_err(failed)?, Sha256::new(), 0);
    loop {
        if stopped.load(Relaxed) {
            return Err(Failure::Interrupted);
        }
        match file.read(buffer).map_err(failed)? {
            0 => return Ok((hash.finalize().into(), length)),
            read => (length, ()) = (length + read as u64, hash.update(&buffer[..read])),
        }
    }
}

//! Counts the words of every file under a path, on all ranks of an MPI job:
//!
//! ```console
//! $ mpirun -n 4 cargo run --release -p amorsize-mpi --features mpi --example cluster_words -- docs
//! ```
//!
//! Only the names of the files are moved; each rank reads what it is given, from a file system that all of them see. The last line
//! is the answer, the same for any number of ranks.

use std::env;
use std::io;
use std::path::{Path, PathBuf};

use amorsize_mpi::{Cluster, Failed, RunAcross};
use walkdir::WalkDir;

/// The words of a file, whatever bytes are in it.
#[amorsize::auto]
fn count_words(path: &Path) -> Result<u64, String> {
    let words = |bytes: Vec<u8>| bytes.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count() as u64;
    std::fs::read(path).map(words).map_err(|error| format!("{}: {error}", path.display()))
}

/// Every file under a path, in the order of the names.
fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = WalkDir::new(path).sort_by_file_name().into_iter();
    let files = entries.filter(|entry| entry.as_ref().map_or(true, |entry| entry.file_type().is_file()));
    files.map(|entry| Ok(entry?.into_path())).collect()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut cluster = Cluster::join();
    let path = env::args_os().nth(1).map_or_else(|| PathBuf::from("."), PathBuf::from);
    // The root has the items, and the others give none.
    let found = if cluster.is_root() { files(&path).map_err(|error| error.to_string()) } else { Ok(Vec::new()) };
    let files = match cluster.broadcast(|| found.as_ref().err().cloned()) {
        Some(error) => return Err(error.into()),
        None => found?,
    };
    if cluster.is_root() {
        println!("{} ranks with {:?} threads", cluster.size(), cluster.threads());
        println!("{}", count_words::on(&files).across(&mut cluster).plan());
    }
    let counts = count_words::on(&files).across(&mut cluster).try_map();
    match counts {
        Some(Ok(counts)) => println!("{} words in {} files", counts.iter().sum::<u64>(), counts.len()),
        Some(Err(Failed { error, rank, .. })) => return Err(format!("{error} (on rank {rank})").into()),
        None => {} // the root has the answer
    }
    Ok(())
}

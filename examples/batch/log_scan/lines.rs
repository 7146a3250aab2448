//! The lines of a file, one after the other: a file may be larger than memory.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek};

/// Has `work` use the lines of the file from its start on.
///
/// # Errors
/// If the file cannot be read to its end.
pub(crate) fn with_lines<T>(
    file: &mut File,
    work: impl FnOnce(&mut dyn Iterator<Item = Vec<u8>>) -> T,
) -> io::Result<T> {
    file.rewind()?;
    let mut fault = None;
    let done = {
        let mut lines = BufReader::with_capacity(1 << 20, file).split(b'\n').map_while(|line| match line {
            Ok(line) => Some(line),
            Err(error) => {
                fault = Some(error);
                None
            }
        });
        work(&mut lines)
    };
    fault.map_or(Ok(done), Err)
}

//! `amorsize top`: the functions, live.
//!
//! May use: `folder`, `gains`, `table`, and what these use.

mod frame;
mod screen;
mod signals;
mod source;

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use amorsize_store::store::Store;

use self::source::Source;
use crate::failure::Failure;
use crate::output::Output;

/// Shows what the server at `address` says, or what is in the folder: until somebody ends it, or once.
pub(crate) fn top(
    store: impl FnOnce() -> Result<Store, Failure>,
    address: Option<&str>,
    once: bool,
    output: &mut Output,
) -> Result<ExitCode, Failure> {
    let source = match address {
        Some(address) => Source::at(address)?,
        None => Source::Folder(store()?),
    };
    if once || output.is_json() || !io::stdout().is_terminal() {
        return output.say(&source.frame()?);
    }
    screen::show(source, output)?;
    Ok(ExitCode::SUCCESS)
}

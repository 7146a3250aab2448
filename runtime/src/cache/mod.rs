//! Where plans are kept: in [`memory`] while the process lives, and on [`disk`] for the next one.

pub(crate) mod disk;
pub(crate) mod folder;
#[cfg(test)]
mod golden;
pub(crate) mod machines;
pub(crate) mod memory;
pub(crate) mod portable;
pub(crate) mod record;
pub(crate) mod spool;
pub(crate) mod statistics;

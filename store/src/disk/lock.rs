//! The lock of a cache folder: a process holds it while it replaces or removes files there.

use std::fs::{File, TryLockError};
use std::io;
use std::time::SystemTime;

/// Allows to replace and to remove files of a folder, until it is dropped. Reading and appending need no lock.
#[derive(Debug)]
pub struct Lock {
    file: File,
    /// False if the file system has no locks. Then, if two processes replace a file at once, one change may be lost.
    is_locked: bool,
}

impl Lock {
    /// Locks this file; `None` if another process holds the lock.
    pub(super) fn try_new(file: &File) -> io::Result<Option<Self>> {
        let is_locked = match file.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(_)) => false,
        };
        Ok(Some(Self { file: file.try_clone()?, is_locked }))
    }

    /// Records that the folder is swept now.
    pub fn note_sweep(&self) {
        // If this fails, another process sweeps the folder once more.
        let _ = self.file.set_modified(SystemTime::now());
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file is not enough: a child that was forked meanwhile has it open too, and would keep the lock.
        if self.is_locked {
            let _ = self.file.unlock();
        }
    }
}

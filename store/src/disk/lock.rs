//! The lock of a cache folder: held by whoever replaces or removes files in it.

use std::fs::{File, TryLockError};
use std::io;
use std::time::SystemTime;

/// The right to replace and to remove files of a folder, until it is dropped. To read and to append takes no lock.
#[derive(Debug)]
pub struct Lock {
    file: File,
    /// False where the file system has no locks: then two who replace a file at once may lose what one of them did.
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

    /// Notes that the folder is swept now.
    pub fn note_sweep(&self) {
        // If it fails, the next one sweeps again.
        let _ = self.file.set_modified(SystemTime::now());
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // To close the file is not enough where a process was forked meanwhile, which has it open too.
        if self.is_locked {
            let _ = self.file.unlock();
        }
    }
}

//! Locks that ignore poisoning, and waiting for a lock for a limited time.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

/// The value behind a lock, also behind a poisoned one: a panic leaves what our locks guard valid.
pub fn unpoisoned<T>(result: Result<T, PoisonError<T>>) -> T {
    result.unwrap_or_else(PoisonError::into_inner)
}

/// Locks, also a poisoned lock.
#[cfg(not(tsan))]
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    unpoisoned(mutex.lock())
}

/// Locks, also a poisoned lock.
///
/// `ThreadSanitizer` sees nothing of how threads wait for a lock inside a std that was compiled without it. So under
/// `ThreadSanitizer` threads try again and again instead.
#[cfg(tsan)]
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    loop {
        match try_lock(mutex) {
            Some(guard) => return guard,
            None => thread::yield_now(),
        }
    }
}

/// Locks, also a poisoned lock, unless another thread holds the lock.
pub fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// Locks, also a poisoned lock. `None` if another thread holds it for all of `timeout`.
pub fn lock_within<T>(mutex: &Mutex<T>, timeout: Duration) -> Option<MutexGuard<'_, T>> {
    poll(timeout, || try_lock(mutex))
}

/// Tries again and again, with pauses of 50 us to 2 ms. `None` if `timeout` ends first; one try is always made.
pub fn poll<T>(timeout: Duration, mut attempt: impl FnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    let mut pause = Duration::from_micros(50);
    loop {
        if let Some(value) = attempt() {
            return Some(value);
        }
        if start.elapsed() >= timeout {
            return None;
        }
        thread::sleep(pause);
        pause = (2 * pause).min(Duration::from_millis(2));
    }
}

/// The error if `holder` (such as "another thread") did not release a lock in time.
pub fn lock_timeout(holder: &str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, format!("{holder} holds the lock"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_waits_longer_than_asked() {
        let mutex = Mutex::new(1);
        let guard = lock(&mutex);
        assert!(try_lock(&mutex).is_none());
        assert!(lock_within(&mutex, Duration::from_millis(5)).is_none());
        drop(guard);
        assert_eq!(lock_within(&mutex, Duration::ZERO).as_deref(), Some(&1));
        assert_eq!(lock_timeout("another thread").kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn a_panic_does_not_close_a_lock() {
        let mutex = Mutex::new(1);
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _guard = mutex.lock();
            panic!("with the lock held");
        }));
        assert!(panicked.is_err() && mutex.is_poisoned());
        assert_eq!(*lock(&mutex), 1);
        assert_eq!(try_lock(&mutex).as_deref(), Some(&1));
    }
}

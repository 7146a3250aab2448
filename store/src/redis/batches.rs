//! Writing several values at once that other programs may be writing, too. Pure: it is told how to write and how to pause.

use std::io;
use std::time::Duration;

/// How often one value is tried when others keep writing it.
const ATTEMPTS: u32 = 8;
/// After so many attempts in vain, what is left is not tried any more: it has its time later.
const MOST_IN_VAIN: u32 = 32;
/// The pause before the second attempt. It doubles with each attempt, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(32);

/// Writes all of `items`, at most `most` at a time, by `write`. That says false if somebody else has written some of them
/// meanwhile, and nothing was written: then half as many are tried next, so that one that is always being written stops no
/// other.
///
/// Returns a result for each item, in the same order: false if others kept writing it. After an error nothing is tried any
/// more, because the rest would meet the same fault. `jitter`, from 0 to 1, makes pauses up to twice as long, so that
/// programs that got in each other's way do not meet again.
pub(super) fn write_in_batches<T>(
    items: &[T],
    most: usize,
    mut write: impl FnMut(&[T]) -> io::Result<bool>,
    mut pause: impl FnMut(Duration),
    jitter: f64,
) -> Vec<io::Result<bool>> {
    let mut results: Vec<io::Result<bool>> = Vec::new();
    let (mut size, mut attempts, mut in_vain) = (most, 0, 0);
    while results.len() < items.len() {
        let rest = &items[results.len()..];
        let some = &rest[..size.min(rest.len())];
        match write(some) {
            Ok(true) => {
                results.extend(some.iter().map(|_| Ok(true)));
                (size, attempts) = ((2 * size).min(most), 0);
            }
            Ok(false) if in_vain + 1 == MOST_IN_VAIN => results.resize_with(items.len(), || Ok(false)),
            Ok(false) if some.len() == 1 && attempts + 1 == ATTEMPTS => {
                results.push(Ok(false));
                (attempts, in_vain) = (0, in_vain + 1);
            }
            Ok(false) => {
                let time = FIRST_PAUSE.saturating_mul(1 << attempts).min(LONGEST_PAUSE);
                attempts += u32::from(some.len() == 1);
                in_vain += 1;
                size = some.len().div_ceil(2);
                pause(time.mul_f64(1.0 + jitter.clamp(0.0, 1.0)));
            }
            Err(error) => results.resize_with(items.len(), || Err(copy(&error))),
        }
    }
    results
}

/// The same error once more: there is one for each item.
pub(super) fn copy(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes the numbers below `count`, of which others keep writing some. Returns what came of each, how often it was
    /// tried, and the pauses in all.
    fn write(count: usize, is_contended: impl Fn(usize) -> bool) -> (Vec<io::Result<bool>>, usize, Duration) {
        let (mut attempts, mut paused) = (0, Duration::ZERO);
        let items: Vec<usize> = (0..count).collect();
        let write = |some: &[usize]| {
            attempts += 1;
            Ok(!some.iter().any(|&item| is_contended(item)))
        };
        let results = write_in_batches(&items, 256, write, |pause| paused += pause, 0.0);
        (results, attempts, paused)
    }

    #[test]
    fn what_nobody_else_writes_is_written_at_once() {
        let (results, attempts, paused) = write(1000, |_| false);
        assert_eq!((results.len(), attempts, paused), (1000, 4, Duration::ZERO));
        assert!(results.iter().all(|result| matches!(result, Ok(true))));
    }

    #[test]
    fn one_that_others_keep_writing_stops_no_other() {
        for contended in [0, 100, 255, 256, 999] {
            let (results, attempts, paused) = write(1000, |item| item == contended);
            let written = |at: usize| at != contended;
            assert!(results.iter().enumerate().all(|(at, result)| *result.as_ref().unwrap() == written(at)));
            assert!(attempts < 60 && paused < Duration::from_millis(150), "{attempts} in {paused:?}");
        }
        let (results, attempts, paused) = write(1000, |_| true);
        assert!(results.len() == 1000 && results.iter().all(|result| matches!(result, Ok(false))));
        assert!(attempts == 32 && paused < Duration::from_secs(1), "{attempts} in {paused:?}");
    }

    #[test]
    fn what_others_were_writing_is_written_later() {
        let mut times = 0;
        let write = |_: &[usize]| {
            times += 1;
            Ok(times > 6)
        };
        let results = write_in_batches(&[1, 2, 3], 256, write, |_| (), 1.0);
        assert!(results.len() == 3 && results.iter().all(|result| matches!(result, Ok(true))));
    }

    #[test]
    fn a_fault_is_that_of_all_that_is_left() {
        let write = |some: &[usize]| if some.contains(&300) { Err(io::Error::other("gone")) } else { Ok(true) };
        let items: Vec<usize> = (0..1000).collect();
        let results = write_in_batches(&items, 256, write, |_| (), 0.0);
        assert_eq!((results.len(), results.iter().filter(|result| result.is_err()).count()), (1000, 744));
        assert_eq!(results[999].as_ref().unwrap_err().to_string(), "gone");
    }
}

//! The cores of a host, divided among the ranks that run on it.

use std::thread::available_parallelism;

/// Words of 64 cores each that are exchanged.
pub(crate) const WORDS: usize = 17;

/// The cores that this process may use, as bits, and in the last word the number of threads that it may run at once, which a quota
/// may make fewer.
pub(crate) fn own() -> [u64; WORDS] {
    let mut words = [0; WORDS];
    let threads = available_parallelism().map_or(1, usize::from);
    words[WORDS - 1] = threads as u64;
    let cores: Vec<usize> = allowed().unwrap_or_else(|| (0..threads).collect());
    for core in cores.into_iter().filter(|core| *core < 64 * (WORDS - 1)) {
        words[core / 64] |= 1 << (core % 64);
    }
    words
}

#[cfg(target_os = "linux")]
fn allowed() -> Option<Vec<usize>> {
    let set = rustix::thread::sched_getaffinity(None).ok()?;
    Some((0..rustix::thread::CpuSet::MAX_CPU).filter(|core| set.is_set(*core)).collect())
}

#[cfg(not(target_os = "linux"))]
fn allowed() -> Option<Vec<usize>> {
    None
}

/// The threads of the rank with the cores `own`, where `all` have those of the ranks on its host, its own among them: of a core that
/// several ranks may use, each has a part. At least one.
pub(crate) fn share(own: &[u64], all: &[u64]) -> usize {
    let ranks = all.chunks_exact(WORDS);
    let uses = |words: &[u64], core: usize| words[core / 64] >> (core % 64) & 1 == 1;
    let cores = (0..64 * (WORDS - 1)).filter(|core| uses(own, *core));
    let share: f64 = cores.map(|core| 1.0 / ranks.clone().filter(|rank| uses(rank, core)).count() as f64).sum();
    let count: u32 = own[..WORDS - 1].iter().map(|word| word.count_ones()).sum();
    let threads = own[WORDS - 1] as f64;
    // A quota is that of the container that all of them are in.
    let share = if threads < f64::from(count) { share.min(threads / ranks.len() as f64) } else { share };
    // Thirds do not add up to one.
    ((share + 1e-6) as usize).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rank(cores: std::ops::Range<usize>, threads: u64) -> [u64; WORDS] {
        let mut words = [0; WORDS];
        for core in cores {
            words[core / 64] |= 1 << (core % 64);
        }
        words[WORDS - 1] = threads;
        words
    }

    fn shares(ranks: &[[u64; WORDS]]) -> Vec<usize> {
        let all: Vec<u64> = ranks.concat();
        ranks.iter().map(|own| share(own, &all)).collect()
    }

    #[test]
    fn cores_are_divided() {
        assert_eq!(shares(&[rank(0..8, 8)]), [8]);
        assert_eq!(shares(&[rank(0..8, 8); 2]), [4, 4]);
        assert_eq!(shares(&[rank(0..6, 6); 3]), [2, 2, 2]);
        assert_eq!(shares(&[rank(0..2, 2); 4]), [1, 1, 1, 1]);
        assert_eq!(shares(&[rank(0..4, 4), rank(4..8, 4)]), [4, 4], "each has its own");
        assert_eq!(shares(&[rank(60..100, 40), rank(60..80, 20)]), [30, 10]);
        assert_eq!(shares(&[rank(0..64, 4); 2]), [2, 2], "a quota of four for both");
    }

    #[test]
    fn there_is_a_core() {
        let own = own();
        assert_eq!(share(&own, &own), available_parallelism().unwrap().get());
    }
}

//! A run with choices, then a terminal.

use std::fmt;
use std::marker::PhantomData;
use std::num::NonZeroU64;

use super::choices::Choices;
use crate::executor::map_fn::MapFn;
use crate::executor::progress::Progress;
use crate::executor::scratch::Scratch;
use crate::input::items::Items;
use crate::site::site::Tuned;
use amorsize_store::config::Rigor;

/// One run of an annotated function over a collection: what `f::on(items, ..)` returns.
///
/// Choices come first, in any order; a terminal runs it. Every terminal gives the answer of the plain loop: each item is
/// processed exactly once, results come in the order of the items, and a panic of the function reaches the caller
/// with its own payload: of several, that of the smallest index.
///
/// # Examples
///
/// ```
/// #[amorsize::auto]
/// fn parse(text: &str) -> Result<i64, std::num::ParseIntError> { text.trim().parse() }
///
/// let parsed: Result<Vec<i64>, _> = parse::on(&["1", " 2", "3 "]).try_map();
/// assert_eq!(parsed, Ok(vec![1, 2, 3]));
///
/// let total: i64 = parse::on(&["1", "x", "3"]).fold(0, |sum, n| sum + n.unwrap_or(0));
/// assert_eq!(total, 4);
/// ```
#[must_use = "a run does nothing until a terminal such as `.map()` is called"]
pub struct Run<T, I, F> {
    pub(super) tuned: Tuned,
    pub(super) choices: Choices,
    pub(super) items: I,
    pub(super) f: F,
    item: PhantomData<fn(T)>,
}

/// The run of `f` over `items`, without choices. The bound tells rustc what a closure takes.
#[inline]
pub fn run<T, U, I: Items<T>, F: Fn(T) -> U>(tuned: Tuned, items: I, f: F) -> Run<T, I, F> {
    run_any(tuned, items, f)
}

/// The same for a function with a scratch that `new` makes: one for each thread that works.
#[inline]
pub fn run_with_scratch<T, U, S: Send, I: Items<T>, N: Fn() -> S + Sync, F: Fn(T, &mut S) -> U + Sync>(
    tuned: Tuned,
    items: I,
    new: N,
    f: F,
) -> Run<T, I, Scratch<S, N, F>> {
    run_any(tuned, items, Scratch::new(new, f))
}

/// The same for what is no closure.
#[inline]
pub(super) fn run_any<T, I: Items<T>, F>(tuned: Tuned, items: I, f: F) -> Run<T, I, F> {
    Run { tuned, choices: Choices::NONE, items, f, item: PhantomData }
}

impl<T, I: Items<T>, F> fmt::Debug for Run<T, I, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("function", &self.tuned.site.path())
            .field("items", &self.items.size())
            .field("choices", &self.choices)
            .finish_non_exhaustive()
    }
}

/// Choices.
impl<T, I: Items<T>, F> Run<T, I, F> {
    /// Fixes the number of threads that work on the call, the caller included. 1 is the plain loop.
    ///
    /// The current rayon pool is the limit: more threads than it has never work at once (one more when the caller is
    /// not one of its threads), except for functions with the option `blocking`, which share a wider pool. It is started if it does not run. A run with a fixed number of threads neither uses
    /// what was learned nor adds to it.
    ///
    /// # Panics
    /// If `n` is 0.
    #[inline]
    #[track_caller]
    pub fn n_jobs(mut self, n: usize) -> Self {
        assert!(n > 0, "n_jobs(0): nobody would work; n_jobs(1) is the plain loop");
        self.choices.n_jobs = Some(n);
        self
    }

    /// Fixes the fewest items that a thread takes at once.
    ///
    /// # Panics
    /// If `n` is 0.
    #[inline]
    #[track_caller]
    pub fn chunksize(mut self, n: usize) -> Self {
        assert!(n > 0, "chunksize(0): a thread takes at least one item at once");
        self.choices.chunksize = Some(n);
        self
    }

    /// Fixes the most memory, in bytes, that all items that are being worked on may need together: no more threads work at
    /// once than that allows, but always one. The option `memory` says how much an item needs; without it nothing is
    /// limited. What the system and the control groups of this process have left is a limit, too, looked up ten times a
    /// second at the most.
    ///
    /// # Examples
    /// ```
    /// #[amorsize::auto(memory = "64MiB")]
    /// fn thumbnail(pixels: &[u8]) -> usize { pixels.to_vec().len() / 64 }
    ///
    /// let images = vec![vec![0; 1024]; 20];
    /// assert_eq!(thumbnail::on(&images).max_memory(256 << 20).map(), [16; 20]); // at most four at once
    /// ```
    ///
    /// # Panics
    /// If `bytes` is 0.
    #[inline]
    #[track_caller]
    pub fn max_memory(mut self, bytes: u64) -> Self {
        self.choices.max_memory = NonZeroU64::new(bytes);
        assert!(bytes > 0, "max_memory(0): an item needs some memory");
        self
    }

    /// How hard to look for the best number of threads in this call: see [`Rigor`]. Other than for the function as a whole, all that
    /// was measured is looked at in each such call, which takes a microsecond or two.
    ///
    /// # Examples
    /// ```
    /// use amorsize::Rigor;
    ///
    /// let words = vec!["word"; 1000];
    /// for _ in 0..20 {
    ///     let lengths = amorsize::on!(&words, |word| word.len()).rigor(Rigor::Patient).map();
    ///     assert_eq!(lengths, [4; 1000]);
    /// }
    /// ```
    #[inline]
    pub fn rigor(mut self, rigor: Rigor) -> Self {
        self.choices.rigor = Some(rigor);
        self
    }

    /// Whether to use what was learned of this function and to add to it; `true` unless told otherwise.
    ///
    /// Without the cache each run finds out anew, while it works, whether several threads pay.
    #[inline]
    pub fn use_cache(mut self, yes: bool) -> Self {
        self.choices.use_cache = yes;
        self
    }
}

impl<T, I: Items<T>, F: MapFn<T>> Run<T, I, F> {
    /// Has `tell(done, total)` called, in numbers of items, on the thread that runs the call: at most every 50 ms, and once
    /// when it is over. Where a thread works on a long item, it says nothing meanwhile.
    ///
    /// # Examples
    /// ```
    /// let numbers: Vec<u64> = (0..100_000).collect();
    /// let tell = |done, total| eprint!("\r{done} of {total}");
    /// let squares = amorsize::on!(&numbers, |n| n * n).progress(tell).map();
    /// assert_eq!(squares.len(), 100_000);
    /// ```
    ///
    /// # Panics
    /// The run panics if `tell` does.
    pub fn progress<P: FnMut(usize, usize) + Send>(self, tell: P) -> Run<T, I, Progress<F, P>> {
        let Self { tuned, choices, items, f, item } = self;
        let f = Progress::new(f, items.size().unwrap_or(usize::MAX), tell);
        Run { tuned, choices, items, f, item }
    }
}

impl<T, I: Items<T>, F> Run<T, I, F> {
    #[inline]
    pub(super) fn with(mut self, choices: Choices) -> Self {
        self.choices = choices;
        self
    }
}

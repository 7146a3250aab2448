//! Should this loop be parallel, on how many threads, in what chunks? Amorsize finds out while the loop runs, and
//! remembers it.
//!
//! ```
//! #[amorsize::auto]
//! fn score(line: &str) -> usize { line.split_whitespace().count() }
//!
//! let lines = vec!["a line".to_string(), "and one more".to_string()];
//!
//! let one: usize = score("a line");          // the function itself, untouched
//! let all: Vec<usize> = score::map(&lines);  // tuned, remembered, in order
//! # assert_eq!((one, all), (2, vec![2, 3]));
//! ```
//!
//! [`auto`] gives a function an identity and, beside it, a companion of the same name with [`map`](Run::map) and
//! its relatives. The first call of a function, for each size of input, is the measurement: the caller works from the
//! first nanosecond and calls other threads of the current rayon pool as soon as what the first items took says that
//! it pays. What was learned serves the following calls, and every call adds to it.
//!
//! # What is promised
//! - **The same answer as the plain loop.** Each item is processed exactly once, results are in the order of the
//!   items, a panic of the function reaches the caller with its own payload, and floats are added in the same order.
//! - **Never slower than the plain loop**, beyond a few nanoseconds a call. A loop that threads would make slower runs
//!   plainly; a thread that has not started is never waited for.
//! - **Never in the way.** No fault of Amorsize's own panics, blocks or changes an answer; it is counted in [`stats`].
//!
//! # When not to use it
//! Where the calls have side effects whose order matters, where the function holds a lock that its calls compete
//! for, or where one call is itself parallel and fills the machine. A call never ends if its function waits for a lock that
//! the caller holds, where the plain loop may get it again (`stdout().lock()`). On targets without threads (wasm32 without
//! atomics; this was not run there) every run is the plain loop.
//!
//! # What is remembered
//! What is learned lives in memory, and on disk in [`cache_dir`] for the next process: a plan for each function,
//! instantiation, key and size of input, under the fingerprint of the machine and of the build. The disk is never touched by
//! a call whose plan is known, and asked at most once for each function, in a first call that is long enough for that to
//! pay; [`warm`] asks for all functions at once. [`Config`] says where, whether and how long; else the environment does
//! ([`Config::from_env`] lists its variables). With the feature `redis`, machines of one kind share what they learned by a Redis
//! ([`Config::redis`]): no call waits for it, but for the first one of a function that neither memory nor disk knows, and that
//! for a few milliseconds at the most, in which it works. `AMORSIZE=off` makes every run the plain loop. [`store`] is for those who look
//! after the folder.
//!
//! Plans are shared by all machines of a kind: processor, usable cores, pool, system and build. [`export_cache`] and
//! [`import_cache`] take them from one to another; [`embed!`] makes them part of a program, so that its first call begins with
//! them. With [`Config::learn`]`(false)`, or `AMORSIZE_LEARN=off`, they are used as they are and nothing is learned.
//!
//! # The decision log
//! With the feature `tracing`, what is decided and why are events of the crate `tracing` with the target `amorsize`: `plan
//! changed`, `plan recalled`, `plan rejected`, `drift`, `fault`, `tier down`, `tier up`. Calls that do as their plan says make
//! none.
// Without the disk, parts that only plans from elsewhere need are there and not used.
#![cfg_attr(not(feature = "disk"), allow(dead_code, unused_imports))]
#![deny(unsafe_code)] // allowed in `executor::{chunk, chunk_queue, buffers, pulled, join}` and for the exit handler

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod admin;
mod call;
mod executor;
mod input;
mod persist;
mod site;
mod tuner;

/// Gives a function a tuned, remembered, ordered map over collections of its first parameter.
///
/// The function stays as it is. Beside it comes a companion of the same name and visibility, so that one `use`
/// imports both. In documentation, link to the function as `` [`f()`] ``: `` [`f`] `` may now be either of them, which rustdoc
/// calls ambiguous.
///
/// | generated | what it does |
/// |---|---|
/// | `f::map(items, ctx..) -> Vec<U>` | the results in the order of the items; see [`Run::map`] |
/// | `f::for_each(items, ctx..)` | for a function that returns `()`; see [`Run::for_each`] |
/// | `f::on(items, ctx..) -> `[`Run`] | the same with choices, then a terminal: `try_map`, `filter_map`, `collect`, `find`, `fold`, `sum`, `max`, `plan`, .. |
/// | `f::stream(iterator, ctx..) -> `[`Stream`] | an iterator over the results of an iterator: in order, in bounded memory, with choices of its own |
/// | `f::ID: `[`FunctionId`] | the identity, a `const` |
///
/// # What can be mapped over
///
/// | first parameter | collections |
/// |---|---|
/// | `&T`, `&str`, `&[T]`, `&dyn Trait` | [what lends](LendAll) a `&T` for each item: `&Vec<String>` for `&str`, `&[Arc<T>]` for `&T`, `numbers.chunks(64)` for `&[T]`. A bare type parameter takes `&[T]` exactly. |
/// | `T` | [`Items`]`<T>`: `Vec<T>`, arrays, integer ranges, `&[T]` where `T: Copy`, std's iterators over `T` whose length is known, and tuples of these |
/// | `&mut T` | [what lends](LendAllMut) a `&mut T` for each item: `&mut [T]`, `&mut [Vec<E>]` and `image.chunks_mut(64)` for `&mut [E]`, .. |
///
/// Where nobody wants to name a function, closures will do: [`map!`], [`for_each!`], [`on!`], [`stream!`].
///
/// Further parameters are context that all calls share: by reference, or by value and cloned for each item (so prefer
/// references). Context must be `Sync`, items and results `Send`.
///
/// Write the lifetimes of your types, `Record<'_>` and not `Record`, in the first parameter and in the result.
///
/// An `impl Trait` in a parameter is a type parameter of `f::map` and its relatives, behind those that the function declares:
/// as in `f::map::<T, _>(items, by)` where the function is called as `f::<T>(item, by)`.
///
/// ```
/// #[amorsize::auto]
/// fn distance(from: &(f64, f64), to: &(f64, f64)) -> f64 { (from.0 - to.0).hypot(from.1 - to.1) }
///
/// let points = [(0.0, 3.0), (4.0, 0.0)];
/// assert_eq!(distance::map(&points, &(0.0, 0.0)), [3.0, 4.0]);
/// assert_eq!(distance::on(&points, &(0.0, 0.0)).sum::<f64>(), 7.0);
///
/// #[amorsize::auto]
/// fn apply(x: u32, by: &impl Fn(u32) -> u32) -> u32 { by(x) }
///
/// let bias = 3;
/// assert_eq!(apply::map(0..3, &|x| x + bias), [3, 4, 5]);
/// ```
///
/// # Methods
///
/// A method with `&self` of an inherent impl gets `f_map`, `f_on`, `f_stream` and `f_ID` beside it, with `where Self: Sync`.
/// An associated function without a receiver needs `#[auto(in_impl)]`, and gets the same names.
///
/// ```
/// struct Scorer { word: String }
///
/// impl Scorer {
///     #[amorsize::auto]
///     fn score(&self, line: &str) -> usize { line.matches(&self.word).count() }
/// }
///
/// let scorer = Scorer { word: "a".into() };
/// assert_eq!(scorer.score_map(&["banana", "plum"]), [3, 0]);
/// ```
///
/// # Methods of traits
///
/// To the `impl` of a trait nothing can be added. Annotate a function or a method of the type, and call it from the method
/// of the trait:
///
/// ```
/// trait Score {
///     fn score(&self, line: &str) -> usize;
///     fn score_all(&self, lines: &[String]) -> Vec<usize>;
/// }
///
/// struct Word(String);
///
/// impl Word {
///     #[amorsize::auto]
///     fn count(&self, line: &str) -> usize { line.matches(&self.0).count() }
/// }
///
/// impl Score for Word {
///     fn score(&self, line: &str) -> usize { self.count(line) }
///     fn score_all(&self, lines: &[String]) -> Vec<usize> { self.count_map(lines) }
/// }
///
/// assert_eq!(Word("a".into()).score_all(&["banana".to_string()]), [3]);
/// ```
///
/// A default method takes `#[auto(in_trait)]` and gets `f_map`, `f_for_each`, `f_on` and `f_stream` beside it, with `where Self:
/// Sized + Sync`, so that there can be a `dyn Trait` all the same. There is no `f_ID`. They call what the type has for
/// `f`, and each type learns for itself. The identity is that of the default: as with any function that `f` calls, other
/// code in an `impl` does not move it, and is noticed when the items take another time.
///
/// ```
/// trait Scale {
///     fn factor(&self) -> f64;
///
///     #[amorsize::auto(in_trait)]
///     fn scaled(&self, x: f64) -> f64 { self.factor() * x }
/// }
///
/// impl Scale for f64 {
///     fn factor(&self) -> f64 { *self }
/// }
///
/// assert_eq!(2.0.scaled_map(&[1.0, 2.0]), [2.0, 4.0]);
/// ```
///
/// # Options
///
/// | option | meaning |
/// |---|---|
/// | `n_jobs = 4` | a fixed number of threads; see [`Run::n_jobs`] |
/// | `chunksize = 64` | the fewest items that a thread takes at once |
/// | `rigor = "patient"` | how hard to look for the best number of threads: `"estimate"`, `"measure"` or `"patient"`; see [`Rigor`] |
/// | `cache = false` | neither use what was learned nor add to it |
/// | `ttl = "7d"` | how long its plans are believed after they were last measured, whatever is configured: `"1s"` to `"100y"`, also `"1h 30min"` |
/// | `memory = "64MiB"` | what an item needs while it is worked on: no more threads work at once than there is memory for; see [`Run::max_memory`] |
/// | `key(expr, ..)` | values of the context that change what an item costs: plans are kept apart by them; see [`KeyPart`] |
/// | `depends(path, ..)` | annotated functions and methods (`S::f`) that this one calls: a change to their code moves this identity too |
/// | `scratch(name = expr, ..)` | a `&mut` parameter behind the first is no context: each thread that works makes one with `expr`, and keeps it until the run is over; see below |
/// | `blocking` | it waits, for a disk or a network: more threads may work on a call than there are cores; see below |
/// | `in_impl` | this is an associated function |
/// | `in_trait` | this is a default method of a trait, or an associated function with a default |
/// | `companion = name` | another name for the companion, where a module, a type or an import has the function's |
/// | `crate = path` | where this crate is found, if it is not a dependency of the package itself |
///
/// # Functions that wait
///
/// With the option `blocking`, a call may have more threads than there are cores: those of one pool that all such calls of the process
/// share, with 64 threads, or 16 for each core if that is more, and 512 at the most. ([`Config::max_threads`] limits it.) It is started in
/// the background once that pays. How many threads a call has is learned, by its time and by the part of it for which its items have a
/// processor: what does not wait has as many threads as there are cores. `n_jobs` may be more than these, too.
///
/// ```
/// # use std::{thread::sleep, time::Duration};
/// #[amorsize::auto(blocking)]
/// fn ask(question: u64) -> u64 {
///     sleep(Duration::from_millis(1));
///     question + 1
/// }
///
/// assert!(ask::map(0..64).into_iter().eq(1..65));
/// ```
///
/// # Scratches
///
/// A buffer that calls reuse is a `&mut` parameter that `scratch(..)` names. The wrappers do not take it: each thread that works
/// on a run makes one with the expression, and the plain loop makes one for all items. What it holds when a call begins
/// is what an earlier call on some thread left there, so a result must not depend on it. It has to be `Send`.
///
/// The expression may use constants and functions, `self`, and the context: that by value is cloned for it once a run.
///
/// ```
/// #[amorsize::auto(scratch(letters = Vec::with_capacity(longest)))]
/// fn sorted(word: &str, longest: usize, letters: &mut Vec<char>) -> String {
///     letters.clear();
///     letters.extend(word.chars());
///     letters.sort_unstable();
///     letters.iter().collect()
/// }
///
/// assert_eq!(sorted("plum", 8, &mut Vec::new()), "lmpu");
/// assert_eq!(sorted::map(&["plum", "pear"], 8), ["lmpu", "aepr"]);
/// ```
///
/// A [`stream`](Stream) takes a lock for each item where there are scratches: a few dozen nanoseconds.
///
/// # Errors
///
/// Compile errors, each at the place to change: `async` and `unsafe` functions, no parameter, `self` and
/// `&mut self`, `&mut` context that is no scratch, `impl Trait` in return position, `-> !`, `#[target_feature]`, `#[cfg]` on a
/// parameter, variadics, a second `#[auto]`, unknown or repeated options.
pub use amorsize_macros::auto;

/// The results of a closure for each item of a collection, in the order of the items: `map!(items, |item| ..)`.
///
/// The expression is tuned and remembered as an [annotated function](macro@auto) is. Its identity is that of its text: the
/// closure, the items, the module and the functions around it. In [`stats`] and on disk it is
/// `module::function::{closure}:42`, with the line at which it was last seen.
///
/// In a generic function, each instantiation learns for itself. That goes for closures that are given to it, too, as far as their
/// code differs; but on disk, those that are written in one function share a plan, which serves those whose items take about its
/// time, and the others learn anew in each process. `key(..)` keeps them apart there as well. Values of one type, such as
/// function pointers and `&dyn Fn`, nothing but a key tells apart.
///
/// ```
/// let lines = vec!["a line".to_string(), "and one more".to_string()];
/// let by = 2;
/// assert_eq!(amorsize::map!(&lines, |line| line.len() * by), [12, 24]);
/// ```
///
/// The closure may capture its environment, by reference or with `move`, use `?` and `return`, and be a path, as `String::len`.
/// Several threads call it, so it has to be an `Fn` that is `Sync`; results are combined by a terminal of [`on!`].
///
/// # What can be mapped over
/// [What `into_iter` takes](IntoItems), with the items that it gives: `&Vec<T>` gives `&T`, `&mut Vec<T>` gives `&mut T`, and
/// `Vec<T>` gives `T`. Also std's [iterators](KnownLength) whose length is known, tuples of all these, which go side by side as
/// far as the shortest, and [`product`]s of ranges. An iterator without a length goes through [`stream!`].
///
/// ```
/// let mut image = vec![0; 12];
/// amorsize::for_each!(image.chunks_mut(4).enumerate(), |(y, row)| row.fill(y));
/// assert_eq!(image, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
///
/// let (xs, ys) = ([1.0, 2.0], [3.0, 4.0]);
/// assert_eq!(amorsize::on!((&xs, &ys), |(x, y)| x * y).sum::<f64>(), 11.0);
/// ```
///
/// # Options
/// They stand between the items and the closure: `map!(&items, n_jobs = 4, |item| ..)`.
///
/// | option | meaning |
/// |---|---|
/// | `key(expr, ..)` | values that change what an item costs: plans are kept apart by them; see [`KeyPart`] |
/// | `blocking` | the closure waits, for a disk or a network: more threads may work on a call than there are cores; see [`auto`](macro@auto#functions-that-wait) |
/// | `scratch = expr` | the closure takes a second argument, `&mut` to what `expr` makes: a buffer, say. Each thread that works makes one, and keeps it until the run is over |
/// | `n_jobs = expr` | a fixed number of threads; see [`Run::n_jobs`] |
/// | `chunksize = expr` | the fewest items that a thread takes at once |
/// | `rigor = "patient"` | how hard to look for the best number of threads; see [`Rigor`] |
/// | `cache = false` | neither use what was learned nor add to it |
/// | `ttl = "7d"` | how long its plans are believed after they were last measured |
/// | `memory = "64MiB"` | what an item needs while it is worked on: no more threads work at once than there is memory for; see [`Run::max_memory`] |
/// | `depends(path, ..)` | annotated functions that the closure calls: a change to their code moves this identity too |
/// | `crate = path` | where this crate is found, if it is not a dependency of the package itself |
///
/// ```
/// let words = ["b", "ca"];
/// let lengths = amorsize::map!(&words, scratch = String::new(), |word, buffer| {
///     buffer.clear();
///     buffer.extend(word.chars().rev());
///     buffer.len()
/// });
/// assert_eq!(lengths, [1, 2]);
/// ```
///
/// # Panics
/// If the closure panics, with its payload: of several panics, the one of the smallest index. If `n_jobs` or `chunksize` is 0.
pub use amorsize_macros::map;

/// Calls a closure for each item of a collection: `for_each!(items, |item| ..)`. The order of the calls is not that of the
/// items.
///
/// What it takes and does otherwise is that of [`map!`].
///
/// ```
/// let mut pixels = vec![100_u8, 200];
/// amorsize::for_each!(&mut pixels, |pixel| *pixel = pixel.saturating_add(100));
/// assert_eq!(pixels, [200, 255]);
/// ```
pub use amorsize_macros::for_each;

/// A [`Run`] of a closure over a collection: choices first, then a terminal. `on!(items, |item| ..).sum::<f64>()`.
///
/// What it takes and does otherwise is that of [`map!`].
///
/// ```
/// let words = ["a", "bb", "cc"];
/// assert_eq!(amorsize::on!(&words, |word| word.len()).max(), Some(2));
/// assert_eq!(amorsize::on!(&words, |word| word.len()).position(|len| *len == 2), Some(1));
/// ```
pub use amorsize_macros::on;

/// A [`Stream`] of the results of a closure for the items of an iterator: `stream!(iterator, |item| ..)`. In order, in bounded
/// memory, tuned while it runs; nothing of it is kept.
///
/// The options are those of [`map!`]. With a `scratch`, a lock is taken for each item: a few dozen nanoseconds. If the closure is
/// a `move` closure, what the scratch is made of is moved into the stream, too.
///
/// ```
/// let text = "12 -5 x 30";
/// let numbers = amorsize::stream!(text.split(' '), |word| word.parse::<i32>().ok());
/// assert_eq!(numbers.flatten().sum::<i32>(), 37);
///
/// let mut reversed = amorsize::stream!(text.split(' '), scratch = String::new(), |word, buffer| {
///     buffer.clear();
///     buffer.extend(word.chars().rev());
///     buffer.parse::<i32>().ok()
/// });
/// assert_eq!(reversed.next(), Some(Some(21)));
/// ```
pub use amorsize_macros::stream;

pub use admin::cache::{clear_cache, flush, warm};
#[cfg(feature = "disk")]
pub use admin::folder::{cache_dir, export_bytes, export_cache, import_bytes, import_cache, prune_expired_cache};
#[cfg(feature = "disk")]
pub use admin::snapshot::snapshot;
pub use admin::stats::{Stats, stats};
pub use amorsize_store::config::{CacheMode, Config, Rigor};
pub use amorsize_store::error::Error;
pub use amorsize_store::id::FunctionId;
#[cfg(feature = "disk")]
pub use amorsize_store::portable::{Imported, Merge};
pub use amorsize_store::profile::{self, Profile};
pub use amorsize_store::record::counts::Counts;
pub use amorsize_store::record::stats::{FunctionStats, TierState, TierStats};
pub use amorsize_store::rejection::Rejection;
pub use call::parts::{BatchRun, Numbered, TunedFn};
pub use call::plan::{Decision, Plan, Why};
pub use call::run::Run;
pub use call::stream::state::Stream;
pub use executor::map_fn::MapFn;
pub use input::into_items::IntoItems;
pub use input::items::Items;
pub use input::known_length::KnownLength;
pub use input::lend::Lend;
pub use input::lend_all::{LendAll, LendAllMut};
pub use input::outcome::Outcome;
pub use input::product::product;
pub use site::key::KeyPart;

/// The plans on disk, for those who look after them: what the `amorsize` command shows and does.
///
/// ```no_run
/// use amorsize::store::Store;
///
/// let store = Store::open(amorsize::cache_dir());
/// for function in store.functions()? {
///     println!("{}: {} plans, {} bytes", function.function, function.plans.len(), function.bytes);
/// }
/// # Ok::<(), amorsize::Error>(())
/// ```
///
/// Nothing here touches what this process itself remembers.
#[cfg(feature = "disk")]
pub mod store {
    pub use amorsize_store::config::named_threads;
    pub use amorsize_store::health::{Health, Problem, ProblemKind};
    pub use amorsize_store::insight::{Recommendation, RecommendationKind, Severity, insight};
    pub use amorsize_store::machine::build_flags::Build;
    pub use amorsize_store::machine::control_groups::memory_limit;
    pub use amorsize_store::machine::fingerprint::{Fingerprint, FingerprintId, Machine};
    pub use amorsize_store::portable::{Imported, Merge};
    pub use amorsize_store::record::schedule::Schedule;
    pub use amorsize_store::record::stats::FunctionStats;
    pub use amorsize_store::rejection::Rejection;
    pub use amorsize_store::store::{Store, fingerprint, machine};
    pub use amorsize_store::view::functions::{Function, PlanInfo};
    pub use amorsize_store::view::places::{Difference, Place};
    pub use amorsize_store::view::schedules::{Basis, Measurement, ScheduleInfo, Tried};
    pub use amorsize_store::view::settings::{Settings, settings};
    pub use amorsize_store::view::snapshot::{Counts, Day, FunctionSnapshot, Scope, Snapshot, TierState, TierStats};
    pub use amorsize_store::view::totals::Totals;
}

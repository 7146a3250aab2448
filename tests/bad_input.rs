//! Input at its limits: nothing, one item, more items than memory or a counter holds, and choices that mean nothing.

#![allow(clippy::reversed_empty_ranges)] // that is the input

use std::any::Any;
use std::panic::{self, AssertUnwindSafe, Location, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use amorsize::{Items, Plan, Run, Why};

use crate::alone::{allocated, alone, largest};
use crate::cases::{outcome, panic_with};
use crate::pools;
use crate::watchdog::within;

mod surroundings;

type Way<T, I, F> = fn(Run<T, I, F>) -> Run<T, I, F>;

/// Every way to choose.
fn ways<T, I: Items<T>, F>() -> Vec<Way<T, I, F>> {
    vec![
        |run| run,
        |run| run.use_cache(false),
        |run| run.n_jobs(1),
        |run| run.n_jobs(3),
        |run| run.n_jobs(usize::MAX),
        |run| run.n_jobs(2).chunksize(usize::MAX),
        |run| run.chunksize(usize::MAX),
    ]
}

/// Those that leave it to the run how much is taken at once. What was taken is finished, also if the run ends meanwhile.
fn ways_without_chunksize<T, I: Items<T>, F>() -> Vec<Way<T, I, F>> {
    ways().into_iter().take(5).collect()
}

// ---- Nothing, and one item ------------------------------------------------------------------------------------------

#[amorsize::auto]
fn twice(x: u32) -> u32 {
    2 * x
}

#[amorsize::auto]
fn length(text: &str) -> usize {
    text.len()
}

#[amorsize::auto]
fn clear(text: &mut String) {
    text.clear();
}

#[amorsize::auto]
fn even(x: u32) -> Option<u32> {
    x.is_multiple_of(2).then_some(x)
}

#[amorsize::auto]
fn low(x: u32) -> Result<u32, u32> {
    if x < 100 { Ok(x) } else { Err(x) }
}

#[test]
fn no_item_and_one() {
    within(30, || {
        for threads in [0, 1, 2] {
            pools::within(threads, || {
                for way in ways() {
                    let none = || way(twice::on(7..7));
                    assert_eq!(none().map(), []);
                    assert_eq!(none().fold(5, |a, b| a + b), 5);
                    assert_eq!(none().sum::<u32>(), 0);
                    assert_eq!(none().reduce(|| 9, |a, b| a + b), 9);
                    assert_eq!(none().plan().plan, Plan::Serial);
                    let one = || way(twice::on(7..8));
                    assert_eq!(one().map(), [14]);
                    assert_eq!(one().fold(5, |a, b| a + b), 19);
                    assert_eq!(one().sum::<u32>(), 14);
                    assert_eq!(one().reduce(|| 9, |a, b| a + b), 14);
                    assert_eq!(one().plan().plan, Plan::Serial);
                }
                for way in ways() {
                    assert_eq!(way(even::on(7..7)).filter_map(), []);
                    assert_eq!(way(even::on(7..7)).try_map(), Some(vec![]));
                    assert_eq!(way(even::on(7..8)).filter_map(), []);
                    assert_eq!(way(even::on(8..9)).filter_map(), [8]);
                    assert_eq!(way(even::on(7..8)).try_map(), None);
                }
                for way in ways() {
                    assert_eq!(way(low::on(Vec::new())).try_map(), Ok(vec![]));
                    assert_eq!(way(low::on(vec![100])).try_map(), Err(100));
                }
                assert_eq!(twice::stream(None).next(), None);
                assert_eq!(twice::stream(Some(3)).collect::<Vec<_>>(), [6]);
                assert_eq!(length::map(&[""; 0]), []);
                assert_eq!(length::map(&["one"]), [3]);
                assert_eq!(twice::map([]), []);
                let mut texts = [String::from("text")];
                clear::for_each(&mut texts[..0]);
                assert_eq!(texts, ["text"]);
                clear::for_each(&mut texts);
                assert_eq!(texts, [""]);
            });
        }
    });
    assert_eq!(twice::on(7..7).plan().why, Why::Nothing);
    assert_eq!(twice::on(7..8).plan().why, Why::Nothing);
}

// ---- Ranges ---------------------------------------------------------------------------------------------------------

macro_rules! ranges {
    ($($test:ident $function:ident $t:ty: $($range:expr),*;)*) => {$(
        #[amorsize::auto]
        fn $function(x: $t) -> $t {
            x
        }

        #[test]
        fn $test() {
            within(30, || {
                pools::within(2, || {
                    $(
                        let expected: Vec<$t> = $range.collect();
                        for way in ways() {
                            assert_eq!(way($function::on($range)).map(), expected, "{}", stringify!($range));
                        }
                        assert!($function::stream($range).eq(expected));
                    )*
                });
            });
        }
    )*};
}

ranges! {
    u8_ranges u8_itself u8: 0..=255, 0..255, 254..=255, 9..3, 9..=3, 255..255;
    i8_ranges i8_itself i8: -128..=127, -128..127, 127..=127, 127..-128, 5..=-5;
    u16_ranges u16_itself u16: 0..=u16::MAX, u16::MAX - 3..u16::MAX;
    i64_ranges i64_itself i64: i64::MIN..i64::MIN + 300, i64::MAX - 300..=i64::MAX, i64::MAX..i64::MIN;
    usize_ranges usize_itself usize: usize::MAX - 300..usize::MAX, usize::MAX - 300..=usize::MAX, usize::MAX..0;
    isize_ranges isize_itself isize: -150..150, isize::MAX - 300..=isize::MAX, isize::MIN..=isize::MIN + 300;
    u128_ranges u128_itself u128: u128::MAX - 300..=u128::MAX, u128::MAX - 300..u128::MAX, 1 << 100..=1 << 100;
    i128_ranges i128_itself i128: i128::MIN..i128::MIN + 300, -150..=150, i128::MAX..i128::MIN;
}

/// A range that was iterated to its end is empty, although its bounds say otherwise.
#[test]
fn an_exhausted_range() {
    let mut range = 0..=9u8;
    assert_eq!(range.by_ref().count(), 10);
    for way in ways() {
        assert_eq!(way(u8_itself::on(range.clone())).map(), []);
    }
    let mut range = 0..=9u8;
    range.nth(3);
    range.next_back();
    for way in ways() {
        assert_eq!(way(u8_itself::on(range.clone())).map(), [4, 5, 6, 7, 8]);
    }
}

// ---- More than there is room for ------------------------------------------------------------------------------------

/// Where every function over these ranges ends.
const END: u64 = 3_000;

#[amorsize::auto]
fn ends(x: u64) -> Result<u64, u64> {
    if x < END { Ok(x) } else { Err(x) }
}

#[amorsize::auto]
fn ends_wide(x: u128) -> Option<u128> {
    (x < END.into()).then_some(x)
}

#[amorsize::auto]
fn panics(x: u64) {
    if x >= END {
        panic_with(x as usize);
    }
}

#[amorsize::auto]
fn panics_with_result(x: usize) -> usize {
    if x >= END as usize { panic_with(x) } else { x }
}

fn ends_early(range: std::ops::Range<u64>) {
    for way in ways_without_chunksize() {
        assert_eq!(way(ends::on(range.clone())).sum::<Result<u64, u64>>(), Err(END));
    }
    for way in ways() {
        assert_eq!(outcome(|| way(panics::on(range.clone())).for_each()), Err(END as usize));
    }
    assert!(ends::stream(range).take(END as usize + 1).eq((0..END).map(Ok).chain([Err(END)])));
}

/// Nothing is allocated for items that are never reached.
#[test]
fn ranges_of_billions_end_early_in_little_memory() {
    alone(60, &[], || {
        for threads in [0, 1, 2, 4] {
            pools::within(threads, || {
                ends_early(0..4_000_000_000);
                ends_early(0..1 << 50);
                ends_early(0..u64::MAX);
            });
        }
        assert!(largest() < 4 << 20 && allocated() < 4 << 20, "{} bytes at once", largest());
    });
}

/// The loop it stands for needs room for what comes before its end; so there may be no room for all.
#[test]
fn try_map_ends_early_where_all_would_not_fit() {
    alone(60, &[], || {
        for threads in [0, 1, 2, 4] {
            pools::within(threads, || {
                for range in [0..4_000_000_000, 0..1 << 50, 0..u64::MAX] {
                    for way in ways() {
                        assert_eq!(way(ends::on(range.clone())).try_map(), Err(END));
                    }
                }
            });
        }
    });
}

#[test]
fn ranges_that_no_counter_holds() {
    alone(60, &[], || {
        for threads in [0, 2] {
            pools::within(threads, || {
                for way in ways() {
                    assert_eq!(way(ends::on(0..=u64::MAX)).plan().why, Why::Nothing);
                    assert_eq!(way(ends::on(0..=u64::MAX)).try_map(), Err(END));
                    assert_eq!(way(ends::on(0..=u64::MAX)).sum::<Result<u64, u64>>(), Err(END));
                }
                for way in ways() {
                    assert_eq!(way(ends_wide::on(0..u128::MAX)).try_map(), None);
                    assert_eq!(way(ends_wide::on(0..u128::MAX)).sum::<Option<u128>>(), None);
                }
                for way in ways() {
                    assert_eq!(outcome(|| way(panics::on(0..=u64::MAX)).for_each()), Err(END as usize));
                }
                for way in ways() {
                    let fold = || way(panics_with_result::on(0..=usize::MAX)).fold(0, usize::wrapping_add);
                    assert_eq!(outcome(fold), Err(END as usize));
                    let reduce = || way(panics_with_result::on(0..=usize::MAX)).reduce(|| 0, usize::wrapping_add);
                    assert_eq!(outcome(reduce), Err(END as usize));
                }
                assert!(ends::stream(0..=u64::MAX).take(10).eq((0..10).map(Ok)));
            });
        }
        assert!(largest() < 4 << 20, "{} bytes at once", largest());
    });
}

/// The message of a panic.
fn text_of(payload: &dyn Any) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).expect("a message")
}

/// Results that cannot be stored are the caller's mistake: the same panic as the loop's.
#[test]
fn results_without_end() {
    within(30, || {
        let said = |run: &dyn Fn() -> Vec<usize>| text_of(&*catch_unwind(AssertUnwindSafe(run)).unwrap_err());
        let loop_says = said(&|| (0..usize::MAX).collect());
        for way in ways() {
            assert_eq!(said(&|| way(panics_with_result::on(0..usize::MAX)).map()), loop_says);
        }
    });
}

/// The items of a function that takes nothing from them can be as many as there are numbers.
#[test]
fn slices_of_nothing() {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    #[amorsize::auto]
    fn counted(_: ()) {
        if COUNT.fetch_add(1, Relaxed) == 5_000 {
            panic_with(5_000);
        }
    }
    within(30, || {
        let nothing = vec![(); usize::MAX];
        for way in ways_without_chunksize() {
            COUNT.store(0, Relaxed);
            assert_eq!(outcome(|| way(counted::on(&nothing)).for_each()), Err(5_000));
        }
        for way in ways_without_chunksize() {
            COUNT.store(0, Relaxed);
            assert_eq!(outcome(|| way(counted::on(nothing.clone())).for_each()), Err(5_000));
        }
    });
}

// ---- Functions that always panic ------------------------------------------------------------------------------------

#[test]
fn a_function_that_always_panics() {
    #[amorsize::auto]
    fn always(x: usize) -> usize {
        panic_with(x)
    }
    within(30, || {
        for threads in 0..=4 {
            pools::within(threads, || {
                for way in ways() {
                    for _ in 0..20 {
                        assert_eq!(outcome(|| way(always::on(0..1_000)).map()), Err(0));
                        assert_eq!(outcome(|| way(always::on(0..1_000)).sum::<usize>()), Err(0));
                    }
                }
                assert_eq!(outcome(|| always::stream(0..1_000).next()), Err(0));
            });
        }
    });
}

// ---- Choices --------------------------------------------------------------------------------------------------------

/// The message and the line of a panic of `call`. In a process of its own: hooks are everybody's.
fn said_and_where(call: impl FnOnce()) -> (String, u32) {
    static SAID: Mutex<Option<(String, u32)>> = Mutex::new(None);
    panic::set_hook(Box::new(|panic| {
        let line = panic.location().filter(|at| at.file() == file!()).map_or(0, Location::line);
        *SAID.lock().unwrap() = Some((text_of(panic.payload()), line));
    }));
    assert!(catch_unwind(AssertUnwindSafe(call)).is_err());
    let _ = panic::take_hook();
    SAID.lock().unwrap().take().expect("the hook was called")
}

#[test]
fn choices_of_nothing_panic_where_they_are_made() {
    alone(30, &[], || {
        let run = twice::on(0..10);
        let before = line!();
        let said = said_and_where(|| drop(run.n_jobs(0)));
        assert_eq!(said, ("n_jobs(0): nobody would work; n_jobs(1) is the plain loop".to_owned(), before + 1));
        let run = twice::on(0..10);
        let before = line!();
        let said = said_and_where(|| drop(run.chunksize(0)));
        assert_eq!(said, ("chunksize(0): a thread takes at least one item at once".to_owned(), before + 1));
    });
}

//! How a run gives its answer: by the plain loop, or by several threads.

use super::choices::Choices;
use super::record::Recorder;
use super::route::{Route, after_head, head, hit_head, is_plain_hit, route};
use super::run::Run;
use crate::executor::chunk::Source;
use crate::executor::map_fn::MapFn;
use crate::executor::work::RunSpec;
use crate::input::items::Items;
use crate::site::instance::Instance;
use crate::site::site::{Site, Tuned};

/// What is asked of a run.
pub(super) trait Terminal<T, F: MapFn<T>>: Sized {
    type Answer;
    /// Whether it may ask for no more items before they end.
    const ENDS_EARLY: bool = false;

    /// The answer of the plain loop. Clears `is_whole` if not all items were asked for.
    fn plain(self, f: &F, items: impl Items<T>, is_whole: &mut bool) -> Self::Answer;

    /// The same answer, from several threads. If it [may end early](Self::ENDS_EARLY), the first `head` of the `len` items are
    /// done before there is a plan for the others. A plan for less than two threads is the plain loop.
    fn share(
        self,
        f: &F,
        source: impl Source<Item = T>,
        len_and_head: (usize, usize),
        plan: impl FnOnce() -> (RunSpec, Recorder),
    ) -> Self::Answer;

    /// Whether there is enough memory for `len` results before the first of them is there.
    fn has_room(_len: usize) -> bool {
        true
    }
}

impl<T, I: Items<T>, F: MapFn<T>> Run<T, I, F> {
    /// Runs it.
    #[inline]
    pub(super) fn finish<W: Terminal<T, F>>(self, terminal: W) -> W::Answer {
        let Self { tuned, choices, items, f, .. } = self;
        if is_plain_hit(choices, tuned, items.size(), W::ENDS_EARLY) {
            let answer = terminal.plain(&f, items, &mut true);
            f.finished();
            return answer;
        }
        let Tuned { site, instance, tag } = tuned;
        finish_slowly(site, instance, tag, choices, items, f, terminal)
    }
}

#[allow(clippy::needless_pass_by_value)] // a reference to the function would keep it in memory in the plain loop, too
#[inline(never)]
fn finish_slowly<T, I: Items<T>, F: MapFn<T>, W: Terminal<T, F>>(
    site: &'static Site,
    instance: &'static Instance,
    tag: u64,
    choices: Choices,
    items: I,
    f: F,
    terminal: W,
) -> W::Answer {
    let tuned = Tuned { site, instance, tag };
    let answer = match if W::ENDS_EARLY { head(choices, tuned, items.size()) } else { None } {
        Some((len, head)) => {
            let mut is_over = true;
            let rest = || {
                is_over = false;
                after_head(tuned, choices, (len, head), I::GATHERING, W::has_room)
            };
            let answer = terminal.share(&f, items.into_source(len), (len, head), rest);
            if is_over {
                hit_head(tuned);
            }
            answer
        }
        None => match route(tuned, items.size(), choices, I::GATHERING) {
            Route::Share(spec, recorder) if W::has_room(spec.len) => {
                terminal.share(&f, items.into_source(spec.len), (spec.len, 0), || (spec, recorder))
            }
            route => {
                let mut is_whole = true;
                let answer = terminal.plain(&f, items, &mut is_whole);
                match route {
                    Route::Loop(timer) if is_whole => timer.stop(),
                    // It says nothing about how long a whole one takes.
                    Route::Loop(timer) => timer.end_early(),
                    Route::Share(..) => {}
                }
                answer
            }
        },
    };
    f.finished();
    answer
}

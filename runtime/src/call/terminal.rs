//! How a run gives its answer: by the plain loop, or by several threads.

use super::record::Recorder;
use super::route::Route;
use super::run::Run;
use crate::executor::chunk::Source;
use crate::executor::map_fn::MapFn;
use crate::executor::work::RunSpec;
use crate::input::items::Items;
use amorsize_store::clock::{now, since};

/// What is asked of a run.
pub(super) trait Terminal<T, F: MapFn<T>>: Sized {
    type Answer;

    /// The answer of the plain loop, and whether all items were asked for.
    fn plain(self, f: &F, items: impl Iterator<Item = T>) -> (Self::Answer, bool);

    /// The same answer, from several threads.
    fn share(self, f: &F, source: impl Source<Item = T>, spec: RunSpec, recorder: Recorder) -> Self::Answer;

    /// Whether there is enough memory for `len` results before the first of them is there.
    fn has_room(&self, _len: usize) -> bool {
        true
    }
}

impl<T, I: Items<T>, F: MapFn<T>> Run<T, I, F> {
    /// Runs it.
    #[inline]
    pub(super) fn finish<W: Terminal<T, F>>(self, terminal: W) -> W::Answer {
        if self.is_plain_hit() {
            let answer = terminal.plain(&self.f, self.items.into_loop()).0;
            self.f.finished();
            return answer;
        }
        self.finish_slowly(terminal)
    }

    #[cold]
    #[inline(never)]
    fn finish_slowly<W: Terminal<T, F>>(self, terminal: W) -> W::Answer {
        let answer = match self.route() {
            Route::Share(spec, recorder) if terminal.has_room(spec.len) => {
                let start = now();
                let source = self.items.into_source(spec.len);
                let spec = RunSpec { prepared: since(start), ..spec };
                terminal.share(&self.f, source, spec, recorder)
            }
            route => {
                let (answer, is_whole) = terminal.plain(&self.f, self.items.into_loop());
                // A loop that stopped early says nothing about how long a whole one takes.
                if is_whole && let Route::Loop(timer) = route {
                    timer.stop();
                }
                answer
            }
        };
        self.f.finished();
        answer
    }
}

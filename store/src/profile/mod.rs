//! What one run did, chunk by chunk: who worked when, and who waited for what. [`Profile`] is the whole of it.
// May use: `words`. `text` and `svg` draw it.

mod svg;
mod text;

/// What one run did, measured chunk by chunk.
///
/// Its `Display` is [`text`](Self::text) for a terminal of 80 columns. All times are nanoseconds; those in spans count from the
/// beginning of the run.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "disk", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Profile {
    /// The path of the function.
    pub function: String,
    /// When the run ended, seconds since 1970.
    pub taken: u64,
    /// Items of the collection.
    pub items: u64,
    /// From the beginning of the run to its end.
    #[cfg_attr(feature = "disk", serde(rename = "wall_ns"))]
    pub wall: u64,
    /// When the caller called for help; `None` if it never did.
    #[cfg_attr(feature = "disk", serde(rename = "called_ns"))]
    pub called: Option<u64>,
    /// The threads that worked: the caller first, the others in the order in which they came.
    pub threads: Vec<Thread>,
    /// What other ways of doing the same are expected to take.
    pub others: Vec<Other>,
}

/// What one thread did.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "disk", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Thread {
    /// Its chunks, in the order of time. Where there are very many, neighbours are put together.
    pub spans: Vec<Span>,
}

/// Chunks that a thread did one after the other: one chunk, or neighbours that were put together.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "disk", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Span {
    /// When the first of them began.
    #[cfg_attr(feature = "disk", serde(rename = "start_ns"))]
    pub start: u64,
    /// When the last of them ended.
    #[cfg_attr(feature = "disk", serde(rename = "end_ns"))]
    pub end: u64,
    /// The time in between that was spent on items.
    #[cfg_attr(feature = "disk", serde(rename = "busy_ns"))]
    pub busy: u64,
    /// Items of all of them.
    pub items: u64,
    /// How many chunks these are.
    pub chunks: u64,
    /// The most that an item took, on average over the items of its chunk.
    #[cfg_attr(feature = "disk", serde(rename = "heaviest_ns"))]
    pub heaviest: f32,
}

/// Another way of doing the same run, and what it is expected to take.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "disk", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Other {
    /// What it is.
    pub way: Way,
    /// Threads; 1 for the plain loop.
    pub n_jobs: u64,
    /// What it is expected to take.
    #[cfg_attr(feature = "disk", serde(rename = "time_ns"))]
    pub time: u64,
    /// Whether calls that were done so were measured; otherwise it follows from this run.
    pub is_measured: bool,
}

/// A way of doing a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "disk", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Way {
    /// The plain loop.
    PlainLoop,
    /// What the cost model chooses, going by what the items took in this run.
    Model,
    /// What the plan says that was learned of earlier calls.
    Plan,
}

/// Where the time of a thread went, or of all threads together, ns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Spent {
    /// Nobody had called it yet.
    pub uncalled: u64,
    /// It was called and had not come yet: it was woken, or had other work.
    pub coming: u64,
    /// It worked on items.
    pub items: u64,
    /// It took chunks, or called for help, or did not get the processor between two chunks.
    pub between: u64,
    /// It had nothing left to do, and the others were still at work.
    pub finished: u64,
}

impl Span {
    /// One chunk of `items` from `start` to `end`.
    #[must_use]
    pub fn chunk(start: u64, end: u64, items: u64) -> Self {
        let busy = end.saturating_sub(start);
        Self { start, end, busy, items, chunks: 1, heaviest: busy as f32 / items.max(1) as f32 }
    }

    /// This one and the next one as one.
    #[must_use]
    pub fn and(self, next: Self) -> Self {
        Self {
            start: self.start,
            end: next.end,
            busy: self.busy + next.busy,
            items: self.items + next.items,
            chunks: self.chunks + next.chunks,
            heaviest: self.heaviest.max(next.heaviest),
        }
    }
}

impl Other {
    /// `n_jobs` threads, which are expected to take `time` ns.
    #[must_use]
    pub fn new(way: Way, n_jobs: usize, time: u64, is_measured: bool) -> Self {
        Self { way, n_jobs: n_jobs as u64, time, is_measured }
    }
}

impl Thread {
    /// A thread with these spans, in the order of time.
    #[must_use]
    pub fn new(spans: Vec<Span>) -> Self {
        Self { spans }
    }

    /// Items that it did.
    #[must_use]
    pub fn items(&self) -> u64 {
        self.spans.iter().map(|span| span.items).sum()
    }

    /// Chunks that it did.
    #[must_use]
    pub fn chunks(&self) -> u64 {
        self.spans.iter().map(|span| span.chunks).sum()
    }
}

impl Profile {
    /// A profile without other ways of doing it.
    #[must_use]
    pub fn new(function: String, taken: u64, items: u64, wall: u64, called: Option<u64>, threads: Vec<Thread>) -> Self {
        Self { function, taken, items, wall, called, threads, others: Vec::new() }
    }

    /// The time that all threads spent on items.
    #[must_use]
    pub fn work(&self) -> u64 {
        self.threads.iter().flat_map(|thread| &thread.spans).map(|span| span.busy).sum()
    }

    /// Where the time of the thread with this number went.
    ///
    /// # Panics
    /// If there is no such thread.
    #[must_use]
    pub fn spent(&self, thread: usize) -> Spent {
        let spans = &self.threads[thread].spans;
        let (start, end) = match (spans.first(), spans.last()) {
            (Some(first), Some(last)) => (first.start, last.end.min(self.wall)),
            _ => (self.wall, self.wall),
        };
        let items = spans.iter().map(|span| span.busy).sum::<u64>();
        let called = if thread == 0 { 0 } else { self.called.unwrap_or(0).min(start) };
        let coming = start - called;
        Spent {
            uncalled: called,
            // The caller is there from the beginning.
            coming: if thread == 0 { 0 } else { coming },
            items,
            between: (end - start).saturating_sub(items) + if thread == 0 { coming } else { 0 },
            finished: self.wall.saturating_sub(end),
        }
    }

    /// Where the time of all threads went.
    #[must_use]
    pub fn spent_by_all(&self) -> Spent {
        (0..self.threads.len()).map(|thread| self.spent(thread)).fold(Spent::default(), |all, one| Spent {
            uncalled: all.uncalled + one.uncalled,
            coming: all.coming + one.coming,
            items: all.items + one.items,
            between: all.between + one.between,
            finished: all.finished + one.finished,
        })
    }

    /// The chunk, or the chunks that were put together, with the heaviest items: of which thread, and which of its spans.
    #[must_use]
    pub fn heaviest(&self) -> Option<(usize, Span)> {
        let spans =
            self.threads.iter().enumerate().flat_map(|(at, thread)| thread.spans.iter().map(move |it| (at, *it)));
        spans.max_by(|a, b| a.1.heaviest.total_cmp(&b.1.heaviest))
    }
}

/// The name of the thread with this number.
fn name(thread: usize) -> String {
    if thread == 0 { "caller".into() } else { format!("helper {thread}") }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A run of 1 ms: the caller alone for 0.2 ms, a helper that comes 0.1 ms later, and a long item at the end.
    pub(crate) fn profile() -> Profile {
        let caller =
            vec![Span::chunk(0, 100_000, 10), Span::chunk(100_000, 190_000, 10), Span::chunk(210_000, 600_000, 40)];
        let helper = vec![Span::chunk(300_000, 500_000, 20), Span::chunk(500_000, 1_000_000, 1)];
        let threads = vec![Thread::new(caller), Thread::new(helper)];
        let mut profile =
            Profile::new("crate::text::score".into(), 1_800_000_000, 81, 1_000_000, Some(200_000), threads);
        profile.others = vec![
            Other { way: Way::PlainLoop, n_jobs: 1, time: 1_280_000, is_measured: false },
            Other { way: Way::Model, n_jobs: 2, time: 700_000, is_measured: false },
            Other { way: Way::Plan, n_jobs: 2, time: 800_000, is_measured: true },
        ];
        profile
    }

    #[test]
    fn the_time_of_each_thread_is_all_of_the_run() {
        let profile = profile();
        let [caller, helper] = [0, 1].map(|thread| profile.spent(thread));
        let expected = Spent { uncalled: 0, coming: 0, items: 580_000, between: 20_000, finished: 400_000 };
        assert_eq!(caller, expected);
        let expected = Spent { uncalled: 200_000, coming: 100_000, items: 700_000, between: 0, finished: 0 };
        assert_eq!(helper, expected);
        let Spent { uncalled, coming, items, between, finished } = profile.spent_by_all();
        assert_eq!(uncalled + coming + items + between + finished, 2 * profile.wall);
        assert_eq!(profile.work(), 1_280_000);
        assert_eq!(profile.heaviest().map(|(thread, span)| (thread, span.items)), Some((1, 1)));
    }

    #[test]
    fn chunks_that_are_put_together_lose_nothing() {
        let both = Span::chunk(0, 10, 5).and(Span::chunk(12, 42, 3));
        let expected = Span { start: 0, end: 42, busy: 40, items: 8, chunks: 2, heaviest: 10.0 };
        assert_eq!(both, expected);
    }

    #[test]
    fn a_run_without_items_took_no_time_of_anybody() {
        let empty = Profile::new("f".into(), 0, 0, 0, None, vec![Thread::default()]);
        assert_eq!((empty.spent(0), empty.heaviest(), empty.work()), (Spent::default(), None, 0));
        assert!(!empty.to_string().is_empty() && !empty.svg().is_empty());
    }
}

//! Work whose chunks are measured, each by itself.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Mutex;
use std::thread::{self, ThreadId};

use super::chunk_policy::ChunkPolicy;
use super::work::Work;
use amorsize_store::clock::{Nanos, now};
use amorsize_store::profile::{Span, Thread};
use amorsize_store::sync::lock;

/// Notes who does each chunk of a work, and when.
pub(crate) struct Recording<'w> {
    work: &'w dyn Work,
    start: Nanos,
    /// Each thread has a lane of its own. They are in several lists, so that threads seldom wait for each other.
    lanes: [Mutex<Vec<Lane>>; LISTS],
}

const LISTS: usize = 64;
/// Where a thread has more spans than this, neighbours are put together.
const MOST_SPANS: usize = 2048;
/// The same for all threads together, once the run is over.
const MOST_IN_ALL: usize = 24 * 1024;

struct Lane {
    thread: ThreadId,
    spans: Vec<Span>,
    /// How many chunks a span is to have.
    chunks: u64,
}

impl<'w> Recording<'w> {
    /// A recording that begins now, on the thread that calls this.
    pub(crate) fn new(work: &'w dyn Work) -> Self {
        let recording = Self { work, start: now(), lanes: [const { Mutex::new(Vec::new()) }; LISTS] };
        // The caller has a lane also if others do all of the work.
        recording.note(None);
        recording
    }

    /// What each thread did: the caller first, the others as they came. To be called on the thread that made this.
    pub(crate) fn into_threads(self) -> Vec<Thread> {
        let caller = thread::current().id();
        let mut lanes: Vec<Lane> =
            self.lanes.into_iter().flat_map(|list| list.into_inner().unwrap_or_default()).collect();
        let first = |lane: &Lane| lane.spans.first().map_or(Nanos::MAX, |span| span.start);
        lanes.sort_by_key(|lane| (lane.thread != caller, first(lane)));
        let most = (MOST_IN_ALL / lanes.len().max(1)).max(1);
        let thread = |mut lane: Lane| {
            while lane.spans.len() > most {
                lane.coarsen();
            }
            Thread::new(lane.spans)
        };
        lanes.into_iter().map(thread).collect()
    }

    fn note(&self, span: Option<Span>) {
        let thread = thread::current().id();
        let mut hasher = DefaultHasher::new();
        thread.hash(&mut hasher);
        let mut list = lock(&self.lanes[hasher.finish() as usize % LISTS]);
        let at = list.iter().position(|lane| lane.thread == thread).unwrap_or_else(|| {
            list.push(Lane { thread, spans: Vec::new(), chunks: 1 });
            list.len() - 1
        });
        if let Some(span) = span {
            list[at].push(span);
        }
    }
}

impl Lane {
    fn push(&mut self, span: Span) {
        match self.spans.last_mut() {
            Some(last) if last.chunks < self.chunks => *last = last.and(span),
            _ => self.spans.push(span),
        }
        if self.spans.len() > MOST_SPANS {
            self.coarsen();
        }
    }

    /// Puts neighbours together.
    fn coarsen(&mut self) {
        self.chunks *= 2;
        let pairs = self.spans.chunks(2).map(|pair| pair[1..].iter().fold(pair[0], |one, other| one.and(*other)));
        self.spans = pairs.collect();
    }
}

impl Work for Recording<'_> {
    fn process_chunk(&self, chunk_policy: ChunkPolicy) -> Option<usize> {
        let start = now();
        let items = self.work.process_chunk(chunk_policy)?;
        let end = now();
        self.note(Some(Span::chunk(start - self.start, end - self.start, items as u64)));
        Some(items)
    }

    fn gather(&self) {
        self.work.gather();
    }

    fn halt(&self) {
        self.work.halt();
    }

    fn halted(&self) -> bool {
        self.work.halted()
    }

    fn backlogged(&self) -> bool {
        self.work.backlogged()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use super::*;

    /// Chunks of two items.
    struct Pairs(AtomicUsize);

    impl Work for Pairs {
        fn process_chunk(&self, _: ChunkPolicy) -> Option<usize> {
            self.0.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).ok().map(|_| 2)
        }

        fn gather(&self) {}

        fn halt(&self) {}

        fn halted(&self) -> bool {
            false
        }
    }

    #[test]
    fn every_chunk_of_every_thread_is_noted_in_bounded_memory() {
        let pairs = Pairs(AtomicUsize::new(20_000));
        let recording = Recording::new(&pairs);
        let work = || while recording.process_chunk(ChunkPolicy::exactly(2)).is_some() {};
        thread::scope(|scope| {
            scope.spawn(work);
            scope.spawn(work);
        });
        let threads = recording.into_threads();
        assert_eq!(threads[0].items(), 0, "this thread");
        assert_eq!(threads.iter().map(Thread::items).sum::<u64>(), 40_000);
        assert_eq!(threads.iter().map(Thread::chunks).sum::<u64>(), 20_000);
        for thread in &threads {
            assert!(thread.spans.len() <= MOST_SPANS);
            assert!(thread.spans.windows(2).all(|two| two[0].end <= two[1].start));
            assert!(thread.spans.iter().all(|span| span.busy <= span.end - span.start));
        }
    }
}

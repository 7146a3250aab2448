//! The root's side of a call: hands out items, computes as the other ranks do, and puts the results together.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use amorsize::{MapFn, TunedFn};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::compute::{Batch, Done, compute};
use crate::fault::{Fault, Verdict};
use crate::item::Item;
use crate::pause::Pause;
use crate::schedule::{Costs, Estimate, Network, Schedule};
use crate::transport::{Kind, Message, ROOT, Transport};
use crate::wire::{decode, encode, encode_batch};

/// What the root knows before a call.
pub(crate) struct Setting<'c> {
    pub(crate) threads: &'c [usize],
    pub(crate) network: Network,
    /// Of an earlier call.
    pub(crate) costs: Option<Costs>,
    /// The length of each batch but the last one is a multiple of this.
    pub(crate) unit: usize,
}

/// A fault, and the rank that it comes from.
pub(crate) type At<E> = (usize, Fault<E>);

/// The results of all batches in their order, or the fault with the smallest index; and what items cost, if that has shown.
pub(crate) type Collected<P, E> = (Result<Vec<P>, At<E>>, Option<Costs>);

/// Distributes the items, which are `len`, and collects the results.
pub(crate) fn distribute<'x, T, F, P, E>(
    transport: &mut Transport,
    setting: &Setting<'_>,
    items: impl Iterator<Item = T>,
    len: usize,
    function: &TunedFn<T, F>,
    one: &(impl Fn(&TunedFn<T, F>, Batch<T>) -> Result<P, (usize, E)> + Sync),
) -> Collected<P, E>
where
    T: Item<'x>,
    F: MapFn<T>,
    P: Serialize + DeserializeOwned + Send,
    E: Serialize + DeserializeOwned + Send,
{
    let (to_compute, batches) = channel();
    let (done, computed) = channel();
    let stopped = AtomicBool::new(false);
    rayon::in_place_scope(|scope| {
        scope.spawn(|_| {
            let (batches, done) = (batches, done);
            compute(function, one, &stopped, &batches, &done);
        });
        let schedule = Schedule::new(len, setting.unit, setting.network, setting.threads, setting.costs);
        let mut root = Root {
            transport,
            setting,
            items,
            schedule,
            to_compute,
            parts: BTreeMap::new(),
            fault: None,
            tally: Tally::default(),
        };
        let shares = setting.costs.is_some() || root.find_out(&computed, len);
        root.collect(&computed, shares);
        let costs = root.tally.costs();
        let parts = match root.fault {
            Some(fault) => Err(fault),
            None => Ok(root.parts.into_values().collect()),
        };
        (parts, costs)
    })
}

/// What was measured in a call.
#[derive(Default)]
struct Tally {
    /// Items that the root computed, and the time, ns.
    computed: (usize, f64),
    /// Items that were written, and their bytes.
    items: (usize, usize),
    /// Items whose results were written, and the bytes of these.
    results: (usize, usize),
}

impl Tally {
    fn costs(&self) -> Option<Costs> {
        let all = self.computed.0.min(self.items.0).min(self.results.0) > 0;
        let each = |(count, bytes): (usize, usize)| bytes as f64 / count as f64;
        all.then(|| Costs {
            item: self.computed.1 / self.computed.0 as f64,
            item_bytes: each(self.items),
            result_bytes: each(self.results),
        })
    }
}

struct Root<'c, T, I, P, E> {
    transport: &'c mut Transport,
    setting: &'c Setting<'c>,
    items: I,
    schedule: Schedule,
    to_compute: Sender<Batch<T>>,
    /// By the index of the first item.
    parts: BTreeMap<usize, P>,
    /// That of the smallest index.
    fault: Option<At<E>>,
    tally: Tally,
}

/// Whether other ranks pay is decided once items were computed for so long,
const LONG_ENOUGH: f64 = 1e6;
/// or when one takes so long that they do in any case.
const LONG: Duration = Duration::from_millis(3);

impl<'x, T, I, P, E> Root<'_, T, I, P, E>
where
    T: Item<'x>,
    I: Iterator<Item = T>,
    P: Serialize + DeserializeOwned,
    E: DeserializeOwned,
{
    /// Has the root compute the first items, and decides by them whether other ranks pay.
    fn find_out(&mut self, computed: &Receiver<Done<P, E>>, len: usize) -> bool {
        let mut count = self.setting.unit;
        while self.schedule.left() > 0 && self.fault.is_none() {
            let range = self.schedule.hand_out(ROOT, count);
            let batch = self.batch(range);
            if self.written(ROOT, &batch).is_some() {
                self.compute(batch);
            }
            match computed.recv_timeout(LONG) {
                Ok(done) => self.done(ROOT, done, None),
                Err(_) => return true,
            }
            if let Some(costs) = self.tally.costs().filter(|_| self.tally.computed.1 > LONG_ENOUGH) {
                let left = self.schedule.left();
                return Estimate::new(left.min(len), costs, self.setting.network, self.setting.threads).pays();
            }
            count = count.saturating_mul(8);
        }
        true
    }

    /// The next items.
    fn batch(&mut self, range: Range<usize>) -> Batch<T> {
        let items = self.items.by_ref().take(range.len()).collect();
        Batch { first: range.start, items, unit: self.setting.unit }
    }

    /// The bytes of a batch, or nothing if it cannot be written, which is a fault.
    fn written(&mut self, rank: usize, batch: &Batch<T>) -> Option<Vec<u8>> {
        match encode_batch(batch) {
            Ok(bytes) => {
                self.tally.items = (self.tally.items.0 + batch.items.len(), self.tally.items.1 + bytes.len());
                Some(bytes)
            }
            Err(message) => {
                self.schedule.done(rank, batch.items.len(), 0.0, 0.0);
                self.fail(rank, batch.first, Fault::Panicked { index: None, message });
                None
            }
        }
    }

    /// Has everything computed that is left, by all ranks or by the root alone, and waits for the results.
    fn collect(&mut self, computed: &Receiver<Done<P, E>>, shares: bool) {
        if !shares {
            let range = self.schedule.rest();
            let batch = self.batch(range);
            self.compute(batch);
        }
        let mut pause = Pause::new();
        self.hand_out_all();
        while !self.schedule.is_done() {
            let mut is_news = false;
            while let Some(message) = self.transport.receive() {
                self.received(&message);
                is_news = true;
            }
            let done = if is_news { computed.try_recv().ok() } else { pause.wait(computed) };
            if let Some(done) = done {
                self.done(ROOT, done, None);
                is_news = true;
            }
            if is_news {
                pause.reset();
                self.hand_out_all();
            }
        }
    }

    /// Gives each rank what it may have.
    fn hand_out_all(&mut self) {
        for rank in 0..self.setting.threads.len() {
            while self.schedule.wants(rank) {
                let range = self.schedule.next_batch(rank);
                let batch = self.batch(range);
                if rank == ROOT {
                    self.compute(batch);
                } else if let Some(bytes) = self.written(rank, &batch) {
                    self.transport.send(rank, Kind::Batch, &bytes);
                }
            }
        }
    }

    fn compute(&self, batch: Batch<T>) {
        self.to_compute.send(batch).expect("it computes until it is told no more");
    }

    fn received(&mut self, message: &Message) {
        if message.kind != Kind::Result {
            return;
        }
        match decode::<Done<P, E>>(&message.bytes) {
            Ok(done) => self.done(message.from, done, Some(message.bytes.len())),
            Err(text) => {
                // How many items it had is not known either. Nothing of this rank is waited for any more.
                self.schedule.give_up(message.from);
                self.fail(message.from, 0, Fault::Panicked { index: None, message: text });
            }
        }
    }

    /// A batch is done, whose result took so many bytes on its way.
    fn done(&mut self, rank: usize, done: Done<P, E>, bytes: Option<usize>) {
        let Done { first, len, wall, result } = done;
        self.schedule.done(rank, len, wall as f64, bytes.unwrap_or(0) as f64);
        if rank == ROOT {
            self.tally.computed = (self.tally.computed.0 + len, self.tally.computed.1 + wall as f64);
        }
        match result {
            Ok(part) => {
                // Of the root's own results it is enough to know how long one is.
                let own = || encode(&part).ok().filter(|_| self.tally.results.0 == 0).map(|bytes| bytes.len());
                if let Some(bytes) = bytes.or_else(own) {
                    self.tally.results = (self.tally.results.0 + len, self.tally.results.1 + bytes);
                }
                self.parts.insert(first, part);
            }
            Err(fault) => self.fail(rank, first, fault),
        }
    }

    /// Nothing is handed out any more. What was handed out before is waited for, since it may have a fault with a smaller index.
    fn fail(&mut self, rank: usize, first: usize, fault: Fault<E>) {
        self.schedule.stop();
        let index = |(fault, first): (&Fault<E>, usize)| fault.index(first);
        if self.fault.as_ref().is_none_or(|(_, known)| index((&fault, first)) < index((known, usize::MAX))) {
            self.fault = Some((rank, fault));
        }
    }
}

/// Ends the call on all other ranks, and waits until they have.
pub(crate) fn end(transport: &mut Transport, verdict: &Verdict) {
    let bytes = encode(verdict).expect("a text can be written");
    let others = transport.size() - 1;
    for rank in 1..=others {
        transport.send(rank, Kind::End, &bytes);
    }
    let (mut ended, mut pause) = (0, Pause::new());
    while ended < others {
        match transport.receive() {
            Some(message) => ended += usize::from(message.kind == Kind::Ended),
            None => pause.sleep(),
        }
    }
}

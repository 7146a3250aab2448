//! A run over all ranks.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

use amorsize::store::settings;
use amorsize::{Items, MapFn, Outcome, Run, TunedFn};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cluster::Cluster;
use crate::compute::Batch;
use crate::fault::{Failed, Fault, Never, Verdict, describe, message};
use crate::item::Item;
use crate::local::Local;
use crate::member::serve;
use crate::plan::Plan;
use crate::root::{Setting, distribute, end};
use crate::schedule::{Estimate, Schedule};

/// Adds [`across`](Self::across) to the runs of amorsize.
pub trait RunAcross<'x, T, I, F>: Sized {
    /// The same over all ranks of the cluster. All of them have to reach this call; the items of the root are mapped, those that others
    /// give are not looked at, and so they give none.
    ///
    /// The batches that came to a rank are kept until its next call, since results of functions of references may borrow from
    /// them while it lasts.
    fn across(self, cluster: &'x mut Cluster) -> Across<'x, T, I, F>;
}

impl<'x, T, I: Items<T>, F: MapFn<T>> RunAcross<'x, T, I, F> for Run<T, I, F> {
    fn across(self, cluster: &'x mut Cluster) -> Across<'x, T, I, F> {
        Across { run: self, cluster }
    }
}

/// What [`Across::try_map`] gives for a function that returns `U`: the values, or the first failure.
pub type Tried<U> = Result<Vec<<U as Outcome>::Value>, Failed<<U as Outcome>::Failure>>;

/// A run over all ranks of a [`Cluster`]: what `f::on(&items).across(&mut cluster)` returns. A terminal runs it.
///
/// The answers are those of the plain loop over the root's items. Results and the items have to travel: `serde` says how.
///
/// # Panics
/// Every terminal panics on every rank if the function panics on one of them. What the root says names the rank and the index of the
/// item; of several panics, it is that of the smallest index.
#[must_use = "a run does nothing until a terminal such as `.map()` is called"]
pub struct Across<'x, T, I, F> {
    run: Run<T, I, F>,
    cluster: &'x mut Cluster,
}

impl<T, I: Items<T>, F> fmt::Debug for Across<'_, T, I, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Across").field("run", &self.run).field("cluster", &self.cluster).finish()
    }
}

impl<'x, T, I: Items<T>, F: MapFn<T>> Across<'x, T, I, F> {
    /// Each rank maps the items that it has itself, and nothing is moved but what is combined.
    pub fn local(self) -> Local<'x, T, I, F> {
        Local { run: self.run, cluster: self.cluster }
    }
}

impl<'x, T: Item<'x>, I: Items<T>, F: MapFn<T>> Across<'x, T, I, F> {
    /// The results in the order of the items, on the root; `None` on other ranks.
    pub fn map<U>(self) -> Option<Vec<U>>
    where
        F: MapFn<T, Output = U>,
        U: Serialize + DeserializeOwned + Send,
    {
        let one = |function: &TunedFn<T, F>, Batch { first, items, .. }| {
            Ok::<_, (usize, Never)>(function.over(first, items).map())
        };
        self.finish(1, Run::map, one, |parts| match parts {
            Ok(parts) => concatenated(parts),
            Err(Failed { error, .. }) => error.never(),
        })
    }

    /// Calls the function for each item, on whatever rank.
    pub fn for_each(self)
    where
        F: MapFn<T, Output = ()>,
    {
        let one = |function: &TunedFn<T, F>, Batch { first, items, .. }| {
            function.over(first, items).for_each();
            Ok::<_, (usize, Never)>(())
        };
        self.finish(1, Run::for_each, one, |parts| match parts {
            Ok(_) => (),
            Err(Failed { error, .. }) => error.never(),
        });
    }

    /// The values of a function that returns `Result` or `Option`, on the root, or the first failure in the order of the items with
    /// its rank and index; `None` on other ranks. After a failure no more items are begun.
    pub fn try_map<U>(self) -> Option<Tried<U>>
    where
        F: MapFn<T, Output = U>,
        U: Outcome<Value: Serialize + DeserializeOwned + Send, Failure: Serialize + DeserializeOwned + Send>,
    {
        let one = |function: &TunedFn<T, F>, Batch { first, items, .. }| {
            function.over(first, items).try_map_at().map_err(|(at, error)| (first + at, error))
        };
        let alone = |run: Run<T, I, F>| {
            run.try_map_at().map_err(|(index, error)| Failed { rank: crate::transport::ROOT, index, error })
        };
        self.finish(1, alone, one, |parts| parts.map(concatenated))
    }

    /// Combines the results with an `op` that is associative, on the root; `None` on other ranks. `identity` is the answer for no
    /// items.
    ///
    /// The answer is that of [`Run::reduce`] to the last bit, for any number of ranks: both combine in the same blocks. One value
    /// a block travels.
    pub fn reduce<U>(self, identity: impl FnOnce() -> U, op: impl Fn(U, U) -> U + Sync) -> Option<U>
    where
        F: MapFn<T, Output = U>,
        U: Serialize + DeserializeOwned + Send,
    {
        let block = self.run.reduce_block();
        // Other ranks have no items, and get the length of a block with those of the root.
        let one = |function: &TunedFn<T, F>, Batch { first, items, unit }| {
            Ok::<_, (usize, Never)>(function.over(first, items).reduce_in_blocks(unit, &op))
        };
        let alone = |run: Run<T, I, F>| run.reduce_in_blocks(block, &op).into_iter().reduce(&op);
        let answer = self.finish(block, alone, one, |parts| match parts {
            Ok(parts) => parts.into_iter().flatten().reduce(&op),
            Err(Failed { error, .. }) => error.never(),
        });
        answer.map(|answer| answer.unwrap_or_else(identity))
    }

    /// Where this would be computed now, and why. Runs nothing and sends nothing; only the root knows.
    pub fn plan(&mut self) -> Plan {
        if !self.cluster.is_root() {
            return Plan::Member;
        }
        let ranks = self.cluster.size();
        if ranks == 1 {
            return Plan::Alone;
        }
        if !settings().enabled {
            return Plan::Off;
        }
        let Some(estimate) = self.estimate() else { return Plan::Unknown { ranks } };
        let [alone, across] = [estimate.alone, estimate.across].map(|time| Duration::from_nanos(time as u64));
        if !estimate.pays() {
            return Plan::Local { alone, across };
        }
        let (len, costs) = (self.run.size().unwrap_or(0), self.costs());
        let mut schedule = Schedule::new(len, 1, self.cluster.network, &self.cluster.threads, costs);
        Plan::Across { ranks, batch: schedule.next_batch(ranks - 1).len(), alone, across }
    }

    fn costs(&mut self) -> Option<crate::schedule::Costs> {
        let (id, tag) = self.run.identity();
        let threads = self.cluster.threads[self.cluster.rank()];
        self.cluster.learned.get((id, tag, threads))
    }

    fn estimate(&mut self) -> Option<Estimate> {
        let costs = self.costs()?;
        Some(Estimate::new(self.run.size()?, costs, self.cluster.network, &self.cluster.threads))
    }

    /// Runs it. `alone` answers on this rank, `one` computes a batch, and `whole` puts batches together; units are not divided.
    fn finish<P, E, A>(
        mut self,
        unit: usize,
        alone: impl FnOnce(Run<T, I, F>) -> A,
        one: impl Fn(&TunedFn<T, F>, Batch<T>) -> Result<P, (usize, E)> + Sync,
        whole: impl FnOnce(Result<Vec<P>, Failed<E>>) -> A,
    ) -> Option<A>
    where
        P: Serialize + DeserializeOwned + Send,
        E: Serialize + DeserializeOwned + Send,
    {
        let plan = self.plan();
        if plan == Plan::Alone {
            return Some(alone(self.run));
        }
        let costs = if matches!(plan, Plan::Across { .. }) { self.costs() } else { None };
        let Self { run, cluster } = self;
        cluster.forget_batches();
        let Cluster { transport, kept, learned, network, threads, all_panic, .. } = cluster;
        if plan == Plan::Member {
            let (_, function) = run.into_parts();
            return match serve(transport, kept, &function, &one) {
                Verdict::Fine => None,
                Verdict::Panicked(text) => {
                    *all_panic = true;
                    resume_unwind(Box::new(text))
                }
            };
        }
        let (id, tag) = run.identity();
        let len = run.size().expect("as many items as can be counted");
        // What panics here is the function on this rank alone, the iterator of the items, or what combines results.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            if matches!(plan, Plan::Local { .. } | Plan::Off) {
                return Ok(alone(run));
            }
            let (items, function) = run.into_parts();
            let setting = Setting { threads, network: *network, costs, unit };
            let (parts, costs) = distribute(transport, &setting, items, len, &function, &one);
            if let Some(costs) = costs {
                learned.put((id, tag, threads[0]), costs);
            }
            match parts {
                Ok(parts) => Ok(whole(Ok(parts))),
                Err((rank, Fault::Failed { index, error })) => Ok(whole(Err(Failed { rank, index, error }))),
                Err((rank, Fault::Panicked { index, message })) => Err(describe(rank, index, &message)),
            }
        }));
        let verdict = match &outcome {
            Ok(Ok(_)) => Verdict::Fine,
            Ok(Err(text)) => Verdict::Panicked(text.clone()),
            Err(payload) => Verdict::Panicked(message(&**payload)),
        };
        *all_panic = !matches!(verdict, Verdict::Fine);
        end(transport, &verdict);
        match outcome {
            Ok(Ok(answer)) => Some(answer),
            Ok(Err(text)) => panic!("{text}"),
            Err(payload) => resume_unwind(payload),
        }
    }
}

fn concatenated<V>(parts: Vec<Vec<V>>) -> Vec<V> {
    let mut all = Vec::with_capacity(parts.iter().map(Vec::len).sum());
    for part in parts {
        all.extend(part);
    }
    all
}

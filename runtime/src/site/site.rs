//! The static of one annotated function.

use std::num::NonZeroU64;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use amorsize_store::config::{Rigor, config, is_enabled};
use amorsize_store::fork::is_forked_child;
use amorsize_store::id::{FunctionId, Mix};
use amorsize_store::machine::build_flags::Build;
use amorsize_store::record::counts::Counts;
use amorsize_store::record::stats::FunctionStats;
use amorsize_store::sync::{lock, lock_within};
use once_cell::race::OnceBox;

use super::counters;
use super::enclosing::enclosing;
use super::instance::{Instance, InstanceKey};
use super::instances::{Evicted, Instances};
use super::instantiation::Instantiation;
use super::tally::Tally;

/// The static of one annotated function, made by the attribute: its identity, and what this process knows of it.
#[derive(Debug)]
pub struct Site {
    id: FunctionId,
    name: &'static str,
    module: &'static str,
    build: Build,
    ttl: Option<NonZeroU64>,
    /// Bytes of memory that an item needs while it is worked on; 0 if the attribute does not say.
    memory: u64,
    /// How hard to look for its plans, if the attribute says so.
    rigor: Option<Rigor>,
    /// The type name of a function inside of the one that has this static: it says what encloses the annotated function.
    inside: Option<fn() -> &'static str>,
    /// The line of a closure; 0 for functions.
    line: u32,
    /// Whether it may use more threads than there are cores.
    is_blocking: bool,
    /// What is counted of it, except for hits.
    pub(crate) tally: Tally,
    /// Its position in [`USED`] plus one; 0 before its first use.
    index: AtomicU32,
    /// The instance of a function that has only one and no key.
    only: Instance,
    /// The first instance of a closure, which is found sooner than others. Most closures have no other.
    first: OnceBox<First>,
    /// The instances of all others.
    instances: OnceBox<Instances>,
}

/// The first instance of a closure without a key.
#[derive(Debug)]
struct First {
    /// Where its code is.
    code: usize,
    instance: Instance,
    tag: u64,
}

/// A site, and one of its instances.
#[derive(Clone, Copy, Debug)]
pub struct Tuned {
    pub(crate) site: &'static Site,
    pub(crate) instance: &'static Instance,
    /// The tag of the instance when the call began.
    pub(crate) tag: u64,
}

/// Every site that was used so far.
static USED: Mutex<Vec<&'static Site>> = Mutex::new(Vec::new());

impl Site {
    /// The static of the function `name` in `module`.
    #[must_use]
    pub const fn new(id: FunctionId, name: &'static str, module: &'static str, build: Build) -> Self {
        Self {
            id,
            name,
            module,
            build,
            ttl: None,
            memory: 0,
            rigor: None,
            inside: None,
            line: 0,
            is_blocking: false,
            tally: Tally::new(),
            index: AtomicU32::new(0),
            only: Instance::new(InstanceKey::ONLY),
            first: OnceBox::new(),
            instances: OnceBox::new(),
        }
    }

    /// The same with a TTL for its plans, in seconds.
    #[must_use]
    pub const fn ttl(mut self, seconds: u64) -> Self {
        self.ttl = NonZeroU64::new(seconds);
        self
    }

    /// The same for a function that needs so many bytes of memory while it works on an item.
    #[must_use]
    pub const fn memory(mut self, bytes: u64) -> Self {
        self.memory = bytes;
        self
    }

    /// The same for a function whose plans are to be looked for this hard.
    #[must_use]
    pub const fn rigor(mut self, rigor: Rigor) -> Self {
        self.rigor = Some(rigor);
        self
    }

    /// The same, where a function inside of the one that has the static has this type name.
    #[must_use]
    pub const fn inside(mut self, type_name: fn() -> &'static str) -> Self {
        self.inside = Some(type_name);
        self
    }

    /// The same for a closure, which is at this line.
    #[must_use]
    pub const fn line(mut self, line: u32) -> Self {
        self.line = line;
        self
    }

    /// The same for a function that waits (option `blocking`).
    #[must_use]
    pub const fn blocking(mut self) -> Self {
        self.is_blocking = true;
        self
    }

    /// Whether it may use more threads than there are cores.
    pub(crate) fn is_blocking(&self) -> bool {
        self.is_blocking
    }

    /// How hard to look for its plans.
    pub(crate) fn wanted_rigor(&self) -> Rigor {
        self.rigor.unwrap_or_else(|| config().default_rigor())
    }

    /// How its crate was compiled.
    pub fn build(&self) -> Build {
        self.build
    }

    /// The TTL in the attribute of the function, if it has one.
    pub fn own_ttl(&self) -> Option<Duration> {
        self.ttl.map(|seconds| Duration::from_secs(seconds.get()))
    }

    /// The memory that an item needs while it is worked on, in bytes, if the attribute says so.
    pub(crate) fn memory_of_an_item(&self) -> Option<u64> {
        (self.memory > 0).then_some(self.memory)
    }

    /// The instance of a function that has only one and no key.
    #[inline]
    pub fn tuned(&'static self) -> Tuned {
        Tuned { site: self, instance: &self.only, tag: InstanceKey::ONLY.tag }
    }

    /// The instance for an instantiation under one key.
    #[inline]
    pub fn instance(&'static self, instantiation: Instantiation, key: u64) -> Tuned {
        let tag = Instances::tag(instantiation, key);
        let known = self.instances.get().and_then(|instances| instances.find(tag));
        match known.or_else(|| self.make_instance(InstanceKey { tag, instantiation: instantiation.name, user: key })) {
            Some(instance) => Tuned { site: self, instance, tag },
            // Those for which there is no room share one.
            None => self.tuned(),
        }
    }

    /// The same for a closure. Its code has to be another for each name.
    #[inline]
    pub(crate) fn closure(&'static self, instantiation: Instantiation, key: u64) -> Tuned {
        match self.first.get() {
            Some(first) if key == 0 && first.code == instantiation.code => {
                Tuned { site: self, instance: &first.instance, tag: first.tag }
            }
            _ => self.other_closure(instantiation.name, instantiation.code, key),
        }
    }

    /// The parts of the instantiation come one by one, in registers: as a whole, it would be written to memory by each call.
    #[inline(never)]
    fn other_closure(&'static self, name: &'static str, code: usize, key: u64) -> Tuned {
        let instantiation = Instantiation { name, code };
        if key != 0 || self.first.get().is_some() || !is_tuned() {
            return self.instance(instantiation, key);
        }
        let tag = Instances::tag(instantiation, key);
        let instance = Instance::new(InstanceKey { tag, instantiation: name, user: key });
        let first = self.first.get_or_init(|| Box::new(First { code, instance, tag }));
        if first.code == code {
            return Tuned { site: self, instance: &first.instance, tag };
        }
        // Another thread was faster, with another instantiation.
        self.instance(instantiation, key)
    }

    #[cold]
    fn make_instance(&'static self, key: InstanceKey) -> Option<&'static Instance> {
        if is_tuned() { self.instances.get_or_init(Instances::new).find_or_make(key) } else { None }
    }

    /// Its number among the sites that were used. The first call of this method gives it one.
    pub(crate) fn index(&'static self) -> usize {
        match self.index.load(Relaxed) {
            0 => {
                let mut used = lock(&USED);
                if self.index.load(Relaxed) == 0 {
                    used.push(self);
                    self.index.store(used.len() as u32, Relaxed);
                }
                self.index.load(Relaxed) as usize - 1
            }
            index => index as usize - 1,
        }
    }

    /// Its identity in the cache: that of its code, and what of its path cannot be known while it is compiled.
    pub(crate) fn id(&self) -> FunctionId {
        match self.enclosing() {
            enclosing if enclosing.is_empty() => self.id,
            enclosing => FunctionId::from_u64(Mix::new(self.id.get()).bytes(enclosing.as_bytes()).finish()),
        }
    }

    /// Its full path, as a person would write it; of a closure with its line, as in `module::function::{closure}:42`.
    pub(crate) fn path(&self) -> String {
        let Self { module, name, .. } = self;
        let path = match self.enclosing() {
            enclosing if enclosing.is_empty() => format!("{module}::{name}"),
            enclosing => format!("{module}::{enclosing}::{name}"),
        };
        if self.line == 0 { path } else { format!("{path}:{}", self.line) }
    }

    /// What encloses it within its module: `Self` of a method, and functions. Empty for others.
    fn enclosing(&self) -> String {
        self.inside.map_or_else(String::new, |inside| enclosing(inside(), self.module))
    }

    /// Counts a hit whose plan was found by the call itself.
    pub(crate) fn count_found(&'static self) {
        counters::hit_slowly(self.index(), u64::MAX, 0);
    }

    /// Its counts, with this many hits.
    pub(crate) fn counts(&self, hits: u64) -> Counts {
        self.tally.counts(hits)
    }

    /// The same, with its name and the number of its plans.
    pub(crate) fn stats(&'static self, hits: u64) -> FunctionStats {
        FunctionStats {
            id: self.id(),
            function: self.path(),
            counts: self.counts(hits),
            entries: self.instances().map(|instance| instance.known().count()).sum(),
        }
    }

    /// All instances.
    pub(crate) fn instances(&'static self) -> impl Iterator<Item = &'static Instance> {
        let first = self.first.get().map(|first| &first.instance);
        std::iter::once(&self.only).chain(first).chain(self.instances.get().into_iter().flat_map(Instances::all))
    }

    /// About how many bytes it takes with so many plans.
    pub(crate) fn bytes(&'static self, plans: usize) -> usize {
        let others = self.instances().count() - 1;
        size_of::<Self>() + others * size_of::<Instance>() + Instance::bytes_of_sizes(plans)
    }

    /// How many of its instances were evicted, to make room for others.
    pub(crate) fn evictions(&self) -> usize {
        self.instances.get().map_or(0, Instances::evictions)
    }

    /// Forgets all plans. Returns their keys and sizes.
    pub(crate) fn forget(&'static self) -> Vec<(InstanceKey, u8)> {
        let in_memory = self.instances().flat_map(|instance| {
            let key = instance.key();
            let known: Vec<_> = instance.known().map(|bucket| (key, bucket)).collect();
            instance.clear();
            known
        });
        let evicted = self.take_evicted();
        let evicted = evicted.iter().flat_map(|(key, states)| states.iter().map(|state| (*key, state.bucket)));
        in_memory.chain(evicted).collect()
    }

    /// Takes what was not saved of evicted instances.
    pub(crate) fn take_evicted(&self) -> Vec<Evicted> {
        self.instances.get().map_or_else(Vec::new, Instances::take_evicted)
    }

    /// Puts back what was taken and could not be saved.
    #[cfg(feature = "disk")]
    pub(crate) fn keep_evicted(&self, evicted: &[Evicted]) {
        if let Some(instances) = self.instances.get() {
            instances.keep_evicted(evicted.iter().cloned());
        }
    }
}

/// Whether loops may be tuned. If not, they are plain, whatever the instance.
fn is_tuned() -> bool {
    is_enabled() && !is_forked_child()
}

/// Every site that was used so far, in the order of their indices.
pub(crate) fn used() -> Vec<&'static Site> {
    lock(&USED).clone()
}

/// The same; `None` if another thread holds the list for all of `timeout`.
pub(crate) fn used_within(timeout: Duration) -> Option<Vec<&'static Site>> {
    lock_within(&USED, timeout).map(|used| used.clone())
}

#[cfg(test)]
mod tests {
    use amorsize_store::id::identify;

    use super::super::slot::Slot;
    use super::*;

    static SITE: Site = Site::new(identify([0; 4], "", "", &[]), "f", "tests", Build::from_bits(0));

    /// Two closures of one function have one name.
    const NAME: &str = "tests::f::{{closure}}";
    const A: Instantiation = Instantiation { name: NAME, code: 0x1000 };
    const B: Instantiation = Instantiation { name: NAME, code: 0x1010 };
    /// The same code as that of `A`, as the linker may have it.
    const C: Instantiation = Instantiation { name: "tests::g::{{closure}}", code: 0x1000 };

    #[test]
    fn instances_are_told_apart_and_found_again() {
        let (a, b) = (SITE.instance(A, 0), SITE.instance(A, 1));
        assert!(!std::ptr::eq(a.instance, b.instance));
        assert!([B, C].iter().all(|other| !std::ptr::eq(a.instance, SITE.instance(*other, 0).instance)));
        assert!(std::ptr::eq(a.instance, SITE.instance(A, 0).instance));
        assert!(std::ptr::eq(SITE.tuned().instance, SITE.tuned().instance));
    }

    #[test]
    fn the_first_instance_of_a_closure_is_one_of_all() {
        static SITE: Site = Site::new(identify([3; 4], "", "", &[]), "{closure}", "tests", Build::from_bits(0));
        let (a, b) = (SITE.closure(A, 0), SITE.closure(B, 0));
        assert!(!std::ptr::eq(a.instance, b.instance));
        for (tuned, instantiation) in [(a, A), (b, B)] {
            assert!(std::ptr::eq(tuned.instance, SITE.closure(instantiation, 0).instance));
            assert_eq!(tuned.instance.key(), InstanceKey { tag: tuned.tag, instantiation: NAME, user: 0 });
            assert!(SITE.instances().any(|instance| std::ptr::eq(instance, tuned.instance)));
        }
        assert!(!std::ptr::eq(a.instance, SITE.closure(A, 1).instance));
    }

    #[test]
    fn ten_thousand_keys_are_all_remembered() {
        static SITE: Site = Site::new(identify([2; 4], "", "", &[]), "h", "tests", Build::from_bits(0));
        for key in 0..10_000 {
            SITE.instance(Instantiation::ONLY, key).instance.set(100, Slot::plain(key, 1));
        }
        assert!(
            (0..10_000).all(|key| SITE.instance(Instantiation::ONLY, key).instance.slot(100) == Slot::plain(key, 1))
        );
    }

    #[test]
    fn keys_without_number_stay_bounded() {
        static SITE: Site = Site::new(identify([1; 4], "", "", &[]), "g", "tests", Build::from_bits(0));
        let (mut newcomers, mut shared) = (0, 0);
        for key in 0..40_000 {
            let instance = SITE.instance(Instantiation::ONLY, key).instance;
            if std::ptr::eq(instance, &raw const SITE.only) {
                shared += 1;
                continue;
            }
            newcomers += 1;
            assert!(instance.slot(100).is_empty(), "a newcomer inherits nothing");
            instance.set(100, Slot::plain(1, 1));
        }
        assert!(SITE.instances().count() <= 16_385);
        assert!(newcomers > 17_000 && shared > 20_000, "{newcomers} {shared}");
        let known = (0..40_000)
            .filter(|key| !std::ptr::eq(SITE.instance(Instantiation::ONLY, *key).instance, &raw const SITE.only))
            .count();
        assert!(known > 10_000, "{known}");
    }
}

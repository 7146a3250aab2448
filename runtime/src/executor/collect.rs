//! What an ordered run makes of the items of a take.

use super::chunk::Source;

/// What a take makes of its items.
pub(crate) trait Collect<S: Source, V>: Sync {
    /// Appends what it makes of `items` to `values`, so that nothing is lost if it unwinds.
    fn collect(&self, items: S::Items<'_>, values: &mut Vec<V>);

    /// Folds what it makes of `items`.
    fn fold<A>(&self, items: S::Items<'_>, init: A, op: impl FnMut(A, V) -> A) -> A;
}

/// Keeps what the function returns.
pub(crate) struct Each<F>(pub(crate) F);

impl<S: Source, V, F: Fn(S::Item) -> V + Sync> Collect<S, V> for Each<F> {
    fn collect(&self, items: S::Items<'_>, values: &mut Vec<V>) {
        values.extend(items.map(&self.0));
    }

    fn fold<A>(&self, items: S::Items<'_>, init: A, op: impl FnMut(A, V) -> A) -> A {
        items.map(&self.0).fold(init, op)
    }
}

/// Keeps what the function returns, unless it is `None`.
pub(crate) struct Kept<F>(pub(crate) F);

impl<S: Source, V, F: Fn(S::Item) -> Option<V> + Sync> Collect<S, V> for Kept<F> {
    fn collect(&self, items: S::Items<'_>, values: &mut Vec<V>) {
        values.extend(items.filter_map(&self.0));
    }

    fn fold<A>(&self, items: S::Items<'_>, init: A, op: impl FnMut(A, V) -> A) -> A {
        items.filter_map(&self.0).fold(init, op)
    }
}

/// Combines each block of `block` items into one value.
pub(crate) struct Blocks<F, O> {
    pub(crate) f: F,
    pub(crate) op: O,
    pub(crate) block: usize,
}

impl<S, V, F, O> Collect<S, V> for Blocks<F, O>
where
    S: Source,
    F: Fn(S::Item) -> V + Sync,
    O: Fn(V, V) -> V + Sync,
{
    fn collect(&self, mut items: S::Items<'_>, values: &mut Vec<V>) {
        while let Some(value) = items.by_ref().take(self.block).map(&self.f).reduce(&self.op) {
            values.push(value);
        }
    }

    fn fold<A>(&self, mut items: S::Items<'_>, init: A, mut op: impl FnMut(A, V) -> A) -> A {
        let mut folded = init;
        while let Some(value) = items.by_ref().take(self.block).map(&self.f).reduce(&self.op) {
            folded = op(folded, value);
        }
        folded
    }
}

//! What an ordered run makes of the items of a chunk.

use super::chunk::Source;

/// Makes values of the items of a chunk.
pub(crate) trait Collect<S: Source, V>: Sync {
    /// Appends the values to `values`. Those that were made before a panic are there as well.
    fn collect(&self, items: S::Items<'_>, values: &mut Vec<V>);

    /// Folds the values.
    fn fold<A>(&self, items: S::Items<'_>, init: A, op: impl FnMut(A, V) -> A) -> A;
}

/// One value for each item: what the function returns.
pub(crate) struct Each<F>(pub(crate) F);

impl<S: Source, V, F: Fn(S::Item) -> V + Sync> Collect<S, V> for Each<F> {
    fn collect(&self, items: S::Items<'_>, values: &mut Vec<V>) {
        values.extend(items.map(&self.0));
    }

    fn fold<A>(&self, items: S::Items<'_>, init: A, op: impl FnMut(A, V) -> A) -> A {
        items.map(&self.0).fold(init, op)
    }
}

/// What the function returns, without the `None`s.
pub(crate) struct Kept<F>(pub(crate) F);

impl<S: Source, V, F: Fn(S::Item) -> Option<V> + Sync> Collect<S, V> for Kept<F> {
    fn collect(&self, items: S::Items<'_>, values: &mut Vec<V>) {
        values.extend(items.filter_map(&self.0));
    }

    fn fold<A>(&self, items: S::Items<'_>, init: A, op: impl FnMut(A, V) -> A) -> A {
        items.filter_map(&self.0).fold(init, op)
    }
}

/// One value for each `block` items: their results combined by `op`.
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

//! Each integer of one range with each of another: the places of a grid.

use std::iter::FusedIterator;
use std::ops::Range;

use super::known_length::{ByNth, Collected, KnownLength, NthSteps};
use super::sealed::Sealed;

/// All pairs of an integer of `rows` and one of `columns`, row by row: an iterator that can be shared among threads.
///
/// # Examples
/// ```
/// let places: Vec<_> = amorsize::product(0..2, 0..3).collect();
/// assert_eq!(places, [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]);
/// ```
#[inline]
#[must_use = "an iterator does nothing until it is used"]
pub fn product(rows: Range<usize>, columns: Range<usize>) -> Product {
    let (rows, columns) = (rows.start..rows.end.max(rows.start), columns.start..columns.end.max(columns.start));
    let row = rows.start;
    if columns.is_empty() {
        return Product { rows: row..row, column: columns.start, columns };
    }
    Product { rows, column: columns.start, columns }
}

/// What [`product`] returns.
#[derive(Clone, Debug)]
pub struct Product {
    /// The rows that are left, the one that was begun included.
    rows: Range<usize>,
    /// The next column in the first of them.
    column: usize,
    columns: Range<usize>,
}

impl Product {
    /// How many pairs are left; `None` if that does not fit a `usize`.
    #[inline]
    fn left(&self) -> Option<usize> {
        let whole = self.rows.len().checked_mul(self.columns.len())?;
        Some(whole - (self.column - self.columns.start))
    }
}

impl Iterator for Product {
    type Item = (usize, usize);

    #[inline]
    fn next(&mut self) -> Option<(usize, usize)> {
        if self.rows.is_empty() {
            return None;
        }
        let pair = (self.rows.start, self.column);
        self.column += 1;
        if self.column == self.columns.end {
            self.column = self.columns.start;
            self.rows.start += 1;
        }
        Some(pair)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.left();
        (left.unwrap_or(usize::MAX), left)
    }

    fn nth(&mut self, n: usize) -> Option<(usize, usize)> {
        if self.rows.is_empty() {
            return None;
        }
        // Wider, so that it cannot overflow.
        let width = self.columns.len() as u128;
        let place = n as u128 + (self.column - self.columns.start) as u128;
        let (row, column) = ((place / width) as usize, (place % width) as usize);
        if row >= self.rows.len() {
            self.rows.start = self.rows.end;
            self.column = self.columns.start;
            return None;
        }
        self.rows.start += row;
        self.column = self.columns.start + column;
        self.next()
    }

    #[inline]
    fn fold<A, F: FnMut(A, (usize, usize)) -> A>(self, init: A, mut f: F) -> A {
        let mut folded = init;
        let mut first = self.column;
        for row in self.rows {
            for column in first..self.columns.end {
                folded = f(folded, (row, column));
            }
            first = self.columns.start;
        }
        folded
    }
}

impl FusedIterator for Product {}

impl NthSteps for Product {}

impl KnownLength for Product {
    type Access = ByNth;
    type Adapted = ByNth;
    type Zipped = Collected;
    type Chained = Collected;
    const SEALED: Sealed = Sealed;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::reversed_empty_ranges)] // one of them
    fn every_place_is_found_from_every_other() {
        for (rows, columns) in [(0..3, 0..4), (2..5, 7..8), (0..0, 0..3), (0..3, 4..4), (5..2, 0..3), (1..2, 3..9)] {
            let plain: Vec<_> = rows.clone().flat_map(|row| columns.clone().map(move |column| (row, column))).collect();
            let product = product(rows, columns);
            assert_eq!(product.clone().collect::<Vec<_>>(), plain);
            assert_eq!(product.size_hint(), (plain.len(), Some(plain.len())));
            for skipped in 0..plain.len() + 2 {
                let mut rest = product.clone();
                assert_eq!(rest.by_ref().take(skipped).count(), skipped.min(plain.len()));
                assert_eq!(rest.size_hint().0, plain.len().saturating_sub(skipped));
                assert_eq!(rest.clone().fold(0, |count, _| count + 1), plain.len().saturating_sub(skipped));
                for n in 0..plain.len() + 2 {
                    let mut at = rest.clone();
                    assert_eq!(at.nth(n), plain.get(skipped + n).copied(), "{skipped} {n}");
                    assert_eq!(at.next(), plain.get(skipped + n + 1).copied(), "{skipped} {n}");
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_counted_has_no_size() {
        assert_eq!(product(0..usize::MAX, 0..2).size_hint(), (usize::MAX, None));
        assert_eq!(product(0..usize::MAX, 0..2).nth(usize::MAX), Some((usize::MAX / 2, 1)));
        let mut wide = product(0..1, 0..usize::MAX);
        assert_eq!((wide.next(), wide.next(), wide.nth(usize::MAX - 1)), (Some((0, 0)), Some((0, 1)), None));
    }
}

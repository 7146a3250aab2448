//! What `try_map` takes: `Result` and `Option`.

/// A result that may end a run early: `Result<V, E>` or `Option<V>`. Sealed.
#[diagnostic::on_unimplemented(
    message = "`try_map` needs a function that returns `Result` or `Option`, not `{Self}`",
    note = "for a function that cannot fail use `map`"
)]
pub trait Outcome: sealed::Sealed {
    /// What it holds if all is well.
    type Value;
    /// What ends the run.
    type Failure;
    /// The same kind of outcome around a whole run's values.
    type Whole<W>;

    #[doc(hidden)]
    fn into_result(self) -> Result<Self::Value, Self::Failure>;

    #[doc(hidden)]
    fn whole<W>(result: Result<W, Self::Failure>) -> Self::Whole<W>;

    #[doc(hidden)]
    fn is_whole<W>(whole: &Self::Whole<W>) -> bool;

    #[doc(hidden)]
    fn collect(outcomes: impl Iterator<Item = Self>) -> Self::Whole<Vec<Self::Value>>;
}

mod sealed {
    pub trait Sealed {}
    impl<V, E> Sealed for Result<V, E> {}
    impl<V> Sealed for Option<V> {}
}

impl<V, E> Outcome for Result<V, E> {
    type Value = V;
    type Failure = E;
    type Whole<W> = Result<W, E>;

    #[inline]
    fn into_result(self) -> Self {
        self
    }

    fn whole<W>(result: Result<W, E>) -> Result<W, E> {
        result
    }

    fn is_whole<W>(whole: &Result<W, E>) -> bool {
        whole.is_ok()
    }

    #[inline]
    fn collect(outcomes: impl Iterator<Item = Self>) -> Result<Vec<V>, E> {
        outcomes.collect()
    }
}

impl<V> Outcome for Option<V> {
    type Value = V;
    type Failure = ();
    type Whole<W> = Option<W>;

    #[inline]
    fn into_result(self) -> Result<V, ()> {
        self.ok_or(())
    }

    fn whole<W>(result: Result<W, ()>) -> Option<W> {
        result.ok()
    }

    fn is_whole<W>(whole: &Option<W>) -> bool {
        whole.is_some()
    }

    #[inline]
    fn collect(outcomes: impl Iterator<Item = Self>) -> Option<Vec<V>> {
        outcomes.collect()
    }
}

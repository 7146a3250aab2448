//! The static of one annotated function.

use crate::FunctionId;

/// One per annotated function, made by the attribute: who the function is and what is remembered of it.
#[derive(Debug)]
pub struct Site {
    id: FunctionId,
    name: &'static str,
    module: &'static str,
}

/// What is remembered of one instantiation of an annotated function.
#[derive(Clone, Copy, Debug)]
pub struct Tuned(&'static Site);

impl Site {
    /// The static for a function `name` of `module`.
    #[must_use]
    pub const fn new(id: FunctionId, name: &'static str, module: &'static str) -> Self {
        Self { id, name, module }
    }

    /// What is remembered of a function that has only one instantiation and no key.
    #[inline]
    pub fn tuned(&'static self) -> Tuned {
        Tuned(self)
    }

    /// What is remembered of one instantiation (the type name of the function item; empty if there is only one) under one key.
    #[inline]
    pub fn instance(&'static self, instantiation: &'static str, key: u64) -> Tuned {
        let _ = (instantiation, key, self.name, self.module, self.id);
        Tuned(self)
    }
}

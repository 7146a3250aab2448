//! One of the types that a generic function, or a closure in one, is compiled for.

/// One of the types that a generic function, or a closure in one, is compiled for.
///
/// Both parts are compared by their addresses, which takes no time. If the compiler has put the same at two addresses, there
/// are two instances, and each learns for itself.
#[derive(Clone, Copy, Debug)]
pub struct Instantiation {
    /// Its type name; empty for a function that is not generic. By this name its plans are stored.
    pub(super) name: &'static str,
    /// Where its code is; 0 for a function that is not generic. This tells closures apart that are written in one function, which
    /// have one name, but only within this process. Of code that is the same to the last instruction the compiler may make one.
    pub(super) code: usize,
}

impl Instantiation {
    /// That of a function that is not generic.
    pub const ONLY: Self = Self { name: "", code: 0 };

    /// That of a function with this type name and this address.
    #[must_use]
    #[inline]
    pub fn new(name: &'static str, code: *const ()) -> Self {
        Self { name, code: code.addr() }
    }
}

//! What keeps public traits from being implemented outside of this crate.

/// The type of a constant that an implementation needs. Nobody else can name it, so nobody else can write one.
#[derive(Debug)]
pub struct Sealed;

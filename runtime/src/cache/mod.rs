//! Where plans are kept. The first tier is [`memory`]; others go beside it.

pub(crate) mod memory;

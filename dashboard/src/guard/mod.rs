//! Who is answered, and with which precautions: host names, tokens, sizes and headers.

pub(crate) mod hosts;
pub(crate) mod precautions;
pub(crate) mod token;

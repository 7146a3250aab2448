//! What a loop will take, serial or shared, and what was learned of it. Pure: no clock, no thread, no memory of its own.

pub(crate) mod arms;
pub(crate) mod cost;

//! The text of a function as 256 bits.
use proc_macro2::TokenStream;
use crate::item::Item;
/// stub
pub(crate) fn digest(item: &Item) -> [u64; 4] {
    let _: &TokenStream = &item.body;
    [0; 4]
}

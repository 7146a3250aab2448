//! A library that a program loads and unloads while it runs: see `lives`.
#![expect(unsafe_code, reason = "a function that other languages call")]

#[amorsize::auto]
fn heavy(x: u64) -> u64 {
    (0..300).fold(x, |sum, i| (sum ^ i).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29))
}

/// Maps some items. True if the answer is right.
// SAFETY: no other library has this name.
#[unsafe(no_mangle)]
pub extern "C" fn amorsize_plugin_run(len: u64) -> bool {
    heavy::map(0..len).into_iter().eq((0..len).map(heavy))
}

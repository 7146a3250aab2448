//! What is not used is rustc's to say of the function, and nobody's of the wrapper.
#![deny(warnings)]

#[amorsize::auto]
pub fn used_as_a_function_only(x: u32) -> u32 {
    x
}

#[amorsize::auto]
fn used_as_a_map_only(x: u32) -> u32 {
    x
}

#[amorsize::auto]
fn used_as_a_stream_only(x: u32) -> u32 {
    x
}

#[amorsize::auto]
fn used_for_its_identity_only(_: u32) {}

#[amorsize::auto(depends(used_for_its_identity_only))]
fn with_unused_context(x: u32, _unused: &str, _too: String) -> u32 {
    x
}

#[amorsize::auto]
#[allow(dead_code)]
fn unused(x: u32) -> u32 {
    x
}

struct Model;

impl Model {
    #[amorsize::auto]
    fn method(&self, x: u32) -> u32 {
        x
    }

    #[amorsize::auto]
    #[allow(dead_code)]
    fn unused(&self, x: u32) -> u32 {
        x
    }
}

fn main() {
    used_as_a_function_only(1);
    used_as_a_map_only::map([1]);
    let _ = used_as_a_stream_only::stream([1]);
    used_for_its_identity_only(1);
    with_unused_context::map([1], "", String::new());
    Model.method(1);
}

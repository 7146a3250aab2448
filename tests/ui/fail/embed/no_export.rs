amorsize::embed!("no_export.rs");

fn main() {}

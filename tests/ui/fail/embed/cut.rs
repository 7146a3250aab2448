amorsize::embed!("../../embedded/cut.amorsize");

fn main() {}

amorsize::embed!("../../embedded/newer.amorsize");

fn main() {}

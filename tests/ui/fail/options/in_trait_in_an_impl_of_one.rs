trait Score {
    fn score(&self, x: u32) -> u32;
}

impl Score for u8 {
    #[amorsize::auto(in_trait)]
    fn score(&self, x: u32) -> u32 {
        x
    }
}

fn main() {}

trait Score {
    #[amorsize::auto]
    fn score(&self, x: u32) -> u32 {
        x
    }
}

fn main() {}

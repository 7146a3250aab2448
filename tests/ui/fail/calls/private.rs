mod inner {
    #[amorsize::auto]
    fn hidden(x: u32) -> u32 {
        x
    }
}

fn use_it() -> Vec<u32> {
    inner::hidden::map([1])
}

fn main() {}

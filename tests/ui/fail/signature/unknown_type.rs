#[amorsize::auto]
fn score(record: &Recrod, by: Weihgt) -> Scroe {
    record.score(by)
}

fn main() {}

struct Record<'a>(&'a str);

#[amorsize::auto]
fn name(record: Record) -> usize {
    record.0.len()
}

fn main() {}

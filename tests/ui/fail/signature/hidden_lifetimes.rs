#[derive(Clone, Copy)]
struct Record<'a>(&'a str);

#[amorsize::auto]
fn behind_a_reference(record: &Record) -> usize {
    record.0.len()
}

#[amorsize::auto]
fn in_a_slice(records: &[Record]) -> usize {
    records.len()
}

#[amorsize::auto]
fn in_a_row(record: &mut Record) {
    record.0 = "";
}

#[amorsize::auto]
fn returned(line: &str) -> Record {
    Record(line)
}

fn main() {}

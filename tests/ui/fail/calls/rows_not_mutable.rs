#[amorsize::auto]
fn fill(row: &mut [u8]) {
    row.fill(0);
}

fn use_it(rows: &[Vec<u8>]) {
    fill::for_each(rows);
}

fn main() {}

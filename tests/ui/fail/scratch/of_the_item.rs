#[amorsize::auto(scratch(row = [0; 4]))]
fn fill(row: &mut [u8]) {
    row.fill(1);
}

fn main() {}

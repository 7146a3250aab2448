#![no_implicit_prelude]

#[::amorsize::auto(key(by))]
fn scaled(x: &u32, by: u32) -> u32 {
    *x * by
}

#[::amorsize::auto]
fn zero(row: &mut [u8]) {
    row.fill(0);
}

struct Scale(u32);

impl Scale {
    #[::amorsize::auto]
    fn times(&self, x: u32) -> u32 {
        self.0 * x
    }
}

fn main() {
    ::std::assert_eq!(scaled::map(&[1, 2], 3), [3, 6]);
    ::std::assert_eq!(Scale(3).times_map([1u32, 2]), [3, 6]);
    let mut rows = [[1u8; 2]; 2];
    zero::for_each(&mut rows);
    ::std::assert_eq!(rows, [[0; 2]; 2]);
}

#[amorsize::auto]
unsafe fn read(at: usize) -> u8 {
    unsafe { *(at as *const u8) }
}

fn main() {}

#[amorsize::auto]
const fn constant(x: u32) -> u32 {
    x + 1
}

#[amorsize::auto]
extern "C" fn foreign(x: u32) -> u32 {
    x + 1
}

#[amorsize::auto]
pub(crate) const extern "C" fn both(x: u32) -> u32 {
    x + 1
}

const THREE: u32 = constant(2);

fn main() {
    assert_eq!(THREE, 3);
    assert_eq!(constant::map([1]), [2]);
    assert_eq!(foreign::map([1]), [2]);
    assert_eq!(both::map([1]), [2]);
}

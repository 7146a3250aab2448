#![deny(warnings, deprecated)]

#[amorsize::auto]
#[cfg(any())]
fn absent(x: NoSuchType) -> u32 {
    x
}

#[cfg(any())]
#[amorsize::auto]
fn absent_too(x: NoSuchType) -> u32 {
    x
}

#[amorsize::auto]
#[cfg(all())]
fn either_way(x: u32) -> u32 {
    x
}

#[amorsize::auto]
#[cfg(any())]
fn either_way(x: u32) -> u64 {
    x.into()
}

#[amorsize::auto]
#[cfg_attr(all(), cfg(any()), must_use)]
fn absent_by_cfg_attr(x: NoSuchType) -> u32 {
    x
}

#[amorsize::auto]
#[must_use = "it costs"]
#[inline(never)]
#[cold]
fn useful(x: u32) -> u32 {
    x
}

#[amorsize::auto]
#[deprecated(since = "1.0", note = "use `useful`")]
fn old(x: u32) -> u32 {
    x
}

#[amorsize::auto]
#[doc(hidden)]
#[track_caller]
pub fn hidden(x: u32) -> u32 {
    x
}

#[amorsize::auto]
#[allow(deprecated)]
#[expect(unused_variables)]
fn lint_levels(x: u32, by: Old) -> u32 {
    1
}

#[deprecated]
#[derive(Clone)]
struct Old;

#[amorsize::auto]
#[cfg_attr(all(), allow(deprecated), inline)]
fn lint_levels_if(_: u32, _: &Old) -> u32 {
    1
}

#[amorsize::auto]
fn on_a_parameter(#[allow(unused_variables)] x: u32, #[allow(unused_mut)] mut y: u32) -> u32 {
    y
}

struct Scale(u32);

impl Scale {
    #[amorsize::auto]
    #[cfg(any())]
    fn absent(&self, x: NoSuchType) -> u32 {
        x
    }

    #[amorsize::auto]
    #[deprecated]
    #[must_use]
    fn old(&self, x: u32) -> u32 {
        x * self.0
    }
}

#[allow(deprecated)]
fn main() {
    assert_eq!(either_way::map([1]), [1]);
    assert_eq!(useful::map([1]), [1]);
    assert_eq!(old::map([1]), [1]);
    assert_eq!(hidden::map([1]), [1]);
    assert_eq!(lint_levels::map([1], Old), [1]);
    assert_eq!(lint_levels_if::map([1], &Old), [1]);
    assert_eq!(on_a_parameter::map([1], 2), [2]);
    assert_eq!(Scale(2).old_map([1]), [2]);
}

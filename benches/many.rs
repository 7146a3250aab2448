//! A thousand annotated functions, each of its own identity: as many as a large program has.

/// One of them.
macro_rules! leaf {
    () => {
        #[amorsize::auto]
        fn work(rounds: u32) -> u32 {
            (0..rounds).fold(rounds, |x, i| x.rotate_left(5) ^ i.wrapping_mul(0x9e37_79b9))
        }

        pub(super) fn map(items: &[u32]) {
            std::hint::black_box(work::map(items));
        }
    };
}

/// Ten of what the macro makes, each in a module of its own, which is part of the identity.
macro_rules! ten {
    ($what:ident) => {
        ten! { $what: m0 m1 m2 m3 m4 m5 m6 m7 m8 m9 }
    };
    ($what:ident: $($module:ident)*) => {
        $(mod $module { $what! {} })*

        pub(super) fn map(items: &[u32]) {
            $($module::map(items);)*
        }
    };
}

macro_rules! hundred {
    () => {
        ten! { tens }
    };
}

macro_rules! tens {
    () => {
        ten! { leaf }
    };
}

mod all {
    ten! { hundred }
}

/// How many there are.
pub const FUNCTIONS: usize = 1000;

/// Calls each of them once, for long enough to be worth remembering.
pub fn call_each() {
    all::map(&[3_000; 40]);
}

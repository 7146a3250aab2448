#![deny(warnings)]

macro_rules! whole {
    ($(#[$meta:meta])* $vis:vis fn $name:ident<$T:ident>($x:ident: $ty:ty, $c:ident: $cty:ty) -> $out:ty $body:block) => {
        #[amorsize::auto(key($c))]
        $(#[$meta])*
        $vis fn $name<$T: Sync>($x: $ty, $c: $cty) -> $out $body
    };
}
whole! {
    /// Docs.
    #[inline]
    pub(crate) fn length<T>(x: &[T], by: usize) -> usize { x.len() * by }
}
whole! { fn private<T>(x: &[T], by: u8) -> usize { x.len() * usize::from(by) } }

macro_rules! item {
    ($item:item) => {
        #[amorsize::auto]
        $item
    };
}
item! { fn from_an_item(x: &str) -> &str { x } }

macro_rules! named_by_the_macro {
    ($ty:ty) => {
        #[amorsize::auto]
        fn double(x: $ty, factor: $ty) -> $ty {
            x * factor
        }
    };
}
named_by_the_macro!(u64);

macro_rules! several {
    ($($name:ident: $ty:ty = $n:literal),*) => {$(
        #[amorsize::auto(n_jobs = $n, chunksize = $n)]
        fn $name(x: &$ty) -> $ty {
            let item = *x;
            item + item
        }
    )*};
}
several!(add_u8: u8 = 1, add_u16: u16 = 2);

/// Parameters of both sides with one name are two parameters.
macro_rules! hygiene {
    ($x:ident, $by:ident) => {
        #[amorsize::auto]
        fn mixed($x: u32, by: u32, $by: u32) -> u32 {
            $x * by + $by
        }
    };
}
hygiene!(x, by);

macro_rules! references {
    ($ty:ty, $mutable:ty) => {
        #[amorsize::auto]
        fn referred(x: $ty) -> usize {
            x.len()
        }

        #[amorsize::auto]
        fn pushed(x: $mutable) {
            x.push(1);
        }
    };
}
references!(&str, &mut Vec<u8>);

macro_rules! by_method {
    ($self:ident, $name:ident) => {
        #[amorsize::auto(key($self.0))]
        fn $name(&$self, x: u32) -> u32 {
            $self.0 * x
        }
    };
}

struct Scale(u32);

impl Scale {
    by_method!(self, times);
}

macro_rules! in_a_function {
    ($e:expr) => {{
        #[amorsize::auto]
        fn local(x: u32) -> u32 {
            x + $e
        }
        local::map([1])
    }};
}

fn main() {
    assert_eq!(length::map(&[vec![1, 2]], 2), [4]);
    assert_eq!(private::map(&[vec![1, 2]], 2), [4]);
    assert_eq!(from_an_item::map(&["a"]), ["a"]);
    assert_eq!(double::map([1], 2), [2]);
    assert_eq!(add_u8::map(&[1]), [2]);
    assert_eq!(add_u16::map(&[1]), [2]);
    assert_eq!(mixed::map([1], 2, 3), [5]);
    assert_eq!(referred::map(&["a"]), [1]);
    let mut rows = [vec![0]];
    pushed::for_each(&mut rows);
    assert_eq!(rows, [[0, 1]]);
    assert_eq!(Scale(2).times_map([1]), [2]);
    assert_eq!(in_a_function!(1 + 1), [3]);
}

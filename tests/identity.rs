//! Identities of real functions: pinned, alike where the code is alike, and moved by what it depends on.

use amorsize::FunctionId;

#[amorsize::auto]
fn plain(x: u32) -> u32 {
    x * 2
}

#[amorsize::auto]
fn generic<'a, T, const N: usize>(items: &'a [T; N], _: &str, at: usize) -> Option<&'a T>
where
    T: Copy + Sync,
{
    items.get(at)
}

#[amorsize::auto(depends(plain))]
fn depending(line: &str) -> usize {
    // Comments and documentation do not count.
    plain(line.len() as u32) as usize
}

mod deeper {
    #[amorsize::auto]
    pub(super) fn plain(x: u32) -> u32 {
        x * 2
    }
}

struct Scale(u32);

impl Scale {
    #[amorsize::auto]
    fn times(&self, x: u32) -> u32 {
        x * self.0
    }

    #[amorsize::auto(in_impl, depends(Scale::times, self::plain))]
    fn beside(x: u32) -> u32 {
        Scale(2).times(plain(x))
    }
}

/// A type of another module.
mod scales {
    pub(super) use super::Scale;
}

#[amorsize::auto(depends(scales::Scale::beside))]
fn through_a_method(x: u32) -> u32 {
    Scale::beside(x)
}

/// A moved golden means that every plan learned so far is forgotten: nothing but a change of the format is worth that.
#[test]
fn goldens() {
    assert_eq!(plain::ID.to_string(), "978dbe97fbc0fa3e");
    assert_eq!(generic::ID.to_string(), "8eaa0c7dff20ae7d");
    assert_eq!(depending::ID.to_string(), "18a2a830d33d3f0c");
    assert_eq!(deeper::plain::ID.to_string(), "ce4e1012a5993d59");
}

#[test]
fn they_still_map() {
    assert_eq!(plain::map([1]), deeper::plain::map([1]));
    assert_eq!(generic::map(&[[1, 2]], "", 1), [Some(&2)]);
    assert_eq!(depending::map(&["ab"]), [4]);
}

#[test]
fn it_is_a_constant() {
    const ID: FunctionId = plain::ID;
    assert_eq!(ID.get(), plain::ID.get());
}

/// The identity of the function that is written inside: functions inside different functions of a module are compared
/// by their text alone.
macro_rules! id {
    ($(#[$options:meta])* fn $name:ident $($rest:tt)*) => {{
        fn scope() -> FunctionId {
            $(#[$options])*
            #[allow(dead_code)]
            fn $name $($rest)*
            $name::ID
        }
        scope()
    }};
}

#[test]
#[rustfmt::skip]
fn formatting_and_comments_leave_it_alone() {
    #[allow(dead_code)]
    fn helper(line: &str, (by,): (u32,)) -> u32 { line.len() as u32 * by }

    let one = {
        #[amorsize::auto]
        #[allow(dead_code)]
        fn score(line: &str, by: u32) -> u32 { helper(line, (by,)) + u32::from(by > 2) }
        score::ID
    };
    let other = {
        /// Counts.
        #[amorsize::auto(n_jobs = 2, chunksize = 3, cache = false, key(by))]
        #[allow(dead_code)]
        #[inline]
        pub(crate) fn score(
            line: &str, // the line
            by: u32,
        ) -> u32 {
            /* the work */
            helper(
                line,
                (by,),
            ) + u32::from(
                by > 2,
            )
        }
        score::ID
    };
    assert_eq!(one, other);
}

/// What `cargo fmt` makes of a function, one rewrite or more in each line.
#[test]
#[rustfmt::skip]
#[allow(unused, clippy::all, clippy::pedantic)]
fn what_rustfmt_rewrites_leaves_it_alone() {
    let before = id! { #[amorsize::auto] fn f(x: &[u32]) -> u32 {
        use std::{iter::{once}, cmp::{self, min, Ordering}}; use std::cmp::max;;
        let top = x.iter().map(|y| { min(*y, 5) }).fold(0, |a, b,| { match a.cmp(&b) { | Ordering::Less | Ordering::Equal => { b } Ordering::Greater => a } });
        if let | Some(0) = x.first() { return top }
        let rest = ((cmp::max(top, 1) + once(2).sum::<u32>()));
        let all = vec![rest, x.iter().map(|y| { y + 1 }).sum(),];
        return match all.len() { 0 => if rest > 1 { 1 } else { 2 } 1 => { return max(all[0], 3); }, _ => { rest } }
    } };
    let after = id! { #[amorsize::auto] fn f(x: &[u32]) -> u32 {
        use std::cmp::max;
        use std::{cmp::{self, Ordering, min}, iter::once};
        let top = x.iter().map(|y| min(*y, 5)).fold(0, |a, b| {
            match a.cmp(&b) {
                Ordering::Less | Ordering::Equal => b,
                Ordering::Greater => a,
            }
        });
        if let Some(0) = x.first() {
            return top;
        }
        let rest = (cmp::max(top, 1) + once(2).sum::<u32>());
        let all = vec![rest, x.iter().map(|y| y + 1).sum()];
        return match all.len() {
            0 => {
                if rest > 1 {
                    1
                } else {
                    2
                }
            }
            1 => {
                return max(all[0], 3);
            }
            _ => rest,
        };
    } };
    assert_eq!(before, after);
}

/// It is the compiler that says where spaces are, in what is written and in what comes out of a macro.
#[test]
#[rustfmt::skip]
#[allow(unused, clippy::all, clippy::pedantic)]
fn a_space_counts_only_where_it_makes_another_operator() {
    let and = id! { #[amorsize::auto] fn f(a: bool, b: bool) -> bool { a && b } };
    assert_ne!(and, id! { #[amorsize::auto] fn f(a: bool, b: bool) -> bool { a & &b } });
    let written = {
        #[amorsize::auto]
        fn f(a: bool, b: bool) -> bool { a & &b }
        f::ID
    };
    assert_ne!(and, written);
    assert_eq!(written, id! { #[amorsize::auto] fn f(a: bool, b: bool) -> bool { a & & b } });

    let tight = {
        #[amorsize::auto]
        fn f(x: Vec<Vec<u8>>) -> usize {
            let y: &&Vec<Vec<u8>>=&&x;
            let last = |_: u8||z: usize| z;
            last(1)(y.len()) + (||3)() + ((1, 2), 3).0.1
        }
        f::ID
    };
    let loose = {
        #[amorsize::auto]
        fn f(x: Vec<Vec<u8> >) -> usize {
            let y: & &Vec<Vec<u8> > = & &x;
            let last = |_: u8| |z: usize| z;
            last(1)(y.len()) + (| | 3)() + ((1, 2), 3).0 .1
        }
        f::ID
    };
    assert_eq!(tight, loose);
    assert_eq!(tight, id! { #[amorsize::auto] fn f(x: Vec<Vec<u8>>) -> usize {
        let y: &&Vec<Vec<u8>> = &&x;
        let last = |_: u8| |z: usize| z;
        last(1)(y.len()) + (|| 3)() + ((1, 2), 3).0.1
    } });
}

/// What stands for one expression in a macro is one, whatever is around it.
#[test]
#[allow(clippy::identity_op)]
fn an_expression_that_a_macro_passes_on_is_not_its_tokens() {
    macro_rules! times {
        ($factor:expr) => {
            id! { #[amorsize::auto] fn f(x: u32) -> u32 { x * $factor } }
        };
    }
    let written = id! { #[amorsize::auto] fn f(x: u32) -> u32 { x * 1 + 2 } };
    assert_ne!(times!(1 + 2), written);
    assert_ne!(times!(1 + 2), times!(1 + 3));
    assert_eq!(times!(2), id! { #[amorsize::auto] fn f(x: u32) -> u32 { x * 2 } });
}

#[test]
fn options_leave_it_alone_and_dependencies_move_it() {
    let plain_text = id! { #[amorsize::auto] fn f(x: u32) -> u32 { x } };
    assert_eq!(plain_text, id! { #[amorsize::auto(n_jobs = 3)] fn f(x: u32) -> u32 { x } });
    assert_eq!(plain_text, id! { #[amorsize::auto(ttl = "1h")] fn f(x: u32) -> u32 { x } });
    assert_eq!(plain_text, id! { #[amorsize::auto(crate = ::amorsize)] fn f(x: u32) -> u32 { x } });
    let on_one = id! { #[amorsize::auto(depends(plain))] fn f(x: u32) -> u32 { x } };
    let on_another = id! { #[amorsize::auto(depends(deeper::plain))] fn f(x: u32) -> u32 { x } };
    let on_both = id! { #[amorsize::auto(depends(plain, deeper::plain))] fn f(x: u32) -> u32 { x } };
    let on_both_turned = id! { #[amorsize::auto(depends(deeper::plain, plain))] fn f(x: u32) -> u32 { x } };
    // By way of another.
    let through = id! { #[amorsize::auto(depends(depending))] fn f(x: u32) -> u32 { x } };
    all_differ(&[plain_text, on_one, on_another, on_both, on_both_turned, through]);
}

#[test]
fn methods_have_one_too() {
    const ID: FunctionId = Scale::times_ID;
    let without = id! { #[amorsize::auto] fn through_a_method(x: u32) -> u32 { Scale::beside(x) } };
    all_differ(&[ID, Scale::beside_ID, through_a_method::ID, without]);
    assert_eq!(through_a_method::map([1]), Scale::beside_map([1]));
    assert_eq!(Scale(3).times_map([1]), [3]);
}

#[test]
fn code_and_place_move_it() {
    all_differ(&[
        plain::ID,
        deeper::plain::ID,
        id! { #[amorsize::auto] fn f(x: u32) -> u32 { x } },
        id! { #[amorsize::auto] fn g(x: u32) -> u32 { x } },
        id! { #[amorsize::auto] fn f(y: u32) -> u32 { y } },
        id! { #[amorsize::auto] fn f(x: u64) -> u64 { x } },
        id! { #[amorsize::auto] fn f(x: &u64) -> u64 { *x } },
        id! { #[amorsize::auto] fn f(x: u32) -> u32 { x + 1 } },
        id! { #[amorsize::auto] fn f(x: u32) -> u32 { x + 2 } },
        id! { #[amorsize::auto] fn f(x: u32) -> u32 { x - 1 } },
        id! { #[amorsize::auto] fn f(x: u32) -> u32 { (x) + 1 } },
        id! { #[amorsize::auto] fn f(x: u32) -> u32 { return x + 1; } },
        id! { #[amorsize::auto] fn f(x: u32) -> (u32,) { (x,) } },
        id! { #[amorsize::auto] fn f(x: u32, _: u32) -> u32 { x } },
        id! { #[amorsize::auto] fn f<T: Send>(x: T) -> T { x } },
        id! { #[amorsize::auto] fn f<T>(x: T) -> T where T: Send { x } },
    ]);
}

#[test]
fn one_text_in_two_functions_of_a_module_has_one_constant() {
    let one = id! { #[amorsize::auto] fn f(x: u32) -> u32 { x } };
    let other = id! { #[amorsize::auto] fn f(x: u32) -> u32 { x } };
    assert_eq!(one, other);
}

fn all_differ(ids: &[FunctionId]) {
    for (i, one) in ids.iter().enumerate() {
        for (j, other) in ids.iter().enumerate().skip(i + 1) {
            assert_ne!(one, other, "numbers {i} and {j}");
        }
    }
}

//! Every name that an expansion could lean on means something else here.
#![allow(dead_code, unused_macros, non_camel_case_types)]

mod core {}
mod std {}
mod alloc {}
mod amorsize {}

struct Vec;
struct Option;
struct Some;
struct None;
struct Result;
struct Ok;
struct Err;
struct String;
struct Box;
struct FunctionId;
struct Run;
struct Site;
struct SITE;
struct Tuned;
struct Items;
struct Lend;
trait Send {}
trait Sync {}
trait Sized {}
trait Clone {}
trait Copy {}
trait Fn {}
trait FnMut {}
trait FnOnce {}
trait Drop {}
trait Into {}
trait From {}
trait Iterator {}
trait IntoIterator {}
trait Borrow {}
trait BorrowMut {}
trait ToOwned {}
trait KeyPart {}

fn run() {}
fn map() {}
fn on() {}
fn stream() {}
fn lent() {}
fn rows() {}
fn shared() {}
fn key() {}
fn identify() {}
fn drop() {}

macro_rules! module_path {
    () => {
        compile_error!("not this one")
    };
}
macro_rules! option_env {
    ($($t:tt)*) => {
        compile_error!("not this one")
    };
}
macro_rules! stringify {
    ($($t:tt)*) => {
        compile_error!("not this one")
    };
}
macro_rules! concat {
    ($($t:tt)*) => {
        compile_error!("not this one")
    };
}
macro_rules! vec {
    ($($t:tt)*) => {
        compile_error!("not this one")
    };
}

#[::amorsize::auto(n_jobs = 2, chunksize = 3, cache = false, key(by, sep))]
fn lent_items(item: &str, sep: &str, by: usize) -> usize {
    item.len() * by + sep.len()
}

#[::amorsize::auto(depends(lent_items))]
fn values(x: u32, by: f32) -> f32 {
    x as f32 * by
}

#[::amorsize::auto]
fn rows_of(row: &mut [u8], by: u8) {
    for x in row {
        *x += by;
    }
}

#[::amorsize::auto]
fn generic<T: ::core::marker::Sync, const N: usize>(_: &T) -> [u8; N] {
    [1; N]
}

struct Scale(u32);

impl Scale {
    #[::amorsize::auto]
    fn times(&self, x: u32) -> u32 {
        self.0 * x
    }

    #[::amorsize::auto(in_impl)]
    fn double(x: u32) -> u32 {
        2 * x
    }
}

fn main() {
    assert_eq!(lent_items::map(&["a", "bc"], "-", 2), [3, 5]);
    assert_eq!(values::map([1u32, 2], 2.0), [2.0, 4.0]);
    let mut table = [[1, 2], [3, 4]];
    rows_of::for_each(&mut table, 1);
    assert_eq!(table, [[2, 3], [4, 5]]);
    assert_eq!(generic::map::<_, 2>(&[1u8]), [[1, 1]]);
    assert_eq!(Scale(3).times_map([1u32, 2]), [3, 6]);
    assert_eq!(Scale::double_map([1u32, 2]), [2, 4]);
    assert!(lent_items::stream(["a"], "", 1).eq([1]));
}

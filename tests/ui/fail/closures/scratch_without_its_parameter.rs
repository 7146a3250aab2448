fn main() {
    let numbers = amorsize::map!([1, 2], scratch = 0, |n: i32| n + 1);
    println!("{numbers:?}");
}

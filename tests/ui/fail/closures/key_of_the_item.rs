fn main() {
    let numbers = amorsize::map!([1, 2], key(n), |n: u64| n + 1);
    println!("{numbers:?}");
}

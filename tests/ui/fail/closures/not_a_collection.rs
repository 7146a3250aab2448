fn main() {
    let squares = amorsize::map!(17, |n: i32| n * n);
    println!("{squares:?}");
}

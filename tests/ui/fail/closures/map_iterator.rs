fn main() {
    let numbers = [1, 2, 3];
    let squares = amorsize::map!(numbers.iter().map(|n| n + 1), |n| n * n);
    println!("{squares:?}");
}

fn main() {
    let numbers = [1, 2, 3];
    let squares = amorsize::map!(numbers.iter().map(|n| n * n));
    println!("{squares:?}");
}

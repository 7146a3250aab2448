fn main() {
    let numbers = amorsize::map!(|n| n + 1, &[1, 2]);
    println!("{numbers:?}");
}

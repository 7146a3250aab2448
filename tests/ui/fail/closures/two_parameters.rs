fn main() {
    let sums = amorsize::map!((&[1, 2], &[3, 4]), |a, b| a + b);
    println!("{sums:?}");
}

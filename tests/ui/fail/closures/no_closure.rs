fn main() {
    let numbers = amorsize::map!(&[1, 2]);
    println!("{numbers:?}");
}

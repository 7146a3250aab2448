fn main() {
    let numbers = amorsize::map!(&[1, 2], blocking = true, |n| n + 1);
    println!("{numbers:?}");
}

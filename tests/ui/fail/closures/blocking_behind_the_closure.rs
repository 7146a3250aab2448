fn main() {
    let numbers = amorsize::map!(&[1, 2], |n| n + 1, blocking);
    println!("{numbers:?}");
}

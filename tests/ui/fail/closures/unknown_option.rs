fn main() {
    let numbers = amorsize::map!(&[1, 2], threads = 4, |n| n + 1);
    println!("{numbers:?}");
}

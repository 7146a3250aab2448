fn main() {
    let by = 2;
    let numbers = amorsize::map!([1, 2], by);
    println!("{numbers:?}");
}

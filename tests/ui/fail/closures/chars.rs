fn main() {
    let codes = amorsize::map!("letters".chars(), |letter| u32::from(letter));
    println!("{codes:?}");
}

fn main() {
    let words = vec![String::from("a")];
    let lengths = amorsize::map!(&words, |word: String| word.len());
    println!("{lengths:?}");
}

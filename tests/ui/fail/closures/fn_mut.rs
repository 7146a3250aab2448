fn main() {
    let words = ["a", "bb"];
    let mut sum = 0;
    amorsize::for_each!(&words, |word| sum += word.len());
    println!("{sum}");
}

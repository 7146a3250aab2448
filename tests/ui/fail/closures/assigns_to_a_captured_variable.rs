fn main() {
    let words = ["a", "bb"];
    let mut longest = "";
    amorsize::for_each!(&words, |word| {
        if word.len() > longest.len() {
            longest = word;
        }
    });
    println!("{longest}");
}

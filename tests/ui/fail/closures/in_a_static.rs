static LENGTHS: Vec<usize> = amorsize::map!(["a", "bb"], |word| word.len());

fn main() {
    println!("{:?}", LENGTHS);
}

fn main() {
    let numbers = [1, 2, 3];
    let odd = amorsize::map!(numbers.iter().filter(|n| *n % 2 == 1), |n| n * n);
    println!("{odd:?}");
}

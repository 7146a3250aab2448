fn main() {
    let numbers = amorsize::map!(&[1, 2], n_jobs = 0, |n| n + 1);
    println!("{numbers:?}");
}

fn main() {
    let numbers = amorsize::map!(&[1, 2], n_jobs = 2);
    println!("{numbers:?}");
}

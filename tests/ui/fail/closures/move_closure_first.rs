fn main() {
    let numbers = amorsize::on!(move |n| n + 1, &[1, 2]).map();
    println!("{numbers:?}");
}

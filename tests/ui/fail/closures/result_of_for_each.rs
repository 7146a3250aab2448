fn main() {
    amorsize::for_each!([1, 2], |n: u8| n + 1);
}

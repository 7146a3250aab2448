fn main() {
    amorsize::for_each!();
}

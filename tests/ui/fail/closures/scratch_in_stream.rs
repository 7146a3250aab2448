fn main() {
    let numbers = amorsize::stream!([1, 2], scratch = Vec::new(), |n, buffer| {
        buffer.push(n);
        buffer.len()
    });
    println!("{}", numbers.count());
}

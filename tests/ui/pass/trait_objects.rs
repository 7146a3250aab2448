use std::fmt::Debug;

trait Shape: Send + Sync {
    fn area(&self) -> f64;
    fn name(&self) -> &str;
}

struct Square(f64);

impl Shape for Square {
    fn area(&self) -> f64 {
        self.0 * self.0
    }

    fn name(&self) -> &str {
        "square"
    }
}

#[amorsize::auto]
fn area(shape: &dyn Shape) -> f64 {
    shape.area()
}

#[amorsize::auto]
fn name(shape: &dyn Shape) -> &str {
    shape.name()
}

#[amorsize::auto]
fn shown(x: &(dyn Debug + Send + Sync)) -> String {
    format!("{x:?}")
}

#[amorsize::auto]
fn by(x: u32, shape: &dyn Shape, boxed: &Box<dyn Shape>) -> f64 {
    f64::from(x) * shape.area() * boxed.area()
}

#[amorsize::auto]
fn many(shapes: &[&dyn Shape]) -> f64 {
    shapes.iter().map(|shape| shape.area()).sum()
}

fn main() {
    let shapes: Vec<Box<dyn Shape>> = vec![Box::new(Square(2.0)), Box::new(Square(3.0))];
    assert_eq!(area::map(&shapes), [4.0, 9.0]);
    assert_eq!(name::map(&shapes), ["square", "square"]);
    let borrowed: Vec<&dyn Shape> = shapes.iter().map(|shape| &**shape).collect();
    assert_eq!(area::map(&borrowed), [4.0, 9.0]);
    assert_eq!(area::stream(shapes.iter().map(|shape| &**shape)).collect::<Vec<_>>(), [4.0, 9.0]);
    assert_eq!(shown::map(&[Box::new(1) as Box<dyn Debug + Send + Sync>]), ["1"]);
    assert_eq!(by::map([1], &Square(2.0), &shapes[1]), [36.0]);
    assert_eq!(many::map(&[borrowed]), [13.0]);
    let local = 5;
    let short: Vec<Box<dyn Debug + Send + Sync + '_>> = vec![Box::new(&local)];
    assert_eq!(shown::map(&short), ["5"]);
}

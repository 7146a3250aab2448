use std::fmt::Debug;

struct Model {
    bias: f64,
    names: Vec<String>,
}

impl Model {
    #[amorsize::auto(key(self.names.len()), n_jobs = 2)]
    pub fn score(&self, line: &str, weight: f64) -> f64 {
        line.len() as f64 * weight + self.bias
    }

    #[amorsize::auto]
    fn name(&self, index: usize) -> &str {
        &self.names[index]
    }

    #[amorsize::auto]
    fn named<'m>(&'m self, _: &str) -> &'m String {
        &self.names[0]
    }

    #[amorsize::auto]
    fn item_back<'i>(&self, line: &'i str) -> &'i str {
        line
    }

    #[amorsize::auto]
    fn check(&self, x: u32) {
        assert!(x < 10);
    }

    #[amorsize::auto(in_impl)]
    fn double(x: u32) -> u32 {
        2 * x
    }

    #[amorsize::auto]
    fn new(bias: f64) -> Self {
        Self { bias, names: vec![] }
    }

    #[amorsize::auto]
    fn generic<T: Debug + Sync, const N: usize>(&self, x: &T) -> [String; N] {
        std::array::from_fn(|_| format!("{x:?}"))
    }

    #[amorsize::auto]
    pub(crate) fn r#type(&self, x: u32) -> u32 {
        x
    }
}

struct Of<'x, T> {
    first: &'x T,
}

impl<'x, T: Clone + Send + Sync> Of<'x, T> {
    #[amorsize::auto]
    fn first(&self, _: &u32) -> T {
        self.first.clone()
    }

    #[amorsize::auto]
    fn longer(&self, _: &u32) -> &'x T {
        self.first
    }

    #[amorsize::auto]
    fn of_impl(&self, item: &'x T) -> T {
        item.clone()
    }

    #[amorsize::auto(in_impl)]
    fn passed(item: &T) -> T {
        item.clone()
    }
}

fn main() {
    let model = Model { bias: 1.0, names: vec!["n".to_owned()] };
    assert_eq!(model.score_map(&["a", "bc"], 2.0), [3.0, 5.0]);
    assert_eq!(model.score_on(&["a"], 2.0).sum::<f64>(), 3.0);
    assert_eq!(model.score_stream(["a".to_owned()], 2.0).collect::<Vec<_>>(), [3.0]);
    assert_eq!(model.name_map([0]), ["n"]);
    let named = model.named_map(&[String::new()]);
    assert_eq!(named, ["n"]);
    let lines = ["l".to_owned()];
    let back = Model { bias: 0.0, names: vec![] }.item_back_map(&lines);
    assert_eq!(back, ["l"]);
    model.check_for_each(vec![1, 2]);
    assert_eq!(Model::double_map([1]), [2]);
    assert_eq!(Model::new_map([1.0])[0].bias, 1.0);
    assert_eq!(model.generic_map::<_, 2>(&[1]), [["1", "1"]]);
    assert_eq!(model.type_map([1]), [1]);
    let of = Of { first: &"a" };
    assert_eq!(of.first_map(&[1]), ["a"]);
    let longer = { Of { first: of.first }.longer_map(&[1]) };
    assert_eq!(longer, [&"a"]);
    assert_eq!(of.of_impl_map(&["b"]), ["b"]);
    assert_eq!(of.of_impl_stream(&["b"]).collect::<Vec<_>>(), ["b"]);
    assert_eq!(Of::<&str>::passed_map(&["c"]), ["c"]);
}

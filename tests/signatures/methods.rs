//! The same for methods, and for functions inside of an `impl` or a trait.

use super::{LENGTHS, lines, numbers};

trait Grow: Sync {
    fn by(&self) -> u64;

    #[amorsize::auto(in_trait)]
    fn grow(&self, x: u64) -> u64 {
        x + self.by()
    }

    #[amorsize::auto(in_trait)]
    fn grow_all(&self, row: &mut [u64], times: &impl Fn(u64) -> u64)
    where
        Self: Sized,
    {
        for x in row {
            *x += times(self.by());
        }
    }

    #[amorsize::auto(in_trait)]
    fn start(text: &str) -> &str
    where
        Self: Sized,
    {
        text.trim()
    }
}

impl Grow for u64 {
    fn by(&self) -> u64 {
        *self
    }
}

impl Grow for String {
    fn by(&self) -> u64 {
        self.len() as u64
    }

    /// In the place of the default.
    fn grow(&self, x: u64) -> u64 {
        x * self.by()
    }
}

#[test]
fn default_methods_of_traits() {
    let (number, text) = (3_u64, String::from("word"));
    for len in LENGTHS {
        let (xs, texts) = (numbers(len), lines(len));
        same!(xs.iter().map(|x| x + 3).collect::<Vec<_>>();
            number.grow_map(&xs),
            number.grow_on(&xs).n_jobs(2).map(),
            number.grow_stream(xs.clone()).collect::<Vec<_>>(),
        );
        same!(xs.iter().map(|x| x * 4).collect::<Vec<_>>(); text.grow_map(&xs), text.grow_on(&xs).n_jobs(2).map());
        let mut rows = vec![[0, 1]; len];
        number.grow_all_for_each(&mut rows, &|x| 2 * x);
        assert_eq!(rows, vec![[6, 7]; len]);
        same!(texts.iter().map(|text| text.trim()).collect::<Vec<_>>();
            u64::start_map(&texts), String::start_on(&texts).n_jobs(2).map());
    }
    let object: &dyn Grow = &number;
    assert_eq!(object.grow(1), 4);
}

struct Model {
    bias: u64,
    names: Vec<String>,
}

impl Model {
    #[amorsize::auto(key(self.bias), n_jobs = 2)]
    fn score(&self, line: &str, weight: u64) -> u64 {
        line.len() as u64 * weight + self.bias
    }

    #[amorsize::auto]
    fn name(&self, index: usize) -> &str {
        &self.names[index % self.names.len()]
    }

    #[amorsize::auto(in_impl)]
    fn triple(x: u64) -> u64 {
        3 * x
    }

    #[amorsize::auto]
    fn through(&self, x: u64, by: &impl Fn(u64) -> u64) -> u64 {
        by(x) + self.bias
    }

    #[amorsize::auto]
    fn biased(bias: u64) -> Self {
        Self { bias, names: Vec::new() }
    }
}

/// That a function is not used is still seen, and can be expected.
#[amorsize::auto]
#[expect(dead_code)]
fn unused(x: u64) -> u64 {
    x
}

impl Model {
    #[amorsize::auto]
    #[expect(dead_code)]
    fn unused(&self, x: u64) -> u64 {
        x + self.bias
    }
}

struct Of<T>(T);

impl<T: Clone + Send + Sync> Of<T> {
    #[amorsize::auto]
    fn copies(&self, times: usize) -> Vec<T> {
        vec![self.0.clone(); times % 3]
    }
}

#[test]
fn methods() {
    let model = Model { bias: 7, names: lines(3) };
    for len in LENGTHS {
        let texts = lines(len);
        same!(texts.iter().map(|line| model.score(line, 3)).collect::<Vec<_>>();
            model.score_map(&texts, 3),
            model.score_on(&texts, 3).chunksize(2).map(),
            model.score_stream(texts.clone(), 3).collect::<Vec<_>>(),
        );
        same!((0..len).map(|i| model.name(i)).collect::<Vec<_>>(); model.name_map(0..len));
        same!(numbers(len).into_iter().map(Model::triple).collect::<Vec<_>>(); Model::triple_map(numbers(len)));
        same!(numbers(len).into_iter().map(|x| model.through(x, &|x| 2 * x)).collect::<Vec<_>>();
            model.through_map(0..len as u64, &|x| 2 * x), model.through_on(0..len as u64, &|x| 2 * x).n_jobs(2).map());
        let biases: Vec<u64> = Model::biased_map(numbers(len)).iter().map(|model| model.bias).collect();
        assert_eq!(biases, numbers(len));
        let (text, number) = (Of("a"), Of(1));
        same!((0..len).map(|i| text.copies(i)).collect::<Vec<_>>(); text.copies_map(0..len));
        same!((0..len).map(|i| number.copies(i)).collect::<Vec<_>>(); number.copies_map(0..len));
    }
}

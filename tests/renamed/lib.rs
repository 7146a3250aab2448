//! The runtime under another name, in a crate of the 2021 edition: nothing here is called `amorsize`.
#![forbid(unsafe_code)]

use tuning::auto;

/// What the items are scored by.
pub struct Model<'m> {
    names: &'m [String],
}

/// Nobody says where the runtime is: cargo does.
#[auto]
pub fn length(line: &str) -> usize {
    line.len()
}

/// The first word, if there is one.
#[auto(crate = tuning, n_jobs = 2, ttl = "30 days")]
pub fn first<'a>(line: &'a str, separator: &str) -> &'a str {
    line.split(separator).next().unwrap_or(line)
}

/// Lifetimes left out, and a context that is cloned.
#[auto(crate = ::tuning, key(factor), depends(first))]
pub fn weight(line: &str, factor: f64, unit: String) -> String {
    let mut text = unit;
    text.insert_str(0, &(line.len() as f64 * factor).to_string());
    text
}

/// Captures a type parameter, a lifetime, and a closure.
#[auto(crate = tuning)]
pub fn through<'a, T, F>(item: &'a [T], by: &F) -> Vec<&'a T>
where
    F: Fn(&T) -> bool,
{
    item.iter().filter(|item| by(item)).collect()
}

impl Model<'_> {
    /// The name at an index.
    #[auto(crate = tuning)]
    pub fn name(&self, index: usize) -> Option<&str> {
        self.names.get(index).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_works_under_another_name() {
        assert_eq!(length::map(&["a b", "c"]), [3, 1]);
        assert_eq!(first::map(&["a b", "c"], " "), ["a", "c"]);
        assert_eq!(weight::map(&["ab"], 1.5, "g".to_owned()), ["3g"]);
        assert_eq!(through::map(&[vec![1, 2, 3]], &|x| x % 2 == 1), [[&1, &3]]);
        let names = ["n".to_owned()];
        assert_eq!(Model { names: &names }.name_map(0..2_usize), [Some("n"), None]);
        assert_eq!(first::stream(["a b"], " ").collect::<Vec<_>>(), ["a"]);
        assert_ne!(first::ID, weight::ID);
    }

    /// The macro of another crate's author, who calls the runtime what they like.
    macro_rules! tuned {
        ($runtime:path; fn $name:ident($x:ident: $ty:ty) -> $out:ty $body:block) => {
            #[auto(crate = $runtime)]
            fn $name($x: $ty) -> $out $body
        };
    }
    tuned! { tuning; fn doubled(x: u32) -> u32 { 2 * x } }

    #[test]
    fn the_path_may_come_from_a_macro() {
        assert_eq!(doubled::map([1, 2]), [2, 4]);
    }
}

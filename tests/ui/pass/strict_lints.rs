//! The strictest surroundings: an expansion adds nothing to complain about, and nothing that has to be allowed.
#![forbid(unsafe_code, non_camel_case_types, non_snake_case, missing_docs, dead_code, deprecated, unused_parens)]
#![deny(
    warnings,
    unreachable_pub,
    missing_debug_implementations,
    missing_copy_implementations,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    single_use_lifetimes,
    unused_lifetimes,
    unused_qualifications,
    unused_results,
    unused_import_braces,
    trivial_casts,
    trivial_numeric_casts,
    let_underscore_drop,
    meta_variable_misuse,
    non_ascii_idents,
    redundant_lifetimes,
    unit_bindings,
    variant_size_differences,
    ambiguous_negative_literals,
    redundant_imports,
    absolute_paths_not_starting_with_crate,
    future_incompatible,
    keyword_idents,
    let_underscore,
    nonstandard_style,
    refining_impl_trait,
    rust_2018_compatibility,
    rust_2018_idioms,
    rust_2021_compatibility,
    rust_2024_compatibility,
    unused
)]

/// A record that borrows.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a>(pub &'a str);

/// Public, and used from here only.
#[amorsize::auto(key(sep), n_jobs = 2)]
pub fn first<'a>(line: &'a str, sep: &str) -> &'a str {
    line.split(sep).next().unwrap_or(line)
}

/// Elided lifetimes.
#[amorsize::auto]
pub fn name(record: Record<'_>) -> &str {
    record.0
}

/// In parentheses, which rustfmt would leave alone.
#[amorsize::auto]
pub fn shown(item: &(dyn std::fmt::Debug + Sync)) -> String {
    format!("{item:?}")
}

/// Generic.
#[amorsize::auto]
pub fn size<T: Sync, const N: usize>(_: &[T; N]) -> usize {
    N
}

/// By value.
#[amorsize::auto(depends(first, size))]
pub fn upper(line: String, with: char) -> String {
    line.to_uppercase() + &with.to_string()
}

#[amorsize::auto]
fn fill(row: &mut [f32], with: f32) {
    row.fill(with);
}

/// A method of a private type.
#[derive(Clone, Copy, Debug)]
struct Scale(u32);

impl Scale {
    #[amorsize::auto]
    fn times(&self, x: u32) -> u32 {
        self.0 * x
    }
}

fn main() {
    assert_eq!(first::map(&["a b", "c"], " "), ["a", "c"]);
    assert_eq!(name::map([Record("r")]), ["r"]);
    let boxed: Box<dyn std::fmt::Debug + Sync> = Box::new(1);
    assert_eq!(shown::map(&[boxed]), ["1"]);
    assert_eq!(size::map(&[[1, 2]]), [2]);
    assert_eq!(upper::map(vec!["a".to_owned()], '!'), ["A!"]);
    let mut rows = [[1.0; 2]; 2];
    fill::for_each(&mut rows, 0.0);
    assert_eq!(rows, [[0.0; 2]; 2]);
    assert_eq!(Scale(2).times_map([1u32]), [2]);
}

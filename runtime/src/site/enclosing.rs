//! What encloses a function within its module, read off the name of a type inside of it: only that says in which `impl`,
//! and in which other functions, an annotated function stands.

/// `A` for a method of `A`, `outer` for a function inside of `outer`; empty for a function that stands in the module
/// itself. Without type arguments, so that it is the same for all instantiations.
///
/// `type_name` is that of a function in the one that has the static of the annotated function: a method beside a method,
/// or one of the companion, as in `module::outer::companion::__amorsize_site::inside`.
pub(super) fn enclosing(type_name: &str, module: &str) -> String {
    let name = without_arguments(type_name);
    let parts = name.strip_prefix(module).and_then(|rest| rest.strip_prefix("::")).unwrap_or(&name);
    let mut parts: Vec<&str> = parts.split("::").collect();
    parts.pop();
    if parts.pop() == Some("__amorsize_site") {
        parts.pop();
    }
    parts.join("::")
}

/// The name without what stands in `<>`. `<impl path::A<T>>`, as the methods of an `impl` in another module than that of
/// its type have it, becomes `A`, and `<path::A<T> as path::Trait>` becomes `A::Trait`.
fn without_arguments(type_name: &str) -> String {
    let mut name = String::with_capacity(type_name.len());
    let mut rest = type_name;
    while let Some(open) = rest.find('<') {
        name.push_str(&rest[..open]);
        let close = open + end_of_arguments(&rest[open..]);
        let inner = &rest[open + 1..close];
        let last = |path: &str| without_arguments(path).rsplit("::").next().unwrap_or_default().to_owned();
        if let Some(implementor) = inner.strip_prefix("impl ") {
            name.push_str(&last(implementor));
        } else if let (true, Some((implementor, implemented))) = (name.is_empty(), inner.rsplit_once(" as ")) {
            name = last(implementor) + "::" + &last(implemented);
        }
        rest = rest.get(close + 1..).unwrap_or_default();
    }
    name + rest
}

/// The place of the `>` that closes the `<` at the beginning. The `>` of `->` closes nothing.
fn end_of_arguments(text: &str) -> usize {
    let mut depth = 0;
    let mut before = ' ';
    for (at, character) in text.char_indices() {
        match character {
            '<' => depth += 1,
            '>' if before != '-' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
        before = character;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::enclosing;

    /// The function that has the static of a method `f`, and the one inside of it.
    const OF_A_METHOD: &str = "__amorsize_auto_is_for_inherent_impls_and_not_for_traits__site_of_f::inside";

    #[test]
    fn it_is_what_stands_between_the_module_and_the_function() {
        let of_companion = |path| enclosing(&format!("{path}::__amorsize_site::inside"), "a::b");
        assert_eq!(of_companion("a::b::f"), "");
        assert_eq!(of_companion("a::b::outer::f"), "outer");
        assert_eq!(of_companion("a::b::outer::{{closure}}::f"), "outer::{{closure}}");
        let of_method = |path| enclosing(&format!("{path}::{OF_A_METHOD}"), "a::b");
        assert_eq!(of_method("a::b::A"), "A");
        assert_eq!(of_method("a::b::A<_>"), "A");
        assert_eq!(of_method("a::b::A<fn(u8) -> Vec<_>>"), "A");
        assert_eq!(of_method("a::b::<impl c::d::A<Vec<_>>>"), "A");
        assert_eq!(of_method("a::b::outer::<impl c::A>"), "outer::A");
        let of_closure = |path| enclosing(&format!("{path}::__amorsize_closure::inside"), "a::b");
        assert_eq!(of_closure("a::b::outer"), "outer");
        assert_eq!(of_closure("<a::b::A as c::Trait<u8>>::go"), "A::Trait::go");
        assert_eq!(of_closure("<a::b::B<_> as c::Trait>::go"), "B::Trait::go");
    }

    #[test]
    fn a_name_of_another_form_is_taken_as_it_is() {
        for name in ["", "::", "a", "a<b", "<impl", "a::b", "a::b<->"] {
            enclosing(name, "a::b");
        }
        assert_eq!(enclosing(&format!("c::A::{OF_A_METHOD}"), "a::b"), "c::A");
    }
}

//! Where the amorsize crate is, if the option `crate = path` does not say it.

use std::path::Path;
use std::sync::LazyLock;

use proc_macro2::{Ident, Span, TokenStream};

use crate::emit::arguments::arguments;
use crate::emit::tokens::tokens;

/// `::amorsize`, or the name that `Cargo.toml` gives it.
pub(super) fn runtime() -> TokenStream {
    static NAME: LazyLock<Option<String>> = LazyLock::new(|| renamed(arguments()));
    match &*NAME {
        None => tokens!(::amorsize),
        Some(name) => {
            let name = Ident::new(name, Span::mixed_site());
            tokens!(::#name)
        }
    }
}

/// The other name of the crate, as in `--extern other=/path/to/libamorsize-0123456789abcdef.rmeta`. `None` if it goes by
/// its own name, or if nothing says by which.
fn renamed(arguments: impl IntoIterator<Item = String>) -> Option<String> {
    let mut other = None;
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        // Other options begin alike, as `--extern-html-root-url` of rustdoc.
        let dependency = match argument.strip_prefix("--extern") {
            Some("") => arguments.next(),
            Some(value) => value.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        let Some(dependency) = dependency else { continue };
        let (name, path) = dependency.split_once('=').unwrap_or((&dependency, ""));
        // Options of the dependency come first, as in `priv:other=..`.
        let name = name.rsplit(':').next().unwrap_or(name);
        if name == "amorsize" {
            return None;
        }
        let file = Path::new(path).file_stem().and_then(|file| file.to_str()).unwrap_or_default();
        let is_amorsize = file == "libamorsize" || file.strip_prefix("libamorsize-").is_some_and(is_hash);
        if is_amorsize && syn::parse_str::<Ident>(name).is_ok() {
            other = Some(name.to_owned());
        }
    }
    other
}

/// Whether this is what cargo adds to the name of a crate; `libamorsize-tests.rlib` would be another crate.
fn is_hash(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|digit| digit.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    fn from_line(line: &str) -> Option<String> {
        super::renamed(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn the_name_is_that_of_the_dependency() {
        let renamed = "--crate-name a --extern rayon=/t/librayon-0123456789abcdef.rmeta --extern tuning=/t/libamorsize-0123456789abcdef.rmeta";
        assert_eq!(from_line(renamed).as_deref(), Some("tuning"));
        assert_eq!(from_line("--extern=priv:tuning=/t/libamorsize-0123456789abcdef.rlib").as_deref(), Some("tuning"));
        assert_eq!(from_line(&format!("{renamed} --extern amorsize=/t/libamorsize-fedcba9876543210.rmeta")), None);
        assert_eq!(from_line("--extern amorsize=/t/libamorsize-0123456789abcdef.rmeta"), None);
        assert_eq!(from_line("--extern other=/t/libamorsize_store-0123456789abcdef.rmeta"), None);
        assert_eq!(from_line("--extern other=/t/libamorsize-tests.rmeta --extern amorsize"), None);
        for other in ["--extern-html-root-url rayon=https://docs.rs", "--extern-html-root-takes-precedence"] {
            assert_eq!(from_line(&format!("{other} {renamed}")).as_deref(), Some("tuning"));
            assert_eq!(from_line(&format!("{renamed} {other}")).as_deref(), Some("tuning"));
        }
        assert_eq!(from_line(&format!("{renamed} --extern")).as_deref(), Some("tuning"));
        assert_eq!(from_line("--extern"), None);
        assert_eq!(from_line("--test src/lib.rs"), None);
    }
}

//! The optimisation level of the crate that is being compiled.
//!
//! No `cfg` and no environment variable has it. But the attribute runs inside of rustc, so it is among the arguments of
//! this process.

use std::path::Path;
use std::sync::LazyLock;

use crate::emit::arguments::arguments;

/// `0`, `1`, `2`, `3`, `s` or `z`; or `?` if it is not known, as where an editor expands the attribute in a process
/// that is not rustc.
pub(crate) fn opt_level() -> u8 {
    static OPT_LEVEL: LazyLock<u8> = LazyLock::new(|| from_arguments(arguments()));
    *OPT_LEVEL
}

/// The level that these arguments ask rustc for: the last one if there are several, `0` if there is none.
fn from_arguments(arguments: impl IntoIterator<Item = String>) -> u8 {
    let mut level = b'0';
    let mut is_rustc = false;
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let is_source = argument == "-" || Path::new(&argument).extension().is_some_and(|extension| extension == "rs");
        is_rustc |= is_source || argument == "--crate-name" || argument.starts_with("--crate-name=");
        if argument == "-O" {
            level = b'3';
            continue;
        }
        let option = if argument == "-C" || argument == "--codegen" {
            arguments.next()
        } else {
            argument.strip_prefix("--codegen=").or_else(|| argument.strip_prefix("-C")).map(str::to_owned)
        };
        if let Some((name, value)) = option.as_deref().and_then(|option| option.split_once('='))
            && matches!(name, "opt-level" | "opt_level")
        {
            level = match value.as_bytes() {
                &[known @ (b'0'..=b'3' | b's' | b'z')] => known,
                _ => b'?',
            };
        }
    }
    if is_rustc { level } else { b'?' }
}

#[cfg(test)]
mod tests {
    fn from_line(line: &str) -> char {
        super::from_arguments(line.split_whitespace().map(str::to_owned)).into()
    }

    #[test]
    fn every_way_to_give_the_option() {
        assert_eq!(from_line("--crate-name a src/lib.rs -C opt-level=3 -C embed-bitcode=no"), '3');
        assert_eq!(from_line("--crate-name a src/lib.rs -Copt-level=s"), 's');
        assert_eq!(from_line("--crate-name=a src/lib.rs --codegen opt-level=z"), 'z');
        assert_eq!(from_line("src/lib.rs --codegen=opt-level=1"), '1');
        assert_eq!(from_line("- -C opt_level=2"), '2');
        assert_eq!(from_line("main.rs -O"), '3');
    }

    #[test]
    fn the_last_one_counts() {
        assert_eq!(from_line("main.rs -O -C opt-level=1"), '1');
        assert_eq!(from_line("main.rs -C opt-level=1 -O"), '3');
        assert_eq!(from_line("main.rs -C opt-level=1 -C opt-level=2"), '2');
    }

    #[test]
    fn without_the_option_it_is_0() {
        assert_eq!(from_line("main.rs"), '0');
        assert_eq!(from_line("/usr/bin/rustc --crate-name a --edition=2024 src/lib.rs -C debuginfo=2"), '0');
    }

    #[test]
    fn other_programs_and_values_are_not_known() {
        assert_eq!(from_line(""), '?');
        assert_eq!(from_line("proc-macro"), '?');
        assert_eq!(from_line("main.rs -C opt-level=fast"), '?');
        assert_eq!(from_line("main.rs -C opt-level="), '?');
        assert_eq!(from_line("main.rs -C"), '0');
    }
}

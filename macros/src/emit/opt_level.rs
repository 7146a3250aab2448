//! The opt-level of the crate that is being compiled.
//!
//! No `cfg` tells it and no variable of the environment; but the attribute runs inside the compiler, so it is among the
//! arguments of this process.

use std::path::Path;
use std::sync::LazyLock;

/// `0`, `1`, `2`, `3`, `s` or `z`, or `?` where nobody knows: an editor expands attributes in a process of its own.
pub(crate) fn opt_level() -> u8 {
    static OPT_LEVEL: LazyLock<u8> = LazyLock::new(|| among(arguments()));
    *OPT_LEVEL
}

/// Those of this process, and those in the files that stand for arguments where a command line would get too long.
fn arguments() -> impl Iterator<Item = String> {
    std::env::args_os().skip(1).flat_map(|argument| {
        let argument = argument.to_string_lossy().into_owned();
        match argument.strip_prefix('@').map(std::fs::read_to_string) {
            Some(Ok(file)) => file.lines().map(str::to_owned).collect(),
            _ => vec![argument],
        }
    })
}

/// The last one that is asked for, as rustc has it; 0 where rustc is asked for none.
fn among(arguments: impl IntoIterator<Item = String>) -> u8 {
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
    fn among(line: &str) -> char {
        super::among(line.split_whitespace().map(str::to_owned)).into()
    }

    #[test]
    fn every_way_to_write_it() {
        assert_eq!(among("--crate-name a src/lib.rs -C opt-level=3 -C embed-bitcode=no"), '3');
        assert_eq!(among("--crate-name a src/lib.rs -Copt-level=s"), 's');
        assert_eq!(among("--crate-name=a src/lib.rs --codegen opt-level=z"), 'z');
        assert_eq!(among("src/lib.rs --codegen=opt-level=1"), '1');
        assert_eq!(among("- -C opt_level=2"), '2');
        assert_eq!(among("main.rs -O"), '3');
    }

    #[test]
    fn the_last_one_counts() {
        assert_eq!(among("main.rs -O -C opt-level=1"), '1');
        assert_eq!(among("main.rs -C opt-level=1 -O"), '3');
        assert_eq!(among("main.rs -C opt-level=1 -C opt-level=2"), '2');
    }

    #[test]
    fn without_any_it_is_0() {
        assert_eq!(among("main.rs"), '0');
        assert_eq!(among("/usr/bin/rustc --crate-name a --edition=2024 src/lib.rs -C debuginfo=2"), '0');
    }

    #[test]
    fn what_makes_no_sense_is_not_known() {
        assert_eq!(among(""), '?');
        assert_eq!(among("proc-macro"), '?');
        assert_eq!(among("main.rs -C opt-level=fast"), '?');
        assert_eq!(among("main.rs -C opt-level="), '?');
        assert_eq!(among("main.rs -C"), '0');
    }
}

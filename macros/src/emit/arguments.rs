//! The command line of the compiler: the attribute runs inside of rustc, so it is that of this process.

/// The arguments of this process. Where the command line would get too long, `@path` stands for the lines of a file.
pub(super) fn arguments() -> impl Iterator<Item = String> {
    std::env::args_os().skip(1).flat_map(|argument| {
        let argument = argument.to_string_lossy().into_owned();
        match argument.strip_prefix('@').map(std::fs::read_to_string) {
            Some(Ok(file)) => file.lines().map(str::to_owned).collect(),
            _ => vec![argument],
        }
    })
}

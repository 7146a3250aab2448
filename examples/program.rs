//! How an example begins and ends: its arguments, and its exit codes.

use std::env;
use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::ops::RangeInclusive;
use std::process::ExitCode;
use std::str::FromStr;

/// Why an example ends early.
#[derive(Debug)]
pub enum Failure {
    /// Its usage was asked for.
    Help,
    /// It was called wrongly: what is wrong, without a full stop.
    Usage(String),
    /// There is nothing to work on, or to work with.
    Missing(String),
    /// What it did is wrong.
    Wrong(String),
    /// Ctrl-C, or a request to end.
    Interrupted,
    /// What it says could not be written.
    Output(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Runs an example, and says what went wrong with it.
pub fn run(name: &str, usage: &str, example: impl FnOnce(Arguments) -> Result<(), Failure>) -> ExitCode {
    let arguments = Arguments { words: env::args_os().skip(1).collect::<Vec<_>>().into_iter() };
    let (said, code) = match example(arguments) {
        Ok(()) => return ExitCode::SUCCESS,
        // Whoever read the answer, `head` for instance, has seen enough.
        Err(Failure::Output(error)) if error.kind() == ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
        Err(Failure::Help) => {
            let _ = writeln!(io::stdout(), "{usage}");
            return ExitCode::SUCCESS;
        }
        Err(Failure::Usage(what)) => (format!("{what}.\n\n{usage}"), 2),
        Err(Failure::Missing(what)) => (what, 2),
        Err(Failure::Wrong(what)) => (what, 1),
        Err(Failure::Output(error)) => (format!("the answer could not be written: {error}"), 1),
        Err(Failure::Interrupted) => ("interrupted".into(), 130),
    };
    let _ = writeln!(io::stderr(), "{name}: {said}");
    ExitCode::from(code)
}

/// Warns of times that mean little.
///
/// # Errors
/// If it cannot be written.
pub fn warn_of_debug(out: &mut impl Write) -> io::Result<()> {
    if cfg!(debug_assertions) {
        writeln!(out, "This is a debug build: its times mean little. Run it with --release.")?;
    }
    Ok(())
}

/// The arguments that were not looked at yet.
#[derive(Debug)]
pub struct Arguments {
    words: std::vec::IntoIter<OsString>,
}

impl Arguments {
    /// The next argument: an option, or what stands alone.
    ///
    /// # Errors
    /// If it asks for the usage.
    pub fn word(&mut self) -> Result<Option<OsString>, Failure> {
        match self.words.next() {
            Some(word) if word == "--help" || word == "-h" => Err(Failure::Help),
            word => Ok(word),
        }
    }

    /// The text after an option.
    ///
    /// # Errors
    /// If there is none.
    pub fn text(&mut self, option: &str) -> Result<String, Failure> {
        let Some(word) = self.word()? else { return Err(Failure::Usage(format!("{option} needs a value"))) };
        word.into_string().map_err(|word| Failure::Usage(format!("{option} {} is no text", word.display())))
    }

    /// The number after an option.
    ///
    /// # Errors
    /// If there is none, or it is out of the range.
    pub fn number<T: FromStr + PartialOrd + Display>(
        &mut self,
        option: &str,
        range: RangeInclusive<T>,
    ) -> Result<T, Failure> {
        let text = self.text(option)?;
        let number = text.parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| {
            Failure::Usage(format!("{option} takes a number from {} to {}, not {text}", range.start(), range.end()))
        })
    }

    /// The numbers after options, where nothing else is known: each option with its range, and what it is if it is left out.
    ///
    /// # Errors
    /// If there is another word, or a number that is out of its range.
    pub fn numbers<const N: usize>(
        mut self,
        options: &[(&str, RangeInclusive<usize>, usize); N],
    ) -> Result<[usize; N], Failure> {
        let mut numbers = options.each_ref().map(|&(_, _, number)| number);
        while let Some(word) = self.word()? {
            let nth = options.iter().position(|(option, ..)| word == *option).ok_or_else(|| unknown(&word))?;
            let (option, range, _) = &options[nth];
            numbers[nth] = self.number(option, range.clone())?;
        }
        Ok(numbers)
    }
}

/// Takes what stands alone, such as the name of a file: `word` becomes `place`, which has room for one.
///
/// # Errors
/// If it is an option that nobody knows, empty, or the second of its kind.
pub fn take(place: &mut Option<OsString>, word: OsString, what: &str) -> Result<(), Failure> {
    let shown = word.display();
    if word.as_encoded_bytes().starts_with(b"-") {
        return Err(Failure::Usage(format!("there is no option {shown}")));
    }
    if word.is_empty() {
        return Err(Failure::Usage(format!("{what} is empty")));
    }
    if place.is_some() {
        return Err(Failure::Usage(format!("one {what} at the most, and {shown} is a second")));
    }
    *place = Some(word);
    Ok(())
}

/// The answer to an argument where none but options are known.
#[must_use]
pub fn unknown(word: &OsString) -> Failure {
    let shown = word.display();
    if word.as_encoded_bytes().starts_with(b"-") {
        Failure::Usage(format!("there is no option {shown}"))
    } else {
        Failure::Usage(format!("nothing is known of {shown}"))
    }
}

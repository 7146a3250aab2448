//! Standard output and standard error: width, colours, JSON, and readers that go away.

use std::env;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use serde_json::json;

use crate::answer::Answer;
use crate::failure::Failure;
use crate::words::{clean, paragraph, wrap};

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl From<Color> for ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}

/// Titles and the heads of tables.
pub(crate) const STRONG: Style = Style::new().bold();
/// As it should be.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Worth a look.
pub(crate) const POOR: Style = AnsiColor::Yellow.on_default();
/// Wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();

/// The width of a line if no terminal gives one.
pub(crate) const WIDTH: usize = 80;
/// Help is not wider than this: longer lines are hard to read.
pub(crate) const WIDEST_HELP: usize = 100;
/// A width below this is taken for a mistake of the terminal.
const NARROWEST: usize = 20;

/// Characters in a line: of the terminal, else as `COLUMNS` says, else 80.
pub(crate) fn width() -> usize {
    let terminal = || terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0));
    let named = || env::var("COLUMNS").ok()?.parse().ok();
    terminal().filter(|&width| width > 0).or_else(named).unwrap_or(WIDTH).max(NARROWEST)
}

/// Characters in a line of help.
pub(crate) fn help_width() -> usize {
    width().min(WIDEST_HELP)
}

/// Whether a person sits at a terminal and can be asked.
pub(crate) fn is_attended() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a question that is answered by yes or no. No answer is no.
pub(crate) fn confirm(question: &str) -> io::Result<bool> {
    let mut stderr = io::stderr();
    write!(stderr, "{question} [y/N] ")?;
    stderr.flush()?;
    let mut line = String::new();
    if io::stdin().read_line(&mut line)? == 0 {
        // The answer would have ended the line.
        writeln!(stderr)?;
    }
    Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Says why nothing happens yet, on standard error.
pub(crate) fn say_that_we_wait(folder: &Path) {
    let folder = clean(&folder.display().to_string());
    // Nobody may be there to read it.
    let _ = writeln!(io::stderr(), "waiting for another process that holds the lock of {folder}");
}

/// Prints results and errors, as text or as JSON.
#[derive(Debug)]
pub(crate) struct Output {
    json: bool,
    color: Color,
}

impl Output {
    pub(crate) fn new(json: bool, color: Color) -> Self {
        Self { json, color }
    }

    /// Prints the result of a command. Returns the exit code.
    pub(crate) fn say(&mut self, answer: &impl Answer) -> Result<ExitCode, Failure> {
        let written = if self.json {
            let json = serde_json::to_string_pretty(answer)
                .map_err(|error| Failure::new(format!("this cannot be said in JSON: {error}")))?;
            write_all(&mut io::stdout().lock(), format!("{json}\n").as_bytes())
        } else if let Some(bytes) = answer.raw() {
            write_all(&mut io::stdout().lock(), &bytes)
        } else {
            let mut stdout = AutoStream::new(io::stdout().lock(), self.color.into());
            write_all(&mut stdout, answer.text(width()).as_bytes())
        };
        match written {
            Ok(()) => Ok(exit_code(answer)),
            Err(error) => Err(Failure::new(format!("cannot write to standard output: {error}"))),
        }
    }

    /// Prints the error of a command. Returns the exit code.
    pub(crate) fn fail(&mut self, failure: &Failure) -> ExitCode {
        // If the message cannot be printed, the exit code still tells.
        let _ = if self.json {
            let json = json!({ "error": failure.to_string() });
            write_all(&mut io::stdout().lock(), format!("{json:#}\n").as_bytes())
        } else {
            let mut stderr = AutoStream::new(io::stderr().lock(), self.color.into());
            let text = wrap(&format!("error: {failure}"), width());
            let text = text.strip_prefix("error:").unwrap_or(&text).to_owned();
            write_all(&mut stderr, format!("{BAD}error:{BAD:#}{text}\n").as_bytes())
        };
        ExitCode::from(failure.code)
    }
}

/// For what is drawn instead of printed.
#[cfg(feature = "dashboard")]
impl Output {
    /// Whether programs are to read it.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// The text as it is to be on a terminal: without colours, if nobody wants any.
    pub(crate) fn colored(&self, text: &str) -> String {
        let choice = match self.color.into() {
            ColorChoice::Auto => AutoStream::choice(&io::stdout()),
            asked => asked,
        };
        if choice == ColorChoice::Never { anstream::adapter::strip_str(text).to_string() } else { text.to_owned() }
    }
}

/// Prints help, or what is wrong with the command line, in lines that fit.
pub(crate) fn say_plainly(error: &clap::Error, color: Color) {
    let text = paragraph(error.render().ansi().to_string().trim_end(), help_width());
    // If it cannot be printed, the exit code still tells.
    let _ = if error.use_stderr() {
        write_all(&mut AutoStream::new(io::stderr().lock(), color.into()), text.as_bytes())
    } else {
        write_all(&mut AutoStream::new(io::stdout().lock(), color.into()), text.as_bytes())
    };
}

/// The exit code of a command that did not fail.
fn exit_code(answer: &impl Answer) -> ExitCode {
    if answer.has_problems() { ExitCode::from(1) } else { ExitCode::SUCCESS }
}

/// Writes all bytes. It is no error if the reader closes the pipe early, as `head` does.
fn write_all(to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    match to.write_all(bytes).and_then(|()| to.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

//! The live table: drawn anew every second, until somebody ends it.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, poll, read};
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, size,
};
use crossterm::{execute, queue};

use super::frame::Frame;
use super::signals::Signals;
use super::source::Source;
use crate::failure::Failure;
use crate::output::Output;
use crate::words::{clean, paragraph};

/// Between two looks at the figures.
const PERIOD: Duration = Duration::from_secs(1);
/// A key or a signal is noticed within that.
const KEY: Duration = Duration::from_millis(100);
/// Lines that are no function: two above the table, its head and the line below it, and two at the end.
const AROUND: usize = 7;

/// The figures as they are now, or why they cannot be had.
type Update = Result<Frame, Failure>;

/// Shows what comes from `source` until somebody ends it.
pub(super) fn show(source: Source, output: &Output) -> Result<(), Failure> {
    let (send, updates) = channel();
    // It may wait for an answer, and meanwhile keys are to be noticed. It ends with the process.
    thread::spawn(move || {
        while send.send(source.frame()).is_ok() {
            thread::sleep(PERIOD);
        }
    });
    let failed = |error| Failure::new(format!("cannot draw on this terminal: {error}"));
    let signals = Signals::note().map_err(failed)?;
    let screen = Screen::enter().map_err(failed)?;
    let shown = Screen::run(&updates, &signals, output);
    // Before anything is said of what went wrong.
    drop(screen);
    signals.obey();
    shown.map_err(failed)
}

/// The terminal while it is drawn on. It is as it was before once this is dropped.
struct Screen;

impl Screen {
    fn enter() -> io::Result<Self> {
        enable_raw_mode()?;
        let screen = Self;
        execute!(io::stdout(), EnterAlternateScreen, Hide)?;
        Ok(screen)
    }

    fn run(updates: &Receiver<Update>, signals: &Signals, output: &Output) -> io::Result<()> {
        let mut latest: Option<Frame> = None;
        let mut fault = None;
        let mut is_new = true;
        while signals.came().is_none() {
            while let Ok(next) = updates.try_recv() {
                match next {
                    Ok(frame) => (latest, fault) = (Some(frame), None),
                    Err(failure) => fault = Some(failure.to_string()),
                }
                is_new = true;
            }
            if is_new {
                Self::draw(latest.as_ref(), fault.as_deref(), output)?;
                is_new = false;
            }
            if poll(KEY)? {
                match read()? {
                    Event::Key(key) if ends(key) => return Ok(()),
                    Event::Resize(..) => is_new = true,
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn draw(frame: Option<&Frame>, fault: Option<&str>, output: &Output) -> io::Result<()> {
        let (width, height) = size()?;
        let (width, height) = (usize::from(width).max(20), usize::from(height).max(1));
        let mut text = match frame {
            Some(frame) => frame.lines(width, height.saturating_sub(AROUND).max(1)),
            None if fault.is_none() => "Asking ..\n".into(),
            None => String::new(),
        };
        if let Some(fault) = fault {
            text += &paragraph(&clean(fault), width);
        }
        text += "q ends it";
        let mut stdout = io::stdout().lock();
        queue!(stdout, MoveTo(0, 0))?;
        for (at, line) in output.colored(&text).lines().take(height).enumerate() {
            let end = if at == 0 { "" } else { "\r\n" };
            write!(stdout, "{end}{line}")?;
            queue!(stdout, Clear(ClearType::UntilNewLine))?;
        }
        queue!(stdout, Clear(ClearType::FromCursorDown))?;
        stdout.flush()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // A terminal that is gone needs no restoring.
        let _ = execute!(io::stdout(), Show, LeaveAlternateScreen);
        let _ = disable_raw_mode();
    }
}

fn ends(key: KeyEvent) -> bool {
    let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
    key.kind == KeyEventKind::Press
        && match key.code {
            KeyCode::Char('q' | 'Q') | KeyCode::Esc => true,
            KeyCode::Char('c' | 'd') => is_control,
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_keys_end_it() {
        let key = |code, modifiers| ends(KeyEvent::new(code, modifiers));
        assert!(key(KeyCode::Char('q'), KeyModifiers::NONE) && key(KeyCode::Char('c'), KeyModifiers::CONTROL));
        assert!(!key(KeyCode::Char('c'), KeyModifiers::NONE) && !key(KeyCode::Up, KeyModifiers::NONE));
    }
}

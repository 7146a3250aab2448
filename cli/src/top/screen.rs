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

use super::frame::{Frame, clipped};
use super::signals;
use super::source::Source;
use crate::failure::Failure;
use crate::output::{Output, WIDTH};
use crate::words::{clean, paragraph};

/// Between two looks at the figures.
const PERIOD: Duration = Duration::from_secs(1);
/// A key is noticed at once, and new figures within that.
const KEY: Duration = Duration::from_millis(100);
/// Lines of a terminal that does not know how many it has.
const HEIGHT: usize = 24;
/// The last line.
const END: &str = "q ends it";

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
    signals::restore_before_the_end(restore).map_err(failed)?;
    let screen = Screen::enter().map_err(failed)?;
    let shown = Screen::run(&updates, output);
    // Before anything is said of what went wrong.
    drop(screen);
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

    fn run(updates: &Receiver<Update>, output: &Output) -> io::Result<()> {
        let mut latest: Option<Frame> = None;
        let mut fault = None;
        let mut is_new = true;
        loop {
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
    }

    fn draw(frame: Option<&Frame>, fault: Option<&str>, output: &Output) -> io::Result<()> {
        let (width, height) = size()?;
        // A terminal that does not know its size says 0.
        let known = |size: u16, otherwise: usize| if size == 0 { otherwise } else { size.into() };
        let (width, height) = (known(width, WIDTH), known(height, HEIGHT));
        let fault = fault.map(|fault| paragraph(&clean(fault), width)).unwrap_or_default();
        let room = (height - 1).saturating_sub(fault.lines().count());
        let text = match frame {
            Some(frame) => frame.fitted(width, room),
            None if fault.is_empty() => "Asking ..\n".into(),
            None => String::new(),
        };
        let text = output.colored(&(text + &fault));
        let mut stdout = io::stdout().lock();
        queue!(stdout, MoveTo(0, 0))?;
        // Each is cleared before it is written: after one that is as wide as the terminal, its last character would go.
        for line in text.lines().take(height - 1) {
            queue!(stdout, Clear(ClearType::UntilNewLine))?;
            write!(stdout, "{}\r\n", clipped(line, width))?;
        }
        queue!(stdout, Clear(ClearType::FromCursorDown))?;
        write!(stdout, "{}", clipped(END, width))?;
        stdout.flush()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// Makes the terminal what it was before. One that is gone needs that no more.
fn restore() {
    let _ = execute!(io::stdout(), Show, LeaveAlternateScreen);
    let _ = disable_raw_mode();
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

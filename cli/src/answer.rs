//! The result of a command, ready to be printed.

use serde::Serialize;

/// The result of a command. It is printed as text, or as JSON by [`Serialize`].
pub(crate) trait Answer: Serialize {
    /// As text, in lines of at most `width` characters where that can be.
    fn text(&self, width: usize) -> String;

    /// Bytes to be printed unchanged in place of the text, such as a path that is not UTF-8.
    fn raw(&self) -> Option<Vec<u8>> {
        None
    }

    /// Whether problems were found: the exit code is 1 then.
    fn has_problems(&self) -> bool {
        false
    }
}

//! What a command has to say.

use serde::Serialize;

/// What a command has to say: as JSON, which is what [`Serialize`] makes of it, or as text.
pub(crate) trait Answer: Serialize {
    /// As text, in lines of at most `width` characters where that can be.
    fn text(&self, width: usize) -> String;

    /// As bytes, for what need not be text.
    fn bytes(&self, width: usize) -> Vec<u8> {
        self.text(width).into_bytes()
    }

    /// Whether problems were found: the exit code is 1 then.
    fn has_problems(&self) -> bool {
        false
    }
}

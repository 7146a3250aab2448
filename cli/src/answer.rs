//! What a command has to say.

use serde::Serialize;

/// What a command has to say: as JSON, which is what [`Serialize`] makes of it, or as text.
pub(crate) trait Answer: Serialize {
    /// As text, in lines of at most `width` characters where that can be.
    fn text(&self, width: usize) -> String;

    /// What is written byte for byte instead, as it need not be text.
    fn raw(&self) -> Option<Vec<u8>> {
        None
    }

    /// Whether problems were found: the exit code is 1 then.
    fn has_problems(&self) -> bool {
        false
    }
}

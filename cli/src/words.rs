//! Text as people read it: what a page says too, and what only a terminal needs.

pub(crate) use amorsize_store::view::words::{
    ago, bytes, clean, counted, date, duration, gain, moment, percent, thousands, time,
};
use anstyle::Style;
use textwrap::{Options, WordSplitter, fill};

/// Text in a style.
pub(crate) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// A line in a style.
pub(crate) fn line(style: Style, text: &str) -> String {
    styled(style, text) + "\n"
}

/// Text in lines of at most `width` columns, the last one ended too.
pub(crate) fn paragraph(text: &str, width: usize) -> String {
    wrap(text, width) + "\n"
}

/// Text in lines of at most `width` columns, broken at spaces; a longer word has a line to itself. Lines that begin with
/// spaces keep them.
pub(crate) fn wrap(text: &str, width: usize) -> String {
    text.lines().map(|line| wrap_line(line, width)).collect::<Vec<_>>().join("\n")
}

fn wrap_line(line: &str, width: usize) -> String {
    let text = line.trim_start();
    let indent = &line[..line.len() - text.len()];
    let options = Options::new(width).initial_indent(indent).subsequent_indent(indent).break_words(false);
    fill(text, options.word_splitter(WordSplitter::NoHyphenation))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_at_spaces() {
        assert_eq!(wrap("one two three\n  four five", 8), "one two\nthree\n  four\n  five");
        assert_eq!(wrap("incomprehensible", 4), "incomprehensible");
        assert_eq!(wrap("a\n\nb", 4), "a\n\nb");
        assert_eq!(wrap("a-b c-d", 4), "a-b\nc-d", "an option is no two words");
        assert_eq!(wrap("計算 する 評価", 9), "計算 する\n評価", "such characters take two columns each");
    }
}

//! Text as people read it: what a page says too, and what only a terminal needs.

pub(crate) use amorsize_store::words::{
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
    let (indent, text) = indented(line);
    filled(text, width, indent, indent)
}

/// The spaces that a line begins with, and the rest of it.
fn indented(line: &str) -> (&str, &str) {
    line.split_at(line.len() - line.trim_start().len())
}

/// Text in lines of at most `width` columns, with what its first line and its other lines begin with.
fn filled(text: &str, width: usize, first: &str, others: &str) -> String {
    let options = Options::new(width).initial_indent(first).subsequent_indent(others).break_words(false);
    fill(text, options.word_splitter(WordSplitter::NoHyphenation))
}

/// Paragraphs and lists in lines of at most `width` columns, the last one ended too. Each line of `text` is a paragraph, or
/// an entry of a list: a name, a tab, and what is said of it, which stands beside the name, or below it where there is no
/// room for that. What follows the line `Examples:` are commands: the other lines of each are indented further.
pub(crate) fn layout(text: &str, width: usize) -> String {
    let section = |section: &str| {
        let deeper = if section.starts_with("Examples:") { "  " } else { "" };
        let lines: Vec<&str> = section.lines().collect();
        let blocks = lines.chunk_by(|a, b| a.contains('\t') == b.contains('\t'));
        blocks.flat_map(|block| entries(block, deeper, width)).map(|entry| entry + "\n").collect::<String>()
    };
    text.split("\n\n").map(section).collect::<Vec<_>>().join("\n")
}

/// The room that there has to be beside the names of a list.
const BESIDE: usize = 24;

fn entries(block: &[&str], deeper: &str, width: usize) -> Vec<String> {
    let names = block.iter().filter_map(|line| line.split_once('\t'));
    let column = names.map(|(name, _)| name.len() + 2).max().unwrap_or(0);
    let entry = |line: &&str| {
        let (name, text) = line.split_once('\t').unwrap_or((line, ""));
        if !text.is_empty() && column + BESIDE <= width {
            return filled(text, width, &format!("{name:column$}"), &" ".repeat(column));
        }
        let (indent, words) = indented(name);
        let name = filled(words, width, indent, &format!("{indent}{deeper}"));
        let below = format!("{indent}    ");
        if text.is_empty() { name } else { format!("{name}\n{}", filled(text, width, &below, &below)) }
    };
    block.iter().map(entry).collect()
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

    #[test]
    fn lists_fit() {
        let text = "Two words:\n  a\tone two three four five six\n  long\tseven\n\nExamples:\n  eight nine";
        let wide =
            "Two words:\n  a     one two three four five\n        six\n  long  seven\n\nExamples:\n  eight nine\n";
        assert_eq!(layout(text, 34), wide);
        let narrow = "Two words:\n  a\n      one\n      two\n      three\n      four\n      five\n      six\n";
        assert_eq!(layout(text, 11), narrow.to_owned() + "  long\n      seven\n\nExamples:\n  eight\n    nine\n");
    }
}

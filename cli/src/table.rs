//! Tables that fit the terminal: rows where there is room for them, and else one card a row.

use anstyle::{AnsiColor, Style};
use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, CellAlignment, Color, ColumnConstraint, ContentArrangement, LineStyle, Width};
use crossterm::style::force_color_output;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::output::STRONG;
use crate::words::{clean, styled, wrap};

/// A table: the first column says what a row is about.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    heads: Vec<(&'static str, Column)>,
    rows: Vec<Vec<Cell>>,
}

/// What a column does where there is not enough room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// Nothing: it keeps its width.
    Whole,
    /// The same, and it is set to the right.
    Number,
    /// It is broken before `::` and after `/`.
    Path,
    /// It is broken at spaces.
    Prose,
    /// The same, and it may become narrower: it is only a few words.
    Phrase,
    /// It is left out, the last one first.
    Spare,
}

/// A cell, of one or more lines.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    text: String,
    style: Style,
}

/// Between two columns.
const GAP: usize = 2;

impl Cell {
    pub(crate) fn new(text: impl AsRef<str>) -> Self {
        Self::styled(Style::new(), text)
    }

    pub(crate) fn styled(style: Style, text: impl AsRef<str>) -> Self {
        let lines: Vec<_> = text.as_ref().split('\n').map(clean).collect();
        Self { text: lines.join("\n"), style }
    }

    fn on_one_line(&self) -> Self {
        Self { text: self.text.replace('\n', ", "), style: self.style }
    }

    pub(crate) fn width(&self) -> usize {
        self.text.split('\n').map(length).max().unwrap_or(0)
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(text)
    }
}

impl Column {
    /// How narrow it may be made, if it can be broken.
    fn narrowest(self) -> Option<usize> {
        match self {
            Self::Path | Self::Prose => Some(24),
            Self::Phrase => Some(15),
            Self::Whole | Self::Number | Self::Spare => None,
        }
    }
}

impl Table {
    pub(crate) fn new(heads: impl IntoIterator<Item = (&'static str, Column)>) -> Self {
        Self { heads: heads.into_iter().collect(), rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let row: Vec<_> = cells.into_iter().collect();
        debug_assert_eq!(row.len(), self.heads.len());
        self.rows.push(row);
    }

    /// In lines of at most `width` characters, each ended.
    pub(crate) fn text(&self, width: usize) -> String {
        let mut fewer = self.clone();
        loop {
            if let Some(widths) = fewer.widths(width) {
                return fewer.as_rows(&widths);
            }
            let Some(spare) = fewer.heads.iter().rposition(|&(_, column)| column == Column::Spare) else {
                return self.as_cards(width);
            };
            fewer.heads.remove(spare);
            for row in &mut fewer.rows {
                row.remove(spare);
            }
        }
    }

    /// How wide each column is to be; `None` if rows do not fit.
    fn widths(&self, width: usize) -> Option<Vec<usize>> {
        let natural = |at: usize| {
            let cells = self.rows.iter().map(|row| row[at].width());
            cells.chain([length(self.heads[at].0)]).max().unwrap_or(0)
        };
        let mut widths: Vec<usize> = (0..self.heads.len()).map(natural).collect();
        let gaps = GAP * self.heads.len().saturating_sub(1);
        loop {
            let excess = (widths.iter().sum::<usize>() + gaps).saturating_sub(width);
            if excess == 0 {
                return Some(widths);
            }
            // The widest of those that can be broken gives way first.
            let breakable = (0..widths.len()).filter_map(|at| Some((at, self.heads[at].1.narrowest()?)));
            let (widest, least) =
                breakable.filter(|&(at, least)| widths[at] > least).max_by_key(|&(at, _)| widths[at])?;
            widths[widest] -= excess.min(widths[widest] - least).min(1 + excess / 2);
        }
    }

    fn as_rows(&self, widths: &[usize]) -> String {
        let mut table = blank();
        table.style_mut().header_separator = LineStyle::none().fill('-');
        table
            .set_header(self.heads.iter().map(|(head, _)| comfy_table::Cell::new(head).add_attribute(Attribute::Bold)));
        for row in &self.rows {
            let cells = row.iter().zip(widths).zip(&self.heads);
            table.add_row(cells.map(|((cell, &width), &(_, column))| match column {
                Column::Path => comfy(&broken(&cell.text, width), cell.style),
                _ => comfy(&cell.text, cell.style),
            }));
        }
        let last = widths.len() - 1;
        for (at, (column, &width)) in table.column_iter_mut().zip(widths).enumerate() {
            size(column, 0, width, if at < last { GAP } else { 0 });
            if self.heads[at].1 == Column::Number {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        ended(&table)
    }

    fn as_cards(&self, width: usize) -> String {
        let card = |row: &Vec<Cell>| {
            let first = row[0].text.replace('\n', " ");
            let title = match self.heads[0] {
                // It can be seen what it is.
                (_, Column::Path) => broken(&first, width),
                (head, _) => wrap(&format!("{head} {first}"), width),
            };
            let title: String = title.lines().map(|line| styled(STRONG, line) + "\n").collect();
            let rest = self.heads.iter().zip(row).skip(1);
            let rest: Vec<_> = rest.map(|((head, _), cell)| (*head, cell.on_one_line())).collect();
            title + &pairs(&rest, width)
        };
        self.rows.iter().map(card).collect::<Vec<_>>().join("\n")
    }
}

/// Labels, and what there is to say to each, below one another.
pub(crate) fn pairs(pairs: &[(&str, Cell)], width: usize) -> String {
    let mut table = blank();
    for (label, cell) in pairs {
        table.add_row([comfy_table::Cell::new(label), comfy(&cell.text, cell.style)]);
    }
    let labels = pairs.iter().map(|(label, _)| length(label)).max().unwrap_or(0);
    let texts = pairs.iter().map(|(_, cell)| cell.width()).max().unwrap_or(0);
    let room = width.saturating_sub(labels + 2 * GAP).max(8);
    for (column, (left, width, right)) in table.column_iter_mut().zip([(GAP, labels, GAP), (0, texts.min(room), 0)]) {
        size(column, left, width, right);
    }
    ended(&table)
}

fn blank() -> comfy_table::Table {
    // Always with colours: `Output` removes them where they are not wanted.
    force_color_output(true);
    let mut table = comfy_table::Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic).enforce_styling();
    table.style_text_only();
    table
}

fn size(column: &mut comfy_table::Column, left: usize, width: usize, right: usize) {
    column.set_padding((left as u16, right as u16));
    column.set_constraint(ColumnConstraint::Absolute(Width::Fixed((left + width.max(1) + right) as u16)));
}

/// A path in lines of at most `width` columns: broken before `::` and after `/`, and within a name that is longer.
fn broken(path: &str, width: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    for piece in pieces(path) {
        if used > 0 && used + length(piece) > width {
            out.push('\n');
            used = 0;
        }
        for c in piece.chars() {
            let wide = c.width().unwrap_or(0);
            if used > 0 && used + wide > width {
                out.push('\n');
                used = 0;
            }
            out.push(c);
            used += wide;
        }
    }
    out
}

/// What may stand on a line of its own.
fn pieces(path: &str) -> impl Iterator<Item = &str> {
    let before = path.match_indices("::").map(|(at, _)| at);
    let after = path.match_indices('/').map(|(at, _)| at + 1);
    let mut cuts: Vec<usize> = before.chain(after).chain([0, path.len()]).collect();
    cuts.sort_unstable();
    cuts.dedup();
    (1..cuts.len()).map(move |at| &path[cuts[at - 1]..cuts[at]])
}

fn comfy(text: &str, style: Style) -> comfy_table::Cell {
    let mut cell = comfy_table::Cell::new(text);
    if style.get_effects().contains(anstyle::Effects::BOLD) {
        cell = cell.add_attribute(Attribute::Bold);
    }
    match style.get_fg_color() {
        Some(anstyle::Color::Ansi(AnsiColor::Green)) => cell.fg(Color::DarkGreen),
        Some(anstyle::Color::Ansi(AnsiColor::Yellow)) => cell.fg(Color::DarkYellow),
        Some(anstyle::Color::Ansi(AnsiColor::Red)) => cell.fg(Color::DarkRed),
        _ => cell,
    }
}

/// Lines without spaces at their ends, each ended.
fn ended(table: &comfy_table::Table) -> String {
    if table.is_empty() { String::new() } else { table.trim_fmt() + "\n" }
}

/// Columns of a terminal that it takes.
fn length(text: &str) -> usize {
    text.width()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new([("name", Column::Path), ("what", Column::Prose), ("n", Column::Number)]);
        table.row(["alpha::beta::gamma_delta_epsilon::zeta".into(), "short".into(), "7".into()]);
        table.row(["a".into(), "one two three four five six seven eight nine ten".into(), "1,234".into()]);
        table
    }

    #[test]
    fn wide_characters_take_two_columns() {
        for width in 20..100 {
            let mut table = Table::new([("名前", Column::Path), ("what", Column::Whole), ("n", Column::Prose)]);
            table.row(["箱::文字の列::計算する".into(), "短い".into(), "これは 長い 文 です".into()]);
            let text = plain(&table.text(width));
            assert!(text.lines().all(|line| length(line) <= width), "{width}:\n{text}");
        }
    }

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn rows_fit_or_become_cards() {
        for width in 20..140 {
            let text = plain(&table().text(width));
            assert!(text.lines().all(|line| length(line) <= width), "{width}:\n{text}");
            assert!(text.contains("1,234") && text.contains("seven"), "{width}:\n{text}");
            assert!(text.lines().all(|line| line.trim_end() == line), "{width}:\n{text}");
        }
        let wide = plain(&table().text(140));
        assert_eq!(wide.lines().count(), 4, "{wide}");
        assert!(wide.lines().nth(2).unwrap().ends_with("      7"), "{wide}");
        let narrow = plain(&table().text(40));
        assert!(narrow.contains("\n  what  short\n  n     7\n\na\n"), "{narrow}");
        let mut table = Table::new([("items", Column::Whole), ("what they take", Column::Whole)]);
        table.row(["512\nto 1,023".into(), "so long that there is no room".into()]);
        assert!(plain(&table.text(30)).starts_with("items 512 to 1,023\n  what they take  "));
    }

    #[test]
    fn paths_break_where_people_would() {
        assert_eq!(broken("alpha::beta::gamma", 12), "alpha::beta\n::gamma");
        assert_eq!(broken("/some/where", 7), "/some/\nwhere");
        assert_eq!(broken("alphabet::b", 5), "alpha\nbet\n::b");
        assert_eq!(broken("", 7), "");
        assert_eq!(broken("文字::計算する", 9), "文字\n::計算す\nる", "such characters take two columns each");
    }
}

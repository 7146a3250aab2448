//! A profile as text: a timeline, a line for each thread, and what follows from it.

use std::fmt::{self, Write};

use super::{Profile, Span, Spent, Way, name};
use crate::words::{counted, percent, thousands, time};

/// The width of [`Display`](fmt::Display).
const WIDTH: usize = 80;
/// The narrowest timeline, in columns.
const NARROWEST: usize = 16;
/// The most threads that have a line each.
const MOST_LINES: usize = 64;
/// Lighter items (ns) than this, on average, are not worth being told apart.
const WORTH_SAYING: f32 = 1_000.0;
/// An item is heavy that takes this many times as long as the others do on average.
const HEAVY: f32 = 4.0;

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(WIDTH))
    }
}

impl Profile {
    /// The profile as text of lines of at most `width` columns (but at least 48), the last one ended too.
    #[must_use]
    pub fn text(&self, width: usize) -> String {
        let threads = counted(self.threads.len() as u64, "thread");
        let items = counted(self.items, "item");
        let mut out = format!("{}\n{items} in {} on {threads}\n\n", self.function, time(self.wall as f64));
        out += &self.timeline(width);
        out += "\n";
        out += &self.table(width);
        out += "\n";
        for sentence in self.sentences() {
            out += &sentence;
            out += "\n";
        }
        out
    }

    /// A line for each thread. A column is full where the thread worked on items all the time.
    fn timeline(&self, width: usize) -> String {
        let names: Vec<_> = (0..self.threads.len()).map(name).collect();
        let label = names.iter().map(String::len).max().unwrap_or(0) + 2;
        let columns = width.saturating_sub(label).max(NARROWEST);
        let end = time(self.wall as f64);
        let mut out = format!("{:label$}0{end:>rest$}\n", "", rest = columns - 1);
        for (thread, name) in names.iter().enumerate().take(MOST_LINES) {
            let _ = write!(out, "{name:label$}");
            out.extend((0..columns).map(|column| self.sign(thread, column, columns)));
            out += "\n";
        }
        if names.len() > MOST_LINES {
            let _ = writeln!(out, "and {} more", thousands((names.len() - MOST_LINES) as u64));
        }
        out
    }

    /// The sign for what a thread did in this column.
    fn sign(&self, thread: usize, column: usize, columns: usize) -> char {
        let at = |column: usize| self.wall as f64 * column as f64 / columns as f64;
        let (from, to) = (at(column), at(column + 1));
        let spans = &self.threads[thread].spans;
        let first = spans.partition_point(|span| (span.end as f64) <= from);
        let busy: f64 =
            spans[first..].iter().take_while(|span| (span.start as f64) < to).map(|s| part(s, from, to)).sum();
        match busy / (to - from) {
            share if share > 0.75 => '█',
            share if share > 0.5 => '▓',
            share if share > 0.25 => '▒',
            share if share > 0.02 => '░',
            _ if thread == 0 => ' ',
            _ => match self.called {
                Some(called) if to > called as f64 && spans.first().is_none_or(|span| from < span.start as f64) => '~',
                _ => ' ',
            },
        }
    }

    /// What each thread did in numbers. Where there is no room for all columns, some are left out.
    fn table(&self, width: usize) -> String {
        let mut rows = vec![["", "items", "chunks", "busy", "coming", "between", "idle"].map(String::from)];
        let row = |name: String, items: u64, chunks: u64, spent: Spent, wall: u64| {
            let share = |part: u64| percent(part, wall);
            let Spent { items: busy, coming, between, finished, .. } = spent;
            [name, thousands(items), thousands(chunks), share(busy), share(coming), share(between), share(finished)]
        };
        for (thread, it) in self.threads.iter().enumerate().take(MOST_LINES) {
            rows.push(row(name(thread), it.items(), it.chunks(), self.spent(thread), self.wall));
        }
        if self.threads.len() > 1 {
            let (items, chunks) = self.threads.iter().fold((0, 0), |sum, it| (sum.0 + it.items(), sum.1 + it.chunks()));
            rows.push(row("all".into(), items, chunks, self.spent_by_all(), self.wall * self.threads.len() as u64));
        }
        let widths: Vec<_> = (0..7).map(|at| rows.iter().map(|row| row[at].len()).max().unwrap_or(0)).collect();
        let all = widths.iter().sum::<usize>() + 2 * 6;
        let columns: &[usize] = if all <= width { &[1, 2, 3, 4, 5, 6] } else { &[1, 3, 4, 6] };
        let line = |row: &[String; 7]| {
            let numbers = columns.iter().map(|&at| format!("  {:>width$}", row[at], width = widths[at]));
            format!("{:width$}{}\n", row[0], numbers.collect::<String>(), width = widths[0])
        };
        rows.iter().map(line).collect()
    }

    /// What follows from it, a sentence each.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let mut out = Vec::new();
        let took = self.wall as f64;
        for other in &self.others {
            let (n_jobs, other_time) = (other.n_jobs, time(other.time as f64));
            let verb = if other.is_measured { "takes" } else { "would take" };
            out.push(match other.way {
                Way::PlainLoop => {
                    let gain = other.time as f64 / took.max(1.0);
                    format!("The plain loop {verb} {other_time}: this run was {gain:.2} times as fast.")
                }
                Way::Model if n_jobs < 2 => "The cost model would choose the plain loop.".into(),
                Way::Model => format!("The cost model would choose {n_jobs} threads, and expects {other_time}."),
                Way::Plan if n_jobs < 2 => format!("The plan that was learned is the plain loop: {other_time}."),
                Way::Plan => format!("The plan that was learned has {n_jobs} threads: it {verb} {other_time}."),
            });
        }
        if let Some(called) = self.called.filter(|called| *called as f64 > 0.1 * took) {
            let share = percent(called, self.wall);
            out.push(format!(
                "The caller worked alone for {} ({share}) before it called for help.",
                time(called as f64)
            ));
        }
        let spent = self.spent_by_all();
        let all = self.wall * self.threads.len() as u64;
        if spent.coming > all / 10 {
            let share = percent(spent.coming, all);
            out.push(format!("{share} of the time went by until helpers came: they slept, or had other work."));
        }
        if self.called.is_some() && self.threads.len() == 1 {
            out.push("Help was called for, and nobody came before the work was done.".into());
        }
        let mean = self.work() as f32 / self.items.max(1) as f32;
        let chunks = self.threads.iter().enumerate().flat_map(|(at, it)| it.spans.iter().map(move |span| (at, span)));
        let longest = chunks.filter(|(_, span)| span.chunks == 1).max_by_key(|(_, span)| span.busy);
        let is_long = |span: &Span| self.threads.len() > 1 && span.busy > self.wall / 2;
        if let Some((thread, span)) = longest.filter(|(_, span)| is_long(span)) {
            let (share, name) = (percent(span.busy, self.wall), name(thread));
            out.push(match span.items {
                1 => format!("One item, on {name}, took {share} of the run: no number of threads makes it shorter."),
                items => {
                    format!("One chunk, {items} items on {name}, took {share} of the run: one of them is very heavy.")
                }
            });
        } else if let Some((_, span)) =
            self.heaviest().filter(|(_, span)| span.heaviest > HEAVY * mean.max(WORTH_SAYING))
        {
            let (heaviest, factor) = (time(f64::from(span.heaviest)), span.heaviest / mean);
            out.push(format!(
                "Items are uneven: the heaviest took {heaviest}, {factor:.0} times as long as the average."
            ));
        }
        out
    }
}

/// The time between `from` and `to` that a span spent on items, if it did so evenly.
fn part(span: &Span, from: f64, to: f64) -> f64 {
    let (start, end) = (span.start as f64, span.end as f64);
    let inside = (to.min(end) - from.max(start)).max(0.0);
    inside * span.busy as f64 / (end - start).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::super::tests::profile;

    #[test]
    fn it_says_who_worked_when() {
        let text = profile().text(60);
        let expected = "\
crate::text::score
81 items in 1.00 ms on 2 threads

          0                                          1.00 ms
caller    █████████▒▒███████████████████                    
helper 1            ~~~~~███████████████████████████████████
";
        let found: Vec<_> = text.lines().take(6).collect();
        assert_eq!(found, expected.lines().collect::<Vec<_>>());
        assert!(text.contains("all          81       5  64.0%    5.0%     1.0%  20.0%\n"), "{text}");
        assert!(text.contains("The plain loop would take 1.28 ms: this run was 1.28 times as fast."), "{text}");
        assert!(text.contains("The plan that was learned has 2 threads: it takes 800 us."), "{text}");
        assert!(text.contains("The caller worked alone for 200 us (20.0%)"), "{text}");
        assert!(text.lines().take(10).all(|line| line.chars().count() <= 60), "{text}");
    }
}

//! A profile as a picture.

use std::fmt::Write;

use super::{Profile, Span, Spent, name};
use crate::words::{counted, time};

/// Pixels of the whole picture, of the names, of a thread, and above the first thread.
const WIDTH: f64 = 960.0;
const NAMES: f64 = 80.0;
const LANE: f64 = 22.0;
const TOP: f64 = 56.0;
/// Spans are drawn together where they would be narrower than this.
const NARROWEST: f64 = 0.75;
/// Lines across the time axis.
const TICKS: usize = 8;

const STYLE: &str = "\
text{font:12px system-ui,sans-serif;fill:#24292f}.h{font-size:14px;font-weight:600}.m{fill:#57606a}\
.g{stroke:#d0d7de;stroke-width:1}.b{fill:#f6f8fa}.c{fill:#d4a72c;opacity:.45}.e{fill:#8c959f;opacity:.25}\
.w0{fill:#9ec5f4}.w1{fill:#54a0f0}.w2{fill:#1f6fd0}.w3{fill:#0b3d86}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.m{fill:#9198a1}.g{stroke:#3d444d}.b{fill:#151b23}\
.w0{fill:#234a78}.w1{fill:#2f6fb8}.w2{fill:#58a6ff}.w3{fill:#b6dcff}}";

impl Profile {
    /// The profile as a picture: a lane for each thread along the time, darker where items are heavier. A whole SVG file, which
    /// needs nothing else.
    #[must_use]
    pub fn svg(&self) -> String {
        let height = TOP + LANE * self.threads.len() as f64 + 48.0;
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
             height=\"{height}\" role=\"img\"><style>{STYLE}</style>"
        );
        let threads = counted(self.threads.len() as u64, "thread");
        let items = counted(self.items, "item");
        let title = format!("{}: {items} in {} on {threads}", self.function, time(self.wall as f64));
        let title = escape(&title);
        let _ = write!(out, "<title>{title}</title><text class=\"h\" x=\"8\" y=\"20\">{title}</text>");
        self.axis(&mut out);
        for thread in 0..self.threads.len() {
            self.lane(&mut out, thread);
        }
        Self::legend(&mut out, height - 14.0);
        out += "</svg>\n";
        out
    }

    /// Where a moment is.
    fn x(&self, moment: f64) -> f64 {
        NAMES + (WIDTH - NAMES - 16.0) * moment / (self.wall as f64).max(1.0)
    }

    fn axis(&self, out: &mut String) {
        let bottom = TOP + LANE * self.threads.len() as f64;
        for tick in 0..=TICKS {
            let moment = self.wall as f64 * tick as f64 / TICKS as f64;
            let (x, anchor) = (self.x(moment), if tick == TICKS { "end" } else { "middle" });
            let _ = write!(
                out,
                "<line class=\"g\" x1=\"{x:.1}\" y1=\"{:.1}\" x2=\"{x:.1}\" y2=\"{bottom:.1}\"/>\
                 <text class=\"m\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>",
                TOP - 4.0,
                TOP - 10.0,
                time(moment)
            );
        }
    }

    fn lane(&self, out: &mut String, thread: usize) {
        let y = TOP + LANE * thread as f64;
        let _ = write!(out, "<text x=\"8\" y=\"{:.1}\">{}</text>", y + 15.0, name(thread));
        let Spent { coming, uncalled, finished, .. } = self.spent(thread);
        let wall = self.wall as f64;
        self.rest(out, y, "c", "coming", uncalled as f64, (uncalled + coming) as f64);
        self.rest(out, y, "e", "nothing left to do", wall - finished as f64, wall);
        let mean = self.work() as f32 / self.items.max(1) as f32;
        for span in self.visible(thread) {
            let weight = match span.busy as f32 / (span.items.max(1) as f32 * mean.max(0.001)) {
                ..0.5 => 0,
                ..1.5 => 1,
                ..4.0 => 2,
                _ => 3,
            };
            let words = format!(
                "{} in {}, {} at {}, {} an item",
                counted(span.items, "item"),
                counted(span.chunks, "chunk"),
                time(span.busy as f64),
                time(span.start as f64),
                time(span.busy as f64 / span.items.max(1) as f64)
            );
            self.rect(out, y + 2.0, &format!("w{weight}"), &words, span.start as f64, span.end as f64);
        }
    }

    fn rest(&self, out: &mut String, y: f64, class: &str, words: &str, from: f64, to: f64) {
        if to > from {
            self.rect(out, y + 2.0, class, &format!("{words}: {}", time(to - from)), from, to);
        }
    }

    fn rect(&self, out: &mut String, y: f64, class: &str, words: &str, from: f64, to: f64) {
        let (x, end) = (self.x(from), self.x(to));
        // A gap between two chunks can be seen where there is room for it.
        let width = (end - x - if end - x > 3.0 { 0.5 } else { 0.0 }).max(0.2);
        let _ = write!(
            out,
            "<rect class=\"{class}\" x=\"{x:.2}\" y=\"{y:.1}\" width=\"{width:.2}\" height=\"{:.0}\"><title>{words}</title></rect>",
            LANE - 4.0
        );
    }

    /// The spans of a thread, neighbours put together where they are too narrow to be seen.
    fn visible(&self, thread: usize) -> Vec<Span> {
        let mut out: Vec<Span> = Vec::new();
        for span in &self.threads[thread].spans {
            match out.last_mut() {
                Some(last) if self.x(span.end as f64) - self.x(last.start as f64) < NARROWEST => {
                    *last = last.and(*span);
                }
                _ => out.push(*span),
            }
        }
        out
    }

    fn legend(out: &mut String, y: f64) {
        let entries = [
            ("w0", "lighter items"),
            ("w1", "average"),
            ("w2", "heavier"),
            ("w3", "over four times"),
            ("c", "coming"),
            ("e", "nothing left to do"),
        ];
        let mut x = NAMES;
        for (class, words) in entries {
            let _ = write!(
                out,
                "<rect class=\"{class}\" x=\"{x}\" y=\"{:.1}\" width=\"12\" height=\"12\"/>\
                 <text class=\"m\" x=\"{}\" y=\"{y:.1}\">{words}</text>",
                y - 10.0,
                x + 17.0
            );
            x += 40.0 + 6.5 * words.len() as f64;
        }
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::tests::profile;
    use super::super::{Profile, Span, Thread};

    #[test]
    fn each_chunk_is_drawn() {
        let svg = profile().svg();
        assert_eq!(svg.matches(" an item</title>").count(), 5, "{svg}");
        assert!(svg.contains("coming: 100 us") && svg.contains("nothing left to do: 400 us"), "{svg}");
        let open = svg.matches("<rect").count() + svg.matches("<text").count() + svg.matches("<title").count();
        let closed = svg.matches("</rect>").count() + svg.matches("</text>").count() + svg.matches("</title>").count();
        let without_content = svg.matches("height=\"12\"/>").count();
        assert_eq!(open, closed + without_content);
    }

    #[test]
    fn what_cannot_be_seen_is_put_together_and_names_are_escaped() {
        let spans = (0..100_000).map(|at| Span::chunk(at * 10, at * 10 + 9, 1)).collect();
        let profile = Profile::new("m::f<&u8>".into(), 0, 100_000, 1_000_000, None, vec![Thread::new(spans)]);
        let svg = profile.svg();
        assert!(svg.len() < 400_000 && svg.contains("m::f&lt;&amp;u8&gt;: 100,000 items"), "{}", svg.len());
    }
}

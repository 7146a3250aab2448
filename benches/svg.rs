//! Charts as SVG, for the guide: bars with one group a row, light on white and dark on black as the reader has it.

use std::fmt::Write;

/// A group of bars, one for each of the chart's kinds.
#[derive(Clone, Debug)]
pub struct Group {
    /// What the bars are of.
    pub name: String,
    /// The values, all above 0.
    pub values: Vec<f64>,
}

/// A chart of bars to the right, whose lengths are the logarithms of the values by the least of them.
#[derive(Clone, Debug)]
pub struct Chart<'c> {
    /// What it shows.
    pub title: &'c str,
    /// What the values are, and how they were measured.
    pub subtitle: &'c str,
    /// The kinds of bars.
    pub kinds: &'c [&'c str],
    /// A line across all groups, where the value is this.
    pub line: f64,
    /// The groups.
    pub groups: &'c [Group],
}

/// Colours that the colour-blind can tell apart (Okabe and Ito, 2008).
const COLORS: [&str; 3] = ["#999999", "#e69f00", "#0072b2"];
const WIDTH: f64 = 720.0;
/// Where bars begin and where the longest ends.
const LEFT: f64 = 210.0;
const RIGHT: f64 = 640.0;
const BAR: f64 = 16.0;
const GAP: f64 = 14.0;
const TOP: f64 = 78.0;

/// A value with its unit, as short as people say it: `1.9x`, `0.04x`.
fn said(value: f64) -> String {
    match value {
        v if v >= 10.0 => format!("{v:.0}x"),
        v if v >= 1.0 => format!("{v:.1}x"),
        v => format!("{v:.2}x"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

impl Chart<'_> {
    /// The picture.
    ///
    /// # Panics
    /// If there are no groups, or more kinds than colours.
    #[must_use]
    pub fn svg(&self) -> String {
        assert!(self.kinds.len() <= COLORS.len(), "a colour for each kind");
        let all = || self.groups.iter().flat_map(|group| group.values.iter().copied());
        let least = all().fold(self.line, f64::min) * 0.7;
        let most = all().fold(self.line, f64::max);
        let x = |value: f64| LEFT + (RIGHT - LEFT) * (value / least).ln() / (most / least).ln();
        let group = self.kinds.len() as f64 * BAR + GAP;
        let bottom = TOP + self.groups.len() as f64 * group;
        let height = bottom + 34.0;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
             font-family=\"sans-serif\" font-size=\"13\" role=\"img\" aria-label=\"{}\">\n\
             <style>.page{{fill:#fff}}.ink{{fill:#222}}.dim{{fill:#666}}.rule{{stroke:#222}}\
             @media(prefers-color-scheme:dark){{.page{{fill:#1b1b1b}}.ink{{fill:#eee}}.dim{{fill:#aaa}}.rule{{stroke:#eee}}}}</style>\n\
             <rect class=\"page\" width=\"100%\" height=\"100%\"/>\n\
             <text class=\"ink\" x=\"16\" y=\"24\" font-size=\"16\" font-weight=\"bold\">{}</text>\n\
             <text class=\"dim\" x=\"16\" y=\"43\">{}</text>\n",
            escaped(self.title),
            escaped(self.title),
            escaped(self.subtitle),
        );
        let mut at = 16.0;
        for (kind, color) in self.kinds.iter().zip(COLORS) {
            let _ = writeln!(
                svg,
                "<rect x=\"{at}\" y=\"54\" width=\"12\" height=\"12\" fill=\"{color}\"/>\
                 <text class=\"ink\" x=\"{}\" y=\"65\">{}</text>",
                at + 18.0,
                escaped(kind)
            );
            at += 46.0 + 7.5 * kind.len() as f64;
        }
        for (row, Group { name, values }) in self.groups.iter().enumerate() {
            let top = TOP + row as f64 * group;
            let middle = top + self.kinds.len() as f64 * BAR / 2.0 + 5.0;
            let _ = writeln!(
                svg,
                "<text class=\"ink\" x=\"{}\" y=\"{middle:.1}\" text-anchor=\"end\">{}</text>",
                LEFT - 10.0,
                escaped(name)
            );
            for (kind, (value, color)) in values.iter().zip(COLORS).enumerate() {
                let y = top + kind as f64 * BAR;
                let _ = writeln!(
                    svg,
                    "<rect x=\"{LEFT}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{}\" fill=\"{color}\"/>\
                     <text class=\"ink\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                    x(*value) - LEFT,
                    BAR - 2.0,
                    x(*value) + 5.0,
                    y + 12.0,
                    said(*value)
                );
            }
        }
        let line = x(self.line);
        let _ = writeln!(
            svg,
            "<line class=\"rule\" x1=\"{line:.1}\" x2=\"{line:.1}\" y1=\"{}\" y2=\"{bottom:.1}\" stroke-dasharray=\"3 3\"/>\
             <text class=\"dim\" x=\"{line:.1}\" y=\"{:.1}\" text-anchor=\"middle\">the plain loop</text>\n</svg>",
            TOP - 4.0,
            bottom + 16.0
        );
        svg
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_bars_for_larger_values() {
        let groups = [Group { name: "a < b".into(), values: vec![1.0, 0.01, 2.0] }];
        let chart = Chart { title: "t", subtitle: "s", kinds: &["x", "y", "z"], line: 1.0, groups: &groups };
        let svg = chart.svg();
        let widths: Vec<f64> = svg
            .lines()
            .filter(|line| line.starts_with("<rect x=\"210\""))
            .map(|line| line.split("width=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap())
            .collect();
        assert!(widths[1] > 0.0 && widths[1] < widths[0] && widths[0] < widths[2], "{widths:?}");
        assert!((widths[2] - (RIGHT - LEFT)).abs() < 0.1, "{widths:?}");
        assert!(svg.contains("a &lt; b") && svg.contains(">0.01x<") && svg.contains(">2.0x<"));
    }
}

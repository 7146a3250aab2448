//! What is drawn, row by row.

/// The part of the plane that the picture shows, and how closely.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    /// Points in a row.
    pub(crate) width: u32,
    /// Rows.
    pub(crate) height: u32,
    /// After this many steps a point counts as one of the set.
    pub(crate) steps: u32,
}

/// The middle of the picture.
const CENTRE: (f64, f64) = (-0.6, 0.0);
/// How much of the imaginary axis the picture shows.
const SPAN: f64 = 2.4;
/// A point as far out as this (squared) never comes back. More than the 4 that would do: colours come out smoother.
const FAR: f64 = 256.0;

/// The colours of one row: three bytes a point. Rows through the middle of the set take many times as long as those at the
/// rim, where points are soon far out.
#[amorsize::auto(key(view.width, view.steps))]
pub(crate) fn row(y: u32, view: &View) -> Vec<u8> {
    let scale = SPAN / f64::from(view.height);
    let im = CENTRE.1 + (f64::from(view.height) / 2.0 - f64::from(y) - 0.5) * scale;
    let left = CENTRE.0 - f64::from(view.width) / 2.0 * scale;
    (0..view.width).flat_map(|x| colour(escape(left + (f64::from(x) + 0.5) * scale, im, view.steps))).collect()
}

/// After how many steps of `z = z * z + c` the point `c` is far out, with the fraction that makes colours smooth. `None` if
/// it is not after all of them.
fn escape(re: f64, im: f64, steps: u32) -> Option<f64> {
    let (mut x, mut y) = (0.0, 0.0);
    for step in 0..steps {
        let (x2, y2) = (x * x, y * y);
        if x2 + y2 > FAR {
            let fraction = ((x2 + y2).log2() / FAR.log2()).log2();
            return Some(f64::from(step) + 1.0 - fraction);
        }
        (x, y) = (x2 - y2 + re, 2.0 * x * y + im);
    }
    None
}

/// Black inside of the set. Outside, colours come round again each time that the number of steps has doubled.
fn colour(steps: Option<f64>) -> [u8; 3] {
    let Some(steps) = steps else { return [0; 3] };
    let turn = (steps + 2.0).max(1.0).log2();
    [0.0, 0.12, 0.25].map(|phase| (127.5 * (1.0 - (std::f64::consts::TAU * (turn / 2.0 + phase)).cos())) as u8)
}

//! Watching a drawing being made: what a page shows while its strokes settle.

use crate::propose::Polyline;
use crate::stroke::Stroke;
use crate::vector::straight;

/// Where the strokes of a drawing come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The skeleton's polylines, each piece as a straight curve.
    Proposed,
    /// Curves through these.
    Fitted,
    /// Moved at this look at the picture, 1 being the first. Strokes that lie far apart are moved in groups, one after
    /// the other, and each group begins with its first look.
    Refined {
        /// The look's number.
        look: usize,
    },
    /// Those that were kept after one of the attempts to say the same with less.
    Simplified,
}

/// Called with every stage, and with a function that gives all strokes as they then are; without a call of that,
/// watching costs nothing.
pub type Watch<'a> = dyn FnMut(Stage, &dyn Fn() -> Vec<Stroke>) + 'a;

/// A polyline as a stroke, each piece a straight curve.
pub(crate) fn polygon(line: &Polyline) -> Stroke {
    let points = &line.points;
    let back = if line.closed || points.len() == 1 { &points[..1] } else { &[] };
    let corners = [points, back].concat();
    let mut chain = vec![corners[0]];
    chain.extend(corners.windows(2).flat_map(|pair| straight(pair[0], pair[1])[1..].to_vec()));
    Stroke::new(chain, line.width)
}

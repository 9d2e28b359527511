//! Proposing: strokes that follow a skeleton, and go straight on through its junctions.

mod crossing;
mod graph;
mod join;
mod prune;
mod shape;
mod thin;

use crate::image::Image;
use crate::stroke::Point;

/// A rough stroke.
#[derive(Clone, Debug, PartialEq)]
pub struct Polyline {
    /// Its middle, in pixels. A dot has one point.
    pub points: Vec<Point>,
    /// In pixels.
    pub width: f64,
    /// Whether the last point is followed by the first.
    pub closed: bool,
}

/// Polylines for the strokes of a picture of ink alone.
///
/// ```
/// use vecnb_trace::{Image, propose};
///
/// let mut ink = [0.0; 400]; // a plus: two strokes, though its skeleton has four branches
/// for at in 3..17 {
///     for side in 9..12 {
///         (ink[20 * at + side], ink[20 * side + at]) = (1.0, 1.0);
///     }
/// }
/// assert_eq!(propose(Image::new(&ink, 20, 20)?).len(), 2);
/// # Ok::<(), vecnb_trace::TraceError>(())
/// ```
#[must_use]
pub fn propose(ink: Image<'_>) -> Vec<Polyline> {
    let shape = shape::Shape::find(ink);
    let (branches, nodes) = graph::trace(&thin::thinned(&shape.mask, shape.width), shape.width);
    let mut branches = prune::prune(branches, &nodes, &shape);
    join::join(&mut branches, &shape);
    join::strokes(&branches, &shape)
}

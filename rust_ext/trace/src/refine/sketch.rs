//! All strokes of a picture as one system: their points, and which of these each curve has.

use crate::image::Image;
use crate::stroke::{Point, Stroke};

/// Strokes whose edges are nearer, in pixels, may move each other.
const NEAR: f64 = 4.0;

/// Pixels of a picture: `columns` from `left`, `rows` from `top`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub left: usize,
    pub top: usize,
    pub columns: usize,
    pub rows: usize,
}

impl Window {
    pub fn whole(image: Image<'_>) -> Self {
        Self { left: 0, top: 0, columns: image.width(), rows: image.height() }
    }

    /// Half the sum of the squares of its pixels: the squared error of empty paper.
    pub fn energy(self, image: Image<'_>) -> f64 {
        let rows = (self.top..self.top + self.rows).map(|row| row * image.width() + self.left);
        let sum = |first: usize| {
            image.pixels()[first..first + self.columns].iter().map(|v| f64::from(v * v)).sum::<f64>()
        };
        0.5 * rows.map(sum).sum::<f64>()
    }
}

/// Cubic curves that share control points.
#[derive(Clone, Debug)]
pub(super) struct Sketch {
    pub points: Vec<Point>,
    /// The four control points of each curve, by their places in `points`.
    pub curves: Vec<[usize; 4]>,
    /// Which stroke each curve belongs to.
    pub strokes: Vec<usize>,
    /// Of each stroke.
    pub widths: Vec<f64>,
}

impl Sketch {
    /// A closed chain's last point is its first; a dot has one point.
    pub fn new(strokes: &[Stroke]) -> Self {
        let mut sketch = Self { points: vec![], curves: vec![], strokes: vec![], widths: vec![] };
        for (at, stroke) in strokes.iter().enumerate() {
            let first = sketch.points.len();
            let count = stroke.points();
            sketch.points.extend(&stroke.chain[..count]);
            for curve in 0..stroke.curves() {
                sketch.curves.push([0, 1, 2, 3].map(|i| first + (3 * curve + i) % count));
                sketch.strokes.push(at);
            }
            sketch.widths.push(stroke.width);
        }
        sketch
    }

    /// The strokes again; each of that worth.
    pub fn strokes(&self, worth: &[f64]) -> Vec<Stroke> {
        let worth = worth.iter().zip(&self.widths);
        let mut strokes: Vec<Stroke> =
            worth.map(|(&worth, &width)| Stroke { chain: vec![], width, worth }).collect();
        for (curve, &stroke) in self.curves.iter().zip(&self.strokes) {
            let chain = &mut strokes[stroke].chain;
            let known = usize::from(!chain.is_empty());
            chain.extend(curve[known..].iter().map(|&at| self.points[at]));
        }
        strokes
    }

    /// The curves of strokes that lie near each other, together.
    pub fn groups(&self) -> Vec<Vec<usize>> {
        let mut boxes =
            vec![[f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY]; self.widths.len()];
        for (curve, &stroke) in self.curves.iter().zip(&self.strokes) {
            let margin = self.widths[stroke] / 2.0 + NEAR / 2.0;
            for &point in curve {
                let ([x, y], found) = (self.points[point], &mut boxes[stroke]);
                *found = [
                    found[0].min(x - margin),
                    found[1].min(y - margin),
                    found[2].max(x + margin),
                    found[3].max(y + margin),
                ];
            }
        }
        let mut parent: Vec<usize> = (0..boxes.len()).collect();
        for (one, a) in boxes.iter().enumerate() {
            for (other, b) in boxes[..one].iter().enumerate() {
                if a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3] {
                    let (one, other) = (root(&parent, one), root(&parent, other));
                    parent[one] = other;
                }
            }
        }
        let mut groups = vec![Vec::new(); boxes.len()];
        for (curve, &stroke) in self.strokes.iter().enumerate() {
            groups[root(&parent, stroke)].push(curve);
        }
        groups.retain(|group| !group.is_empty());
        groups
    }

    /// The pixels that a group may reach.
    pub fn window(&self, group: &[usize], image: Image<'_>) -> Window {
        let widest = group.iter().map(|&at| self.widths[self.strokes[at]]).fold(0.0, f64::max);
        let margin = widest + 2.0 * NEAR;
        let span = |axis: usize, count: usize| {
            let values = || group.iter().flat_map(|&at| self.curves[at]).map(|at| self.points[at][axis]);
            let low = (values().fold(f64::INFINITY, f64::min) - margin).clamp(0.0, count as f64) as usize;
            let high = (values().fold(0.0, f64::max) + margin).clamp(0.0, count as f64) as usize;
            (low, high.max(low) - low)
        };
        let ((left, columns), (top, rows)) = (span(0, image.width()), span(1, image.height()));
        Window { left, top, columns, rows }
    }
}

fn root(parent: &[usize], mut at: usize) -> usize {
    while parent[at] != at {
        at = parent[at];
    }
    at
}

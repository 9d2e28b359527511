//! A stroke: a chain of cubic Bézier curves with a width.

use crate::error::TraceError;

/// (x, y) in pixels, x right, y down; (0, 0) is the picture's corner.
pub type Point = [f64; 2];

/// A chain of S cubic curves, as wide everywhere, with round caps and joins.
///
/// One that ends where it begins is closed and stays so; one whose points coincide is a dot.
#[derive(Clone, Debug, PartialEq)]
pub struct Stroke {
    /// Control points, 3 S + 1.
    pub chain: Vec<Point>,
    /// In pixels.
    pub width: f64,
    /// By how much half the squared error would be larger, were the pixels nearest to the stroke empty.
    pub worth: f64,
}

impl Stroke {
    /// A stroke of which no picture has said yet what it is worth.
    #[must_use]
    pub fn new(chain: Vec<Point>, width: f64) -> Self {
        Self { chain, width, worth: 0.0 }
    }

    /// How many curves there are.
    #[must_use]
    pub fn curves(&self) -> usize {
        self.chain.len().saturating_sub(1) / 3
    }

    /// Whether it ends where it begins.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.chain.len() > 4 && self.chain.first() == self.chain.last()
    }

    /// Whether all its points are one.
    #[must_use]
    pub fn is_dot(&self) -> bool {
        self.chain.iter().all(|point| *point == self.chain[0])
    }

    /// Whether its first and last point, and the width, say all: a straight line, or a dot.
    #[must_use]
    pub fn is_line(&self) -> bool {
        self.is_dot() || (self.curves() == 1 && is_straight(&self.chain, 0.05))
    }

    /// How many numbers say it.
    #[must_use]
    pub fn numbers(&self) -> usize {
        1 + 2 * self.points()
    }

    /// How many of its points are its own: a dot has one, and where a closed chain ends, it begins.
    pub(crate) fn points(&self) -> usize {
        if self.is_dot() { 1 } else { self.chain.len() - usize::from(self.is_closed()) }
    }

    pub(crate) fn check(&self, stroke: usize) -> Result<(), TraceError> {
        let points = self.chain.len();
        if points < 4 || points % 3 != 1 {
            return Err(TraceError::Chain { stroke, points });
        }
        if let Some(point) = self.chain.iter().position(|point| !point.iter().all(|value| value.is_finite()))
        {
            return Err(TraceError::Point { stroke, point });
        }
        if self.width.is_finite() && self.width >= 0.0 {
            Ok(())
        } else {
            Err(TraceError::Width { stroke, value: self.width })
        }
    }
}

/// Whether a chain is a line: its control points are beside it by no more than this, and between its ends.
pub(crate) fn is_straight(chain: &[Point], tolerance: f64) -> bool {
    let (first, last) = (chain[0], chain[chain.len() - 1]);
    let along = [last[0] - first[0], last[1] - first[1]];
    let length = along[0].hypot(along[1]);
    length < tolerance
        || chain.iter().all(|point| {
            let from = [point[0] - first[0], point[1] - first[1]];
            let place = (from[0] * along[0] + from[1] * along[1]) / length;
            let beside = (from[1] * along[0] - from[0] * along[1]) / length;
            beside.abs() <= tolerance && (-tolerance..=length + tolerance).contains(&place)
        })
}

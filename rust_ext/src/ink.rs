//! A stroke as a band of an image sees it, for antialiasing: in `f32`, from a pixel near it.

use std::f32::consts::{FRAC_PI_4, SQRT_2};

use crate::coverage::Edge;
use crate::lanes::{larger, maximum, nearest, side_by_side, smaller, whole, LANES};
use crate::stroke::{Canvas, Stroke, LEAST_TURN};

/// Added to computed bounds, in rows or columns, so that rounding never drops a pixel.
const SLACK: f64 = 1e-3;

side_by_side! {
    /// A stroke seen from a pixel of a band near it, where `f32` is precise.
    Ink, Inks {
        /// Rows and columns that it may touch, whole numbers; rows are those of the band.
        top: f32,
        bottom: f32,
        left: f32,
        right: f32,
        /// The pixel from which it is seen, and the stroke's `p` and `q` there, per row and per column.
        row: f32,
        column: f32,
        p: f32,
        p_row: f32,
        p_column: f32,
        q: f32,
        q_row: f32,
        q_column: f32,
        half: f32,
        radius: f32,
        /// Half the length of the stroke with flat ends that has the same area.
        end: f32,
        /// The rows that a column takes: their middle at the pixel's column, per column, and how far they
        /// reach from it in a block of columns.
        middle: f32,
        steep: f32,
        far: f32,
        /// `Edge` across the stroke, and along it.
        inner: f32,
        outer: f32,
        slope: f32,
        bend: f32,
        along_inner: f32,
        along_outer: f32,
        along_slope: f32,
        along_bend: f32,
    }
}

/// The side of a square pixel with the same diagonal.
#[inline(always)]
fn unit(canvas: &Canvas) -> f32 {
    canvas.half_diagonal as f32 * SQRT_2
}

/// From this half width on no pixel sees both edges of a stroke.
#[inline(always)]
pub(crate) fn thick_from(canvas: &Canvas) -> f32 {
    unit(canvas) * (1.0 - 1e-6)
}

impl Ink {
    /// The part of a stroke that is in the rows first..=last of the canvas.
    #[inline(always)]
    pub fn new(stroke: &Stroke, canvas: &Canvas, first: f64, last: f64) -> Self {
        let (along, across) = (stroke.along(canvas), stroke.across(canvas));
        let (top, bottom) = (larger(stroke.top, first), smaller(stroke.bottom, last));
        // The columns that an endless stroke takes in these rows.
        let inverse = inverse(across.column);
        let (one, other) = (-across.at(top, 0.0) * inverse, -across.at(bottom, 0.0) * inverse);
        let wide = stroke.reach * inverse.abs();
        let left = larger(stroke.left, smaller(one, other) - wide);
        let right = smaller(stroke.right, larger(one, other) + wide);
        let (left, right) = (from(left), to(right));
        let (top, bottom) = (from(top - first), to(bottom - first));
        // A pixel in the middle of this part, and so near its axis.
        let (row, column) = (whole(0.5 * (top + bottom)) as f32, whole(0.5 * (left + right)) as f32);
        let (y, x) = (f64::from(row) + first, f64::from(column));
        let (q, q_row) = (across.at(y, x), across.row);
        // The rows that an endless stroke takes in a column.
        let inverse = self::inverse(q_row);
        let steep = -across.column * inverse;
        // `whole` rounds to the nearest row, and so half a row too far; a touch more for rounding.
        let far = stroke.reach * inverse.abs() + 0.5 * (LANES - 1) as f64 * steep.abs();
        let far = far * (1.0 + SLACK) + SLACK - 0.5;
        let (cos, sin, pitch) = (stroke.cos.abs() as f32, stroke.sin.abs() as f32, canvas.pitch as f32);
        let (edge, along_edge) = (Edge::new(sin * pitch, cos), Edge::new(cos * pitch, sin));
        let (half, radius, unit) = (stroke.half as f32, stroke.radius as f32, unit(canvas));
        let relative = radius / unit;
        let excess = maximum(relative - 0.55, 0.0);
        Self {
            top,
            bottom,
            left,
            right,
            row,
            column,
            p: along.at(y, x) as f32,
            p_row: along.row as f32,
            p_column: along.column as f32,
            q: q as f32,
            q_row: q_row as f32,
            q_column: across.column as f32,
            half,
            radius,
            end: half + unit * (FRAC_PI_4 * relative + 6.0 * excess * excess),
            middle: row - (q * inverse) as f32,
            steep: steep as f32,
            far: far as f32,
            inner: edge.inner,
            outer: edge.outer,
            slope: edge.slope,
            bend: edge.bend,
            along_inner: along_edge.inner,
            along_outer: along_edge.outer,
            along_slope: along_edge.slope,
            along_bend: along_edge.bend,
        }
    }

    #[inline(always)]
    pub fn across(&self) -> Edge {
        Edge { inner: self.inner, outer: self.outer, slope: self.slope, bend: self.bend }
    }

    /// The edge along the stroke; of a square pixel, which looks the same after a quarter turn, that across.
    #[inline(always)]
    pub fn along<const SQUARE: bool>(&self) -> Edge {
        if SQUARE {
            return self.across();
        }
        Edge {
            inner: self.along_inner,
            outer: self.along_outer,
            slope: self.along_slope,
            bend: self.along_bend,
        }
    }
}

/// 1 / `change`; of one so small that it is nothing on any canvas, a very large number.
#[inline(always)]
fn inverse(change: f64) -> f64 {
    1.0 / if change.abs() > LEAST_TURN { change } else { LEAST_TURN }
}

/// The first pixel from a bound on, and the last up to one.
#[inline(always)]
fn from(bound: f64) -> f32 {
    nearest(bound + 0.5 - SLACK) as f32
}

#[inline(always)]
fn to(bound: f64) -> f32 {
    nearest(bound - 0.5 + SLACK) as f32
}

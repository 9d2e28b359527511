//! A stroke in a band of an image, for antialiasing: in `f32`, relative to a pixel near it.

use std::f32::consts::{FRAC_PI_4, SQRT_2};

use super::coverage::Edge;
use crate::geometry::{MIN_SLOPE, PixelGrid, Stroke};
use crate::simd::{LANES, maximum, maximum_f64, minimum_f64, round, round_to_i32, struct_of_arrays};

/// Added to computed bounds, in rows or columns, so that rounding never drops a pixel.
const SLACK: f64 = 1e-3;

struct_of_arrays! {
    /// A stroke in a band, relative to one of the band's pixels that is near the stroke, where `f32` is precise.
    Coefficients, CoefficientGroup {
        /// Rows and columns that it may touch, whole numbers; rows are those of the band.
        top: f32,
        bottom: f32,
        left: f32,
        right: f32,
        /// That pixel, and the stroke's `p` and `q` there, per row and per column.
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
fn unit(grid: &PixelGrid) -> f32 {
    grid.half_diagonal as f32 * SQRT_2
}

/// From this half width on no pixel holds parts of both edges of a stroke.
#[inline(always)]
pub(crate) fn thick_from(grid: &PixelGrid) -> f32 {
    unit(grid) * (1.0 - 1e-6)
}

impl Coefficients {
    /// The part of a stroke that is in the rows first..=last of the grid.
    #[inline(always)]
    pub fn new(stroke: &Stroke, grid: &PixelGrid, first: f64, last: f64) -> Self {
        let (along, across) = (stroke.along(grid), stroke.across(grid));
        let (top, bottom) = (maximum_f64(stroke.top, first), minimum_f64(stroke.bottom, last));
        // The columns that an endless stroke takes in these rows.
        let inverse = inverse(across.column);
        let (one, other) = (-across.at(top, 0.0) * inverse, -across.at(bottom, 0.0) * inverse);
        let wide = stroke.reach * inverse.abs();
        let left = maximum_f64(stroke.left, minimum_f64(one, other) - wide);
        let right = minimum_f64(stroke.right, maximum_f64(one, other) + wide);
        let (left, right) = (first_pixel(left), last_pixel(right));
        let (top, bottom) = (first_pixel(top - first), last_pixel(bottom - first));
        // A pixel in the middle of this part, and so near its axis.
        let (row, column) =
            (round_to_i32(0.5 * (top + bottom)) as f32, round_to_i32(0.5 * (left + right)) as f32);
        let (y, x) = (f64::from(row) + first, f64::from(column));
        let (q, q_row) = (across.at(y, x), across.row);
        // The rows that an endless stroke takes in a column.
        let inverse = self::inverse(q_row);
        let steep = -across.column * inverse;
        // `round_to_i32` rounds to the nearest row, and so half a row too far; a touch more for rounding.
        let far = stroke.reach * inverse.abs() + 0.5 * (LANES - 1) as f64 * steep.abs();
        let far = far * (1.0 + SLACK) + SLACK - 0.5;
        let (cos, sin, pitch) = (stroke.cos.abs() as f32, stroke.sin.abs() as f32, grid.pitch as f32);
        let (edge, along_edge) = (Edge::new(sin * pitch, cos), Edge::new(cos * pitch, sin));
        let (half, radius, unit) = (stroke.half as f32, stroke.radius as f32, unit(grid));
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

/// 1 / `change`; of one so small that it is nothing in any image, a very large number.
#[inline(always)]
fn inverse(change: f64) -> f64 {
    1.0 / if change.abs() > MIN_SLOPE { change } else { MIN_SLOPE }
}

/// The first pixel from a bound on, and the last up to one.
#[inline(always)]
fn first_pixel(bound: f64) -> f32 {
    round(bound + 0.5 - SLACK) as f32
}

#[inline(always)]
fn last_pixel(bound: f64) -> f32 {
    round(bound - 0.5 + SLACK) as f32
}

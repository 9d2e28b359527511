//! What both painters need to know of the pixels and of a stroke.
//!
//! Lengths are in rows: the unit square times the image's height, so that a row is 1 high and a
//! column `pitch = height / width` wide.

use crate::simd::{maximum_f64, minimum_f64, struct_of_arrays};

/// Least slope of a line against the rows, or the columns, that it is computed with: its crossings with them
/// are then finite. On the longest row the error is less than a millionth of a pixel.
pub(crate) const MIN_SLOPE: f64 = 1e-12;

/// Size of an image in pixels, and the size of its pixels in rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PixelGrid {
    pub height: usize,
    pub width: usize,
    /// Width of a column, and its inverse.
    pub pitch: f64,
    pub columns_per_row: f64,
    /// Half a pixel's diagonal.
    pub half_diagonal: f64,
}

impl PixelGrid {
    pub fn new(height: usize, width: usize) -> Self {
        let pitch = height as f64 / width as f64;
        let half_diagonal = 0.5 * pitch.hypot(1.0);
        Self { height, width, pitch, columns_per_row: 1.0 / pitch, half_diagonal }
    }
}

/// A quantity that is linear over the pixels: its value at pixel (0, 0), and its change per row and per column.
#[derive(Clone, Copy)]
pub(crate) struct Linear {
    pub origin: f64,
    pub row: f64,
    pub column: f64,
}

impl Linear {
    #[inline(always)]
    pub fn at(&self, row: f64, column: f64) -> f64 {
        self.origin + row * self.row + column * self.column
    }
}

struct_of_arrays! {
    /// A stroke on the pixels of the whole image.
    Stroke, StrokeGroup {
        /// Its bounding box on the image, in rows and columns; an invisible stroke has top > bottom.
        top: f64,
        bottom: f64,
        left: f64,
        right: f64,
        /// Half its width, and how far from its axis it changes a pixel.
        radius: f64,
        reach: f64,
        /// Half its length, without the parts that are too far from the image to be visible.
        half: f64,
        /// Its direction.
        cos: f64,
        sin: f64,
        /// At pixel (0, 0): the place along its axis, from its middle, and across.
        along: f64,
        across: f64,
        /// Column and row of its end points.
        x1: f64,
        y1: f64,
        x2: f64,
        y2: f64,
    }
}

impl Stroke {
    /// A stroke of `width` (unit square) from (x1, y1) to (x2, y2), which changes pixels whose centre is up to
    /// `margin` (rows) outside.
    ///
    /// The products of the cross product are exact, being products of two `f32` in `f64`, so the distance
    /// of the stroke's axis from the image is right to 16 digits however far away the end points are.
    #[inline(always)]
    pub fn new(line: [f32; 4], width: f32, grid: &PixelGrid, margin: f64) -> Self {
        let [x1, y1, x2, y2] = line.map(f64::from);
        let (height, columns, pitch) = (grid.height as f64, grid.width as f64, grid.pitch);
        let radius = 0.5 * f64::from(width) * height;
        let reach = radius + margin;
        let (c1, r1, c2, r2) = (x1 * columns - 0.5, y1 * height - 0.5, x2 * columns - 0.5, y2 * height - 0.5);
        let (wide, last_row, last_column) = (reach * grid.columns_per_row, height - 1.0, columns - 1.0);
        let (top, bottom) = (minimum_f64(r1, r2) - reach, maximum_f64(r1, r2) + reach);
        let (left, right) = (minimum_f64(c1, c2) - wide, maximum_f64(c1, c2) + wide);
        let (dx, dy) = (x2 - x1, y2 - y1);
        let length = (dx * dx + dy * dy).sqrt();
        let inverse = 1.0 / length;
        let point = length <= 0.0;
        let cos = if point { 1.0 } else { dx * inverse };
        let sin = if point { 0.0 } else { dy * inverse };
        let offset = if point { -y1 } else { (x1 * y2 - y1 * x2) * inverse } * height;
        // Ends that are far from every pixel are moved closer, to where they still change none.
        let horizon = height + columns * pitch + 2.0 * reach;
        let (start, end) = ((cos * x1 + sin * y1) * height, (cos * x2 + sin * y2) * height);
        let visible = (width > 0.0)
            & (bottom >= 0.0)
            & (top <= last_row)
            & (right >= 0.0)
            & (left <= last_column)
            & (start <= horizon)
            & (end >= -horizon);
        let (start, end) = (maximum_f64(start, -horizon), minimum_f64(end, horizon));
        let (middle, half) = (0.5 * (start + end), 0.5 * (end - start));
        Self {
            top: if visible { maximum_f64(top, 0.0) } else { f64::INFINITY },
            bottom: if visible { minimum_f64(bottom, last_row) } else { f64::NEG_INFINITY },
            left: maximum_f64(left, 0.0),
            right: minimum_f64(right, last_column),
            radius,
            reach,
            half,
            cos,
            sin,
            along: 0.5 * (cos * pitch + sin) - middle,
            across: 0.5 * (cos - sin * pitch) + offset,
            x1: c1,
            y1: r1,
            x2: c2,
            y2: r2,
        }
    }

    /// The place along the axis, from its middle.
    #[inline(always)]
    pub fn along(&self, grid: &PixelGrid) -> Linear {
        Linear { origin: self.along, row: self.sin, column: self.cos * grid.pitch }
    }

    /// The place across the axis.
    #[inline(always)]
    pub fn across(&self, grid: &PixelGrid) -> Linear {
        Linear { origin: self.across, row: self.cos, column: -self.sin * grid.pitch }
    }
}

impl StrokeGroup {
    /// Whether any of them touches any of the rows first..=last.
    #[inline(always)]
    pub fn touch(&self, first: f64, last: f64) -> bool {
        let rows = self.top.iter().zip(&self.bottom);
        rows.fold(false, |so_far, (top, bottom)| so_far | ((*top <= last) & (*bottom >= first)))
    }
}

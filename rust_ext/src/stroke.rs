//! What both ways of painting need to know of a canvas and a stroke.
//!
//! Lengths are in rows: the unit square times the canvas's height, so that a row is 1 high and a
//! column `pitch = height / width` wide.

/// Rows, columns or pixels computed at once: eight `f32`, one AVX register or two SSE registers.
pub(crate) const LANES: usize = 8;

/// Added to computed bounds, in rows or columns, so that rounding never drops a pixel.
pub(crate) const SLACK: f64 = 1e-3;

/// Size of the canvas in pixels, and what every stroke needs to know of its pixels, in rows.
#[derive(Clone, Copy)]
pub(crate) struct Canvas {
    pub height: usize,
    pub width: usize,
    /// Width of a column, and its inverse.
    pub pitch: f64,
    pub columns_per_row: f64,
    /// Half a pixel's diagonal.
    pub half_diagonal: f64,
}

impl Canvas {
    pub fn new(height: usize, width: usize) -> Self {
        let pitch = height as f64 / width as f64;
        let half_diagonal = 0.5 * pitch.hypot(1.0);
        Self { height, width, pitch, columns_per_row: 1.0 / pitch, half_diagonal }
    }
}

/// A quantity that is linear over the pixels: its value at pixel (0, 0), per row and per column.
#[derive(Clone, Copy)]
pub(crate) struct Plane {
    pub origin: f64,
    pub row: f64,
    pub column: f64,
}

impl Plane {
    #[inline(always)]
    pub fn at(&self, row: f64, column: f64) -> f64 {
        self.origin + row * self.row + column * self.column
    }
}

/// A stroke made ready for painting.
#[derive(Clone, Copy)]
pub(crate) struct Stroke {
    /// First and last row it may touch.
    pub rows: (usize, usize),
    /// Half its width and half its length, without the parts that are too far away to be seen.
    pub radius: f64,
    pub half: f64,
    /// The place along its axis, from its middle, and across.
    pub along: Plane,
    pub across: Plane,
    /// Columns of its bounding box.
    pub columns: (f64, f64),
    /// Column and row of its end points.
    pub tips: [(f64, f64); 2],
    /// How far from its axis it is seen.
    pub reach: f64,
}

impl Stroke {
    /// Prepare a stroke of `width` (unit square) from (x1, y1) to (x2, y2), which is seen at pixels whose
    /// centre is up to `fringe` (rows) outside; `None` if it leaves no ink.
    ///
    /// The products of the cross product are exact, being products of two `f32` in `f64`, so the distance
    /// of the stroke's axis from the canvas is right to 16 digits however far away the end points are.
    #[inline(always)]
    pub fn new(line: [f32; 4], width: f32, canvas: &Canvas, fringe: f64) -> Option<Self> {
        if width <= 0.0 {
            return None;
        }
        let [x1, y1, x2, y2] = line.map(f64::from);
        let (height, columns, pitch) = (canvas.height as f64, canvas.width as f64, canvas.pitch);
        let radius = 0.5 * f64::from(width) * height;
        let reach = radius + fringe;
        let tips = [(x1 * columns - 0.5, y1 * height - 0.5), (x2 * columns - 0.5, y2 * height - 0.5)];
        let (wide, last_row, last_column) = (reach * canvas.columns_per_row, height - 1.0, columns - 1.0);
        let (top, bottom) = (smaller(tips[0].1, tips[1].1) - reach, larger(tips[0].1, tips[1].1) + reach);
        let (left, right) = (smaller(tips[0].0, tips[1].0) - wide, larger(tips[0].0, tips[1].0) + wide);
        if bottom < 0.0 || top > last_row || right < 0.0 || left > last_column {
            return None;
        }
        let (dx, dy) = (x2 - x1, y2 - y1);
        let length = (dx * dx + dy * dy).sqrt();
        let (cos, sin, offset) = if length > 0.0 {
            let inverse = 1.0 / length;
            (dx * inverse, dy * inverse, (x1 * y2 - y1 * x2) * inverse * height)
        } else {
            (1.0, 0.0, -y1 * height)
        };
        // Ends further away than any pixel can see are moved to where none sees them either.
        let horizon = height + columns * pitch + 2.0 * reach;
        let (start, end) = ((cos * x1 + sin * y1) * height, (cos * x2 + sin * y2) * height);
        if start > horizon || end < -horizon {
            return None;
        }
        let (start, end) = (larger(start, -horizon), smaller(end, horizon));
        let (middle, half) = (0.5 * (start + end), 0.5 * (end - start));
        let along = Plane { origin: 0.5 * (cos * pitch + sin) - middle, row: sin, column: cos * pitch };
        let across = Plane { origin: 0.5 * (cos - sin * pitch) + offset, row: cos, column: -sin * pitch };
        Some(Self {
            rows: (larger(top + 1.0 - SLACK, 0.0) as usize, smaller(bottom + SLACK, last_row) as usize),
            radius,
            half,
            along,
            across,
            columns: (larger(left, 0.0), smaller(right, last_column)),
            tips,
            reach,
        })
    }
}

// Comparisons instead of max and min of the standard library, which spend three instructions on NaN;
// and pass over a NaN in the first place.
#[inline(always)]
pub(crate) fn maximum(a: f32, b: f32) -> f32 {
    if a > b {
        a
    } else {
        b
    }
}

#[inline(always)]
pub(crate) fn minimum(a: f32, b: f32) -> f32 {
    if a < b {
        a
    } else {
        b
    }
}

#[inline(always)]
pub(crate) fn larger(a: f64, b: f64) -> f64 {
    if a > b {
        a
    } else {
        b
    }
}

#[inline(always)]
pub(crate) fn smaller(a: f64, b: f64) -> f64 {
    if a < b {
        a
    } else {
        b
    }
}

//! Strokes antialiased: how much of each pixel a stroke covers.
//!
//! A pixel is seen from the stroke's axis: `p` along it, from the middle, and `q` across it; |p| beyond half
//! the length is the overshoot `o`, and the distance is d = √(q² + o²), all in rows.
//!
//! The formulas are in `coverage`; here strokes are seen from a band, and painted in blocks of pixels.

use std::f32::consts::{FRAC_PI_4, SQRT_2};
use std::mem::MaybeUninit;

use crate::coverage::{Coverage, Edge, Thick, Thin};
use crate::lanes::{larger, maximum, minimum, nearest, side_by_side, smaller, whole, LANES};
use crate::painting::{BandOf, Brush};
use crate::stroke::{Canvas, Stroke, Strokes, LEAST_TURN};

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

impl Brush for Inks {
    type Cell = f32;

    fn cells(canvas: &Canvas, rows: usize) -> usize {
        rows * stride(canvas)
    }

    fn fringe(canvas: &Canvas) -> f64 {
        // Further from the edge than half its diagonal no pixel is partly covered.
        canvas.half_diagonal
    }

    #[inline(always)]
    fn blank() -> Self {
        Self::new()
    }

    #[inline(always)]
    fn see(&mut self, strokes: &Strokes, canvas: &Canvas, first: f64, last: f64) {
        for lane in 0..LANES {
            self.put(lane, Ink::new(&strokes.get(lane), canvas, first, last));
        }
    }

    #[inline(always)]
    fn paint(&self, lane: usize, canvas: &Canvas, band: &mut BandOf<Self>) {
        let ink = self.get(lane);
        if ink.bottom < ink.top || ink.right < ink.left {
            return;
        }
        let thick = ink.radius >= thick_from(canvas);
        match (thick, canvas.height == canvas.width) {
            (true, true) => ink.paint_with(Thick::<true>::new, canvas, band),
            (false, true) => ink.paint_with(Thin::<true>::new, canvas, band),
            (true, false) => ink.paint_with(Thick::<false>::new, canvas, band),
            (false, false) => ink.paint_with(Thin::<false>::new, canvas, band),
        }
    }

    #[inline(always)]
    fn copy_out(cells: &[f32], canvas: &Canvas, target: &mut [MaybeUninit<f32>]) {
        if stride(canvas) == canvas.width {
            target.iter_mut().zip(cells).for_each(|(to, from)| _ = to.write(*from));
        } else {
            let rows = cells.chunks_exact(stride(canvas)).flat_map(|row| &row[..canvas.width]);
            target.iter_mut().zip(rows).for_each(|(to, from)| _ = to.write(*from));
        }
    }
}

/// Floats from one painted row to the next: narrow canvases are padded to one block of lanes.
#[inline(always)]
fn stride(canvas: &Canvas) -> usize {
    canvas.width.max(LANES)
}

/// The side of a square pixel with the same diagonal.
#[inline(always)]
fn unit(canvas: &Canvas) -> f32 {
    canvas.half_diagonal as f32 * SQRT_2
}

/// From this half width on no pixel sees both edges of a stroke.
#[inline(always)]
fn thick_from(canvas: &Canvas) -> f32 {
    unit(canvas) * (1.0 - 1e-6)
}

impl Ink {
    /// The part of a stroke that is in the rows first..=last of the canvas.
    #[inline(always)]
    fn new(stroke: &Stroke, canvas: &Canvas, first: f64, last: f64) -> Self {
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

    #[inline(always)]
    fn paint_with<C: Coverage>(&self, cover: impl Fn(&Self) -> C, canvas: &Canvas, band: &mut BandOf<Inks>) {
        band.instructions.run(
            #[inline(always)]
            || self.paint(cover(self), canvas, band),
        );
    }

    /// Each pixel within reach becomes the larger of its ink and this stroke's.
    #[inline(always)]
    fn paint<C: Coverage>(&self, cover: C, canvas: &Canvas, band: &mut BandOf<Inks>) {
        // Blocks start at the stroke, not at multiples of their size: a steep one then takes a single column
        // of them. Eight columns are prepared at once.
        let mut left = self.left;
        while left <= self.right {
            let columns = self.columns(left, canvas);
            let count = (whole(self.right - left) as usize / LANES + 1).min(LANES);
            for column in 0..count {
                let rows = (columns.end[column] + 1 - columns.start[column]).max(0) as usize;
                self.paint_rows(cover, columns.at[column], columns.start[column], rows, canvas, band);
            }
            left += (LANES * LANES) as f32;
        }
    }

    /// Eight columns of blocks, from one on.
    #[inline(always)]
    fn columns(&self, left: f32, canvas: &Canvas) -> Columns {
        let last = (stride(canvas) - LANES) as f32;
        let mut columns = Columns { at: [0.0; LANES], start: [0; LANES], end: [0; LANES] };
        for lane in 0..LANES {
            // The last block is moved back into the row: painting a pixel twice changes nothing.
            let at = minimum(left + (lane * LANES) as f32, last);
            let x = at - self.column + 0.5 * (LANES - 1) as f32;
            let middle = x.mul_add(self.steep, self.middle);
            let start = minimum(maximum(middle - self.far, self.top), self.bottom + 1.0);
            let end = maximum(minimum(middle + self.far, self.bottom), self.top - 1.0);
            columns.at[lane] = at;
            columns.start[lane] = whole(start);
            columns.end[lane] = whole(end);
        }
        columns
    }

    /// Paint a column of blocks, one to a row.
    #[inline(always)]
    fn paint_rows<C: Coverage>(
        &self,
        cover: C,
        at: f32,
        start: i32,
        rows: usize,
        canvas: &Canvas,
        band: &mut BandOf<Inks>,
    ) {
        let (mut ps, mut qs) = ([self.p; LANES], [self.q; LANES]);
        for lane in 0..LANES {
            let x = at - self.column + lane as f32;
            ps[lane] = x.mul_add(self.p_column, self.p);
            qs[lane] = x.mul_add(self.q_column, self.q);
        }
        let mut y = [start as f32 - self.row; LANES];
        let from = start as usize * stride(canvas) + whole(at) as usize;
        let Some(cells) = band.cells.get_mut(from..) else { return };
        // The last row may be shorter than the stride.
        for row in cells.chunks_mut(stride(canvas)).take(rows) {
            let Some(block) = row.first_chunk_mut::<LANES>() else { return };
            for lane in 0..LANES {
                let p = y[lane].mul_add(self.p_row, ps[lane]);
                let q = y[lane].mul_add(self.q_row, qs[lane]);
                block[lane] = more(block[lane], cover.at(p, q));
            }
            y = y.map(|y| y + 1.0);
        }
    }
}

/// Where columns of blocks begin, and the rows start..=end that each takes.
struct Columns {
    at: [f32; LANES],
    start: [i32; LANES],
    end: [i32; LANES],
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

/// The larger of the ink that is there, ≥ 0, and the ink to come, which rounding may have left a touch below 0:
/// floats that are not both negative are ordered as the integers of the same bits, whose maximum is one
/// instruction.
#[inline(always)]
fn more(old: f32, new: f32) -> f32 {
    f32::from_bits((old.to_bits() as i32).max(new.to_bits() as i32) as u32)
}

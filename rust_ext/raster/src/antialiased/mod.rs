//! Strokes antialiased: how much of each pixel a stroke covers.
//!
//! `coefficients` has what a stroke is in a band, `coverage` the formulas; here the pixels are painted, in
//! blocks of two rows.

mod coefficients;
mod coverage;

use crate::geometry::{PixelGrid, StrokeGroup};
use crate::painter::{BandOf, Painter};
use crate::simd::{LANES, maximum, minimum, round_to_i32};
use coefficients::{CoefficientGroup, Coefficients, thick_from};
use coverage::{Coverage, Thick, Thin};

/// Pixels that are painted at once: eight columns of two rows.
const BLOCK: usize = 2 * LANES;

/// Strokes in a band, and where the first blocks of each are: known before anything is painted, so that
/// the processor need not wait to learn how many there are.
#[derive(Debug)]
pub(crate) struct AntialiasedGroup {
    coefficients: CoefficientGroup,
    columns: [Columns; LANES],
}

/// Columns of blocks.
#[derive(Clone, Copy, Debug, Default)]
struct Columns {
    count: usize,
    /// Of each: its first column of pixels, its first row, and how many blocks it has.
    at: [f32; LANES],
    start: [i32; LANES],
    blocks: [i32; LANES],
}

impl Painter for AntialiasedGroup {
    type Pixel = f32;

    fn margin(grid: &PixelGrid) -> f64 {
        // Further from the edge than half its diagonal no pixel is partly covered.
        grid.half_diagonal
    }

    #[inline(always)]
    fn empty() -> Self {
        Self { coefficients: CoefficientGroup::zeroed(), columns: [Columns::default(); LANES] }
    }

    #[inline(always)]
    fn prepare(&mut self, strokes: &StrokeGroup, grid: &PixelGrid, first: f64, last: f64) {
        for lane in 0..LANES {
            self.coefficients.set(lane, Coefficients::new(&strokes.get(lane), grid, first, last));
        }
        for lane in 0..LANES {
            let stroke = self.coefficients.get(lane);
            self.columns[lane] = Columns::new(&stroke, stroke.left, grid);
        }
    }

    #[inline(always)]
    fn paint(&self, lane: usize, grid: &PixelGrid, band: &mut BandOf<Self>) {
        let (stroke, columns) = (self.coefficients.get(lane), &self.columns[lane]);
        if columns.count == 0 {
            return;
        }
        let thick = stroke.radius >= thick_from(grid);
        match (thick, grid.height == grid.width) {
            (true, true) => paint(Thick::<true>::new(&stroke), &stroke, columns, grid, band),
            (false, true) => paint(Thin::<true>::new(&stroke), &stroke, columns, grid, band),
            (true, false) => paint(Thick::<false>::new(&stroke), &stroke, columns, grid, band),
            (false, false) => paint(Thin::<false>::new(&stroke), &stroke, columns, grid, band),
        }
    }

    /// In place, but for bands that are smaller than a block.
    #[inline(always)]
    fn with_cleared(
        grid: &PixelGrid,
        buffer: &mut Vec<f32>,
        pixels: &mut [f32],
        paint: impl FnOnce(&mut [f32]),
    ) {
        let (rows, stride) = (pixels.len() / grid.width, stride(grid));
        if grid.width == stride && rows >= 2 {
            pixels.fill(0.0);
            return paint(pixels);
        }
        buffer.clear();
        buffer.resize(rows.max(2) * stride, 0.0);
        paint(buffer);
        for (row, painted) in pixels.chunks_mut(grid.width).zip(buffer.chunks(stride)) {
            row.copy_from_slice(&painted[..grid.width]);
        }
    }
}

impl Columns {
    /// The first eight columns from one on that a stroke takes. They start at the stroke, not at multiples of
    /// their size: a steep one then takes a single column.
    #[inline(always)]
    fn new(stroke: &Coefficients, left: f32, grid: &PixelGrid) -> Self {
        let mut columns = Self::default();
        if stroke.bottom < stroke.top || stroke.right < left {
            return columns;
        }
        columns.count = (round_to_i32(stroke.right - left) as usize / LANES + 1).min(LANES);
        let last = (stride(grid) - LANES) as f32;
        for lane in 0..LANES {
            // The last one is moved back into the image: painting a pixel twice changes nothing.
            let at = minimum(left + (lane * LANES) as f32, last);
            let x = at - stroke.column + 0.5 * (LANES - 1) as f32;
            let middle = x.mul_add(stroke.steep, stroke.middle);
            let start = round_to_i32(minimum(maximum(middle - stroke.far, stroke.top), stroke.bottom + 1.0));
            let end = round_to_i32(maximum(minimum(middle + stroke.far, stroke.bottom), stroke.top - 1.0));
            columns.at[lane] = at;
            columns.start[lane] = start;
            columns.blocks[lane] = (end - start + 2).max(0) / 2;
        }
        columns
    }
}

/// Each pixel within reach becomes the larger of its value and the share of it that this stroke covers.
#[inline(always)]
fn paint<C: Coverage>(
    cover: C,
    stroke: &Coefficients,
    columns: &Columns,
    grid: &PixelGrid,
    band: &mut BandOf<AntialiasedGroup>,
) {
    let (mut left, mut columns) = (stroke.left, *columns);
    while columns.count > 0 {
        for column in 0..columns.count {
            let place = (columns.at[column], columns.start[column]);
            paint_column(cover, stroke, place, columns.blocks[column], grid, band);
        }
        left += (LANES * LANES) as f32;
        columns = Columns::new(stroke, left, grid);
    }
}

/// Paint one column of so many blocks from a place (column, row) on.
#[inline(always)]
fn paint_column<C: Coverage>(
    cover: C,
    stroke: &Coefficients,
    (at, start): (f32, i32),
    blocks: i32,
    grid: &PixelGrid,
    band: &mut BandOf<AntialiasedGroup>,
) {
    let (mut ps, mut qs) = ([0.0; BLOCK], [0.0; BLOCK]);
    for pixel in 0..BLOCK {
        let (x, y) =
            (at - stroke.column + (pixel % LANES) as f32, start as f32 - stroke.row + (pixel / LANES) as f32);
        ps[pixel] = y.mul_add(stroke.p_row, x.mul_add(stroke.p_column, stroke.p));
        qs[pixel] = y.mul_add(stroke.q_row, x.mul_add(stroke.q_column, stroke.q));
    }
    let (stride, at) = (stride(grid), round_to_i32(at) as usize);
    let last = band.rows.max(2) as i32 - 2;
    for block in 0..blocks {
        // The last one is moved back into the band.
        let row = (start + 2 * block).min(last);
        let from = row as usize * stride + at;
        let Some(pixels) = band.pixels.get_mut(from..from + stride + LANES) else { return };
        let mut values = [0.0; BLOCK];
        values[..LANES].copy_from_slice(&pixels[..LANES]);
        values[LANES..].copy_from_slice(&pixels[stride..]);
        let y = (row - start) as f32;
        for pixel in 0..BLOCK {
            let (p, q) = (y.mul_add(stroke.p_row, ps[pixel]), y.mul_add(stroke.q_row, qs[pixel]));
            values[pixel] = larger(values[pixel], cover.at(p, q));
        }
        pixels[..LANES].copy_from_slice(&values[..LANES]);
        pixels[stride..].copy_from_slice(&values[LANES..]);
    }
}

/// Floats from one painted row to the next: narrow images are padded to the width of a block.
#[inline(always)]
fn stride(grid: &PixelGrid) -> usize {
    grid.width.max(LANES)
}

/// The larger of two values, of which the old one is not negative, and the new one may be a touch below 0 by
/// rounding: floats that are not both negative are ordered as the integers of the same bits, whose maximum is
/// one instruction.
#[inline(always)]
fn larger(old: f32, new: f32) -> f32 {
    f32::from_bits((old.to_bits() as i32).max(new.to_bits() as i32) as u32)
}

//! Strokes antialiased: how much of each pixel a stroke covers.
//!
//! `ink` says how a stroke is seen from a band, `coverage` has the formulas; here the pixels are painted, in
//! blocks of two rows.

use crate::coverage::{Coverage, Thick, Thin};
use crate::ink::{thick_from, Ink, Inks};
use crate::lanes::{maximum, minimum, whole, LANES};
use crate::painting::{BandOf, Brush};
use crate::stroke::{Canvas, Strokes};

/// Pixels that are painted at once: eight columns of two rows.
const BLOCK: usize = 2 * LANES;

/// Strokes seen from a band, and where the first blocks of each are: known before anything is painted, so that
/// the processor need not wait to learn how many there are.
pub(crate) struct Seen {
    inks: Inks,
    columns: [Columns; LANES],
}

/// Columns of blocks.
#[derive(Clone, Copy, Default)]
struct Columns {
    count: usize,
    /// Of each: its first column of pixels, its first row, and how many blocks it has.
    at: [f32; LANES],
    start: [i32; LANES],
    blocks: [i32; LANES],
}

impl Brush for Seen {
    type Cell = f32;

    fn fringe(canvas: &Canvas) -> f64 {
        // Further from the edge than half its diagonal no pixel is partly covered.
        canvas.half_diagonal
    }

    #[inline(always)]
    fn blank() -> Self {
        Self { inks: Inks::new(), columns: [Columns::default(); LANES] }
    }

    #[inline(always)]
    fn see(&mut self, strokes: &Strokes, canvas: &Canvas, first: f64, last: f64) {
        for lane in 0..LANES {
            self.inks.put(lane, Ink::new(&strokes.get(lane), canvas, first, last));
        }
        for lane in 0..LANES {
            let ink = self.inks.get(lane);
            self.columns[lane] = Columns::new(&ink, ink.left, canvas);
        }
    }

    #[inline(always)]
    fn paint(&self, lane: usize, canvas: &Canvas, band: &mut BandOf<Self>) {
        let (ink, columns) = (self.inks.get(lane), &self.columns[lane]);
        if columns.count == 0 {
            return;
        }
        let thick = ink.radius >= thick_from(canvas);
        match (thick, canvas.height == canvas.width) {
            (true, true) => paint(Thick::<true>::new(&ink), &ink, columns, canvas, band),
            (false, true) => paint(Thin::<true>::new(&ink), &ink, columns, canvas, band),
            (true, false) => paint(Thick::<false>::new(&ink), &ink, columns, canvas, band),
            (false, false) => paint(Thin::<false>::new(&ink), &ink, columns, canvas, band),
        }
    }

    /// The cells are the pixels themselves, but for bands that are smaller than a block.
    #[inline(always)]
    fn on_blank(canvas: &Canvas, sheet: &mut Vec<f32>, pixels: &mut [f32], work: impl FnOnce(&mut [f32])) {
        let (rows, stride) = (pixels.len() / canvas.width, stride(canvas));
        if canvas.width == stride && rows >= 2 {
            pixels.fill(0.0);
            return work(pixels);
        }
        sheet.clear();
        sheet.resize(rows.max(2) * stride, 0.0);
        work(sheet);
        for (row, painted) in pixels.chunks_mut(canvas.width).zip(sheet.chunks(stride)) {
            row.copy_from_slice(&painted[..canvas.width]);
        }
    }
}

impl Columns {
    /// The first eight columns from one on that a stroke takes. They start at the stroke, not at multiples of
    /// their size: a steep one then takes a single column.
    #[inline(always)]
    fn new(ink: &Ink, left: f32, canvas: &Canvas) -> Self {
        let mut columns = Self::default();
        if ink.bottom < ink.top || ink.right < left {
            return columns;
        }
        columns.count = (whole(ink.right - left) as usize / LANES + 1).min(LANES);
        let last = (stride(canvas) - LANES) as f32;
        for lane in 0..LANES {
            // The last one is moved back onto the canvas: painting a pixel twice changes nothing.
            let at = minimum(left + (lane * LANES) as f32, last);
            let x = at - ink.column + 0.5 * (LANES - 1) as f32;
            let middle = x.mul_add(ink.steep, ink.middle);
            let start = whole(minimum(maximum(middle - ink.far, ink.top), ink.bottom + 1.0));
            let end = whole(maximum(minimum(middle + ink.far, ink.bottom), ink.top - 1.0));
            columns.at[lane] = at;
            columns.start[lane] = start;
            columns.blocks[lane] = (end - start + 2).max(0) / 2;
        }
        columns
    }
}

/// Each pixel within reach becomes the larger of its ink and this stroke's.
#[inline(always)]
fn paint<C: Coverage>(cover: C, ink: &Ink, columns: &Columns, canvas: &Canvas, band: &mut BandOf<Seen>) {
    let (mut left, mut columns) = (ink.left, *columns);
    while columns.count > 0 {
        for column in 0..columns.count {
            let place = (columns.at[column], columns.start[column]);
            paint_column(cover, ink, place, columns.blocks[column], canvas, band);
        }
        left += (LANES * LANES) as f32;
        columns = Columns::new(ink, left, canvas);
    }
}

/// Paint one column of so many blocks from a place (column, row) on.
#[inline(always)]
fn paint_column<C: Coverage>(
    cover: C,
    ink: &Ink,
    (at, start): (f32, i32),
    blocks: i32,
    canvas: &Canvas,
    band: &mut BandOf<Seen>,
) {
    let (mut ps, mut qs) = ([0.0; BLOCK], [0.0; BLOCK]);
    for pixel in 0..BLOCK {
        let (x, y) =
            (at - ink.column + (pixel % LANES) as f32, start as f32 - ink.row + (pixel / LANES) as f32);
        ps[pixel] = y.mul_add(ink.p_row, x.mul_add(ink.p_column, ink.p));
        qs[pixel] = y.mul_add(ink.q_row, x.mul_add(ink.q_column, ink.q));
    }
    let (stride, at) = (stride(canvas), whole(at) as usize);
    let last = band.rows.max(2) as i32 - 2;
    for block in 0..blocks {
        // The last one is moved back into the band.
        let row = (start + 2 * block).min(last);
        let from = row as usize * stride + at;
        let Some(cells) = band.cells.get_mut(from..from + stride + LANES) else { return };
        let mut inks = [0.0; BLOCK];
        inks[..LANES].copy_from_slice(&cells[..LANES]);
        inks[LANES..].copy_from_slice(&cells[stride..]);
        let y = (row - start) as f32;
        for pixel in 0..BLOCK {
            let (p, q) = (y.mul_add(ink.p_row, ps[pixel]), y.mul_add(ink.q_row, qs[pixel]));
            inks[pixel] = more(inks[pixel], cover.at(p, q));
        }
        cells[..LANES].copy_from_slice(&inks[..LANES]);
        cells[stride..].copy_from_slice(&inks[LANES..]);
    }
}

/// Floats from one painted row to the next: narrow canvases are padded to the width of a block.
#[inline(always)]
fn stride(canvas: &Canvas) -> usize {
    canvas.width.max(LANES)
}

/// The larger of the ink that is there, ≥ 0, and the ink to come, which rounding may have left a touch below 0:
/// floats that are not both negative are ordered as the integers of the same bits, whose maximum is one
/// instruction.
#[inline(always)]
fn more(old: f32, new: f32) -> f32 {
    f32::from_bits((old.to_bits() as i32).max(new.to_bits() as i32) as u32)
}

//! Tiles of 4 × 4 pixels, one vector register each: where strokes are painted antialiased.
//!
//! Few of the pixels of the tiles that a stroke touches are none of its own, whatever its direction, and a
//! tile is loaded and stored whole: a processor waits where a load overlaps several stores before it.

use std::mem::MaybeUninit;

use crate::ink::Ink;
use crate::lanes::{maximum, minimum, whole, LANES};
use crate::stroke::Canvas;

/// Side of a tile, and its pixels.
pub(crate) const SIDE: usize = 4;
pub(crate) const PIXELS: usize = SIDE * SIDE;

/// The pixels of a tile, row by row.
#[derive(Clone, Copy, Default)]
#[repr(align(64))]
pub(crate) struct Tile(pub [f32; PIXELS]);

/// Tiles that are copied out at once.
const GROUP: usize = 4;

/// Tiles from one row of tiles to the next: whole groups.
#[inline(always)]
pub(crate) fn stride(canvas: &Canvas) -> usize {
    canvas.width.div_ceil(GROUP * SIDE) * GROUP
}

/// The tile that holds pixel `at` of a row or column.
#[inline(always)]
pub(crate) fn holder(at: f32) -> f32 {
    whole(at * (1.0 / SIDE as f32) - 0.375) as f32
}

/// Tiles that a stroke touches, out of 8 × 8: their places, and the stroke's `p` and `q` at their first pixel.
pub(crate) struct Touched {
    pub count: usize,
    pub at: [i32; MOST],
    pub p: [f32; MOST],
    pub q: [f32; MOST],
}

/// As many as there can be, and those that the last column writes beyond its own.
const MOST: usize = LANES * LANES + LANES;

impl Default for Touched {
    fn default() -> Self {
        Self { count: 0, at: [0; MOST], p: [0.0; MOST], q: [0.0; MOST] }
    }
}

impl Touched {
    /// Find those from this row and column of tiles on. Without branches, which would be hard to foresee: each
    /// column writes eight tiles, and the next one writes over those that are not touched.
    #[inline(always)]
    pub fn find(&mut self, ink: &Ink, canvas: &Canvas, row: f32, column: f32) {
        let stride = stride(canvas) as i32;
        let columns = Columns::new(ink, stride, row, column);
        let (p_step, q_step) = (SIDE as f32 * ink.p_row, SIDE as f32 * ink.q_row);
        self.count = 0;
        for lane in 0..LANES {
            let room = self.count..self.count + LANES;
            let (Some(at), Some(p), Some(q)) =
                (self.at.get_mut(room.clone()), self.p.get_mut(room.clone()), self.q.get_mut(room))
            else {
                return;
            };
            for down in 0..LANES {
                at[down] = columns.at[lane] + down as i32 * stride;
                p[down] = columns.p[lane] + down as f32 * p_step;
                q[down] = columns.q[lane] + down as f32 * q_step;
            }
            self.count += columns.count[lane] as usize;
        }
    }
}

/// Eight columns of tiles: how many are touched, up to eight in a column, and the first of these.
struct Columns {
    count: [u32; LANES],
    at: [i32; LANES],
    p: [f32; LANES],
    q: [f32; LANES],
}

impl Columns {
    /// From one column on, and from one row on.
    #[inline(always)]
    fn new(ink: &Ink, stride: i32, row: f32, column: f32) -> Self {
        // How far a bound that rounding has moved may lie beyond a whole number.
        const SLACK: f32 = 1.0 / 32.0;
        let (top, bottom, right) = (holder(ink.top), holder(ink.bottom), holder(ink.right));
        let (top, bottom) = (maximum(top, row), minimum(bottom, row + (LANES - 1) as f32));
        let mut columns = Self { count: [0; LANES], at: [0; LANES], p: [0.0; LANES], q: [0.0; LANES] };
        for lane in 0..LANES {
            let column = column + lane as f32;
            let middle = (column - ink.middle_column).mul_add(ink.steep, ink.middle);
            // `whole` rounds to the nearest: up from a tile's last row, down from its first.
            let first = minimum(maximum(middle - ink.far - (0.25 + SLACK), top), bottom + 1.0);
            let last = maximum(minimum(middle + ink.far - (0.5 - SLACK), bottom), top - 1.0);
            let (first, last) = (whole(first), whole(last));
            let count = if column > right { 0 } else { (last - first + 1).max(0) };
            let (x, y) = (column * SIDE as f32 - ink.column, first as f32 * SIDE as f32 - ink.row);
            columns.count[lane] = count as u32;
            columns.at[lane] = first * stride + whole(column);
            columns.p[lane] = y.mul_add(ink.p_row, x.mul_add(ink.p_column, ink.p));
            columns.q[lane] = y.mul_add(ink.q_row, x.mul_add(ink.q_column, ink.q));
        }
        columns
    }
}

/// Turn rows of tiles into rows of pixels. Writes all of `pixels`.
#[inline(always)]
pub(crate) fn copy_out(tiles: &[Tile], canvas: &Canvas, pixels: &mut [MaybeUninit<f32>]) {
    let mut start = 0;
    for tiles in tiles.chunks_exact(stride(canvas)) {
        for row in 0..SIDE {
            let groups = tiles.chunks_exact(GROUP).zip((start..).step_by(GROUP * SIDE));
            for (tiles, at) in groups {
                let Some(pixels) = pixels.get_mut(at..) else { return };
                copy_group(tiles, row, pixels);
            }
            start += canvas.width;
        }
    }
}

/// Copy a row of some tiles, also what lies beyond the end of its row of pixels: the next row is written later.
#[inline(always)]
fn copy_group(tiles: &[Tile], row: usize, pixels: &mut [MaybeUninit<f32>]) {
    let inks = |tile: &Tile| [0, 1, 2, 3].map(|x| MaybeUninit::new(tile.0[row * SIDE + x]));
    if let Some(pixels) = pixels.first_chunk_mut::<{ GROUP * SIDE }>() {
        for (tile, pixels) in tiles.iter().zip(pixels.chunks_exact_mut(SIDE)) {
            pixels.copy_from_slice(&inks(tile));
        }
    } else {
        pixels.iter_mut().zip(tiles.iter().flat_map(inks)).for_each(|(pixel, ink)| *pixel = ink);
    }
}

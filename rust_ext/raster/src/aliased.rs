//! Strokes aliased: the pixels whose centre is inside a stroke, edge included.
//!
//! A stroke is convex: each row meets it in one span of columns, the hull of what it meets of a rectangle
//! (two sides, two ends) and of a disc around each end point.
//!
//! Pixels are painted as bits, 32 neighbours of a row to a word, and become floats when they are copied out.

use crate::geometry::{Linear, MIN_SLOPE, PixelGrid, Stroke, StrokeGroup};
use crate::painter::{BandOf, Painter};
use crate::simd::{LANES, maximum, maximum_f64, minimum, minimum_f64, round_to_i32, struct_of_arrays};

const BITS: usize = u32::BITS as usize;
/// Rows that are painted at once.
const ROWS: usize = 2 * LANES;

struct_of_arrays! {
    /// A stroke in a band, relative to one of the band's pixels that is near the stroke, where `f32` is precise.
    AliasedStroke, AliasedGroup {
        /// The rows of the band that it may touch.
        top: f32,
        bottom: f32,
        /// That pixel: the first of its rows in the band, and its column.
        row: f32,
        column: f32,
        /// The columns where its two sides cross that row, and by how much these change from row to row.
        side_left: f32,
        side_right: f32,
        side_slope: f32,
        /// The same for its two flat ends.
        end_left: f32,
        end_right: f32,
        end_slope: f32,
        /// Column of each end point, and how far above the pixel it is.
        x1: f32,
        y1: f32,
        x2: f32,
        y2: f32,
        reach2: f32,
    }
}

impl Painter for AliasedGroup {
    type Pixel = u32;

    fn margin(grid: &PixelGrid) -> f64 {
        // A tie with the edge is inside, to the precision of the coordinates.
        grid.height as f64 * f64::from(f32::EPSILON)
    }

    #[inline(always)]
    fn empty() -> Self {
        Self::zeroed()
    }

    #[inline(always)]
    fn prepare(&mut self, strokes: &StrokeGroup, grid: &PixelGrid, first: f64, last: f64) {
        for lane in 0..LANES {
            self.set(lane, AliasedStroke::new(&strokes.get(lane), grid, first, last));
        }
    }

    #[inline(always)]
    fn paint(&self, lane: usize, grid: &PixelGrid, band: &mut BandOf<Self>) {
        let stroke = self.get(lane);
        if stroke.bottom < stroke.top {
            return;
        }
        let height = band.rows + ROWS;
        let (mut row, end) = (stroke.row, stroke.bottom);
        let column = round_to_i32(stroke.column);
        while row <= end {
            let spans = stroke.spans(row - stroke.row, grid);
            let group = row as usize;
            let words = if grid.width <= BITS { 0..1 } else { words(&spans.first, &spans.end, column) };
            for word in words {
                let from = word * height + group;
                let Some(column_of_words) = band.pixels.get_mut(from..from + ROWS) else { break };
                let left = (word * BITS) as i32 - column;
                for (bits, (first, end)) in column_of_words.iter_mut().zip(spans.first.iter().zip(&spans.end))
                {
                    *bits |= from_bit(first - left) & !from_bit(end - left);
                }
            }
            row += ROWS as f32;
        }
    }

    /// Columns of words: the rows of the leftmost 32 pixels, then those of the next.
    #[inline(always)]
    fn with_cleared(
        grid: &PixelGrid,
        buffer: &mut Vec<u32>,
        pixels: &mut [f32],
        paint: impl FnOnce(&mut [u32]),
    ) {
        let (rows, words) = (pixels.len() / grid.width, grid.width.div_ceil(BITS));
        let height = rows + ROWS;
        buffer.clear();
        buffer.resize(words * height, 0);
        paint(buffer);
        for y in 0..rows {
            for word in 0..words {
                let start = y * grid.width + word * BITS;
                let (Some(bits), Some(pixels)) = (buffer.get(word * height + y), pixels.get_mut(start..))
                else {
                    return;
                };
                unpack(*bits, pixels);
            }
        }
    }
}

impl AliasedStroke {
    /// The part of a stroke that is in the rows first..=last of the grid.
    #[inline(always)]
    fn new(stroke: &Stroke, grid: &PixelGrid, first: f64, last: f64) -> Self {
        let (top, bottom) =
            (maximum_f64(stroke.top, first) - first, minimum_f64(stroke.bottom, last) - first);
        let row = first + top.floor();
        let sides = ParallelLines::new(&stroke.across(grid), stroke.reach);
        let ends = ParallelLines::new(&stroke.along(grid), stroke.half);
        // Where the axis meets the row, or as near to that as the bounding box goes.
        let middle = 0.5 * (sides.left + sides.right) + row * sides.slope;
        let column = minimum_f64(maximum_f64(middle, stroke.left), stroke.right).floor();
        let (side, end) = (row * sides.slope - column, row * ends.slope - column);
        Self {
            top: top as f32,
            bottom: bottom as f32,
            row: (row - first) as f32,
            column: column as f32,
            side_left: (sides.left + side) as f32,
            side_right: (sides.right + side) as f32,
            side_slope: sides.slope as f32,
            end_left: (ends.left + end) as f32,
            end_right: (ends.right + end) as f32,
            end_slope: ends.slope as f32,
            x1: (stroke.x1 - column) as f32,
            y1: (row - stroke.y1) as f32,
            x2: (stroke.x2 - column) as f32,
            y2: (row - stroke.y2) as f32,
            reach2: (stroke.reach * stroke.reach) as f32,
        }
    }

    /// The columns within reach, counted from `column`, in the `ROWS` rows that begin so many below `row`.
    #[inline(always)]
    fn spans(&self, rows: f32, grid: &PixelGrid) -> Spans {
        let columns_per_row = grid.columns_per_row as f32;
        let (leftmost, rightmost) = (-self.column, (grid.width - 1) as f32 - self.column);
        let mut spans = Spans { first: [0; ROWS], end: [0; ROWS] };
        for lane in 0..ROWS {
            let y = rows + lane as f32;
            let (side, end) = (y * self.side_slope, y * self.end_slope);
            let mut left = maximum(self.side_left + side, self.end_left + end);
            let mut right = minimum(self.side_right + side, self.end_right + end);
            if left > right {
                (left, right) = (f32::INFINITY, f32::NEG_INFINITY);
            }
            for (x, above) in [(self.x1, self.y1), (self.x2, self.y2)] {
                // Outside the disc's rows the root is NaN, which minimum and maximum pass over.
                let wide = (self.reach2 - (above + y) * (above + y)).sqrt() * columns_per_row;
                left = minimum(x - wide, left);
                right = maximum(x + wide, right);
            }
            // Clamped to the grid, and so far below what `round_to_i32` can take.
            let (left, right) = (maximum(left, leftmost), minimum(right, rightmost));
            spans.first[lane] = round_to_i32(minimum(left.ceil(), rightmost + 1.0));
            spans.end[lane] = round_to_i32(maximum(right.floor() + 1.0, leftmost));
        }
        spans
    }
}

/// Two parallel lines: the columns where they cross row 0, and by how much these change from row to row.
#[derive(Clone, Copy)]
struct ParallelLines {
    left: f64,
    right: f64,
    slope: f64,
}

impl ParallelLines {
    /// Where a signed distance is −bound and bound.
    #[inline(always)]
    fn new(distance: &Linear, bound: f64) -> Self {
        let crosses = distance.column.abs() > MIN_SLOPE;
        let inverse = 1.0 / if crosses { distance.column } else { MIN_SLOPE };
        let (middle, reach) = (-distance.origin * inverse, bound * inverse.abs());
        Self { left: middle - reach, right: middle + reach, slope: -distance.row * inverse }
    }
}

/// The columns first..end of a shape on the grid, for some consecutive rows; end ≤ first where it has none.
struct Spans {
    first: [i32; ROWS],
    end: [i32; ROWS],
}

/// The words that hold any of the columns, which are counted from `column`.
#[inline(always)]
fn words(first: &[i32; ROWS], end: &[i32; ROWS], column: i32) -> std::ops::Range<usize> {
    let first = first.iter().fold(i32::MAX, |least, first| least.min(*first)) + column;
    let end = end.iter().fold(-column, |most, end| most.max(*end)) + column;
    first as usize / BITS..(end as usize).div_ceil(BITS)
}

/// The bits of a word from `bit` on: all if it is negative, none if it is 32 or more.
#[inline(always)]
fn from_bit(bit: i32) -> u32 {
    u32::MAX.checked_shl(bit.max(0) as u32).unwrap_or(0)
}

/// Write the 32 pixels of a word, those beyond the end of its row too: the next row then writes its own.
#[inline(always)]
fn unpack(bits: u32, pixels: &mut [f32]) {
    let value = |bit: u32| if bits & (1 << bit) != 0 { 1.0 } else { 0.0 };
    if let Some(pixels) = pixels.first_chunk_mut::<BITS>() {
        for (bit, pixel) in (0..).zip(pixels) {
            *pixel = value(bit);
        }
    } else {
        (0..).zip(pixels).for_each(|(bit, pixel)| *pixel = value(bit));
    }
}

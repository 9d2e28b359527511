//! Strokes aliased: the pixels whose centre is inside a stroke, edge included.
//!
//! A stroke is convex: each row meets it in one span of columns, the hull of what it meets of a rectangle
//! (two sides, two ends) and of a disc around each end point.
//!
//! Pixels are painted as bits, 32 neighbours of a row to a word, and become floats when they are copied out.

use std::mem::MaybeUninit;

use crate::raster::{Band, Brush};
use crate::stroke::{larger, maximum, minimum, smaller, Canvas, Plane, Stroke, LANES};

const BITS: usize = u32::BITS as usize;

/// A direction that has turned no further than this from a row's counts as turned so far: its lines then
/// meet every row, though far away. On the longest row it is less than a millionth of a pixel.
const LEAST_TURN: f64 = 1e-12;

/// A stroke that covers a pixel or does not.
#[derive(Clone, Copy)]
pub(crate) struct Mask {
    stroke: Stroke,
    sides: Rails,
    ends: Rails,
}

impl Brush for Mask {
    type Cell = u32;

    /// Columns of words: the rows of the leftmost 32 pixels, then those of the next.
    fn cells(canvas: &Canvas, rows: usize) -> usize {
        canvas.width.div_ceil(BITS) * rows.next_multiple_of(LANES)
    }

    #[inline(always)]
    fn new(line: [f32; 4], width: f32, canvas: &Canvas) -> Option<Self> {
        // A tie with the edge is inside, to the precision of the coordinates.
        let fringe = canvas.height as f64 * f64::from(f32::EPSILON);
        let stroke = Stroke::new(line, width, canvas, fringe)?;
        let sides = Rails::new(&stroke.across, stroke.reach);
        Some(Self { stroke, sides, ends: Rails::new(&stroke.along, stroke.half) })
    }

    fn rows(&self) -> (usize, usize) {
        self.stroke.rows
    }

    #[inline(always)]
    fn paint(&self, canvas: &Canvas, band: &mut Band<u32>) {
        let height = band.rows.next_multiple_of(LANES);
        let first = self.stroke.rows.0.max(band.first) - band.first;
        let end = (self.stroke.rows.1 + 1).min(band.first + band.rows) - band.first;
        let start = first / LANES * LANES;
        let view = self.seen_from(band.first + start, canvas);
        for group in (start..end).step_by(LANES) {
            let spans = view.spans(group - start);
            let words = if canvas.width <= BITS { 0..1 } else { words(&spans.first, &spans.end) };
            for word in words {
                let from = word * height + group;
                let Some(cells) = band.cells.get_mut(from..from + LANES) else { break };
                let left = (word * BITS) as i32;
                for (cell, (first, end)) in cells.iter_mut().zip(spans.first.iter().zip(&spans.end)) {
                    *cell |= from_bit(first - left) & !from_bit(end - left);
                }
            }
        }
    }

    #[inline(always)]
    fn copy_out(cells: &[u32], canvas: &Canvas, target: &mut [MaybeUninit<f32>]) {
        let height = (target.len() / canvas.width).next_multiple_of(LANES);
        for (y, row) in target.chunks_exact_mut(canvas.width).enumerate() {
            for (bits, pixels) in cells[y..].iter().step_by(height).zip(row.chunks_mut(BITS)) {
                unpack(*bits, pixels);
            }
        }
    }
}

impl Mask {
    /// The stroke seen from where its axis meets a row, or from as near to that as its bounding box goes.
    #[inline(always)]
    fn seen_from(&self, row: usize, canvas: &Canvas) -> View {
        let row = row as f64;
        let middle = 0.5 * (self.sides.left + self.sides.right) + row * self.sides.slope;
        let column = smaller(larger(middle, self.stroke.columns.0), self.stroke.columns.1).floor();
        View {
            column: column as i32,
            sides: self.sides.seen_from(row, column),
            ends: self.ends.seen_from(row, column),
            tips: self.stroke.tips.map(|(x, y)| ((x - column) as f32, (row - y) as f32)),
            reach2: (self.stroke.reach * self.stroke.reach) as f32,
            columns_per_row: canvas.columns_per_row as f32,
            leftmost: -column as f32,
            rightmost: ((canvas.width - 1) as f64 - column) as f32,
        }
    }
}

impl View {
    /// The columns within reach, in the rows that begin so many below the one of the view.
    #[inline(always)]
    fn spans(&self, rows: usize) -> Spans {
        let (sides, ends) = (self.sides, self.ends);
        let mut spans = Spans { first: [0; LANES], end: [0; LANES] };
        for lane in 0..LANES {
            let y = rows as f32 + lane as f32;
            let mut left = maximum(sides.left + y * sides.slope, ends.left + y * ends.slope);
            let mut right = minimum(sides.right + y * sides.slope, ends.right + y * ends.slope);
            if left > right {
                (left, right) = (f32::INFINITY, f32::NEG_INFINITY);
            }
            for (x, above) in self.tips {
                // Outside the disc's rows the root is NaN, which minimum and maximum pass over.
                let wide = (self.reach2 - (above + y) * (above + y)).sqrt() * self.columns_per_row;
                left = minimum(x - wide, left);
                right = maximum(x + wide, right);
            }
            // Clamped to the canvas, and so far below what `whole` can take.
            let (left, right) = (maximum(left, self.leftmost), minimum(right, self.rightmost));
            spans.first[lane] = whole(minimum(left.ceil(), self.rightmost + 1.0)) + self.column;
            spans.end[lane] = whole(maximum(right.floor() + 1.0, self.leftmost)) + self.column;
        }
        spans
    }
}

/// Two parallel lines: the columns where they cross row 0, and by how much these change from row to row.
#[derive(Clone, Copy)]
struct Rails {
    left: f64,
    right: f64,
    slope: f64,
}

impl Rails {
    /// Where a plane is −bound and bound.
    #[inline(always)]
    fn new(plane: &Plane, bound: f64) -> Self {
        let turned = plane.column.abs() > LEAST_TURN;
        let inverse = 1.0 / if turned { plane.column } else { LEAST_TURN };
        let (middle, reach) = (-plane.origin * inverse, bound * inverse.abs());
        Self { left: middle - reach, right: middle + reach, slope: -plane.row * inverse }
    }

    #[inline(always)]
    fn seen_from(&self, row: f64, column: f64) -> NearRails {
        let shift = row * self.slope - column;
        NearRails {
            left: (self.left + shift) as f32,
            right: (self.right + shift) as f32,
            slope: self.slope as f32,
        }
    }
}

/// Rails seen from a pixel.
#[derive(Clone, Copy)]
struct NearRails {
    left: f32,
    right: f32,
    slope: f32,
}

/// A stroke seen from a pixel on the canvas and near the stroke, where `f32` is precise.
struct View {
    /// Column of that pixel.
    column: i32,
    sides: NearRails,
    ends: NearRails,
    /// Column of each end point, and how far above the pixel it is.
    tips: [(f32, f32); 2],
    reach2: f32,
    columns_per_row: f32,
    /// The columns of the canvas.
    leftmost: f32,
    rightmost: f32,
}

/// The columns first..end of a shape on the canvas, for some consecutive rows; end ≤ first where it has none.
struct Spans {
    first: [i32; LANES],
    end: [i32; LANES],
}

/// A whole number of at most 2²² in size as an integer. A cast would be done lane by lane: it has to look after
/// numbers that are too large. Added to 1.5·2²³, the number is the lowest bits of the sum.
#[inline(always)]
fn whole(number: f32) -> i32 {
    const SHIFT: f32 = 12_582_912.0;
    (number + SHIFT).to_bits() as i32 - SHIFT.to_bits() as i32
}

/// The words that hold any of the columns.
#[inline(always)]
fn words(first: &[i32; LANES], end: &[i32; LANES]) -> std::ops::Range<usize> {
    let first = first.iter().fold(i32::MAX, |least, first| least.min(*first)) as usize;
    let end = end.iter().fold(0, |most, end| most.max(*end)) as usize;
    first / BITS..end.div_ceil(BITS)
}

/// The bits of a word from `bit` on: all if it is negative, none if it is 32 or more.
#[inline(always)]
fn from_bit(bit: i32) -> u32 {
    u32::MAX.checked_shl(bit.max(0) as u32).unwrap_or(0)
}

/// Up to 32 pixels from the bits of a word. Writes all of them.
#[inline(always)]
fn unpack(bits: u32, pixels: &mut [MaybeUninit<f32>]) {
    let count = pixels.len();
    if count < LANES {
        pixels.iter_mut().enumerate().for_each(|(at, pixel)| _ = pixel.write((bits >> at & 1) as f32));
        return;
    }
    for at in (0..count).step_by(LANES) {
        // The last block is moved back: writing a pixel twice changes nothing.
        let at = at.min(count - LANES);
        for (lane, pixel) in pixels[at..at + LANES].iter_mut().enumerate() {
            pixel.write((bits.wrapping_shr((at + lane) as u32) & 1) as f32);
        }
    }
}

//! Strokes antialiased: how much of each pixel a stroke covers.
//!
//! A pixel is seen from the stroke's axis: `p` along it, from the middle, and `q` across it; |p| beyond half
//! the length is the overshoot `o`, and the distance is d = √(q² + o²), all in rows.
//!
//! Coverage. F(s) is the exact share of a pixel inside a half-plane whose edge lies s beyond its centre,
//! for the direction at hand (`Edge`). With the half width r,
//!
//! - thick strokes (r ≥ 1 for square pixels): F(r − d);
//! - thinner ones: min(D, S·L), D = F(r − d) + F(r + d) − 1, which counts both edges; S the same with
//!   |q| for d, the share across an endless stroke; L the share along one with flat ends that
//!   reach e beyond its end points. e = πr/4 gives flat ends the area of round ones; from r = 0.55 on
//!   e grows faster, and D, the round end, takes over.
//!
//! Exact for long straight edges; approximate only around the ends. Error against 64 × 64 samples a
//! pixel: `tests/coverage.rs` measures it and holds it.

use std::f64::consts::{FRAC_PI_4, SQRT_2};
use std::mem::MaybeUninit;

use crate::raster::{Band, Brush};
use crate::stroke::{larger, maximum, minimum, smaller, Canvas, Plane, Stroke, LANES, SLACK};

/// Below this sine of the angle between them, a stroke counts as parallel to a row or column: where it
/// touches one it then takes all of it.
const PARALLEL: f64 = 1e-6;

/// A stroke with the formula that it asks for.
#[derive(Clone, Copy)]
pub(crate) struct Ink {
    stroke: Stroke,
    /// The columns it takes in each row, and the rows in each column.
    by_row: Strip,
    by_column: Strip,
    cover: Cover,
}

#[derive(Clone, Copy)]
enum Cover {
    Thick(Thick<true>),
    Thin(Thin<true>),
    ThickStretched(Thick<false>),
    ThinStretched(Thin<false>),
}

/// Floats from one painted row to the next: narrow canvases are padded to one block of lanes.
fn stride(canvas: &Canvas) -> usize {
    canvas.width.max(LANES)
}

impl Brush for Ink {
    type Cell = f32;

    fn cells(canvas: &Canvas, rows: usize) -> usize {
        rows * stride(canvas)
    }

    #[inline(always)]
    fn new(line: [f32; 4], width: f32, canvas: &Canvas) -> Option<Self> {
        // Further from the edge than half its diagonal no pixel is partly covered.
        let stroke = Stroke::new(line, width, canvas, canvas.half_diagonal)?;
        let (across, reach) = (stroke.across, stroke.reach);
        Some(Self {
            stroke,
            by_row: Strip::new(&across, across.column, -across.row, reach),
            by_column: Strip::new(&across, across.row, -across.column, reach),
            cover: Cover::new(&stroke, canvas),
        })
    }

    fn rows(&self) -> (usize, usize) {
        self.stroke.rows
    }

    #[inline(always)]
    fn paint(&self, canvas: &Canvas, band: &mut Band<f32>) {
        match self.cover {
            Cover::Thick(cover) => self.paint_with(cover, canvas, band),
            Cover::Thin(cover) => self.paint_with(cover, canvas, band),
            Cover::ThickStretched(cover) => self.paint_with(cover, canvas, band),
            Cover::ThinStretched(cover) => self.paint_with(cover, canvas, band),
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

impl Ink {
    /// Each pixel within reach becomes the larger of its ink and this stroke's.
    #[inline(always)]
    fn paint_with<C: Coverage>(&self, cover: C, canvas: &Canvas, band: &mut Band<f32>) {
        let (stroke, stride) = (&self.stroke, stride(canvas));
        let (first, last) = (band.first as f64, (band.first + band.rows - 1) as f64);
        // The part of the stroke in this band, in whole columns and rows of the band.
        let (begin, end) = self.by_row.between(first, last, stroke.columns);
        let (top, bottom) =
            (larger(stroke.rows.0 as f64 - first, 0.0), smaller(stroke.rows.1 as f64, last) - first);
        if end < begin || bottom < top {
            return;
        }
        let (p_step, q_step) = (stroke.along.column as f32, stroke.across.column as f32);
        let (p_row, q_row) = (stroke.along.row as f32, stroke.across.row as f32);
        // Blocks start at the stroke, not at multiples of their size: a steep one then takes a single column of them.
        let mut column = (begin + 1.0 - SLACK) as usize;
        while column <= end as usize {
            // The last block is moved back into the row: painting a pixel twice changes nothing.
            let at = column.min(stride - LANES);
            column += LANES;
            let (left, right) = (at as i32, (at + LANES - 1) as i32);
            let (high, low) =
                self.by_column.between(left.into(), right.into(), (top + first, bottom + first));
            if low < high {
                continue;
            }
            // Row 0 of the band is row `first`. The casts truncate; high and low lie in the band.
            let start = (high - first + 1.0 - SLACK) as usize;
            let count = ((low - first) as usize + 1).saturating_sub(start);
            let (p, q) =
                (stroke.along.at(first, left.into()) as f32, stroke.across.at(first, left.into()) as f32);
            let (mut ps, mut qs) = ([p; LANES], [q; LANES]);
            for lane in 0..LANES {
                ps[lane] += lane as f32 * p_step;
                qs[lane] += lane as f32 * q_step;
            }
            let (mut from, mut y) = (start * stride + at, start as f32);
            for _ in 0..count {
                let Some(block) = band.cells.get_mut(from..from + LANES) else { break };
                let (p_shift, q_shift) = (y * p_row, y * q_row);
                let mut ink = [0.0; LANES];
                for lane in 0..LANES {
                    ink[lane] = cover.at(ps[lane] + p_shift, qs[lane] + q_shift);
                }
                for (old, new) in block.iter_mut().zip(ink) {
                    *old = more(*old, new);
                }
                from += stride;
                y += 1.0;
            }
        }
    }
}

/// Where an endless stroke lies on one axis of the canvas, as a function of the place on the other.
#[derive(Clone, Copy)]
struct Strip {
    middle: f64,
    slope: f64,
    reach: f64,
}

impl Strip {
    /// `across` is the distance from the axis; `change` along this axis of the canvas, and −`other` along the other.
    #[inline(always)]
    fn new(across: &Plane, change: f64, other: f64, reach: f64) -> Self {
        if change.abs() <= PARALLEL {
            return Self { middle: 0.0, slope: 0.0, reach: f64::INFINITY };
        }
        let inverse = 1.0 / change;
        Self {
            middle: -across.origin * inverse,
            slope: other * inverse,
            reach: reach * inverse.abs() + SLACK,
        }
    }

    /// First and last place on this axis, within `bounds`, that the stroke takes between two places on the other.
    #[inline(always)]
    fn between(&self, one: f64, other: f64, bounds: (f64, f64)) -> (f64, f64) {
        let (one, other) = (self.middle + one * self.slope, self.middle + other * self.slope);
        let first = larger(smaller(one, other) - self.reach, bounds.0);
        (first, smaller(larger(one, other) + self.reach, bounds.1))
    }
}

impl Cover {
    #[inline(always)]
    fn new(stroke: &Stroke, canvas: &Canvas) -> Self {
        let (cos, sin) = (stroke.across.row.abs(), stroke.along.row.abs());
        let pitch = canvas.pitch;
        let square = canvas.height == canvas.width;
        let across = Edge::new(sin * pitch, cos);
        // A square pixel looks the same after a quarter turn.
        let along = if square { across } else { Edge::new(cos * pitch, sin) };
        // The side of a square pixel with the same diagonal.
        let unit = canvas.half_diagonal * SQRT_2;
        let relative = stroke.radius / unit;
        let (radius, half) = (stroke.radius as f32, stroke.half as f32);
        if relative >= 1.0 - 1e-6 {
            return if square {
                Cover::Thick(Thick { half, radius, across, along })
            } else {
                Cover::ThickStretched(Thick { half, radius, across, along })
            };
        }
        let excess = larger(relative - 0.55, 0.0);
        let end = half + (unit * (FRAC_PI_4 * relative + 6.0 * excess * excess)) as f32;
        if square {
            Cover::Thin(Thin { half, radius, end, across, along })
        } else {
            Cover::ThinStretched(Thin { half, radius, end, across, along })
        }
    }
}

/// Ink of a stroke at a pixel, from the pixel's place relative to the stroke's axis.
trait Coverage: Copy {
    fn at(self, p: f32, q: f32) -> f32;
}

/// A stroke so wide that no pixel sees both its edges.
#[derive(Clone, Copy)]
struct Thick<const SQUARE: bool> {
    half: f32,
    radius: f32,
    across: Edge,
    along: Edge,
}

impl<const SQUARE: bool> Coverage for Thick<SQUARE> {
    #[inline(always)]
    fn at(self, p: f32, q: f32) -> f32 {
        let o = maximum(p.abs() - self.half, 0.0);
        let d2 = q * q + o * o;
        let s = self.radius - d2.sqrt();
        let ink = self.across.share(s);
        if SQUARE {
            return ink;
        }
        ink + (self.along.share(s) - ink) * turn(o, d2)
    }
}

/// A stroke of which a pixel may see both edges.
#[derive(Clone, Copy)]
struct Thin<const SQUARE: bool> {
    half: f32,
    radius: f32,
    /// Half the length of the stroke with flat ends that has the same area.
    end: f32,
    across: Edge,
    along: Edge,
}

impl<const SQUARE: bool> Coverage for Thin<SQUARE> {
    #[inline(always)]
    fn at(self, p: f32, q: f32) -> f32 {
        let (p, q) = (p.abs(), q.abs());
        let o = maximum(p - self.half, 0.0);
        let d2 = q * q + o * o;
        let d = d2.sqrt();
        let mut round = self.across.strip(self.radius, d);
        if !SQUARE {
            round += (self.along.strip(self.radius, d) - round) * turn(o, d2);
        }
        let flat = self.across.strip(self.radius, q) * self.along.strip(self.end, p);
        minimum(round, flat)
    }
}

/// How far the direction to the pixel has turned from across the stroke (0) to along it (1).
#[inline(always)]
fn turn(o: f32, d2: f32) -> f32 {
    o * o / maximum(d2, f32::MIN_POSITIVE)
}

/// The exact share of a pixel inside a half-plane, as a function of the edge's distance.
///
/// A pixel that extends a and b ≤ a along the edge's normal (its sides projected on it) has the
/// cross-section of a trapezium: flat for |s| ≤ inner = (a − b)/2, zero from outer = (a + b)/2 on. So
/// F(s) = ½ + sign(s)·(z/a − max(z − inner, 0)²/(2ab)), z = min(|s|, outer).
#[derive(Clone, Copy)]
struct Edge {
    inner: f32,
    outer: f32,
    slope: f32,
    bend: f32,
}

impl Edge {
    #[inline(always)]
    fn new(one: f64, other: f64) -> Self {
        let a = larger(one, other);
        // An upright edge has b = 0 and no bend; a thousandth keeps the formula, and changes F by less.
        let b = larger(smaller(one, other), 1e-3 * a);
        let inverse = 1.0 / a;
        Self {
            inner: (0.5 * (a - b)) as f32,
            outer: (0.5 * (a + b)) as f32,
            // A touch too steep, so that rounding never keeps F from reaching exactly 0 and 1.
            slope: (inverse * (1.0 + 1e-6)) as f32,
            bend: (0.5 * inverse / b) as f32,
        }
    }

    /// F(s).
    #[inline(always)]
    fn share(self, s: f32) -> f32 {
        let z = minimum(s.abs(), self.outer);
        let bent = maximum(z - self.inner, 0.0);
        0.5 + minimum(z * self.slope - bent * bent * self.bend, 0.5).copysign(s)
    }

    /// The share of a pixel inside a strip of half width `radius` whose axis is `distance` ≥ 0 away.
    #[inline(always)]
    fn strip(self, radius: f32, distance: f32) -> f32 {
        self.share(radius - distance) + self.share(radius + distance) - 1.0
    }
}

/// The larger of the ink that is there, ≥ 0, and the ink to come, which rounding may have left a touch below 0:
/// floats that are not both negative are ordered as the integers of the same bits, whose maximum is one
/// instruction.
#[inline(always)]
fn more(old: f32, new: f32) -> f32 {
    f32::from_bits((old.to_bits() as i32).max(new.to_bits() as i32) as u32)
}

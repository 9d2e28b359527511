//! One stroke: where it may touch the canvas, how much of each pixel it covers, and painting it.
//!
//! Lengths are in rows: the unit square times the canvas's height, so that a row is 1 high and a
//! column `pitch = height / width` wide. A pixel is seen from the stroke's axis: `p` along it, from
//! the middle, and `q` across it; |p| beyond half the length is the overshoot `o`, and the distance
//! is d = √(q² + o²).
//!
//! Coverage with antialiasing. F(s) is the exact share of a pixel inside a half-plane whose edge lies
//! s beyond its centre, for the direction at hand (`Edge`). With the half width r,
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

/// Pixels painted at once: eight `f32`, one AVX register or two SSE registers.
const LANES: usize = 8;

/// Added to computed spans, in columns, so that rounding never drops a pixel.
const SLACK: f64 = 1e-3;

/// Below this sine of the angle between them, a stroke counts as parallel to a row or column: where it
/// touches one it then takes all of it.
const PARALLEL: f64 = 1e-6;

/// Size of the canvas in pixels, and what every stroke needs to know of its pixels, in rows.
#[derive(Clone, Copy)]
pub(crate) struct Canvas {
    pub height: usize,
    pub width: usize,
    /// Width of a column, and its inverse.
    pitch: f64,
    columns_per_row: f64,
    /// Half a pixel's diagonal.
    half_diagonal: f64,
}

impl Canvas {
    pub fn new(height: usize, width: usize) -> Self {
        let pitch = height as f64 / width as f64;
        let half_diagonal = 0.5 * pitch.hypot(1.0);
        Self { height, width, pitch, columns_per_row: 1.0 / pitch, half_diagonal }
    }

    /// Floats from one painted row to the next: narrow canvases are padded to one block of lanes.
    pub fn stride(&self) -> usize {
        self.width.max(LANES)
    }
}

/// Some consecutive rows of one image while they are being painted, `stride` floats each.
pub(crate) struct Band<'a> {
    pub first: usize,
    pub pixels: &'a mut [f32],
}

/// A quantity that is linear over the pixels: its value at pixel (0, 0), per row and per column.
#[derive(Clone, Copy)]
struct Plane {
    origin: f64,
    row: f64,
    column: f64,
}

impl Plane {
    #[inline(always)]
    fn at(&self, row: f64, column: f64) -> f32 {
        (self.origin + row * self.row + column * self.column) as f32
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
    /// The stroke's axis is where place · across = start + other place · along, lengths in rows; `scale`
    /// turns them into pixels.
    #[inline(always)]
    fn new(start: f64, along: f64, across: f64, reach: f64, scale: f64) -> Self {
        if across.abs() <= PARALLEL {
            return Self { middle: 0.0, slope: 0.0, reach: f64::INFINITY };
        }
        let scale = scale / across;
        Self { middle: start * scale - 0.5, slope: along * scale, reach: reach * scale.abs() + SLACK }
    }

    /// First and last place on this axis, within `bounds`, that the stroke takes between two places on the other.
    #[inline(always)]
    fn between(&self, one: f64, other: f64, bounds: (f64, f64)) -> (f64, f64) {
        let (one, other) = (self.middle + one * self.slope, self.middle + other * self.slope);
        let first = larger(smaller(one, other) - self.reach, bounds.0);
        (first, smaller(larger(one, other) + self.reach, bounds.1))
    }
}

/// A stroke made ready for painting.
#[derive(Clone, Copy)]
pub(crate) struct Stroke {
    /// First and last row it may touch.
    pub rows: (usize, usize),
    /// Columns of its bounding box.
    columns: (f64, f64),
    /// The columns it takes in each row, and the rows in each column.
    by_row: Strip,
    by_column: Strip,
    along: Plane,
    across: Plane,
    cover: Cover,
}

/// The formula that a stroke asks for.
#[derive(Clone, Copy)]
enum Cover {
    Aliased(Aliased),
    Thick(Thick<true>),
    Thin(Thin<true>),
    ThickStretched(Thick<false>),
    ThinStretched(Thin<false>),
}

impl Stroke {
    /// Prepare a stroke of `width` (unit square) from (x1, y1) to (x2, y2); `None` if it leaves no ink.
    ///
    /// Nothing is clipped: cutting far-away ends would only lose precision. The products of the
    /// cross product are exact, being products of two `f32` in `f64`, so the distance of the stroke's
    /// axis from the canvas is right to 16 digits however far away the end points are.
    #[inline(always)]
    pub fn new(line: [f32; 4], width: f32, canvas: &Canvas, antialias: bool) -> Option<Self> {
        if width <= 0.0 {
            return None;
        }
        let [x1, y1, x2, y2] = line.map(f64::from);
        let (scale, pitch) = (canvas.height as f64, canvas.pitch);
        let radius = 0.5 * f64::from(width) * scale;
        let (dx, dy) = (x2 - x1, y2 - y1);
        let length = (dx * dx + dy * dy).sqrt();
        let (cos, sin, offset) = if length > 0.0 {
            let inverse = 1.0 / length;
            (dx * inverse, dy * inverse, (x1 * y2 - y1 * x2) * inverse * scale)
        } else {
            (1.0, 0.0, -y1 * scale)
        };
        // Further from the edge than half its diagonal no pixel is partly covered. Without antialiasing, a tie
        // with the edge is inside, to the precision of the coordinates.
        let fringe = if antialias { canvas.half_diagonal } else { scale * f64::from(f32::EPSILON) };
        let reach = radius + fringe;

        let (last_row, last_column) = ((canvas.height - 1) as f64, (canvas.width - 1) as f64);
        let top = smaller(y1, y2) * scale - reach - 0.5;
        let bottom = larger(y1, y2) * scale + reach - 0.5;
        let left = smaller(x1, x2) * canvas.width as f64 - reach * canvas.columns_per_row - 0.5 - SLACK;
        let right = larger(x1, x2) * canvas.width as f64 + reach * canvas.columns_per_row - 0.5 + SLACK;
        if bottom < 0.0 || top > last_row || right < 0.0 || left > last_column {
            return None;
        }
        // Ends further away than any pixel can see are moved to where none sees them either.
        let horizon = scale + canvas.width as f64 * pitch + 2.0 * reach;
        let (start, end) = ((cos * x1 + sin * y1) * scale, (cos * x2 + sin * y2) * scale);
        if start > horizon || end < -horizon {
            return None;
        }
        let (start, end) = (larger(start, -horizon), smaller(end, horizon));
        let (middle, half) = (0.5 * (start + end), 0.5 * (end - start));
        Some(Self {
            rows: (larger(top + 1.0 - SLACK, 0.0) as usize, smaller(bottom + SLACK, last_row) as usize),
            columns: (larger(left, 0.0), smaller(right, last_column)),
            by_row: Strip::new(0.5 * cos + offset, cos, sin, reach, canvas.columns_per_row),
            by_column: Strip::new(0.5 * sin * pitch - offset, sin * pitch, cos, reach, 1.0),
            along: Plane { origin: 0.5 * (cos * pitch + sin) - middle, row: sin, column: cos * pitch },
            across: Plane { origin: 0.5 * (cos - sin * pitch) + offset, row: cos, column: -sin * pitch },
            cover: Cover::new(radius, half, (cos.abs(), sin.abs()), canvas, antialias, fringe),
        })
    }

    /// Paint what falls into the band: each pixel becomes the larger of its ink and this stroke's.
    #[inline(always)]
    pub fn paint(&self, canvas: &Canvas, band: &mut Band) {
        match self.cover {
            Cover::Aliased(cover) => self.paint_with(cover, canvas, band),
            Cover::Thick(cover) => self.paint_with(cover, canvas, band),
            Cover::Thin(cover) => self.paint_with(cover, canvas, band),
            Cover::ThickStretched(cover) => self.paint_with(cover, canvas, band),
            Cover::ThinStretched(cover) => self.paint_with(cover, canvas, band),
        }
    }

    #[inline(always)]
    fn paint_with<C: Coverage>(&self, cover: C, canvas: &Canvas, band: &mut Band) {
        let stride = canvas.stride();
        let (first, last) = (band.first as f64, (band.first + band.pixels.len() / stride - 1) as f64);
        // The part of the stroke in this band, in whole columns and rows of the band.
        let (begin, end) = self.by_row.between(first, last, self.columns);
        let (top, bottom) =
            (larger(self.rows.0 as f64 - first, 0.0), smaller(self.rows.1 as f64, last) - first);
        if end < begin || bottom < top {
            return;
        }
        let (p_step, q_step) = (self.along.column as f32, self.across.column as f32);
        let (p_row, q_row) = (self.along.row as f32, self.across.row as f32);
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
            let (p, q) = (self.along.at(first, left.into()), self.across.at(first, left.into()));
            let (mut ps, mut qs) = ([p; LANES], [q; LANES]);
            for lane in 0..LANES {
                ps[lane] += lane as f32 * p_step;
                qs[lane] += lane as f32 * q_step;
            }
            let (mut from, mut y) = (start * stride + at, start as f32);
            for _ in 0..count {
                let Some(block) = band.pixels.get_mut(from..from + LANES) else { break };
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

impl Cover {
    #[inline(always)]
    fn new(
        radius: f64,
        half: f64,
        (cos, sin): (f64, f64),
        canvas: &Canvas,
        antialias: bool,
        fringe: f64,
    ) -> Self {
        if !antialias {
            let bound = radius + fringe;
            return Cover::Aliased(Aliased { half: half as f32, radius2: (bound * bound) as f32 });
        }
        let pitch = canvas.pitch;
        let square = canvas.height == canvas.width;
        let across = Edge::new(sin * pitch, cos);
        // A square pixel looks the same after a quarter turn.
        let along = if square { across } else { Edge::new(cos * pitch, sin) };
        // The side of a square pixel with the same diagonal.
        let unit = canvas.half_diagonal * SQRT_2;
        let relative = radius / unit;
        let (radius, half) = (radius as f32, half as f32);
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

/// 1 where the pixel's centre is inside the stroke.
#[derive(Clone, Copy)]
struct Aliased {
    half: f32,
    radius2: f32,
}

impl Coverage for Aliased {
    #[inline(always)]
    fn at(self, p: f32, q: f32) -> f32 {
        let o = maximum(p.abs() - self.half, 0.0);
        if q * q + o * o <= self.radius2 {
            1.0
        } else {
            0.0
        }
    }
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

// Comparisons instead of max and min of the standard library, which spend three instructions on NaN;
// checked end points and widths never lead to one.
#[inline(always)]
fn maximum(a: f32, b: f32) -> f32 {
    if a > b {
        a
    } else {
        b
    }
}

#[inline(always)]
fn minimum(a: f32, b: f32) -> f32 {
    if a < b {
        a
    } else {
        b
    }
}

#[inline(always)]
fn larger(a: f64, b: f64) -> f64 {
    if a > b {
        a
    } else {
        b
    }
}

#[inline(always)]
fn smaller(a: f64, b: f64) -> f64 {
    if a < b {
        a
    } else {
        b
    }
}

//! How much of a pixel a stroke covers: the formulas of antialiasing.
//!
//! A pixel's centre is given by its place relative to the stroke: `p` along its axis, from the middle, and `q`
//! across it; |p| beyond half the length is the overshoot `o`, and the distance is d = √(q² + o²), all in rows.
//!
//! F(s) is the exact share of a pixel inside a half-plane whose edge lies s beyond its centre,
//! for the direction at hand (`Edge`). With the half width r,
//!
//! - thick strokes (r ≥ 1 for square pixels): F(r − d);
//! - thinner ones: min(D, S·L), D = F(r − d) + F(r + d) − 1, which counts both edges; S the same with
//!   |q| for d, the share across an endless stroke; L the share along one with flat ends that
//!   reach e beyond its end points. e = πr/4 gives flat ends the area of round ones; from r = 0.55 on
//!   e grows faster, and D, the round end, takes over.
//!
//! Exact for long straight edges; approximate only around the ends. There the largest error that a search finds is
//! 0.137 for square pixels, 0.206 for pixels twice as long as wide and 0.378 for pixels four times as long as wide,
//! at strokes 1 to 1.5 pixels wide; `tests/coverage.rs` searches, and holds the bounds 0.14, 0.21 and 0.38.
//!
//! Products and sums are fused on purpose (`mul_add`), which rounds once and is the same on every processor.
//! A processor without such an instruction, older than 2013, takes many times longer.

use super::coefficients::Coefficients;
use crate::simd::{maximum, minimum};

/// Share of a pixel that a stroke covers, from the pixel's place relative to the stroke.
pub(crate) trait Coverage: Copy {
    fn at(self, p: f32, q: f32) -> f32;
}

/// A stroke so wide that no pixel holds parts of both its edges.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Thick<const SQUARE: bool> {
    half: f32,
    radius: f32,
    across: Edge,
    along: Edge,
}

impl<const SQUARE: bool> Thick<SQUARE> {
    #[inline(always)]
    pub fn new(stroke: &Coefficients) -> Self {
        Self {
            half: stroke.half,
            radius: stroke.radius,
            across: stroke.across(),
            along: stroke.along::<SQUARE>(),
        }
    }
}

impl<const SQUARE: bool> Coverage for Thick<SQUARE> {
    #[inline(always)]
    fn at(self, p: f32, q: f32) -> f32 {
        let o = maximum(p.abs() - self.half, 0.0);
        let d2 = o.mul_add(o, q * q);
        let s = self.radius - d2.sqrt();
        let across = self.across.share(s);
        if SQUARE {
            return across;
        }
        across + (self.along.share(s) - across) * turn(o, d2)
    }
}

/// A stroke of which a pixel may hold parts of both edges.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Thin<const SQUARE: bool> {
    half: f32,
    radius: f32,
    end: f32,
    across: Edge,
    along: Edge,
}

impl<const SQUARE: bool> Thin<SQUARE> {
    #[inline(always)]
    pub fn new(stroke: &Coefficients) -> Self {
        let (across, along) = (stroke.across(), stroke.along::<SQUARE>());
        Self { half: stroke.half, radius: stroke.radius, end: stroke.end, across, along }
    }
}

impl<const SQUARE: bool> Coverage for Thin<SQUARE> {
    #[inline(always)]
    fn at(self, p: f32, q: f32) -> f32 {
        let (p, q) = (p.abs(), q.abs());
        let o = maximum(p - self.half, 0.0);
        let d2 = o.mul_add(o, q * q);
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
/// cross-section of a trapezium: flat for |s| ≤ inner = (a − b)/2, zero from outer = (a + b)/2 on. Let v be s
/// clamped to ±inner and u what clamping to ±outer leaves beyond it. Then F(s) = ½ + v/a + u·(1 − |u|/(2b))/a.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    pub inner: f32,
    pub outer: f32,
    pub slope: f32,
    pub bend: f32,
}

impl Edge {
    #[inline(always)]
    pub fn new(one: f32, other: f32) -> Self {
        let a = maximum(one, other);
        // An upright edge has b = 0 and no bend; a thousandth keeps the formula, and changes F by less.
        let b = maximum(minimum(one, other), 1e-3 * a);
        let inverse = 1.0 / a;
        Self {
            inner: 0.5 * (a - b),
            outer: 0.5 * (a + b),
            // A touch too steep, so that rounding never keeps F from reaching 0 and 1.
            slope: inverse * (1.0 + 1e-6),
            bend: 0.5 * inverse / b,
        }
    }

    /// F(s), or a touch less than 0 where that is 0.
    #[inline(always)]
    fn share(self, s: f32) -> f32 {
        let v = maximum(minimum(s, self.inner), -self.inner);
        let u = maximum(minimum(s, self.outer), -self.outer) - v;
        let beyond = (-self.bend).mul_add(u.abs(), self.slope);
        minimum(u.mul_add(beyond, v.mul_add(self.slope, 0.5)), 1.0)
    }

    /// The share of a pixel inside a strip of half width `radius` whose axis is `distance` ≥ 0 away.
    #[inline(always)]
    fn strip(self, radius: f32, distance: f32) -> f32 {
        self.share(radius - distance) + self.share(radius + distance) - 1.0
    }
}

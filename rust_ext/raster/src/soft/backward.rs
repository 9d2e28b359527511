//! Backward: from the loss's gradient at each pixel to those of points, widths and slopes.
//!
//! The nearest point moves along a segment as the segment moves, and that changes its distance in second order
//! only: its place t is a constant here, and a share 1 − t of a pixel's pull goes to the start, t to the end.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x16, u32x16};

use super::curve::Curve;
use super::forward::{TIED, add_soft_or, nearest, presence, strokes};
use super::lanes::{LANES, MIN_SCORE, all};
use super::segment::{ROWS, RowGeometry, Segment, Tile, Visible};

/// Gradient of a loss in one stroke.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Gradient {
    /// In (x, y) of its control points; those that a curve of its degree does not have stay 0.
    pub points: [[f64; 2]; 4],
    /// In its width; 0 for the Gaussian profile.
    pub width: f64,
    /// In its sharpness, or α.
    pub slope: f64,
}

/// An image's segments, and the curves that they are chords of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strokes<'a> {
    pub segments: &'a [Segment],
    pub curves: &'a [Curve],
}

/// For the rows of a tile: a loss's gradient in the highest score of a pixel, and whose that is. Where the strongest
/// stroke alone counts, for all strokes together; otherwise for each.
#[derive(Debug, Default)]
pub(super) struct Pulls {
    pub values: Vec<[[f32; LANES]; ROWS]>,
    pub winners: Vec<[[u32; LANES]; ROWS]>,
}

impl Pulls {
    /// The same for all strokes.
    pub fn set_all(&mut self, values: &[[f32; LANES]; ROWS], winners: &[[u32; LANES]; ROWS]) {
        self.values.clear();
        self.values.push(*values);
        self.winners.clear();
        self.winners.push(*winners);
    }

    /// Room for so many strokes, with whatever is there.
    fn resize(&mut self, strokes: usize) {
        self.values.resize(strokes, [[0.0; LANES]; ROWS]);
        self.winners.resize(strokes, [[0; LANES]; ROWS]);
    }
}

/// Sums over pixels, in a segment's frame: of their pulls across and along, times powers of the place t from 0 to 1
/// that they pull at. Lines need two `POWERS`, curves up to four.
#[derive(Clone, Copy)]
struct Sums<S: Simd, const POWERS: usize> {
    across: [f32x16<S>; POWERS],
    beyond: [f32x16<S>; POWERS],
    half_width: f32x16<S>,
    slope: f32x16<S>,
}

impl<S: Simd, const POWERS: usize> Sums<S, POWERS> {
    #[inline(always)]
    fn zero(simd: S) -> Self {
        let zero = all(simd, 0.0);
        Self { across: [zero; POWERS], beyond: [zero; POWERS], half_width: zero, slope: zero }
    }

    /// Add a row of pixels. `pull` is the loss's gradient in the segment's score.
    #[inline(always)]
    fn add<const EDGE: bool>(&mut self, segment: &Visible, row: &RowGeometry<S>, pull: f32x16<S>) {
        let simd = pull.token();
        let push = pull * -segment.slope;
        let per_distance = if EDGE {
            let distance = row.squared_distance.sqrt();
            self.half_width += pull * segment.slope;
            self.slope = pull.mul_add_precise(all(simd, segment.half_width) - distance, self.slope);
            // On the line itself both parts of the distance are 0, and so is the slope; any factor will do.
            push / distance.max(1e-19)
        } else {
            self.slope = (-pull).mul_add_precise(row.squared_distance, self.slope);
            push + push
        };
        let t = row.nearest.mul_add_precise(segment.inverse_length, segment.at_zero).max(0.0).min(1.0);
        let (mut across, mut beyond) = (per_distance * row.across, per_distance * row.beyond);
        for power in 0..POWERS {
            self.across[power] += across;
            self.beyond[power] += beyond;
            (across, beyond) = (across * t, beyond * t);
        }
    }

    /// Turn the sums into the canvas's frame, and add them to the gradient of the segment's stroke.
    #[inline(always)]
    fn add_to(self, segment: &Visible, of: &Strokes<'_>, gradients: &mut [Gradient]) {
        let gradient = &mut gradients[segment.stroke as usize];
        let mut pulls = [[0.0; 2]; POWERS];
        for (pull, (across, beyond)) in pulls.iter_mut().zip(self.across.iter().zip(self.beyond)) {
            *pull = [f64::from(across.reduce_sum()), f64::from(beyond.reduce_sum())];
        }
        gradient.width += f64::from(self.half_width.reduce_sum()) / 2.0;
        gradient.slope += f64::from(self.slope.reduce_sum());
        let (segment, curve) = (&of.segments[segment.index as usize], &of.curves[segment.stroke as usize]);
        add_to_points(pulls, segment, curve, &mut gradient.points);
    }
}

fn add_to_points<const POWERS: usize>(
    pulls: [[f64; 2]; POWERS],
    segment: &Segment,
    curve: &Curve,
    points: &mut [[f64; 2]; 4],
) {
    let [x, y] = segment.direction;
    // A pixel's distance falls as the segment moves towards it.
    let pulls = pulls.map(|[across, beyond]| [across * y - beyond * x, -beyond * y - across * x]);
    for (point, share) in points.iter_mut().zip(curve.shares_between(segment.places)) {
        for (pull, coefficient) in pulls.iter().zip(share) {
            point[0] += coefficient * pull[0];
            point[1] += coefficient * pull[1];
        }
    }
}

/// What the pulls of a tile do to its segments: those of all strokes, or each with its own.
#[inline(always)]
pub(super) fn add_pulls<S: Simd, const EDGE: bool, const POWERS: usize>(
    simd: S,
    visible: &[Visible],
    tile: &Tile,
    pulls: &Pulls,
    of: &Strokes<'_>,
    gradients: &mut [Gradient],
) {
    let x = tile.x(simd);
    for (place, stroke) in strokes(visible).enumerate() {
        let place = place.min(pulls.values.len() - 1);
        let (values, winners) = (&pulls.values[place], &pulls.winners[place]);
        for segment in stroke {
            let (mut sums, mut wins) = (Sums::<S, POWERS>::zero(simd), false);
            for row in 0..tile.rows {
                let wins_here = u32x16::load_array_ref(simd, &winners[row]).simd_eq(segment.index);
                if wins_here.any_true() {
                    let pull = wins_here.select(f32x16::load_array_ref(simd, &values[row]), all(simd, 0.0));
                    sums.add::<EDGE>(segment, &segment.row(x, tile.y(row)), pull);
                    wins = true;
                }
            }
            if wins {
                sums.add_to(segment, of, gradients);
            }
        }
    }
}

/// Share the gradient of pixels among all strokes that have their highest score, as torch's `amax` does.
#[inline(always)]
pub(super) fn add_ties<S: Simd, const EDGE: bool>(
    simd: S,
    visible: &[Visible],
    tile: &Tile,
    pulls: &Pulls,
    of: &Strokes<'_>,
    gradients: &mut [Gradient],
) {
    let (x, zero) = (tile.x(simd), all(simd, 0.0));
    for row in 0..tile.rows {
        let tied = u32x16::load_array_ref(simd, &pulls.winners[0][row]).simd_eq(TIED);
        if !tied.any_true() {
            continue;
        }
        let y = tile.y(row);
        let (mut best, mut ties) = (all(simd, MIN_SCORE), zero);
        for stroke in strokes(visible) {
            best = best.max(nearest::<S, EDGE>(stroke, x, y).0);
        }
        for stroke in strokes(visible) {
            ties += nearest::<S, EDGE>(stroke, x, y).0.simd_eq(best).select(all(simd, 1.0), zero);
        }
        let pull = f32x16::load_array_ref(simd, &pulls.values[0][row]) / ties.max(1.0);
        for stroke in strokes(visible) {
            let (score, index) = nearest::<S, EDGE>(stroke, x, y);
            for segment in stroke {
                let wins = tied & score.simd_eq(best) & index.simd_eq(segment.index);
                let mut sums = Sums::<S, 4>::zero(simd);
                sums.add::<EDGE>(segment, &segment.row(x, y), wins.select(pull, zero));
                sums.add_to(segment, of, gradients);
            }
        }
    }
}

/// The pulls on each stroke of a tile whose pixels are the soft-or of all presences.
///
/// `gradient` is the loss's, at each pixel.
#[inline(always)]
pub(super) fn pulls_of_soft_or<S: Simd, const EDGE: bool>(
    simd: S,
    visible: &[Visible],
    tile: &Tile,
    gradient: &[[f32; LANES]; ROWS],
    absences: &mut Vec<[f32; LANES]>,
    pulls: &mut Pulls,
) {
    let (x, one) = (tile.x(simd), all(simd, 1.0));
    pulls.resize(strokes(visible).count());
    for row in 0..tile.rows {
        absences.clear();
        let mut image = all(simd, 0.0);
        for (place, stroke) in strokes(visible).enumerate() {
            let (score, winner) = nearest::<S, EDGE>(stroke, x, tile.y(row));
            let (present, absent) = presence::<S, EDGE>(score);
            let rise = if EDGE { present * absent } else { present };
            ((one - image) * rise).store_array(&mut pulls.values[place][row]);
            winner.store_array(&mut pulls.winners[place][row]);
            absences.push(absent.into());
            image = add_soft_or(image, present);
        }
        let mut behind = f32x16::load_array_ref(simd, &gradient[row]); // times 1 − ω of the strokes that follow
        for (absent, values) in absences.iter().zip(&mut pulls.values).rev() {
            let share = f32x16::load_array_ref(simd, &values[row]);
            (behind * share).store_array(&mut values[row]);
            behind *= f32x16::load_array_ref(simd, absent);
        }
    }
}

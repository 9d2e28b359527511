//! Forward: presences of all segments that a pixel may need, composed.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x16, u32x16};

use super::lanes::{MIN_SCORE, all, gaussian, sigmoid};
use super::segment::Visible;

/// In place of a segment's index: no segment reaches this pixel.
pub(super) const NO_SEGMENT: u32 = u32::MAX;
/// In place of a segment's index: several strokes have the same, highest score.
pub(super) const TIED: u32 = u32::MAX - 1;

/// The presence of a score, and the other share, 1 − presence.
#[inline(always)]
pub(super) fn presence<S: Simd, const EDGE: bool>(score: f32x16<S>) -> (f32x16<S>, f32x16<S>) {
    if EDGE {
        sigmoid(score)
    } else {
        let presence = gaussian(score);
        (presence, all(score.token(), 1.0) - presence)
    }
}

/// The segments of each stroke.
#[inline(always)]
pub(super) fn strokes(visible: &[Visible]) -> impl Iterator<Item = &[Visible]> {
    visible.chunk_by(|one, other| one.stroke == other.stroke)
}

/// The highest score among a stroke's segments at each pixel of a row, and whose it is.
#[inline(always)]
pub(super) fn nearest<S: Simd, const EDGE: bool>(
    stroke: &[Visible],
    x: f32x16<S>,
    y: f32,
) -> (f32x16<S>, u32x16<S>) {
    let simd = x.token();
    let (mut best, mut winner) = (all(simd, MIN_SCORE), u32x16::splat(simd, NO_SEGMENT));
    for segment in stroke {
        let score = segment.score::<S, EDGE>(segment.row(x, y).squared_distance);
        winner = score.simd_gt(best).select(u32x16::splat(simd, segment.index), winner);
        best = best.max(score);
    }
    (best, winner)
}

/// The strongest presence at each pixel of a row, and whose it is. The function of the score is taken once.
#[inline(always)]
pub(super) fn row_of_max<S: Simd, const EDGE: bool>(
    visible: &[Visible],
    x: f32x16<S>,
    y: f32,
) -> (f32x16<S>, u32x16<S>) {
    let simd = x.token();
    let (mut best, mut winner) = (all(simd, MIN_SCORE), u32x16::splat(simd, NO_SEGMENT));
    for stroke in strokes(visible) {
        let (score, index) = nearest::<S, EDGE>(stroke, x, y);
        let tied = score.simd_eq(best) & score.simd_gt(MIN_SCORE);
        winner = tied.select(u32x16::splat(simd, TIED), winner);
        winner = score.simd_gt(best).select(index, winner);
        best = best.max(score);
    }
    (presence::<S, EDGE>(best).0, winner)
}

/// a or b = a + b − ab, one stroke after the other: exact, and safe where a presence is 1.
#[inline(always)]
pub(super) fn row_of_soft_or<S: Simd, const EDGE: bool>(
    visible: &[Visible],
    x: f32x16<S>,
    y: f32,
) -> f32x16<S> {
    let mut image = all(x.token(), 0.0);
    for stroke in strokes(visible) {
        image = add_soft_or(image, presence::<S, EDGE>(nearest::<S, EDGE>(stroke, x, y).0).0);
    }
    image
}

#[inline(always)]
pub(super) fn add_soft_or<S: Simd>(image: f32x16<S>, presence: f32x16<S>) -> f32x16<S> {
    presence.mul_add_precise(all(image.token(), 1.0) - image, image)
}

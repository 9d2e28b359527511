//! Forward: presences of all segments that a pixel may need, composed.

use super::lanes::{LANES, Lanes, MIN_SCORE, gaussian, sigmoid};
use super::segment::Segment;

/// In place of a segment's index: no segment reaches this pixel.
pub(super) const NO_SEGMENT: u32 = u32::MAX;
/// In place of a segment's index: several have the same, highest score.
pub(super) const TIED: u32 = u32::MAX - 1;

/// The presence of a score, and the other share, 1 − presence.
#[inline(always)]
pub(super) fn presence<const EDGE: bool>(score: Lanes) -> (Lanes, Lanes) {
    if EDGE {
        sigmoid(score)
    } else {
        let presence = gaussian(score);
        (presence, Lanes::all(1.0) - presence)
    }
}

/// The strongest presence at each pixel of a row, and whose it is. The function of the score is taken once.
#[inline(always)]
pub(super) fn row_of_max<const EDGE: bool>(visible: &[Segment], x: Lanes, y: f32) -> (Lanes, [u32; LANES]) {
    let (mut best, mut winner) = (Lanes::all(MIN_SCORE), [NO_SEGMENT; LANES]);
    for segment in visible {
        let score = segment.score::<EDGE>(segment.row(x, y).squared_distance);
        winner = score.equals(best).select_index(TIED, &winner);
        winner = score.exceeds(best).select_index(segment.index as u32, &winner);
        best = best.max(score);
    }
    (presence::<EDGE>(best).0, winner)
}

/// a or b = a + b − ab, one segment after the other: exact, and safe where a presence is 1.
#[inline(always)]
pub(super) fn row_of_soft_or<const EDGE: bool>(visible: &[Segment], x: Lanes, y: f32) -> Lanes {
    let mut image = Lanes::all(0.0);
    for segment in visible {
        let (present, _) = presence::<EDGE>(segment.score::<EDGE>(segment.row(x, y).squared_distance));
        image = add_soft_or(image, present);
    }
    image
}

#[inline(always)]
pub(super) fn add_soft_or(image: Lanes, presence: Lanes) -> Lanes {
    presence.mul_add(Lanes::all(1.0) - image, image)
}

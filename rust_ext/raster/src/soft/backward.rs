//! Backward: from the loss's gradient at each pixel to those of lines, widths and slopes.
//!
//! The nearest point moves along a segment as the segment moves, and that changes its distance in second order
//! only: its place t is a constant here, and a share 1 − t of a pixel's pull goes to the start, t to the end.

use super::forward::{TIED, add_soft_or, presence};
use super::lanes::{LANES, Lanes, MIN_SCORE, Mask};
use super::segment::{ROWS, RowGeometry, Segment, Tile};

/// Gradient of a loss in one line: in x1, y1, x2, y2, in its width, and in its sharpness or α.
pub type Gradient = [f64; 6];

/// Sums over a tile's pixels, in a segment's frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sums {
    across: Lanes,
    across_end: Lanes,
    beyond: Lanes,
    beyond_end: Lanes,
    half_width: Lanes,
    slope: Lanes,
}

impl Sums {
    pub fn zero() -> Self {
        let zero = Lanes::all(0.0);
        Self { across: zero, across_end: zero, beyond: zero, beyond_end: zero, half_width: zero, slope: zero }
    }

    /// Add a row of pixels.
    ///
    /// `pull` is the loss's gradient in the segment's score.
    #[inline(always)]
    fn add<const EDGE: bool>(&mut self, segment: &Segment, row: &RowGeometry, pull: Lanes) {
        let slope = Lanes::all(segment.slope);
        let push = -(slope * pull);
        let per_distance = if EDGE {
            let distance = row.squared_distance.sqrt();
            self.half_width += pull * slope;
            self.slope = pull.mul_add(Lanes::all(segment.half_width) - distance, self.slope);
            // On the line itself both parts of the distance are 0, and so is the slope; any factor will do.
            push * distance.max(Lanes::all(1e-19)).recip()
        } else {
            self.slope = (-pull).mul_add(row.squared_distance, self.slope);
            push + push
        };
        let t = row.nearest * Lanes::all(segment.inverse_length);
        let (across, beyond) = (per_distance * row.across, per_distance * row.beyond);
        self.across += across;
        self.across_end = across.mul_add(t, self.across_end);
        self.beyond += beyond;
        self.beyond_end = beyond.mul_add(t, self.beyond_end);
    }

    /// Turn the sums into the canvas's frame, and add them to the gradient of the segment's line.
    pub fn add_to(&self, segment: &Segment, gradient: &mut Gradient) {
        let total = |lanes: Lanes| f64::from(lanes.sum());
        let (across, across_end) = (total(self.across), total(self.across_end));
        let (beyond, beyond_end) = (total(self.beyond), total(self.beyond_end));
        let [x, y] = segment.direction;
        // A pixel's distance falls as the segment moves towards it.
        let ends = [(across - across_end, beyond - beyond_end), (across_end, beyond_end)];
        for (end, (across, beyond)) in ends.into_iter().enumerate() {
            gradient[2 * end] -= beyond * x - across * y;
            gradient[2 * end + 1] -= beyond * y + across * x;
        }
        gradient[4] += total(self.half_width) / 2.0;
        gradient[5] += total(self.slope);
    }
}

/// One tile of an image whose pixels are the strongest presence.
///
/// `pull` is the loss's gradient in each pixel's highest score, `winners` whose score that is.
#[inline(always)]
pub(super) fn tile_of_max<const EDGE: bool>(
    visible: &[Segment],
    tile: &Tile,
    pull: &[Lanes; ROWS],
    winners: &[[u32; LANES]; ROWS],
    sums: &mut [Sums],
) {
    let x = tile.x();
    for row in 0..tile.rows {
        let (y, pull, winners) = (tile.y(row), pull[row], &winners[row]);
        for (segment, sums) in visible.iter().zip(sums.iter_mut()) {
            let wins = Mask::equals(winners, segment.index as u32);
            if wins.any() {
                sums.add::<EDGE>(segment, &segment.row(x, y), wins.select(pull, Lanes::all(0.0)));
            }
        }
        let tied = Mask::equals(winners, TIED);
        if tied.any() {
            add_tied::<EDGE>(visible, x, y, tied.select(pull, Lanes::all(0.0)), sums);
        }
    }
}

/// Share the gradient of pixels among all segments that have their highest score, as torch's `amax` does.
#[inline(always)]
fn add_tied<const EDGE: bool>(visible: &[Segment], x: Lanes, y: f32, pull: Lanes, sums: &mut [Sums]) {
    let (zero, one) = (Lanes::all(0.0), Lanes::all(1.0));
    let score = |segment: &Segment| segment.score::<EDGE>(segment.row(x, y).squared_distance);
    let (mut best, mut ties) = (Lanes::all(MIN_SCORE), zero);
    for segment in visible {
        best = best.max(score(segment));
    }
    let wins = |segment: &Segment| score(segment).equals(best);
    for segment in visible {
        ties += wins(segment).select(one, zero);
    }
    let pull = pull * ties.max(one).recip();
    for (segment, sums) in visible.iter().zip(sums.iter_mut()) {
        sums.add::<EDGE>(segment, &segment.row(x, y), wins(segment).select(pull, zero));
    }
}

/// One tile of an image whose pixels are the soft-or of all presences.
///
/// `gradient` is the loss's, at each pixel. `shares` is memory for what the way forward leaves of a row.
#[inline(always)]
pub(super) fn tile_of_soft_or<const EDGE: bool>(
    visible: &[Segment],
    tile: &Tile,
    gradient: &[Lanes; ROWS],
    shares: &mut Vec<(Lanes, Lanes)>,
    sums: &mut [Sums],
) {
    let (x, one) = (tile.x(), Lanes::all(1.0));
    for (row, &gradient) in gradient.iter().enumerate().take(tile.rows) {
        let y = tile.y(row);
        shares.clear();
        let mut image = Lanes::all(0.0);
        for segment in visible {
            let score = segment.score::<EDGE>(segment.row(x, y).squared_distance);
            let (present, absent) = presence::<EDGE>(score);
            let rise = if EDGE { present * absent } else { present };
            shares.push(((one - image) * rise, absent));
            image = add_soft_or(image, present);
        }
        let mut behind = gradient; // times 1 − ω of the segments that follow
        for ((segment, sums), &(share, absent)) in visible.iter().zip(sums.iter_mut()).zip(&*shares).rev() {
            sums.add::<EDGE>(segment, &segment.row(x, y), behind * share);
            behind = behind * absent;
        }
    }
}

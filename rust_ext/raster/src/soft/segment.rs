//! Line segments, each a stroke or one of the chords of a curved one, as a tile of 16 × 16 pixels sees them: distances along and across, and scores.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x16};

use super::Compose;
use super::lanes::{LANES, MIN_SCORE, all};

/// Rows of a tile; it has `LANES` columns.
pub(super) const ROWS: usize = 16;

/// Place and size of a tile, and the unit-square size of a pixel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tile {
    pub row: usize,
    pub column: usize,
    pub rows: usize,
    pub columns: usize,
    pub pixel: [f64; 2],
}

impl Tile {
    /// x of the centres of a row's pixels, from the tile's middle.
    #[inline(always)]
    pub fn x<S: Simd>(&self, simd: S) -> f32x16<S> {
        let mut x = [0.0; LANES];
        for (lane, x) in x.iter_mut().enumerate() {
            *x = (lane as f32 + 0.5 - self.columns as f32 / 2.0) * self.pixel[0] as f32;
        }
        f32x16::load_array(simd, x)
    }

    /// y of the centres of a row's pixels, from the tile's middle.
    #[inline(always)]
    pub fn y(&self, row: usize) -> f32 {
        (row as f32 + 0.5 - self.rows as f32 / 2.0) * self.pixel[1] as f32
    }

    /// The tile's middle, and its distance from a corner.
    fn middle(&self) -> ([f64; 2], f32) {
        let [width, height] = self.pixel;
        let half = [self.columns as f64 * width / 2.0, self.rows as f64 * height / 2.0];
        let middle = [self.column as f64 * width + half[0], self.row as f64 * height + half[1]];
        (middle, half[0].hypot(half[1]) as f32)
    }
}

/// A segment in its own frame, whose axes are along it and across it.
///
/// The score of a pixel rises as it comes nearer: k (w/2 − d), or −α d². A presence is a function of the score,
/// so the strongest segment is the one of the highest score.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    /// Its place among the image's segments, and its stroke's among the image's strokes.
    pub index: u32,
    pub stroke: u32,
    /// Where on the stroke it begins and ends.
    pub from: f64,
    pub to: f64,
    /// Unit vector (x, y) along it; (−y, x) points across.
    pub direction: [f64; 2],
    /// In the frame, from the canvas's corner: the segment's ends along, and the corner from the segment across.
    ends: [f64; 2],
    corner: f64,
    /// 1 / length; 0 for a point, all of whose pixels are nearest to its start.
    pub inverse_length: f32,
    /// w/2; 0 for the Gaussian profile.
    pub half_width: f32,
    /// k, or α.
    pub slope: f32,
    /// From the tile's middle, in the frame: its ends along, the t of what is beside it, and the segment's straight
    /// line across.
    start: f32,
    end: f32,
    pub at_zero: f32,
    across: f32,
}

/// A row of pixels in the frame of a segment.
#[derive(Clone, Copy)]
pub(super) struct RowGeometry<S: Simd> {
    /// Signed distance from the segment's straight line.
    pub across: f32x16<S>,
    /// Signed distance past the nearest of its ends, along; 0 between them.
    pub beyond: f32x16<S>,
    /// The nearest point, along.
    pub nearest: f32x16<S>,
    /// d², of the nearest point.
    pub squared_distance: f32x16<S>,
}

impl Segment {
    /// From one point to another; what it is a part of is for the caller to say.
    pub fn new([x1, y1]: [f64; 2], [x2, y2]: [f64; 2], half_width: f32, slope: f32) -> Self {
        let (dx, dy) = (x2 - x1, y2 - y1);
        let length = (dx * dx + dy * dy).sqrt();
        let is_point = length == 0.0;
        let [x, y] = if is_point { [1.0, 0.0] } else { [dx / length, dy / length] };
        Self {
            index: 0,
            stroke: 0,
            from: 0.0,
            to: 1.0,
            direction: [x, y],
            ends: [x * x1 + y * y1, x * x2 + y * y2],
            // The products are exact: of two f32 in f64, however far away the ends are.
            corner: if is_point { -y1 } else { (x1 * y2 - y1 * x2) / length },
            inverse_length: if is_point { 0.0 } else { (1.0 / length) as f32 },
            half_width,
            slope,
            start: 0.0,
            end: 0.0,
            at_zero: 0.0,
            across: 0.0,
        }
    }

    fn seen_from(mut self, point: [f64; 2]) -> Self {
        let [x, y] = self.direction;
        let along = x * point[0] + y * point[1];
        let [start, end] = self.ends.map(|end| end - along);
        (self.start, self.end) = (start as f32, end as f32);
        self.at_zero = (-start * f64::from(self.inverse_length)) as f32;
        self.across = (self.corner - y * point[0] + x * point[1]) as f32;
        self
    }

    /// From the tile's middle.
    fn distance(&self) -> f32 {
        let beyond = self.end.min(0.0) + self.start.max(0.0);
        self.across.mul_add(self.across, beyond * beyond).sqrt()
    }

    fn score_at<const EDGE: bool>(&self, distance: f32) -> f32 {
        let d = distance.max(0.0);
        if EDGE { self.slope * (self.half_width - d) } else { -self.slope * d * d }
    }

    #[inline(always)]
    pub fn score<S: Simd, const EDGE: bool>(&self, squared_distance: f32x16<S>) -> f32x16<S> {
        if EDGE {
            (all(squared_distance.token(), self.half_width) - squared_distance.sqrt()) * self.slope
        } else {
            squared_distance * -self.slope
        }
    }

    /// A row of the tile, at x and y from its middle.
    #[inline(always)]
    pub fn row<S: Simd>(&self, x: f32x16<S>, y: f32) -> RowGeometry<S> {
        let [dx, dy] = self.direction.map(|part| part as f32);
        let across = x.mul_add_precise(-dy, dx.mul_add(y, self.across));
        let along = x.mul_add_precise(dx, dy * y);
        let nearest = along.min(self.end).max(self.start);
        let beyond = along - nearest;
        let squared_distance = across.mul_add_precise(across, beyond * beyond);
        RowGeometry { across, beyond, nearest, squared_distance }
    }
}

/// Put into `visible` the segments that a tile's pixels may need, as seen from its middle.
///
/// Left out are those of no width, those whose presence no normal `f32` holds anywhere in the tile, and those that
/// another one exceeds in all of it: of the same stroke or, where the strongest stroke alone counts, of any.
pub(super) fn find_visible<const EDGE: bool>(
    segments: &[Segment],
    tile: &Tile,
    compose: Compose,
    visible: &mut Vec<Segment>,
) {
    visible.clear();
    let (middle, radius) = tile.middle();
    // Rounding included.
    let reach = |segment: &Segment| (segment.distance(), 1.001 * radius + 1e-5 * segment.distance());
    for rivals in segments.chunk_by(|one, other| compose == Compose::Max || one.stroke == other.stroke) {
        let (first, mut floor) = (visible.len(), MIN_SCORE);
        for segment in rivals {
            let segment = segment.seen_from(middle);
            let (distance, reach) = reach(&segment);
            if segment.score_at::<EDGE>(distance - reach) > MIN_SCORE && (!EDGE || segment.half_width > 0.0) {
                floor = floor.max(segment.score_at::<EDGE>(distance + reach));
                visible.push(segment);
            }
        }
        if floor > MIN_SCORE && visible.len() > first + 1 {
            let mut kept = first;
            for at in first..visible.len() {
                let (distance, reach) = reach(&visible[at]);
                if visible[at].score_at::<EDGE>(distance - reach) >= floor {
                    visible[kept] = visible[at];
                    kept += 1;
                }
            }
            visible.truncate(kept);
        }
    }
}

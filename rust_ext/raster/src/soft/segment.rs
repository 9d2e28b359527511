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
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    /// Its place among the image's segments, and its stroke's among the image's strokes.
    index: u32,
    stroke: u32,
    /// Where on the stroke it begins and ends.
    pub places: [f64; 2],
    /// Unit vector (x, y) along it; (−y, x) points across.
    pub direction: [f64; 2],
    /// In the frame, from the canvas's corner: the segment's ends along, and the corner from the segment across.
    ends: [f64; 2],
    corner: f64,
    inverse_length: f32,
    half_width: f32,
    slope: f32,
}

/// A segment as the pixels of a tile see it, from the tile's middle.
///
/// The score of a pixel rises as it comes nearer: k (w/2 − d), or −α d². A presence is a function of the score,
/// so the strongest segment is the one of the highest score.
#[derive(Clone, Copy, Debug)]
pub(super) struct Visible {
    /// Its place among the image's segments, and its stroke's among the image's strokes.
    pub index: u32,
    pub stroke: u32,
    direction: [f32; 2],
    /// Its ends along, and its straight line across.
    start: f32,
    end: f32,
    across: f32,
    /// Where a pixel in the tile's middle is on the segment, from 0 to 1 if beside it; and the change of that along:
    /// 1 / length, or 0 for a point, all of whose pixels are nearest to its start.
    pub at_zero: f32,
    pub inverse_length: f32,
    /// w/2; 0 for the Gaussian profile.
    pub half_width: f32,
    /// k, or α.
    pub slope: f32,
}

/// A segment that may be visible: which, and its highest score in a tile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    index: u32,
    highest: f32,
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
    /// From one point to another, a part of a stroke between two `places`.
    pub fn new(
        [[x1, y1], [x2, y2]]: [[f64; 2]; 2],
        places: [f64; 2],
        half_width: f32,
        slope: f32,
        (index, stroke): (u32, u32),
    ) -> Self {
        let (dx, dy) = (x2 - x1, y2 - y1);
        let length = (dx * dx + dy * dy).sqrt();
        let is_point = length == 0.0;
        let [x, y] = if is_point { [1.0, 0.0] } else { [dx / length, dy / length] };
        Self {
            index,
            stroke,
            places,
            direction: [x, y],
            ends: [x * x1 + y * y1, x * x2 + y * y2],
            // The products are exact: of two f32 in f64, however far away the ends are.
            corner: if is_point { -y1 } else { (x1 * y2 - y1 * x2) / length },
            inverse_length: if is_point { 0.0 } else { (1.0 / length) as f32 },
            half_width,
            slope,
        }
    }

    /// From a point: its ends along, and its straight line across.
    #[inline(always)]
    fn place(&self, point: [f64; 2]) -> ([f64; 2], f64) {
        let [x, y] = self.direction;
        let along = x * point[0] + y * point[1];
        (self.ends.map(|end| end - along), self.corner - y * point[0] + x * point[1])
    }

    /// From a point to the nearest one of the segment.
    #[inline(always)]
    fn distance(&self, point: [f64; 2]) -> f32 {
        let ([start, end], across) = self.place(point);
        let (beyond, across) = ((end as f32).min(0.0) + (start as f32).max(0.0), across as f32);
        across.mul_add(across, beyond * beyond).sqrt()
    }

    #[inline(always)]
    fn score_at<const EDGE: bool>(&self, distance: f32) -> f32 {
        let d = distance.max(0.0);
        if EDGE { self.slope * (self.half_width - d) } else { -self.slope * d * d }
    }

    fn seen_from(&self, point: [f64; 2]) -> Visible {
        let ([start, end], across) = self.place(point);
        Visible {
            index: self.index,
            stroke: self.stroke,
            direction: self.direction.map(|part| part as f32),
            start: start as f32,
            end: end as f32,
            across: across as f32,
            at_zero: (-start * f64::from(self.inverse_length)) as f32,
            inverse_length: self.inverse_length,
            half_width: self.half_width,
            slope: self.slope,
        }
    }
}

impl Visible {
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
        let [dx, dy] = self.direction;
        let across = x.mul_add_precise(-dy, dx.mul_add(y, self.across));
        let along = x.mul_add_precise(dx, dy * y);
        let nearest = along.min(self.end).max(self.start);
        let beyond = along - nearest;
        let squared_distance = across.mul_add_precise(across, beyond * beyond);
        RowGeometry { across, beyond, nearest, squared_distance }
    }
}

/// Put into `visible` the segments that a tile's pixels may need.
///
/// Left out are those whose presence no normal `f32` holds anywhere in the tile, and those that another one exceeds
/// in all of it: of the same stroke or, where the strongest stroke alone counts, of any. `candidates` is memory.
#[inline(always)]
pub(super) fn find_visible<const EDGE: bool>(
    segments: &[Segment],
    tile: &Tile,
    compose: Compose,
    candidates: &mut Vec<Candidate>,
    visible: &mut Vec<Visible>,
) {
    visible.clear();
    let (middle, radius) = tile.middle();
    for rivals in segments.chunk_by(|one, other| compose == Compose::Max || one.stroke == other.stroke) {
        candidates.clear();
        let mut floor = MIN_SCORE;
        for segment in rivals {
            let distance = segment.distance(middle);
            let reach = 1.001 * radius + 1e-5 * distance; // rounding included
            let highest = segment.score_at::<EDGE>(distance - reach);
            if highest > floor {
                floor = floor.max(segment.score_at::<EDGE>(distance + reach));
                candidates.push(Candidate { index: segment.index, highest });
            }
        }
        let seen = candidates.iter().filter(|candidate| candidate.highest >= floor);
        visible.extend(seen.map(|candidate| segments[candidate.index as usize].seen_from(middle)));
    }
}

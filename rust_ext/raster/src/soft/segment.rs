//! Line segments as a tile of 16 × 16 pixels sees them: distances along and across, and scores.

use super::lanes::{LANES, Lanes, MIN_SCORE};
use super::{Compose, Profile, SoftStrokes};

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
    pub fn x(&self) -> Lanes {
        let mut x = [0.0; LANES];
        for (lane, x) in x.iter_mut().enumerate() {
            *x = (lane as f32 + 0.5 - self.columns as f32 / 2.0) * self.pixel[0] as f32;
        }
        Lanes(x)
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
    /// Its place among the image's lines.
    pub index: usize,
    /// Unit vector (x, y) along it; (−y, x) points across.
    pub direction: [f64; 2],
    /// The canvas's corner in the frame: along, from its start, and across.
    corner: [f64; 2],
    pub length: f32,
    /// 1 / length; 0 for a point, all of whose pixels are nearest to its start.
    pub inverse_length: f32,
    /// w/2; 0 for the Gaussian profile.
    pub half_width: f32,
    /// k, or α.
    pub slope: f32,
    /// The tile's middle in the frame.
    along: f32,
    across: f32,
}

/// A row of pixels in the frame of a segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowGeometry {
    /// Signed distance from the segment's straight line.
    pub across: Lanes,
    /// Signed distance past the nearest of its ends, along; 0 between them.
    pub beyond: Lanes,
    /// From its start to the nearest point.
    pub nearest: Lanes,
    /// d², of the nearest point.
    pub squared_distance: Lanes,
}

impl Segment {
    pub fn new(strokes: &SoftStrokes<'_>, image: usize, index: usize) -> Self {
        let at = image * strokes.lines_per_image + index;
        let [x1, y1, x2, y2] = strokes.lines[at].map(f64::from);
        let (half_width, slope) = match strokes.profile {
            Profile::Edge { widths, sharpness } => (widths[at] / 2.0, sharpness[at]),
            Profile::Gaussian { alpha } => (0.0, alpha[at]),
        };
        let length = (x2 - x1).hypot(y2 - y1);
        let is_point = length == 0.0;
        let [x, y] = if is_point { [1.0, 0.0] } else { [(x2 - x1) / length, (y2 - y1) / length] };
        Self {
            index,
            direction: [x, y],
            corner: [-x * x1 - y * y1, y * x1 - x * y1],
            length: length as f32,
            inverse_length: if is_point { 0.0 } else { (1.0 / length) as f32 },
            half_width,
            slope,
            along: 0.0,
            across: 0.0,
        }
    }

    fn seen_from(mut self, point: [f64; 2]) -> Self {
        let [x, y] = self.direction;
        self.along = (self.corner[0] + x * point[0] + y * point[1]) as f32;
        self.across = (self.corner[1] - y * point[0] + x * point[1]) as f32;
        self
    }

    /// From the tile's middle.
    fn distance(&self) -> f32 {
        let beyond = self.along - self.along.min(self.length).max(0.0);
        self.across.hypot(beyond)
    }

    fn score_at<const EDGE: bool>(&self, distance: f32) -> f32 {
        let d = distance.max(0.0);
        if EDGE { self.slope * (self.half_width - d) } else { -self.slope * d * d }
    }

    #[inline(always)]
    pub fn score<const EDGE: bool>(&self, squared_distance: Lanes) -> Lanes {
        let slope = Lanes::all(self.slope);
        if EDGE {
            slope * (Lanes::all(self.half_width) - squared_distance.sqrt())
        } else {
            -(slope * squared_distance)
        }
    }

    /// A row of the tile, at x and y from its middle.
    #[inline(always)]
    pub fn row(&self, x: Lanes, y: f32) -> RowGeometry {
        let [dx, dy] = self.direction.map(|part| part as f32);
        let across = Lanes::all(-dy).mul_add(x, Lanes::all(dx.mul_add(y, self.across)));
        let along = Lanes::all(dx).mul_add(x, Lanes::all(dy.mul_add(y, self.along)));
        let nearest = along.min(Lanes::all(self.length)).max(Lanes::all(0.0));
        let beyond = along - nearest;
        let squared_distance = across.mul_add(across, beyond * beyond);
        RowGeometry { across, beyond, nearest, squared_distance }
    }
}

/// Put into `visible` the segments that a tile's pixels may need, as seen from its middle.
///
/// Left out are those of no width, those whose presence no normal `f32` holds anywhere in the tile and, where the
/// strongest alone counts, those that another one exceeds in all of it.
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
    let mut floor = MIN_SCORE;
    for segment in segments {
        let segment = segment.seen_from(middle);
        let (distance, reach) = reach(&segment);
        if segment.score_at::<EDGE>(distance - reach) > MIN_SCORE && (!EDGE || segment.half_width > 0.0) {
            if compose == Compose::Max {
                floor = floor.max(segment.score_at::<EDGE>(distance + reach));
            }
            visible.push(segment);
        }
    }
    if floor > MIN_SCORE {
        visible.retain(|segment| {
            let (distance, reach) = reach(segment);
            segment.score_at::<EDGE>(distance - reach) >= floor
        });
    }
}

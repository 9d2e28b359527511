//! How far a sketch is from an image, and how each pixel's error moves with the curve that is nearest to it.

use super::sketch::{Sketch, Window};
use crate::image::Image;

/// How far, in pixels, a curve may be from its chords, and the longest of these.
const TOLERANCE: f64 = 1.0 / 64.0;
const LONGEST: f64 = 16.0;
const MAX_CHORDS: f64 = 4096.0;
/// An edge of sharpness 1, that of an antialiased picture, rises over a pixel, with its two corners rounded over
/// twice this: the mean over all directions of what a square pixel sees.
const ROUNDED: f64 = 0.2;
/// Distance from an edge, in units of 1 / sharpness, at which nothing is left of it.
const REACH: f64 = 0.5 + ROUNDED;
/// Less of the edge's slope than this moves nothing.
const LEAST_SLOPE: f64 = 1e-4;
const NOTHING: u32 = u32::MAX;

/// Numbers that a pixel depends on: x and y of four control points, the width, and the sharpness's logarithm.
pub(super) const NUMBERS: usize = 10;

/// Sums over a curve's pixels: of the error's derivatives, of their products, and of what the curve is worth.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    pub gradient: [f64; NUMBERS],
    /// Lower half.
    pub products: [[f64; NUMBERS]; NUMBERS],
    /// By how much half the squared error is larger than that of empty paper; negative, if all is well.
    pub error: f64,
}

impl Sums {
    const ZERO: Self = Self { gradient: [0.0; NUMBERS], products: [[0.0; NUMBERS]; NUMBERS], error: 0.0 };
}

#[derive(Clone, Copy, Debug)]
struct Chord {
    curve: usize,
    half_width: f32,
    from: f64,
    to: f64,
    start: [f64; 2],
    end: [f64; 2],
}

/// Memory that is used again from step to step.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    chords: Vec<Chord>,
    /// Of each pixel, how far it lies within the edge of the stroke that it is deepest in; and the chord.
    depths: Vec<f32>,
    winners: Vec<u32>,
    /// One for each curve.
    pub sums: Vec<Sums>,
}

impl Canvas {
    /// Compare the curves `chosen` of a sketch with the window of an image.
    pub fn compare(
        &mut self,
        sketch: &Sketch,
        chosen: &[usize],
        sharpness: f64,
        ink: Image<'_>,
        window: Window,
    ) -> f64 {
        self.paint(sketch, chosen, sharpness, window);
        let mut sums = std::mem::take(&mut self.sums);
        sums.clear();
        sums.resize(chosen.len(), Sums::ZERO);
        self.visit(ink, window, |chord, pixel, depth, ink| {
            let middle = pixel.map(|place| place as f64 + 0.5);
            add(&mut sums[chord.curve], chord, middle, depth, ink, sharpness);
        });
        self.sums = sums;
        self.sums.iter().map(|sums| sums.error).sum()
    }

    /// Each pixel of an image that a sketch reaches: its number, the curve, and by how much it adds to [`Sums::error`].
    pub fn errors(
        &mut self,
        sketch: &Sketch,
        sharpness: f64,
        ink: Image<'_>,
        mut see: impl FnMut(usize, usize, f64),
    ) {
        let all: Vec<usize> = (0..sketch.curves.len()).collect();
        let page = Window::whole(ink);
        self.paint(sketch, &all, sharpness, page);
        self.visit(ink, page, |chord, [column, row], depth, value| {
            let error = squared(presence(chord, depth, sharpness), value);
            see(row * ink.width() + column, chord.curve, error);
        });
    }

    /// Half the squared error of a sketch, less that of empty paper.
    pub fn error(&mut self, sketch: &Sketch, sharpness: f64, ink: Image<'_>) -> f64 {
        let mut sum = 0.0;
        self.errors(sketch, sharpness, ink, |_, _, error| sum += error);
        sum
    }

    /// Draw all chords, so that each pixel has its winner.
    fn paint(&mut self, sketch: &Sketch, chosen: &[usize], sharpness: f64, window: Window) {
        self.cut(sketch, chosen);
        self.depths.clear();
        self.depths.resize(window.columns * window.rows, (-REACH / sharpness) as f32);
        self.winners.clear();
        self.winners.resize(window.columns * window.rows, NOTHING);
        for at in 0..self.chords.len() {
            self.draw(at as u32, REACH / sharpness, window);
        }
    }

    /// Each pixel that has a winner: this chord, the pixel's column and row, how deep it lies in the stroke, its ink.
    fn visit(&self, ink: Image<'_>, window: Window, mut see: impl FnMut(&Chord, [usize; 2], f64, f64)) {
        for row in 0..window.rows {
            let first = (window.top + row) * ink.width() + window.left;
            let here = row * window.columns..(row + 1) * window.columns;
            let winners = self.winners[here.clone()].iter().zip(&self.depths[here]);
            for (column, ((&winner, &depth), &ink)) in winners.zip(&ink.pixels()[first..]).enumerate() {
                if winner != NOTHING {
                    let pixel = [window.left + column, window.top + row];
                    see(&self.chords[winner as usize], pixel, f64::from(depth), f64::from(ink));
                }
            }
        }
    }

    fn cut(&mut self, sketch: &Sketch, chosen: &[usize]) {
        self.chords.clear();
        for (curve, &at) in chosen.iter().enumerate() {
            let points = sketch.curves[at].map(|point| sketch.points[point]);
            let half_width = (sketch.widths[sketch.strokes[at]] / 2.0) as f32;
            let turn =
                points.windows(3).map(|p| length(p[0], [2.0 * p[1][0] - p[2][0], 2.0 * p[1][1] - p[2][1]]));
            let round = (0.75 * turn.fold(0.0, f64::max) / TOLERANCE).sqrt();
            let long = points.windows(2).map(|p| length(p[0], p[1])).sum::<f64>() / LONGEST;
            let count = round.max(long).ceil().clamp(1.0, MAX_CHORDS);
            let (mut from, mut start) = (0.0, points[0]);
            for chord in 1..=count as usize {
                let to = chord as f64 / count;
                let shares = shares(to);
                let end = [0, 1].map(|axis| (0..4).map(|i| shares[i] * points[i][axis]).sum());
                self.chords.push(Chord { curve, half_width, from, to, start, end });
                (from, start) = (to, end);
            }
        }
    }

    fn draw(&mut self, at: u32, reach: f64, window: Window) {
        let chord = self.chords[at as usize];
        let reach = f64::from(chord.half_width) + reach;
        let span = |axis: usize, first: usize, count: usize| {
            let (low, high) =
                (chord.start[axis].min(chord.end[axis]), chord.start[axis].max(chord.end[axis]));
            let place = |value: f64| (value - first as f64).clamp(0.0, count as f64) as usize;
            (place((low - reach).floor()), place((high + reach).ceil()))
        };
        let (left, right) = span(0, window.left, window.columns);
        let (top, bottom) = span(1, window.top, window.rows);
        let along = [0, 1].map(|axis| (chord.end[axis] - chord.start[axis]) as f32);
        let square = along[0] * along[0] + along[1] * along[1];
        let inverse = if square > 0.0 { 1.0 / square } else { 0.0 };
        let x0 = (window.left as f64 + left as f64 + 0.5 - chord.start[0]) as f32;
        for row in top..bottom {
            let y = ((window.top + row) as f64 + 0.5 - chord.start[1]) as f32;
            let here = row * window.columns + left..row * window.columns + right.max(left);
            let pixels = self.depths[here.clone()].iter_mut().zip(&mut self.winners[here]);
            for (column, (depth, winner)) in pixels.enumerate() {
                let x = x0 + column as f32;
                let place = ((x * along[0] + y * along[1]) * inverse).clamp(0.0, 1.0);
                let (dx, dy) = (x - place * along[0], y - place * along[1]);
                let here = chord.half_width - (dx * dx + dy * dy).sqrt();
                *winner = if here > *depth { at } else { *winner };
                *depth = depth.max(here);
            }
        }
    }
}

/// How much a pixel holds of an edge that it lies so deep within, and the slope of that.
fn edge(depth: f64) -> (f64, f64) {
    let from_corner = REACH - depth.abs();
    let (share, slope) = if from_corner <= 0.0 {
        (0.0, 0.0)
    } else if from_corner < 2.0 * ROUNDED {
        (from_corner * from_corner / (4.0 * ROUNDED), from_corner / (2.0 * ROUNDED))
    } else {
        (0.5 - depth.abs(), 1.0)
    };
    (if depth > 0.0 { 1.0 - share } else { share }, slope)
}

/// How much ink a pixel has that lies so deep within a stroke: a band with an edge of that sharpness on either side.
fn presence(chord: &Chord, depth: f64, sharpness: f64) -> f64 {
    edge(sharpness * depth).0 - edge(sharpness * (depth - 2.0 * f64::from(chord.half_width))).0
}

/// By how much half a pixel's squared error is larger than that of empty paper.
fn squared(presence: f64, ink: f64) -> f64 {
    let residual = presence - ink;
    0.5 * (residual * residual - ink * ink)
}

/// Add a pixel: its presence is that of a band, which has an edge of the sharpness k on either side.
fn add(sums: &mut Sums, chord: &Chord, pixel: [f64; 2], depth: f64, ink: f64, k: f64) {
    let half = f64::from(chord.half_width);
    let ((inner, near), (outer, far)) = (edge(k * depth), edge(k * (depth - 2.0 * half)));
    let residual = inner - outer - ink;
    sums.error += squared(inner - outer, ink);
    if near + far < LEAST_SLOPE {
        return;
    }
    let along = [0, 1].map(|axis| chord.end[axis] - chord.start[axis]);
    let from_start = [0, 1].map(|axis| pixel[axis] - chord.start[axis]);
    let square = along[0] * along[0] + along[1] * along[1];
    let place = if square > 0.0 {
        ((from_start[0] * along[0] + from_start[1] * along[1]) / square).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let away = [0, 1].map(|axis| from_start[axis] - place * along[axis]);
    let push = k * (near - far) / (half - depth).max(1e-6);
    let mut slopes = [0.0; NUMBERS];
    for (point, share) in shares(chord.from + place * (chord.to - chord.from)).into_iter().enumerate() {
        slopes[2 * point] = push * away[0] * share;
        slopes[2 * point + 1] = push * away[1] * share;
    }
    slopes[8] = 0.5 * k * (near + far);
    slopes[9] = k * (depth * near + (2.0 * half - depth) * far);
    for row in 0..NUMBERS {
        sums.gradient[row] += residual * slopes[row];
        for column in 0..=row {
            sums.products[row][column] += slopes[row] * slopes[column];
        }
    }
}

fn length(one: [f64; 2], other: [f64; 2]) -> f64 {
    (one[0] - other[0]).hypot(one[1] - other[1])
}

/// Bernstein's polynomials.
pub(crate) fn shares(t: f64) -> [f64; 4] {
    let s = 1.0 - t;
    [s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t]
}

//! The equations of a step: which of a sketch's numbers are unknown, their matrix, and the step taken.

use super::compare::{Canvas, NUMBERS};
use super::sketch::Sketch;
use super::skyline::Skyline;

/// Longest step of a coordinate, in pixels.
const LONGEST_STEP: f64 = 2.0;
/// Least width of a stroke, in pixels.
const LEAST_WIDTH: f64 = 0.1;
/// Bounds of the sharpness.
const SHARPEST: [f64; 2] = [0.15, 1.1];

/// Which unknown is which: those of a stroke follow each other, its width last; then the sharpness's logarithm.
pub(super) struct System {
    /// Of each curve, where its ten numbers are among the unknowns.
    places: Vec<[usize; NUMBERS]>,
    /// Of each unknown, the first one that it appears together with.
    pub first: Vec<usize>,
    /// Of each unknown: a point's coordinate, or a stroke's width.
    meaning: Vec<Unknown>,
}

#[derive(Clone, Copy)]
enum Unknown {
    Coordinate(usize, usize),
    Width(usize),
    Sharpness,
}

impl System {
    pub fn new(sketch: &Sketch, group: &[usize]) -> Self {
        let (mut meaning, mut points, mut widths) =
            (Vec::new(), vec![usize::MAX; sketch.points.len()], vec![0; sketch.widths.len()]);
        for (at, &curve) in group.iter().enumerate() {
            for point in sketch.curves[curve] {
                if points[point] == usize::MAX {
                    points[point] = meaning.len();
                    meaning.extend([Unknown::Coordinate(point, 0), Unknown::Coordinate(point, 1)]);
                }
            }
            let stroke = sketch.strokes[curve];
            if group.get(at + 1).is_none_or(|&next| sketch.strokes[next] != stroke) {
                widths[stroke] = meaning.len();
                meaning.push(Unknown::Width(stroke));
            }
        }
        let sharpness = meaning.len();
        meaning.push(Unknown::Sharpness);
        let places: Vec<[usize; NUMBERS]> = group
            .iter()
            .map(|&curve| {
                let [a, b, c, d] = sketch.curves[curve].map(|point| points[point]);
                let width = widths[sketch.strokes[curve]];
                [a, a + 1, b, b + 1, c, c + 1, d, d + 1, width, sharpness]
            })
            .collect();
        let mut first: Vec<usize> = (0..meaning.len()).collect();
        for places in &places {
            let least = *places.iter().min().unwrap_or(&0);
            for &place in places {
                first[place] = first[place].min(least);
            }
        }
        Self { places, first, meaning }
    }

    /// The matrix of products; returns the gradient, downhill.
    pub fn assemble(&self, canvas: &Canvas, matrix: &mut Skyline) -> Vec<f64> {
        matrix.clear();
        let mut right = vec![0.0; self.meaning.len()];
        for (places, sums) in self.places.iter().zip(&canvas.sums) {
            for (row, &to) in places.iter().enumerate() {
                right[to] -= sums.gradient[row];
                for (column, &other) in places[..=row].iter().enumerate() {
                    let twice = row != column && to == other; // a curve that ends where it begins
                    matrix.add(to, other, sums.products[row][column] * if twice { 2.0 } else { 1.0 });
                }
            }
        }
        right
    }

    /// What the unknowns are now, but for the sharpness.
    pub fn values(&self, sketch: &Sketch) -> Vec<f64> {
        let value = |&unknown: &Unknown| match unknown {
            Unknown::Coordinate(point, axis) => sketch.points[point][axis],
            Unknown::Width(stroke) => sketch.widths[stroke],
            Unknown::Sharpness => 0.0,
        };
        self.meaning.iter().map(value).collect()
    }

    pub fn put_back(&self, sketch: &mut Sketch, values: &[f64]) {
        for (&unknown, &value) in self.meaning.iter().zip(values) {
            match unknown {
                Unknown::Coordinate(point, axis) => sketch.points[point][axis] = value,
                Unknown::Width(stroke) => sketch.widths[stroke] = value,
                Unknown::Sharpness => {}
            }
        }
    }

    /// Move each unknown by its part of a step.
    pub fn take(&self, sketch: &mut Sketch, sharpness: &mut f64, step: &[f64]) {
        for (&unknown, &step) in self.meaning.iter().zip(step) {
            let step = step.clamp(-LONGEST_STEP, LONGEST_STEP);
            match unknown {
                Unknown::Coordinate(point, axis) => sketch.points[point][axis] += step,
                Unknown::Width(stroke) => {
                    sketch.widths[stroke] = (sketch.widths[stroke] + step).max(LEAST_WIDTH);
                }
                Unknown::Sharpness => {
                    *sharpness = (*sharpness * step.clamp(-0.5, 0.5).exp()).clamp(SHARPEST[0], SHARPEST[1]);
                }
            }
        }
    }
}

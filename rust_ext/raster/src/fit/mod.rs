//! Fitting: curves moved until their drawing is an image.
//!
//! The objective is half the squared error of all pixels. A pixel is of the curve that it is deepest in, so that the
//! products of derivatives (Gauss and Newton) make a matrix that is narrow along each stroke; its damped steps
//! (Levenberg and Marquardt) need some ten looks at the image. Strokes far apart are fitted one group after the
//! other, each in its own window.

mod compare;
mod cubic;
mod skyline;
mod system;

use crate::error::{MAX_SIDE, RasterError};
use compare::{Canvas, Window};
pub use cubic::fit_cubic;
use skyline::Skyline;
use system::System;

/// Sharpness with which each group begins, 1 being that of an antialiased edge.
const SHARPNESS: f64 = 0.7;
/// Strokes whose edges are nearer, in pixels, may move each other.
const NEAR: f64 = 4.0;
/// Damping at first, how it changes, and the least and most of it.
const DAMPING: f64 = 1e-2;
const DAMPING_FALLS: f64 = 0.1;
const DAMPING_RISES: f64 = 5.0;
const LEAST_DAMPING: f64 = 1e-5;
const MOST_DAMPING: f64 = 1e3;
/// Added to the diagonal before it is damped: what the image says nothing of, stays.
const FLOOR: f64 = 0.05;
/// The descent ends where a step lowers the error by a smaller share than this.
const LEAST_GAIN: f64 = 1e-3;

/// Cubic curves that may share control points, in pixels: x right, y down, (0, 0) the image's corner.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sketch {
    /// Control points.
    pub points: Vec<[f64; 2]>,
    /// The four control points of each curve, by their places in `points`.
    pub curves: Vec<[usize; 4]>,
    /// Which stroke each curve belongs to.
    pub strokes: Vec<usize>,
    /// Width of each stroke, in pixels.
    pub widths: Vec<f64>,
}

/// What a sketch has become.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// Half the squared error of all pixels.
    pub error: f64,
    /// How much larger it would be if the pixels nearest to a stroke were empty; of each stroke.
    pub worth: Vec<f64>,
}

impl Sketch {
    /// Move points and widths until the drawing is like `ink`, an image of `height` × `width` pixels in [0, 1]. It
    /// is never worse than it was.
    ///
    /// A group of strokes is done after `steps` looks at it, or as soon as one lowers its error by less than 1/1000.
    ///
    /// ```
    /// use vecnb_raster::Sketch;
    ///
    /// let ink: Vec<f32> = (0..400).map(|at| f32::from((8..12).contains(&(at / 20)))).collect();
    /// let points = vec![[1.0, 9.0], [7.0, 9.5], [13.0, 10.5], [19.0, 11.0]];
    /// let mut sketch = Sketch { points, curves: vec![[0, 1, 2, 3]], strokes: vec![0], widths: vec![3.0] };
    /// sketch.fit(&ink, 20, 20, 30)?;
    /// assert!((sketch.widths[0] - 4.0).abs() < 0.1 && (sketch.points[1][1] - 10.0).abs() < 0.1);
    /// # Ok::<(), vecnb_raster::RasterError>(())
    /// ```
    ///
    /// # Errors
    /// A curve or stroke names a point or width that there is not; a number is not finite, or a width negative; the
    /// image has another size.
    pub fn fit(
        &mut self,
        ink: &[f32],
        height: usize,
        width: usize,
        steps: usize,
    ) -> Result<Fit, RasterError> {
        self.fit_near(ink, height, width, steps, &vec![true; self.widths.len()])
    }

    /// The same for those groups alone that hold a stroke which has `changed`.
    ///
    /// # Errors
    /// As `fit`; or there is not one answer for each stroke.
    pub fn fit_near(
        &mut self,
        ink: &[f32],
        height: usize,
        width: usize,
        steps: usize,
        changed: &[bool],
    ) -> Result<Fit, RasterError> {
        self.check(ink, height, width)?;
        if changed.len() != self.widths.len() {
            return Err(RasterError::Sketch { found: changed.len(), expected: self.widths.len() });
        }
        let all: Vec<usize> = (0..self.curves.len()).collect();
        let page = Window { left: 0, top: 0, columns: width, rows: height };
        let (mut canvas, before) = (Canvas::default(), self.clone());
        let start = canvas.compare(self, &all, SHARPNESS, (ink, width), page);
        let mut sharpness = Vec::new();
        let near = |group: &Vec<usize>| group.iter().any(|&curve| changed[self.strokes[curve]]);
        let groups: Vec<_> = self.groups().into_iter().filter(near).collect();
        for group in groups {
            let window = self.window(&group, height, width);
            sharpness.push(self.descend(&group, &mut canvas, (ink, width), window, steps));
        }
        sharpness.sort_by(f64::total_cmp);
        let usual = sharpness.get(sharpness.len() / 2).copied().unwrap_or(SHARPNESS);
        if canvas.compare(self, &all, usual, (ink, width), page)
            > canvas.compare(&before, &all, usual, (ink, width), page).min(start)
        {
            *self = before;
        }
        let mut error = canvas.compare(self, &all, usual, (ink, width), page);
        let mut worth = vec![0.0; self.widths.len()];
        for (sums, &stroke) in canvas.sums.iter().zip(&self.strokes) {
            worth[stroke] -= sums.error;
        }
        error += 0.5 * ink.iter().map(|&value| f64::from(value * value)).sum::<f64>();
        Ok(Fit { error, worth })
    }

    fn check(&self, ink: &[f32], height: usize, width: usize) -> Result<(), RasterError> {
        if !(1..=MAX_SIDE).contains(&height) || !(1..=MAX_SIDE).contains(&width) {
            return Err(RasterError::Size { height, width });
        }
        if ink.len() != height * width {
            return Err(RasterError::Pixels { expected: height * width, found: ink.len() });
        }
        let places = |found: Option<usize>, expected: usize| match found {
            Some(found) if found >= expected => Err(RasterError::Sketch { found, expected }),
            _ => Ok(()),
        };
        if self.strokes.len() != self.curves.len() {
            return Err(RasterError::Sketch { found: self.strokes.len(), expected: self.curves.len() });
        }
        places(self.curves.as_flattened().iter().copied().max(), self.points.len())?;
        places(self.strokes.iter().copied().max(), self.widths.len())?;
        if let Some(at) = self.points.iter().position(|point| !point.iter().all(|value| value.is_finite())) {
            let values = self.points[at].iter().map(|&value| value as f32).collect();
            return Err(RasterError::Coordinate { image: 0, line: at, values });
        }
        match self.widths.iter().position(|width| !(width.is_finite() && *width >= 0.0)) {
            Some(line) => {
                let value = self.widths[line] as f32;
                Err(RasterError::Parameter { name: "stroke_width", image: 0, line, value })
            }
            None => Ok(()),
        }
    }

    /// The curves of strokes that lie near each other, together.
    fn groups(&self) -> Vec<Vec<usize>> {
        let mut boxes =
            vec![[f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY]; self.widths.len()];
        for (curve, &stroke) in self.curves.iter().zip(&self.strokes) {
            let margin = self.widths[stroke] / 2.0 + NEAR / 2.0;
            for &point in curve {
                let ([x, y], found) = (self.points[point], &mut boxes[stroke]);
                *found = [
                    found[0].min(x - margin),
                    found[1].min(y - margin),
                    found[2].max(x + margin),
                    found[3].max(y + margin),
                ];
            }
        }
        let mut parent: Vec<usize> = (0..boxes.len()).collect();
        for (one, a) in boxes.iter().enumerate() {
            for (other, b) in boxes[..one].iter().enumerate() {
                if a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3] {
                    let (one, other) = (root(&parent, one), root(&parent, other));
                    parent[one] = other;
                }
            }
        }
        let mut groups = vec![Vec::new(); boxes.len()];
        for (curve, &stroke) in self.strokes.iter().enumerate() {
            groups[root(&parent, stroke)].push(curve);
        }
        groups.retain(|group| !group.is_empty());
        groups
    }

    /// The pixels that a group may reach.
    fn window(&self, group: &[usize], height: usize, width: usize) -> Window {
        let widest = group.iter().map(|&at| self.widths[self.strokes[at]]).fold(0.0, f64::max);
        let margin = widest + 2.0 * NEAR;
        let span = |axis: usize, count: usize| {
            let values = || group.iter().flat_map(|&at| self.curves[at]).map(|at| self.points[at][axis]);
            let low = (values().fold(f64::INFINITY, f64::min) - margin).clamp(0.0, count as f64) as usize;
            let high = (values().fold(0.0, f64::max) + margin).clamp(0.0, count as f64) as usize;
            (low, high.max(low) - low)
        };
        let ((left, columns), (top, rows)) = (span(0, width), span(1, height));
        Window { left, top, columns, rows }
    }

    /// Levenberg and Marquardt's steps for a group of curves; returns the sharpness found.
    fn descend(
        &mut self,
        group: &[usize],
        canvas: &mut Canvas,
        image: (&[f32], usize),
        window: Window,
        steps: usize,
    ) -> f64 {
        let system = System::new(self, group);
        let (mut sharpness, mut damping) = (SHARPNESS, DAMPING);
        let mut matrix = Skyline::new(system.first.clone());
        let mut error = canvas.compare(self, group, sharpness, image, window);
        let empty = window_energy(image, window);
        let mut right = system.assemble(canvas, &mut matrix);
        for _ in 0..steps {
            let Some(step) = matrix.solve(damping, FLOOR, &right) else { break };
            let (before, mut sharper) = (system.values(self), sharpness);
            system.take(self, &mut sharper, &step);
            let found = canvas.compare(self, group, sharper, image, window);
            if found < error {
                let gain = (error - found) / (error + empty).max(1e-9);
                (sharpness, error) = (sharper, found);
                if gain < LEAST_GAIN {
                    break;
                }
                damping = (damping * DAMPING_FALLS).max(LEAST_DAMPING);
                right = system.assemble(canvas, &mut matrix);
            } else {
                system.put_back(self, &before);
                damping *= DAMPING_RISES;
                if damping > MOST_DAMPING {
                    break;
                }
            }
        }
        sharpness
    }
}

/// Half the sum of the squares of a window's pixels: the squared error of empty paper.
fn window_energy((ink, width): (&[f32], usize), window: Window) -> f64 {
    let rows = (window.top..window.top + window.rows).map(|row| row * width + window.left);
    let sum = |first: usize| ink[first..first + window.columns].iter().map(|v| f64::from(v * v)).sum::<f64>();
    0.5 * rows.map(sum).sum::<f64>()
}

fn root(parent: &[usize], mut at: usize) -> usize {
    while parent[at] != at {
        at = parent[at];
    }
    at
}

//! Refining: all control points and widths moved together, until their soft drawing is the picture.
//!
//! The objective is half the squared error of all pixels. A pixel is of the curve that it is deepest in, so that the
//! products of derivatives (Gauss and Newton) make a matrix that is narrow along each stroke; its damped steps
//! (Levenberg and Marquardt) need some ten looks at the image. Strokes far apart are fitted one group after the
//! other, each in its own window.

mod compare;
mod residuals;
mod sketch;
mod skyline;
mod system;

use crate::error::TraceError;
use crate::image::Image;
use crate::stroke::Stroke;
use crate::watch::{Stage, Watch};
use compare::Canvas;
pub(crate) use compare::shares;
pub(crate) use residuals::Residuals;
use sketch::{Sketch, Window};
use skyline::Skyline;
use system::System;

/// Looks at the picture that are enough for nearly all drawings.
pub const STEPS: usize = 30;
/// Sharpness with which each group begins, 1 being that of an antialiased edge.
const SHARPNESS: f64 = 0.7;
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

/// Strokes whose soft drawing is nearer to a picture, never farther from it; and half its squared error.
///
/// Of strokes that lie near each other all are moved if one has `changed`; `None` is all. They are done after `steps`
/// looks at the picture, or as soon as one lowers their error by less than 1/1000.
///
/// ```
/// use vecnb_trace::{Image, Stroke, refine};
///
/// let ink: Vec<f32> = (0..400).map(|at| f32::from((8..12).contains(&(at / 20)))).collect();
/// let rough = Stroke::new(vec![[1.0, 9.0], [7.0, 9.5], [13.0, 10.5], [19.0, 11.0]], 3.0);
/// let (strokes, _) = refine(Image::new(&ink, 20, 20)?, &[rough], None, 30)?;
/// assert!((strokes[0].width - 4.0).abs() < 0.1 && (strokes[0].chain[1][1] - 10.0).abs() < 0.1);
/// # Ok::<(), vecnb_trace::TraceError>(())
/// ```
///
/// # Errors
/// A stroke's points make no chain, a number is not finite, or a width negative; there is not one answer for each
/// stroke.
pub fn refine(
    ink: Image<'_>,
    strokes: &[Stroke],
    changed: Option<&[bool]>,
    steps: usize,
) -> Result<(Vec<Stroke>, f64), TraceError> {
    let found = refine_watched(ink, strokes, changed, steps, &mut |_, _| {})?;
    let error = found.error(ink);
    Ok((found.strokes, error))
}

/// What refining finds.
pub(crate) struct Refined {
    pub strokes: Vec<Stroke>,
    /// Of the edges: the median over the groups.
    pub sharpness: f64,
    pub residuals: Residuals,
}

impl Refined {
    /// Half the squared error.
    pub fn error(&self, ink: Image<'_>) -> f64 {
        self.residuals.error() + Window::whole(ink).energy(ink)
    }
}

/// The same, and every look that brought the strokes nearer is seen.
pub(crate) fn refine_watched(
    ink: Image<'_>,
    strokes: &[Stroke],
    changed: Option<&[bool]>,
    steps: usize,
    watch: &mut Watch<'_>,
) -> Result<Refined, TraceError> {
    strokes.iter().enumerate().try_for_each(|(at, stroke)| stroke.check(at))?;
    if let Some(changed) = changed.filter(|changed| changed.len() != strokes.len()) {
        return Err(TraceError::Changed { expected: strokes.len(), found: changed.len() });
    }
    let mut sketch = Sketch::new(strokes);
    let (mut canvas, before) = (Canvas::default(), sketch.clone());
    let start = canvas.error(&before, SHARPNESS, ink);
    let mut sharpness = Vec::new();
    let near = |group: &Vec<usize>| {
        changed.is_none_or(|changed| group.iter().any(|&at| changed[before.strokes[at]]))
    };
    for group in sketch.groups().into_iter().filter(near) {
        let window = sketch.window(&group, ink);
        sharpness.push(sketch.descend(&group, &mut canvas, (ink, window), steps, watch));
    }
    sharpness.sort_by(f64::total_cmp);
    let usual = sharpness.get(sharpness.len() / 2).copied().unwrap_or(SHARPNESS);
    let mut residuals = Residuals::new(&mut canvas, &sketch, usual, ink);
    if residuals.error() > canvas.error(&before, usual, ink).min(start) {
        sketch = before;
        residuals = Residuals::new(&mut canvas, &sketch, usual, ink);
    }
    let strokes = sketch.strokes(&residuals.worth(strokes.len()));
    Ok(Refined { strokes, sharpness: usual, residuals })
}

/// Where the strokes' squared error lies, their edges of that sharpness.
pub(crate) fn residuals(ink: Image<'_>, strokes: &[Stroke], sharpness: f64) -> Residuals {
    Residuals::new(&mut Canvas::default(), &Sketch::new(strokes), sharpness, ink)
}

/// The squared error of the strokes' soft drawing, its edges of one sharpness: 1 is that of an antialiased edge.
///
/// # Errors
/// As [`refine`].
pub fn squared_error(ink: Image<'_>, strokes: &[Stroke], sharpness: f64) -> Result<f64, TraceError> {
    strokes.iter().enumerate().try_for_each(|(at, stroke)| stroke.check(at))?;
    let error = Canvas::default().error(&Sketch::new(strokes), sharpness, ink);
    Ok(2.0 * (error + Window::whole(ink).energy(ink)))
}

impl Sketch {
    /// Levenberg and Marquardt's steps for a group of curves; returns the sharpness found.
    fn descend(
        &mut self,
        group: &[usize],
        canvas: &mut Canvas,
        (ink, window): (Image<'_>, Window),
        steps: usize,
        watch: &mut Watch<'_>,
    ) -> f64 {
        let system = System::new(self, group);
        let (mut sharpness, mut damping) = (SHARPNESS, DAMPING);
        let mut matrix = Skyline::new(system.first.clone());
        let mut error = canvas.compare(self, group, sharpness, ink, window);
        let empty = window.energy(ink);
        let mut right = system.assemble(canvas, &mut matrix);
        for look in 1..=steps {
            let Some(step) = matrix.solve(damping, FLOOR, &right) else { break };
            let (before, mut sharper) = (system.values(self), sharpness);
            system.take(self, &mut sharper, &step);
            let found = canvas.compare(self, group, sharper, ink, window);
            if found < error {
                let gain = (error - found) / (error + empty).max(1e-9);
                (sharpness, error) = (sharper, found);
                watch(Stage::Refined { look }, &|| self.strokes(&vec![0.0; self.widths.len()]));
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

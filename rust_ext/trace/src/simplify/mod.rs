//! Simplifying: as few numbers as the picture allows.

mod merge;

use crate::error::TraceError;
use crate::image::Image;
use crate::refine::{STEPS, refine, refine_watched, residuals};
use crate::stroke::{Point, Stroke, is_straight};
use crate::vector::{extent, length, mean, minus, straight};
use crate::watch::{Stage, Watch};

/// Of a stroke's width, from curves to simpler ones that may do.
const TOLERANCES: [f64; 3] = [0.2, 0.1, 0.05];
/// Pixels: narrower strokes are merged as those of this width.
const LEAST_WIDTH: f64 = 3.0;
/// Of a stroke's width: what is shorter may be a point, and a curve between two others may go.
const SHORT: f64 = 1.0;
/// Of the usual width: what is smaller is no stroke.
const SPECK: f64 = 0.6;
/// Of the usual width: what is thinner, and no longer than two of these widths, is none either.
const THIN: f64 = 0.3;
/// Of the squared error of a stroke: what each number costs that describes it.
pub const PRICE: f64 = 0.08;
/// Of a stroke: half the squared error that antialiasing leaves.
pub const LEAST_ERROR: f64 = 0.2;

/// Refined strokes of as few numbers as the picture allows.
///
/// A simpler stroke, refined, takes the place of one if it adds less to half the squared error than the numbers that it
/// saves are worth: each [`PRICE`] of what a stroke leaves on average, divided by `detail`.
///
/// # Errors
/// As [`refine`]; or the detail is not above 0.
pub fn simplify(ink: Image<'_>, strokes: &[Stroke], detail: f64) -> Result<Vec<Stroke>, TraceError> {
    simplify_watched(ink, strokes, detail, &mut |_, _| {})
}

/// The same, and each look of the first refinement is seen, and what is kept after each attempt.
pub(crate) fn simplify_watched(
    ink: Image<'_>,
    strokes: &[Stroke],
    detail: f64,
    watch: &mut Watch<'_>,
) -> Result<Vec<Stroke>, TraceError> {
    if detail.is_nan() || detail <= 0.0 {
        return Err(TraceError::Detail { value: detail });
    }
    let found = refine_watched(ink, strokes, None, STEPS, watch)?;
    let (error, sharpness) = (found.error(ink), found.sharpness);
    let strokes = without_specks(found.strokes);
    let price = PRICE / detail * (error / strokes.len() as f64).max(LEAST_ERROR);
    let mut kept = Kept { ink, price, sharpness, unsettled: vec![false; strokes.len()], strokes };
    for share in TOLERANCES {
        kept.attempt(|_, stroke| simpler(stroke, share), watch)?;
    }
    let mut open = vec![true; kept.strokes.len()];
    while open.contains(&true) {
        open = kept.attempt(|at, stroke| one_less(stroke, open[at]), watch)?;
    }
    let (strokes, _) = refine(ink, &kept.strokes, Some(&kept.unsettled), STEPS)?;
    watch(Stage::Simplified, &|| strokes.clone());
    Ok(strokes)
}

/// The simplest strokes so far.
struct Kept<'a> {
    ink: Image<'a>,
    /// Of a number.
    price: f64,
    /// Of the edges.
    sharpness: f64,
    strokes: Vec<Stroke>,
    /// Which of them moved for a neighbour that was not kept.
    unsettled: Vec<bool>,
}

impl Kept<'_> {
    /// Refine all strokes that have simpler ones, and keep those that are worth it; returns which.
    ///
    /// A stroke answers for the pixels whose error has changed, not for those that only changed hands: where strokes
    /// meet, a pixel is one's or another's.
    fn attempt(
        &mut self,
        simpler: impl Fn(usize, &Stroke) -> Stroke,
        watch: &mut Watch<'_>,
    ) -> Result<Vec<bool>, TraceError> {
        let simpler: Vec<Stroke> = self.strokes.iter().enumerate().map(|(at, s)| simpler(at, s)).collect();
        let fewer = simpler.iter().zip(&self.strokes).map(|(new, old)| new.numbers() < old.numbers());
        let mut changed: Vec<bool> = fewer.collect();
        if !changed.contains(&true) {
            return Ok(changed);
        }
        let before = residuals(self.ink, &self.strokes, self.sharpness);
        let found = refine_watched(self.ink, &simpler, Some(&changed), STEPS, &mut |_, _| {})?;
        let raised = found.residuals.raised(&before, &changed);
        for (at, (old, new)) in self.strokes.iter_mut().zip(found.strokes).enumerate() {
            let saved = old.numbers() as f64 - new.numbers() as f64;
            if raised[at] < self.price * saved {
                *old = new;
            } else {
                self.unsettled[at] |= changed[at];
                changed[at] = false;
            }
        }
        watch(Stage::Simplified, &|| self.strokes.clone());
        Ok(changed)
    }
}

/// A point, where a stroke is shorter than wide; a line, or as few curves as are near it, in widths.
fn simpler(stroke: &Stroke, share: f64) -> Stroke {
    let chain = &stroke.chain;
    let (first, last) = (chain[0], chain[chain.len() - 1]);
    let tolerance = share * stroke.width.max(LEAST_WIDTH);
    let chain = if extent(chain) < SHORT * stroke.width {
        vec![mean(&[first, last]); 4]
    } else if !stroke.is_closed() && is_straight(chain, tolerance) {
        straight(first, last).to_vec()
    } else {
        merge::merged(&contracted(chain, SHORT * stroke.width), tolerance, stroke.width)
    };
    Stroke { chain, ..*stroke }
}

/// One curve less, if it may be: the two that one curve is nearest to are one.
fn one_less(stroke: &Stroke, may: bool) -> Stroke {
    let tolerance = TOLERANCES[0] * stroke.width.max(LEAST_WIDTH);
    let fewer = may.then(|| merge::one_less(&stroke.chain, tolerance, stroke.width)).flatten();
    Stroke { chain: fewer.unwrap_or_else(|| stroke.chain.clone()), ..*stroke }
}

/// Without shorter curves between two others, as a skeleton has them in sharp corners.
fn contracted(chain: &[Point], least: f64) -> Vec<Point> {
    let (mut chain, mut at) = (chain.to_vec(), 3);
    while at + 6 < chain.len() {
        if length(minus(chain[at + 3], chain[at])) < least {
            chain[at] = mean(&chain[at..at + 4]);
            chain.drain(at + 1..at + 4);
        } else {
            at += 3;
        }
    }
    chain
}

/// Without what is smaller than strokes usually are wide.
fn without_specks(mut strokes: Vec<Stroke>) -> Vec<Stroke> {
    let lengths: Vec<f64> = strokes.iter().map(|stroke| extent(&stroke.chain)).collect();
    let weighted = strokes.iter().zip(&lengths).map(|(stroke, length)| (stroke.width, length.floor() + 1.0));
    let usual = weighted_median(weighted.collect());
    let mut lengths = lengths.into_iter();
    let is_speck = |length: f64, width: f64| {
        length.max(width) < SPECK * usual || (width < THIN * usual && length < 2.0 * usual)
    };
    strokes.retain(|stroke| lengths.next().is_some_and(|length| !is_speck(length, stroke.width)));
    strokes
}

/// The median of values that are there so often.
fn weighted_median(mut values: Vec<(f64, f64)>) -> f64 {
    values.sort_by(|one, other| one.0.total_cmp(&other.0));
    let half = values.iter().map(|value| value.1).sum::<f64>() / 2.0;
    let mut below = 0.0;
    for (at, &(value, weight)) in values.iter().enumerate() {
        below += weight;
        if below > half {
            return value;
        }
        if below == half {
            return (value + values[at + 1].0) / 2.0;
        }
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_counts_each_value_so_often() {
        assert_eq!(weighted_median(vec![(5.0, 1.0), (1.0, 3.0), (2.0, 1.0)]), 1.0);
        assert_eq!(weighted_median(vec![(5.0, 2.0), (1.0, 2.0)]), 3.0);
        assert_eq!(weighted_median(vec![]), 0.0);
    }

    #[test]
    fn specks_go_and_dots_stay() {
        let long = Stroke::new(straight([0.0, 0.0], [30.0, 0.0]).to_vec(), 4.0);
        let dot = Stroke::new(vec![[40.0, 0.0]; 4], 4.0);
        let speck = Stroke::new(vec![[50.0, 0.0]; 4], 2.0);
        let hair = Stroke::new(straight([60.0, 0.0], [66.0, 0.0]).to_vec(), 1.0);
        assert_eq!(without_specks(vec![long.clone(), dot.clone(), speck, hair]), [long, dot]);
        assert!(without_specks(vec![]).is_empty());
    }

    #[test]
    fn a_short_curve_between_others_is_a_point() {
        let line = |from: Point, to: Point| straight(from, to)[1..].to_vec();
        let chain = [
            vec![[0.0, 0.0]],
            line([0.0, 0.0], [20.0, 0.0]),
            line([20.0, 0.0], [20.0, 2.0]),
            line([20.0, 2.0], [0.0, 4.0]),
        ]
        .concat();
        let found = contracted(&chain, 3.0);
        assert_eq!((found.len(), found[3]), (7, [20.0, 1.0]));
        assert_eq!(contracted(&chain, 1.0), chain);
    }

    #[test]
    fn what_is_simpler_is_a_point_or_a_line_or_fewer_curves() {
        let short = Stroke::new(straight([0.0, 0.0], [2.0, 0.0]).to_vec(), 4.0);
        assert_eq!(simpler(&short, 0.2).chain, [[1.0, 0.0]; 4]);
        let bent = Stroke::new(vec![[0.0, 0.0], [10.0, 0.5], [20.0, 0.5], [30.0, 0.0]], 4.0);
        assert!(simpler(&bent, 0.2).is_line() && !simpler(&bent, 0.05).is_line());
    }
}

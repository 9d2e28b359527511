//! Fewer curves for a chain: joints between smooth neighbours go where one curve does for both.

use crate::cubic::{fit_cubic, point_at};
use crate::stroke::Point;
use crate::vector::{dot, length, minus};

/// Points of a curve that those for several are fitted to.
const SAMPLES: usize = 24;
/// Cosine of 30°: a turn of more than this at a joint is one that was meant.
const CORNER: f64 = 0.866_025_403_784_438_6;
/// Of a stroke's width: a corner so near an end is the skeleton's.
const HOOK: f64 = 0.6;

/// The best way to a joint.
struct Way {
    curves: usize,
    /// Squared distance of all samples.
    error: f64,
    /// The joint where its last curve begins.
    from: usize,
    last: [Point; 4],
}

/// The chain of fewest cubic curves, between joints of this one, that are as near to it as the tolerance.
///
/// Corners stay, where within half the width the chain turns. Among the chains of as few curves it is the one of the
/// least squared distance.
pub(super) fn merged(chain: &[Point], tolerance: f64, width: f64) -> Vec<Point> {
    let (curves, samples) = curves(chain);
    let corners = corners(&samples, width, chain[0] == chain[chain.len() - 1]);
    let mut best = vec![Way { curves: 0, error: 0.0, from: 0, last: [chain[0]; 4] }];
    for last in 1..=curves.len() {
        let before = &best[last - 1];
        let mut way =
            Way { curves: before.curves + 1, error: before.error, from: last - 1, last: curves[last - 1] };
        let corner = corners.iter().rev().find(|corner| **corner < last).copied().unwrap_or(0);
        for first in (corner..last - 1).rev() {
            let points = [&samples[first][..1], &samples[first..last].concat()].concat();
            let (curve, gaps) = fit_cubic(&points, [0.0; 2], [0.0; 2], 0.0);
            if gaps.iter().any(|gap| *gap > tolerance) {
                if last - first > 3 {
                    break;
                }
                continue;
            }
            let error = best[first].error + gaps.iter().map(|gap| gap * gap).sum::<f64>();
            if (best[first].curves + 1, error) < (way.curves, way.error) {
                way = Way { curves: best[first].curves + 1, error, from: first, last: curve };
            }
        }
        best.push(way);
    }
    let (mut found, mut at) = (Vec::new(), curves.len());
    while at > 0 {
        found.extend(best[at].last[1..].iter().rev());
        at = best[at].from;
    }
    found.push(chain[0]);
    found.reverse();
    found
}

/// The chain with one curve for two: of all pairs, apart from corners, the one that this is nearest to.
///
/// `None` where there is no pair, or none to which one curve is as near as the tolerance.
pub(super) fn one_less(chain: &[Point], tolerance: f64, width: f64) -> Option<Vec<Point>> {
    let (curves, samples) = curves(chain);
    let closed = chain[0] == chain[chain.len() - 1];
    if curves.len() < 2 + usize::from(closed) {
        return None;
    }
    let corners = corners(&samples, width, closed);
    let joints = (1..curves.len()).filter(|joint| !corners.contains(joint));
    let merged = joints.map(|joint| {
        let points = [&samples[joint - 1][..], &samples[joint][1..]].concat();
        let (curve, gaps) = fit_cubic(&points, [0.0; 2], [0.0; 2], 0.0);
        (joint, curve, gaps.into_iter().fold(0.0, f64::max))
    });
    let (joint, curve, gap) = merged.min_by(|one, other| one.2.total_cmp(&other.2))?;
    let (before, after) = (&chain[..3 * joint - 3], &chain[3 * joint + 4..]);
    (gap <= tolerance).then(|| [before, &curve, after].concat())
}

/// A chain's curves, and points along each.
fn curves(chain: &[Point]) -> (Vec<[Point; 4]>, Vec<Vec<Point>>) {
    let curves: Vec<[Point; 4]> = chain.windows(4).step_by(3).map(|w| [w[0], w[1], w[2], w[3]]).collect();
    let samples = curves.iter().map(sampled).collect();
    (curves, samples)
}

fn sampled(curve: &[Point; 4]) -> Vec<Point> {
    (0..SAMPLES).map(|at| point_at(curve, at as f64 / (SAMPLES - 1) as f64)).collect()
}

/// Joints at which the chain turns; without those near an open chain's ends.
fn corners(samples: &[Vec<Point>], width: f64, closed: bool) -> Vec<usize> {
    let lengths =
        samples.iter().map(|part| part.windows(2).map(|pair| length(minus(pair[1], pair[0]))).sum());
    let lengths: Vec<f64> = lengths.collect();
    let is_hook = |joint: usize| {
        let [before, after] = [&lengths[..joint], &lengths[joint..]].map(|part| part.iter().sum::<f64>());
        !closed && before.min(after) <= HOOK * width
    };
    (1..samples.len()).filter(|&joint| turns(samples, joint, width / 2.0) && !is_hook(joint)).collect()
}

/// Whether the chain has a corner at this joint, seen from so far away.
fn turns(samples: &[Vec<Point>], joint: usize, reach: f64) -> bool {
    let here = samples[joint][0];
    let seen = |points: &mut dyn Iterator<Item = &Point>| {
        let from: Vec<Point> = points.map(|point| minus(*point, here)).collect();
        from[from.iter().filter(|step| length(**step) < reach).count().min(SAMPLES - 1)]
    };
    let before = seen(&mut samples[joint - 1].iter().rev());
    let after = seen(&mut samples[joint].iter());
    let product = length(before) * length(after);
    product > 0.0 && -dot(before, after) / product < CORNER
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::straight;

    /// Two halves of a curve, which one curve says as well.
    fn halved(curve: [Point; 4]) -> Vec<Point> {
        let middle = |a: Point, b: Point| [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0];
        let once = [0, 1, 2].map(|i| middle(curve[i], curve[i + 1]));
        let twice = [0, 1].map(|i| middle(once[i], once[i + 1]));
        vec![curve[0], once[0], twice[0], middle(twice[0], twice[1]), twice[1], once[2], curve[3]]
    }

    #[test]
    fn halves_of_a_curve_are_one() {
        let curve = [[0.0, 0.0], [10.0, 30.0], [40.0, 30.0], [50.0, 0.0]];
        let found = merged(&halved(curve), 0.5, 4.0);
        assert_eq!((found.len(), found[0], found[3]), (4, curve[0], curve[3]));
        assert!(length(minus(found[1], curve[1])) < 2.0);
        let strict = merged(&halved(curve), 1e-6, 4.0);
        assert_eq!(strict, halved(curve));
    }

    #[test]
    fn the_smoothest_joint_goes_first() {
        let curve = [[0.0, 0.0], [10.0, 30.0], [40.0, 30.0], [50.0, 0.0]];
        let bow = [[50.0, 0.0], [56.0, -18.0], [80.0, -20.0], [90.0, 0.0]];
        let chain = [&halved(curve)[..], &bow[1..]].concat();
        let found = one_less(&chain, 0.5, 4.0).unwrap();
        assert_eq!((found.len(), found[3], &found[4..]), (7, curve[3], &bow[1..]));
        assert_eq!(one_less(&found, 0.5, 4.0), None);
        assert_eq!(one_less(&curve, 0.5, 4.0), None);
    }

    #[test]
    fn a_corner_stays_but_no_hook_at_an_end() {
        let chain = |corner: Point, end: Point| {
            [&straight([0.0, 0.0], corner)[..], &straight(corner, end)[1..]].concat()
        };
        let bent = chain([20.0, 0.0], [20.0, 20.0]);
        assert_eq!(merged(&bent, 50.0, 4.0), bent);
        assert_eq!(merged(&chain([20.0, 0.0], [20.0, 1.0]), 1.0, 4.0).len(), 4);
    }
}

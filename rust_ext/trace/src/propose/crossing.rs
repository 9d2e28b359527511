//! Crossings at a small angle: two strokes that share a piece of ink, of which a skeleton makes one branch.

use super::graph::Branch;
use super::join::{from_end, meetings};
use super::shape::Shape;
use crate::stroke::Point;
use crate::vector::{distances_along, dot, length, minus, unit};

/// Cosine above which two directions are one: 25°.
const ALIGNED: f64 = 0.906_307_787_036_65;
/// Of the length that two bands share: a bridge as long may be theirs.
const SHARED: f64 = 1.5;
/// Of a stroke's width: from where to where, beyond a fork, an arm is looked at.
const SEEN: [f64; 2] = [1.5, 4.0];

/// What a branch looks like from a fork at its end.
struct Arm {
    near: Point,
    /// Away from the fork.
    direction: Point,
    width: f64,
}

impl Arm {
    fn new(branch: &Branch, end: usize, shape: &Shape) -> Self {
        let pixels = from_end(&branch.pixels, end);
        let points: Vec<Point> = pixels.iter().map(|&pixel| shape.point(pixel)).collect();
        let width = 2.0 * shape.usual_radius(pixels.into_iter()) / shape.finer as f64;
        let lengths = distances_along(&points);
        let [near, far] = SEEN.map(|share| {
            points[lengths.partition_point(|length| *length < share * width).min(points.len() - 1)]
        });
        let [near, far] = if near == far { [points[0], points[points.len() - 1]] } else { [near, far] };
        Self { near, direction: unit(minus(far, near)), width }
    }

    /// Whether the other arm goes straight on.
    fn continues(&self, other: &Self) -> bool {
        let across = unit(minus(other.near, self.near));
        dot(across, other.direction) > ALIGNED && -dot(across, self.direction) > ALIGNED
    }
}

/// Of each branch, whether it is a piece that two crossing strokes share: at either end it forks, the arms of one fork
/// go straight on in those of the other, and it is no longer than bands of that angle and width overlap.
pub(super) fn shared(branches: &[Branch], shape: &Shape) -> Vec<bool> {
    let meetings = meetings(branches);
    let is_shared = |(at, branch): (usize, &Branch)| {
        let forks = branch.ends.map(|node| meetings.get(node).map_or(&[][..], |meeting| meeting));
        if branch.ends[0] == branch.ends[1] || forks.iter().any(|fork| fork.len() != 3) {
            return false;
        }
        let [one, other] = forks.map(|fork| {
            let arms = fork.iter().filter(|(branch, _)| *branch != at);
            arms.map(|&(branch, end)| Arm::new(&branches[branch], end, shape)).collect::<Vec<_>>()
        });
        let crosses = |first: usize| one[0].continues(&other[first]) && one[1].continues(&other[1 - first]);
        let cosine = dot(one[0].direction, one[1].direction);
        let overlap = one[0].width.max(one[1].width) / ((1.0 - cosine) / 2.0).sqrt().max(1e-3);
        let points: Vec<Point> = branch.pixels.iter().map(|&pixel| shape.point(pixel)).collect();
        let long = length(minus(points[points.len() - 1], points[0]));
        cosine > 0.0 && long < SHARED * overlap && (crosses(0) || crosses(1))
    };
    branches.iter().enumerate().map(is_shared).collect()
}

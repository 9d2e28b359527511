//! Strokes from branches: joined through junctions where they go straight on.

use super::Polyline;
use super::graph::Branch;
use super::shape::Shape;
use crate::stroke::Point;
use crate::vector::{along, distances_along, dot, length, minus, unit};

/// Cosine of the angle between two branches' directions above which they are two strokes: 143°.
const STRAIGHT: f64 = -0.798_635_510_047_293;
/// Sine of the angle between two strokes below which it is not clear where they meet: 25°.
const LEAST_SINE: f64 = 0.422_618_261_740_699;

/// At each node, pair the branches that go straight on best; a node of two branches is no junction.
pub(super) fn join(branches: &mut [Branch], shape: &Shape) {
    for meeting in meetings(branches) {
        let directions: Vec<Point> =
            meeting.iter().map(|&(branch, end)| leaving(&branches[branch].pixels, end, shape)).collect();
        let mut pairs: Vec<(f64, usize, usize)> = (0..meeting.len())
            .flat_map(|one| (one + 1..meeting.len()).map(move |other| (one, other)))
            .map(|(one, other)| (dot(directions[one], directions[other]), one, other))
            .collect();
        pairs.sort_by(|one, other| one.0.total_cmp(&other.0));
        for (cosine, one, other) in pairs {
            let ends = [meeting[one], meeting[other]];
            let free = ends.iter().all(|&(branch, end)| branches[branch].joined[end].is_none());
            if free && (cosine < STRAIGHT || meeting.len() == 2) {
                branches[ends[0].0].joined[ends[0].1] = Some(ends[1]);
                branches[ends[1].0].joined[ends[1].1] = Some(ends[0]);
            }
        }
    }
}

/// The ends of branches, (branch, 0 for its first pixel or 1 for its last), that meet at each node.
pub(super) fn meetings(branches: &[Branch]) -> Vec<Vec<(usize, usize)>> {
    let nodes = branches.iter().flat_map(|branch| branch.ends).max().map_or(0, |last| last + 1);
    let mut meetings = vec![Vec::new(); nodes];
    for (at, branch) in branches.iter().enumerate().filter(|(_, branch)| branch.pixels.len() > 1) {
        for end in [0, 1] {
            meetings[branch.ends[end]].push((at, end));
        }
    }
    meetings
}

/// The pixels in the order in which one enters at an end.
pub(super) fn from_end(pixels: &[usize], end: usize) -> Vec<usize> {
    if end == 0 { pixels.to_vec() } else { pixels.iter().rev().copied().collect() }
}

/// The unit direction in which a branch leaves its end, seen from half a width to one and a half away.
fn leaving(pixels: &[usize], end: usize, shape: &Shape) -> Point {
    let pixels = from_end(pixels, end);
    let width = 2.0 * shape.usual_radius(pixels.iter().copied()) / shape.finer as f64;
    let points: Vec<Point> = pixels.iter().map(|&pixel| shape.point(pixel)).collect();
    let lengths = distances_along(&points);
    let [near, far] = [0.5, 1.5]
        .map(|share| points[lengths.partition_point(|length| *length < share * width).min(points.len() - 1)]);
    unit(if near == far { minus(points[points.len() - 1], points[0]) } else { minus(far, near) })
}

/// Chains of joined branches, each from a free end, or anywhere on a ring.
pub(super) fn strokes(branches: &[Branch], shape: &Shape) -> Vec<Polyline> {
    let meetings = meetings(branches);
    let mut seen = vec![false; branches.len()];
    let has_end = |at: &usize| branches[*at].joined.contains(&None);
    let mut found = Vec::new();
    for start in (0..branches.len()).filter(has_end).chain(0..branches.len()) {
        if seen[start] {
            continue;
        }
        let (mut parts, mut closed) = (Vec::new(), false);
        let entry = (start, usize::from(branches[start].joined[0].is_some()));
        let (mut next, mut exit) = (Some(entry), entry);
        while let Some((at, entered)) = next {
            seen[at] = true;
            parts.push(from_end(&branches[at].pixels, entered));
            exit = (at, 1 - entered);
            next = branches[at].joined[exit.1];
            closed = next.is_some_and(|(at, _)| at == start);
            next = next.filter(|(at, _)| !seen[*at]);
        }
        let mut stroke = connected(&parts, closed, shape);
        if !closed {
            let [first, last] = [entry, exit].map(|(branch, end)| {
                let node = branches[branch].ends[end];
                middle(branches, meetings.get(node)?, (branch, end), shape)
            });
            stroke.points.splice(0..0, first);
            stroke.points.extend(last);
        }
        found.push(stroke);
    }
    found
}

/// Where a stroke ends that meets another one, which goes straight on: in the middle of that.
fn middle(
    branches: &[Branch],
    meeting: &[(usize, usize)],
    own: (usize, usize),
    shape: &Shape,
) -> Option<Point> {
    let pixels = |(branch, end): (usize, usize)| from_end(&branches[branch].pixels, end);
    let beside = |at: (usize, usize)| {
        let points: Vec<Point> = pixels(at).iter().map(|&pixel| shape.point(pixel)).collect();
        let lengths = distances_along(&points);
        let cut = cut(shape.usual_radius(pixels(at).into_iter()), lengths[points.len() - 1], shape);
        points[lengths.partition_point(|length| *length < cut)]
    };
    let next = |&(branch, end): &(usize, usize)| branches[branch].joined[end];
    let mut through = meeting.iter().filter(|at| next(at).is_some_and(|next| meeting.contains(&next)));
    let [one, other] = [through.next()?, through.next()?].map(|&at| beside(at));
    // Where the stroke, going on beyond its end, meets the line between two places of the other one.
    let (start, along_it) = (beside(own), leaving(&pixels(own), 0, shape));
    let across = minus(other, one);
    let cross = |a: Point, b: Point| a[0] * b[1] - a[1] * b[0];
    let sine = cross(across, along_it) / length(across).max(1e-9);
    let place = cross(minus(start, one), along_it) / cross(across, along_it);
    (sine.abs() > LEAST_SINE && (0.0..=1.0).contains(&place)).then(|| along(one, across, place))
}

/// How far from a junction a skeleton leans, along a branch so long, in pixels of the picture.
fn cut(radius: f64, whole: f64, shape: &Shape) -> f64 {
    (radius / shape.finer as f64).min(whole / 3.0)
}

/// One polyline; near a junction, where a skeleton leans, its parts are cut and bridged.
fn connected(parts: &[Vec<usize>], closed: bool, shape: &Shape) -> Polyline {
    let radius = shape.usual_radius(parts.iter().flatten().copied());
    let scale = shape.finer as f64;
    let mut points = Vec::new();
    for (at, pixels) in parts.iter().enumerate() {
        let part: Vec<Point> = pixels.iter().map(|&pixel| shape.point(pixel)).collect();
        let lengths = distances_along(&part);
        let whole = lengths[part.len() - 1];
        let cut = cut(radius, whole, shape);
        let from = if at > 0 { cut } else { 0.0 };
        let to = if at + 1 < parts.len() { whole - cut } else { whole };
        let kept = points.len();
        points.extend(
            (0..part.len()).filter(|&at| from <= lengths[at] && lengths[at] <= to).map(|at| part[at]),
        );
        if points.len() == kept {
            points.push(part[part.len() / 2]);
        }
    }
    Polyline { points, width: (2.0 * radius - 0.5).max(1.0) / scale, closed }
}

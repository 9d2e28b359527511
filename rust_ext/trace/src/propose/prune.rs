//! What thinning leaves that no pen has drawn: spurs at a stroke's sides, and short bridges in its crossings.

use std::collections::BTreeSet;
use std::f64::consts::{PI, SQRT_2};

use super::crossing::shared;
use super::graph::{Branch, Node};
use super::shape::Shape;
use crate::stroke::Point;
use crate::vector::{along, mean};

/// Of the ink's depth: shorter branches with a free end do not leave their stroke, shorter bridges are within one.
const SHORT: f64 = 1.2;
/// Of the diameter of a disc as large: a blob whose middle line is shorter is a point.
const LONG: f64 = 0.4;

/// Branches without spurs and bridges; the nodes at a bridge's ends become one.
pub(super) fn prune(branches: Vec<Branch>, nodes: &[Node], shape: &Shape) -> Vec<Branch> {
    let degree = degrees(&branches, nodes.len());
    let is_spur = |branch: &Branch| {
        let [first, last] = branch.ends.map(|end| degree[end]);
        (first == 1) != (last == 1) && first.max(last) > 2 && is_short(branch, shape)
    };
    let dots = dots(&branches, nodes, shape, is_spur);
    let mut kept: Vec<Branch> = branches.into_iter().filter(|branch| !is_spur(branch)).collect();
    kept.extend(dots);
    without_bridges(kept, nodes.len(), shape)
}

fn is_short(branch: &Branch, shape: &Shape) -> bool {
    let depth = branch.pixels.iter().map(|&pixel| shape.radius[pixel]).fold(0.0, f32::max);
    length(&branch.pixels, shape.width) < SHORT * f64::from(depth)
}

/// In pixels of the shape; steps go to one of eight neighbours.
fn length(pixels: &[usize], width: usize) -> f64 {
    let step = |pair: &[usize]| if [1, width].contains(&pair[0].abs_diff(pair[1])) { 1.0 } else { SQRT_2 };
    pixels.windows(2).map(step).sum()
}

fn degrees(branches: &[Branch], nodes: usize) -> Vec<usize> {
    let mut degree = vec![0; nodes];
    branches.iter().flat_map(|branch| branch.ends).for_each(|end| degree[end] += 1);
    degree
}

/// Where a part of the skeleton is spurs alone, a point in its middle.
fn dots(
    branches: &[Branch],
    nodes: &[Node],
    shape: &Shape,
    is_spur: impl Fn(&Branch) -> bool,
) -> Vec<Branch> {
    let mut parts = Parts::new(nodes.len());
    branches.iter().for_each(|branch| parts.join(branch.ends[0], branch.ends[1]));
    let mut alive = vec![false; nodes.len()];
    branches
        .iter()
        .filter(|branch| !is_spur(branch))
        .for_each(|branch| alive[parts.of(branch.ends[0])] = true);
    let mut dead: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    (0..nodes.len()).filter(|&node| !alive[parts.of(node)]).for_each(|node| dead[parts.of(node)].push(node));
    let dot = |part: &Vec<usize>| {
        let pixels = blob(nodes[part[0]][0], shape);
        Branch { pixels, ends: [part[0]; 2], joined: [None; 2] }
    };
    dead.iter().filter(|part| !part.is_empty()).map(dot).collect()
}

/// The ends of the line, or the point, that a small blob of ink is: one or two of its pixels.
fn blob(start: usize, shape: &Shape) -> Vec<usize> {
    let (mut pixels, mut seen, mut at) = (vec![start], BTreeSet::from([start]), 0);
    while let Some(&pixel) = pixels.get(at) {
        let near = [pixel - shape.width, pixel - 1, pixel + 1, pixel + shape.width];
        pixels.extend(near.into_iter().filter(|&near| shape.mask[near] > 0 && seen.insert(near)));
        at += 1;
    }
    let places: Vec<Point> =
        pixels.iter().map(|&at| [(at % shape.width) as f64, (at / shape.width) as f64]).collect();
    let middle = mean(&places);
    let moment = |one: usize, other: usize| {
        let product = |place: &Point| (place[one] - middle[one]) * (place[other] - middle[other]);
        places.iter().map(product).sum::<f64>() / places.len() as f64
    };
    // The longer axis of the ellipse that has these moments, and a line's length by the difference of its axes.
    let (difference, mixed) = (moment(0, 0) - moment(1, 1), 2.0 * moment(0, 1));
    let (angle, half) = (mixed.atan2(difference) / 2.0, (3.0 * difference.hypot(mixed)).sqrt());
    let pixel = |share: f64| {
        let [x, y] = along(middle, [angle.cos(), angle.sin()], share * half);
        y.round() as usize * shape.width + x.round() as usize
    };
    let width = 2.0 * (places.len() as f64 / PI).sqrt();
    if 2.0 * half < LONG * width { vec![pixel(0.0)] } else { vec![pixel(-1.0), pixel(1.0)] }
}

/// Junctions that lie within a stroke's width of each other, or in one crossing, are one: the bridge between them goes.
fn without_bridges(branches: Vec<Branch>, nodes: usize, shape: &Shape) -> Vec<Branch> {
    let degree = degrees(&branches, nodes);
    let mut parts = Parts::new(nodes);
    let mut kept = Vec::new();
    let shared = shared(&branches, shape);
    for (branch, is_shared) in branches.into_iter().zip(shared) {
        let [first, last] = branch.ends;
        let is_bridge = first != last && degree[first] > 2 && degree[last] > 2 && is_short(&branch, shape);
        if is_bridge || is_shared {
            parts.join(first, last);
        } else {
            kept.push(branch);
        }
    }
    kept.iter_mut().for_each(|branch| branch.ends = branch.ends.map(|end| parts.of(end)));
    kept
}

/// Nodes that are connected.
struct Parts(Vec<usize>);

impl Parts {
    fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn of(&self, mut node: usize) -> usize {
        while self.0[node] != node {
            node = self.0[node];
        }
        node
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.of(one), self.of(other));
        self.0[one] = other;
    }
}

//! What thinning leaves that no pen has drawn: spurs at a stroke's sides, and short bridges in its crossings.

use std::f64::consts::SQRT_2;

use super::graph::{Branch, Node};
use super::shape::Shape;

/// Of the ink's depth: shorter branches with a free end do not leave their stroke, shorter bridges are within one.
const SHORT: f64 = 1.2;

/// Branches without spurs and bridges; the nodes at a bridge's ends become one.
pub(super) fn prune(branches: Vec<Branch>, nodes: Vec<Node>, shape: &Shape) -> (Vec<Branch>, Vec<Node>) {
    let degree = degrees(&branches, nodes.len());
    let is_spur = |branch: &Branch| {
        let [first, last] = branch.ends.map(|end| degree[end]);
        (first == 1) != (last == 1) && first.max(last) > 2 && is_short(branch, shape)
    };
    let dots = dots(&branches, &nodes, shape, is_spur);
    let mut kept: Vec<Branch> = branches.into_iter().filter(|branch| !is_spur(branch)).collect();
    kept.extend(dots);
    without_bridges(kept, nodes, shape)
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
    let middle = |part: &Vec<usize>| {
        let mean = |value: &dyn Fn(usize) -> usize| {
            let of_node = |node: &usize| {
                nodes[*node].iter().map(|&pixel| value(pixel)).sum::<usize>() as f64
                    / nodes[*node].len() as f64
            };
            (part.iter().map(of_node).sum::<f64>() / part.len() as f64).round_ties_even() as usize
        };
        mean(&|pixel| pixel / shape.width) * shape.width + mean(&|pixel| pixel % shape.width)
    };
    let dot =
        |part: &Vec<usize>| Branch { pixels: vec![middle(part)], ends: [part[0]; 2], joined: [None; 2] };
    dead.iter().filter(|part| !part.is_empty()).map(dot).collect()
}

/// Junctions that lie within a stroke's width of each other are one: the bridge between them goes.
fn without_bridges(branches: Vec<Branch>, nodes: Vec<Node>, shape: &Shape) -> (Vec<Branch>, Vec<Node>) {
    let degree = degrees(&branches, nodes.len());
    let mut parts = Parts::new(nodes.len());
    let mut kept = Vec::new();
    for branch in branches {
        let [first, last] = branch.ends;
        if first != last && degree[first] > 2 && degree[last] > 2 && is_short(&branch, shape) {
            parts.join(first, last);
        } else {
            kept.push(branch);
        }
    }
    kept.iter_mut().for_each(|branch| branch.ends = branch.ends.map(|end| parts.of(end)));
    let mut merged = vec![Vec::new(); nodes.len()];
    nodes.into_iter().enumerate().for_each(|(at, node)| merged[parts.of(at)].extend(node));
    (kept, merged)
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

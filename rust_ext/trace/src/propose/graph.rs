//! The graph of a skeleton: branches of pixels between nodes, its junctions and free ends.

/// A path of the skeleton between two nodes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Branch {
    pub pixels: Vec<usize>,
    /// The nodes at its first and last pixel.
    pub ends: [usize; 2],
    /// Of either end, the branch that a stroke goes on with, and which end of that.
    pub joined: [Option<(usize, usize)>; 2],
}

/// Pixels that belong together, being no simple link of a path.
pub(super) type Node = Vec<usize>;

/// What a pixel is to the graph; a number below is that of its node.
const PAPER: u32 = u32::MAX;
const LINK: u32 = u32::MAX - 1;
const WALKED: u32 = u32::MAX - 2;
const KNOT: u32 = u32::MAX - 3;

/// Branches between nodes, and the nodes; all in the order of their pixels.
pub(super) fn trace(skeleton: &[u8], width: usize) -> (Vec<Branch>, Vec<Node>) {
    let near = |pixel| neighbours(skeleton, width, pixel);
    let pixels: Vec<usize> = (0..skeleton.len()).filter(|&at| skeleton[at] > 0).collect();
    let mut meaning = vec![PAPER; skeleton.len()];
    for &pixel in &pixels {
        meaning[pixel] = if near(pixel).count() == 2 { LINK } else { KNOT };
    }
    let mut nodes = clusters(&pixels, width, &mut meaning);
    let mut paths = Vec::new();
    for &start in pixels.iter().filter(|&&pixel| skeleton[pixel] > 0) {
        if meaning[start] >= KNOT {
            continue;
        }
        if near(start).next().is_none() {
            paths.push(vec![start]);
        }
        for next in near(start) {
            // Two knots side by side are one short branch.
            if meaning[next] == LINK
                || meaning[next] < KNOT && meaning[next] != meaning[start] && next > start
            {
                let path = walk(start, next, skeleton, width, &meaning);
                path[1..path.len() - 1].iter().for_each(|&pixel| meaning[pixel] = WALKED);
                paths.push(path);
            }
        }
    }
    for &start in &pixels {
        if meaning[start] == LINK {
            let Some(next) = near(start).next() else { continue };
            let mut ring = walk(start, next, skeleton, width, &meaning);
            ring.pop();
            ring.iter().for_each(|&pixel| meaning[pixel] = WALKED);
            (meaning[start], meaning[ring[ring.len() - 1]]) = (nodes.len() as u32, nodes.len() as u32);
            nodes.push(vec![start]);
            paths.push(ring);
        }
    }
    let branch = |pixels: Vec<usize>| {
        let ends = [pixels[0], pixels[pixels.len() - 1]].map(|end| meaning[end] as usize);
        Branch { pixels, ends, joined: [None; 2] }
    };
    (paths.into_iter().map(branch).collect(), nodes)
}

/// Neighbours of a skeleton's pixel; diagonal ones only where no third pixel joins them.
fn neighbours(skeleton: &[u8], width: usize, pixel: usize) -> impl Iterator<Item = usize> {
    let there = |at: usize| skeleton[at] > 0;
    let (above, before, after, below) =
        (there(pixel - width), there(pixel - 1), there(pixel + 1), there(pixel + width));
    [
        (above, pixel - width),
        (before, pixel - 1),
        (after, pixel + 1),
        (below, pixel + width),
        (!above && !before && there(pixel - width - 1), pixel - width - 1),
        (!above && !after && there(pixel - width + 1), pixel - width + 1),
        (!below && !before && there(pixel + width - 1), pixel + width - 1),
        (!below && !after && there(pixel + width + 1), pixel + width + 1),
    ]
    .into_iter()
    .filter_map(|(linked, at)| linked.then_some(at))
}

/// Number the knots: those that touch, also diagonally, are one node.
fn clusters(pixels: &[usize], width: usize, meaning: &mut [u32]) -> Vec<Node> {
    let mut nodes: Vec<Node> = Vec::new();
    for &start in pixels {
        if meaning[start] != KNOT {
            continue;
        }
        let number = nodes.len() as u32;
        let (mut node, mut at) = (vec![start], 0);
        meaning[start] = number;
        while let Some(&pixel) = node.get(at) {
            let rows = [pixel - width, pixel, pixel + width];
            for near in rows.into_iter().flat_map(|row| [row - 1, row, row + 1]) {
                if meaning[near] == KNOT {
                    meaning[near] = number;
                    node.push(near);
                }
            }
            at += 1;
        }
        nodes.push(node);
    }
    nodes
}

/// The pixels from a knot, or anywhere on a ring, to the next knot or round to the start.
fn walk(start: usize, next: usize, skeleton: &[u8], width: usize, meaning: &[u32]) -> Vec<usize> {
    let mut path = vec![start, next];
    let (mut before, mut here) = (start, next);
    while meaning[here] >= KNOT && here != start {
        let Some(next) = neighbours(skeleton, width, here).find(|&near| near != before) else { break };
        (before, here) = (here, next);
        path.push(here);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A skeleton from text, '#' being its pixels, with a border.
    fn drawn(rows: &[&str]) -> (Vec<u8>, usize) {
        let width = rows[0].len() + 2;
        let mut skeleton = vec![0; width];
        for row in rows {
            skeleton.push(0);
            skeleton.extend(row.bytes().map(|letter| u8::from(letter == b'#')));
            skeleton.push(0);
        }
        skeleton.extend(vec![0; width]);
        (skeleton, width)
    }

    fn lengths(rows: &[&str]) -> (Vec<usize>, usize) {
        let (skeleton, width) = drawn(rows);
        let (branches, nodes) = trace(&skeleton, width);
        (branches.iter().map(|branch| branch.pixels.len()).collect(), nodes.len())
    }

    #[test]
    fn a_line_is_one_branch_of_two_nodes() {
        assert_eq!(lengths(&["##...", "..##.", "....#"]), (vec![5], 2));
    }

    #[test]
    fn a_plus_has_four_branches_that_meet() {
        let (skeleton, width) = drawn(&["..#..", "..#..", "#####", "..#..", "..#.."]);
        let (branches, nodes) = trace(&skeleton, width);
        assert_eq!((branches.len(), nodes.len()), (4, 5));
        let middle = nodes.iter().position(|node| node.contains(&(3 * width + 3))).unwrap();
        assert!(branches.iter().all(|branch| branch.ends.contains(&middle)));
    }

    #[test]
    fn a_ring_is_a_branch_from_itself_to_itself() {
        let (skeleton, width) = drawn(&[".##.", "#..#", "#..#", ".##."]);
        let (branches, nodes) = trace(&skeleton, width);
        assert_eq!((branches.len(), nodes.len()), (1, 1));
        assert_eq!((branches[0].pixels.len(), branches[0].ends), (8, [0, 0]));
    }

    #[test]
    fn a_pixel_alone_is_a_branch_of_one() {
        assert_eq!(lengths(&["#..", "...", "..#"]), (vec![1, 1], 2));
    }

    #[test]
    fn a_loop_with_a_tail_returns_to_its_knot() {
        let (skeleton, width) = drawn(&["..###....", ".#...#...", "#.....###", ".#...#...", "..###...."]);
        let (branches, nodes) = trace(&skeleton, width);
        assert_eq!(nodes.len(), 2);
        let mut ends: Vec<bool> = branches.iter().map(|branch| branch.ends[0] == branch.ends[1]).collect();
        ends.sort_unstable();
        assert_eq!(ends, [false, true]);
    }
}

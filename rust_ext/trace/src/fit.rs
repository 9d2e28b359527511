//! Fitting: cubic Bézier curves through a polyline, as few as stay within a tolerance, apart at its corners.

use crate::cubic::fit_cubic;
use crate::propose::Polyline;
use crate::stroke::Point;
use crate::vector::{along, distances_along, dot, length, mean, minus, straight, unit};

/// Cosine of 50°: a turn of more than this within a stroke's width is a corner.
const CORNER: f64 = 0.642_787_609_686_539_4;
/// Of the stroke's width: the distance before and behind a corner over which it is seen.
const REACH: f64 = 1.2;

/// A chain of S cubic curves, 3 S + 1 control points, that is nowhere further from a polyline than `tolerance` pixels.
///
/// The chain of a closed polyline ends where it begins; all points of a dot's are one.
///
/// ```
/// use vecnb_trace::{Polyline, fit};
///
/// let points = (0..40).map(|at| [f64::from(at), 10.0 + 0.01 * f64::from(at * at)]).collect();
/// let chain = fit(&Polyline { points, width: 3.0, closed: false }, 0.3);
/// assert!(chain.len() == 4 && chain[0] == [0.0, 10.0]);
/// ```
#[must_use]
pub fn fit(polyline: &Polyline, tolerance: f64) -> Vec<Point> {
    let (width, closed) = (polyline.width, polyline.closed);
    let points = match polyline.points[..] {
        [] => return Vec::new(),
        [point] => return vec![point; 4],
        ref points => smooth(points, width / 4.0, closed),
    };
    let mut corners = find_corners(&points, width, closed);
    let points = if closed {
        let start = if corners.is_empty() { 0 } else { corners.remove(0) };
        corners.iter_mut().for_each(|corner| *corner -= start);
        [&points[start..], &points[..=start]].concat()
    } else {
        points
    };
    let cuts = [&[0], &corners[..], &[points.len() - 1]].concat();
    let reach = ((width / 2.0).round_ties_even() as usize).min(points.len() / 4).max(1);
    let is_smooth = closed && cuts.len() == 2;
    let tangent = if is_smooth { minus(points[reach], points[points.len() - 1 - reach]) } else { [0.0; 2] };
    let mut chain = vec![points[0]];
    for pair in cuts.windows(2) {
        fit_part(&points[pair[0]..=pair[1]], tolerance, [tangent, tangent.map(|v| -v)], width, &mut chain);
    }
    if closed {
        let last = chain.len() - 1;
        chain[last] = chain[0];
    }
    chain
}

/// Add curves from the first point to the last, with tangents there or free ones; halved until near enough.
fn fit_part(points: &[Point], tolerance: f64, ends: [Point; 2], width: f64, chain: &mut Vec<Point>) {
    let (count, [first, last]) = (points.len(), [points[0], points[points.len() - 1]]);
    let whole: f64 = points.windows(2).map(|pair| length(minus(pair[1], pair[0]))).sum();
    if whole == 0.0 || count < 3 {
        chain.extend(&straight(first, last)[1..]);
        return;
    }
    let (curve, gaps) = fit_cubic(points, ends[0], ends[1], tolerance);
    let worst = (0..count).fold(0, |worst, at| if gaps[at] > gaps[worst] { at } else { worst });
    if gaps[worst] <= tolerance || count < 6 || whole < width {
        chain.extend(&curve[1..]);
        return;
    }
    let middle = worst.clamp(count / 4, 3 * count / 4);
    let half_width = (width / 2.0).round_ties_even() as usize;
    let reach = middle.min(count - 1 - middle).min(half_width).max(1);
    let tangent = unit(minus(points[middle + reach], points[middle - reach]));
    fit_part(&points[..=middle], tolerance, [ends[0], tangent.map(|v| -v)], width, chain);
    fit_part(&points[middle..], tolerance, [tangent, ends[1]], width, chain);
}

/// A polyline of pixels without its staircase: means over so many pixels to either side; ends stay.
fn smooth(points: &[Point], reach: f64, closed: bool) -> Vec<Point> {
    let count = points.len();
    let reach = (reach.round_ties_even() as usize).min((count - 1) / 2).max(1);
    // Beyond an end goes on what lies before it, turned by half a circle.
    let point = |at: usize| match at.checked_sub(reach) {
        Some(at) if at < count => points[at],
        _ if closed => points[(at + count - reach) % count],
        None => along(points[0], minus(points[0], points[reach - at]), 1.0),
        Some(at) => along(points[count - 1], minus(points[count - 1], points[2 * (count - 1) - at]), 1.0),
    };
    let padded: Vec<Point> = (0..count + 2 * reach).map(point).collect();
    padded.windows(2 * reach + 1).map(mean).collect()
}

/// Where the polyline turns sharply within a stroke's width: the sharpest place of each such stretch.
fn find_corners(points: &[Point], width: f64, closed: bool) -> Vec<usize> {
    let (count, lengths, reach) = (points.len(), distances_along(points), REACH * width);
    let whole = lengths[count - 1];
    let place = |length: f64| lengths.partition_point(|other| *other < length);
    let cosine = |at: usize| {
        let [mut before, mut after] = [place(lengths[at] - reach), place(lengths[at] + reach)];
        if closed {
            before = if lengths[at] >= reach { before } else { place(lengths[at] - reach + whole) };
            after = if after < count { after } else { place(lengths[at] + reach - whole) };
        } else if before == 0 || after == count {
            return 1.0;
        }
        let arriving = minus(points[at], points[before.min(count - 1)]);
        let leaving = minus(points[after.min(count - 1)], points[at]);
        let product = length(arriving) * length(leaving);
        if product > 0.0 { dot(arriving, leaving) / product } else { 1.0 }
    };
    let cosines: Vec<f64> = (0..count).map(cosine).collect();
    // The first of the sharpest places within reach; round a closed polyline.
    let is_sharpest = |at: &usize| {
        let behind = |steps: usize| if closed { (at + count - steps % count) % count } else { at - steps };
        let ahead = |steps: usize| if closed { (at + steps) % count } else { at + steps };
        let gap = |one: usize, other: usize| {
            let straight = (lengths[one] - lengths[other]).abs();
            if closed { straight.min(whole - straight) } else { straight }
        };
        let most = [if closed { count / 2 } else { *at }, if closed { count / 2 } else { count - 1 - at }];
        cosines[*at] < CORNER
            && (1..=most[0])
                .map(behind)
                .take_while(|other| gap(*other, *at) <= reach)
                .all(|other| cosines[other] > cosines[*at])
            && (1..=most[1])
                .map(ahead)
                .take_while(|other| gap(*other, *at) < reach)
                .all(|other| cosines[other] >= cosines[*at])
    };
    (0..count).filter(is_sharpest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(corners: &[Point], closed: bool) -> Polyline {
        let mut points = vec![corners[0]];
        for pair in corners.windows(2) {
            let step = minus(pair[1], pair[0]);
            let count = length(step).ceil().max(1.0);
            points.extend((1..=count as usize).map(|at| along(pair[0], step, at as f64 / count)));
        }
        if closed {
            points.pop();
        }
        Polyline { points, width: 3.0, closed }
    }

    #[test]
    fn a_corner_parts_two_curves() {
        let bent = line(&[[0.0, 0.0], [20.0, 0.0], [20.0, 20.0]], false);
        assert_eq!(find_corners(&bent.points, 3.0, false), [20]);
        let chain = fit(&bent, 0.3);
        assert!(chain.len() == 7 && length(minus(chain[3], [20.0, 0.0])) < 0.5, "{chain:?}");
        let square = line(&[[0.0, 0.0], [30.0, 0.0], [30.0, 30.0], [0.0, 30.0], [0.0, 0.0]], true);
        assert_eq!(fit(&square, 0.3).len(), 13);
    }

    #[test]
    fn smoothing_takes_the_stairs_and_leaves_the_ends() {
        let stairs: Vec<Point> = (0..30).map(|at| [f64::from(at), f64::from(at % 2)]).collect();
        let found = smooth(&stairs, 4.0, false);
        assert_eq!((found[0], found[29]), (stairs[0], stairs[29]));
        assert!(found[5..25].iter().all(|point| (point[1] - 0.5).abs() < 0.06));
    }

    #[test]
    fn a_dot_is_a_dot_and_nothing_nothing() {
        let dot = Polyline { points: vec![[5.0, 6.0]], width: 4.0, closed: false };
        assert_eq!(fit(&dot, 0.3), [[5.0, 6.0]; 4]);
        assert!(fit(&Polyline { points: vec![], ..dot }, 0.3).is_empty());
    }

    proptest! {
        #[test]
        fn a_chain_is_a_chain_and_closed_where_it_should_be(
            corners in prop::collection::vec(prop::array::uniform2(0.0..60.0f64), 2..7),
            closed in any::<bool>(),
        ) {
            let mut corners = corners;
            if closed {
                corners.push(corners[0]);
            }
            let chain = fit(&line(&corners, closed), 0.3);
            prop_assert!(chain.len() % 3 == 1 && chain.len() >= 4);
            prop_assert!(chain.as_flattened().iter().all(|value| value.is_finite()));
            prop_assert!(!closed || chain[0] == chain[chain.len() - 1]);
        }
    }
}

//! One cubic Bézier curve through a polyline, by least squares (Schneider, *Graphics Gems*, 1990).

use crate::refine::shares;

/// Looks for the places that are nearest to the points.
const ROUNDS: usize = 10;
/// Keeps a handle that nothing determines.
const RIDGE: f64 = 1e-6;

use crate::stroke::Point;
use crate::vector::{length, minus};

/// The curve from a polyline's first point to its last that is nearest to all, and how far each is from it.
///
/// At either end the curve may have to leave in a given direction, into the curve; a vector of no length is none. It
/// is done as soon as all points are as near as `tolerance`.
pub(crate) fn fit_cubic(
    points: &[Point],
    start: Point,
    end: Point,
    tolerance: f64,
) -> ([Point; 4], Vec<f64>) {
    let (Some(&first), Some(&last)) = (points.first(), points.last()) else {
        return ([[0.0; 2]; 4], Vec::new());
    };
    let mut places = vec![0.0; points.len()];
    for at in 1..points.len() {
        places[at] = places[at - 1] + length(minus(points[at], points[at - 1]));
    }
    let total = places[points.len() - 1].max(1e-9);
    places.iter_mut().for_each(|place| *place /= total);
    let tangents = [start, end].map(|v| (length(v) > 1e-3).then(|| v.map(|part| part / length(v))));
    let mut curve = [first, first, last, last];
    let mut gaps = vec![0.0; points.len()];
    for _ in 0..ROUNDS {
        solve(points, &places, tangents, &mut curve);
        for ((gap, &place), &point) in gaps.iter_mut().zip(&places).zip(points) {
            *gap = length(minus(point_at(&curve, place), point));
        }
        if gaps.iter().all(|gap| *gap <= tolerance) {
            break;
        }
        move_places(points, &curve, &mut places);
    }
    (curve, gaps)
}

/// A place on a curve, from 0 to 1.
pub(crate) fn point_at(curve: &[Point; 4], place: f64) -> Point {
    let shares = shares(place);
    [0, 1].map(|axis| (0..4).map(|i| shares[i] * curve[i][axis]).sum())
}

/// The two inner points for points at known places: each anywhere, or along a tangent.
fn solve(points: &[Point], places: &[f64], tangents: [Option<Point>; 2], curve: &mut [Point; 4]) {
    let anchors = [curve[0], curve[3]];
    let axes = tangents.map(|tangent| tangent.map_or(vec![[1.0, 0.0], [0.0, 1.0]], |tangent| vec![tangent]));
    let unknowns: Vec<(usize, Point)> =
        (0..2).flat_map(|side| axes[side].iter().map(move |&axis| (side, axis))).collect();
    let count = unknowns.len();
    let (mut matrix, mut right) = ([[0.0; 4]; 4], [0.0; 4]);
    for (&point, &place) in points.iter().zip(places) {
        let shares = shares(place);
        let weights = [shares[1], shares[2]];
        let rest = [0, 1].map(|axis| {
            point[axis]
                - (shares[0] + shares[1]) * anchors[0][axis]
                - (shares[2] + shares[3]) * anchors[1][axis]
        });
        for (row, &(side, axis)) in unknowns.iter().enumerate() {
            right[row] += weights[side] * (axis[0] * rest[0] + axis[1] * rest[1]);
            for (column, &(other, along)) in unknowns[..=row].iter().enumerate() {
                matrix[row][column] +=
                    weights[side] * weights[other] * (axis[0] * along[0] + axis[1] * along[1]);
            }
        }
    }
    let lengths = cholesky(matrix, right, count, RIDGE * points.len() as f64);
    for (side, anchor) in anchors.into_iter().enumerate() {
        curve[1 + side] = anchor;
        for (&(of, axis), &found) in unknowns.iter().zip(&lengths) {
            if of == side {
                let along = if tangents[side].is_some() { found.max(0.0) } else { found };
                curve[1 + side] = [0, 1].map(|part| curve[1 + side][part] + along * axis[part]);
            }
        }
    }
}

/// Solve for `right`, given the lower half of a matrix of `count` rows, each diagonal element larger by `ridge`.
fn cholesky(mut matrix: [[f64; 4]; 4], mut right: [f64; 4], count: usize, ridge: f64) -> [f64; 4] {
    for row in 0..count {
        matrix[row][row] += ridge;
        for column in 0..=row {
            let product: f64 = (0..column).map(|k| matrix[row][k] * matrix[column][k]).sum();
            let rest = matrix[row][column] - product;
            matrix[row][column] =
                if row == column { rest.max(1e-12).sqrt() } else { rest / matrix[column][column] };
        }
        let known: f64 = (0..row).map(|k| matrix[row][k] * right[k]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    for row in (0..count).rev() {
        let known: f64 = (row + 1..count).map(|k| matrix[k][row] * right[k]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    right
}

/// One of Newton's steps towards the place on the curve that is nearest to each point; in order.
fn move_places(points: &[Point], curve: &[Point; 4], places: &mut [f64]) {
    let first = [0, 1, 2].map(|i| minus(curve[i + 1], curve[i]).map(|part| 3.0 * part));
    let second = [0, 1].map(|i| minus(first[i + 1], first[i]).map(|part| 2.0 * part));
    let (last, mut least) = (points.len() - 1, 0.0);
    for (number, (&point, place)) in points.iter().zip(places).enumerate() {
        let (t, s) = (*place, 1.0 - *place);
        let gap = minus(point_at(curve, t), point);
        let slope =
            [0, 1].map(|axis| s * s * first[0][axis] + 2.0 * s * t * first[1][axis] + t * t * first[2][axis]);
        let bend = [0, 1].map(|axis| s * second[0][axis] + t * second[1][axis]);
        let below = slope[0] * slope[0] + slope[1] * slope[1] + gap[0] * bend[0] + gap[1] * bend[1];
        let step = if below > 1e-9 { (gap[0] * slope[0] + gap[1] * slope[1]) / below } else { 0.0 };
        least = (t - step).clamp(least, 1.0);
        *place = match number {
            0 => 0.0,
            number if number == last => 1.0,
            _ => least,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_found_from_its_points() {
        let truth = [[0.0, 0.0], [10.0, 30.0], [40.0, -20.0], [50.0, 10.0]];
        let points: Vec<Point> = (0..=100).map(|i| point_at(&truth, f64::from(i) / 100.0)).collect();
        let (_, free) = fit_cubic(&points, [0.0; 2], [0.0; 2], 0.0);
        assert!(free.iter().all(|gap| *gap < 0.5));
        let (curve, _) = fit_cubic(&points, [0.0, 1.0], [-1.0, 0.0], 0.0);
        assert!(curve[1][0].abs() < 1e-9 && (curve[2][1] - 10.0).abs() < 1e-9);
        assert!(fit_cubic(&[], [0.0; 2], [0.0; 2], 0.0).1.is_empty());
        assert_eq!(fit_cubic(&[[1.0, 2.0]], [0.0; 2], [0.0; 2], 0.0).0, [[1.0, 2.0]; 4]);
    }
}

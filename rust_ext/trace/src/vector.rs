//! Arithmetic of points, and lengths along polylines.

use crate::stroke::Point;

pub(crate) fn minus(one: Point, other: Point) -> Point {
    [one[0] - other[0], one[1] - other[1]]
}

/// `start` + `share` · `step`.
pub(crate) fn along(start: Point, step: Point, share: f64) -> Point {
    [start[0] + share * step[0], start[1] + share * step[1]]
}

pub(crate) fn dot(one: Point, other: Point) -> f64 {
    one[0] * other[0] + one[1] * other[1]
}

pub(crate) fn length(vector: Point) -> f64 {
    dot(vector, vector).sqrt()
}

pub(crate) fn unit(vector: Point) -> Point {
    vector.map(|part| part / length(vector).max(1e-12))
}

pub(crate) fn mean(points: &[Point]) -> Point {
    [0, 1].map(|axis| points.iter().map(|point| point[axis]).sum::<f64>() / points.len() as f64)
}

/// Four points at equal steps from one to another: a straight cubic curve.
pub(crate) fn straight(start: Point, end: Point) -> [Point; 4] {
    [start, along(start, minus(end, start), 1.0 / 3.0), along(start, minus(end, start), 2.0 / 3.0), end]
}

/// Of each point its distance from the first, along the polyline.
pub(crate) fn distances_along(points: &[Point]) -> Vec<f64> {
    let mut sum = 0.0;
    let steps = points.windows(2).map(|pair| length(minus(pair[1], pair[0])));
    std::iter::once(0.0)
        .chain(steps.map(|step| {
            sum += step;
            sum
        }))
        .take(points.len())
        .collect()
}

/// The longer side of the points' bounding box.
pub(crate) fn extent(points: &[Point]) -> f64 {
    let span = |axis: usize| {
        let values = || points.iter().map(|point| point[axis]);
        values().fold(f64::NEG_INFINITY, f64::max) - values().fold(f64::INFINITY, f64::min)
    };
    span(0).max(span(1))
}

/// The value below which a share of the values lies, between two of them by their distances; reorders the values.
pub(crate) fn quantile(values: &mut [f32], share: f64) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let place = share * (values.len() - 1) as f64;
    let (below, rest) = (place as usize, place.fract() as f32);
    let (_, &mut low, above) = values.select_nth_unstable_by(below, f32::total_cmp);
    let high = if rest > 0.0 { above.iter().copied().fold(f32::INFINITY, f32::min) } else { low };
    low + rest * (high - low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_lies_between_two_values() {
        assert_eq!(quantile(&mut [4.0, 1.0, 3.0, 2.0], 0.5), 2.5);
        assert_eq!(quantile(&mut [4.0, 1.0, 3.0, 2.0, 0.0], 0.5), 2.0);
        assert_eq!(quantile(&mut [8.0, 4.0], 0.25), 5.0);
        assert_eq!(quantile(&mut [7.0], 1.0), 7.0);
        assert_eq!(quantile(&mut [], 0.5), 0.0);
    }

    #[test]
    fn lengths_add_up() {
        assert_eq!(distances_along(&[[0.0, 0.0], [3.0, 4.0], [3.0, 6.0]]), [0.0, 5.0, 7.0]);
        assert!(distances_along(&[]).is_empty());
        assert_eq!(extent(&[[0.0, 0.0], [3.0, 4.0], [-2.0, 1.0]]), 5.0);
    }
}

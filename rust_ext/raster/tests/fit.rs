//! Sketches fitted to images of known strokes.

use proptest::prelude::*;
use vecnb_raster::{RasterError, Sketch, fit_cubic};

const SIDE: usize = 40;

/// Pixels of a line from one point to another, of a width, as shares of 8 × 8 samples each.
fn line([x1, y1, x2, y2]: [f64; 4], width: f64) -> Vec<f32> {
    let inside = |x: f64, y: f64| {
        let (dx, dy) = (x2 - x1, y2 - y1);
        let place = (((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
        (x - x1 - place * dx).hypot(y - y1 - place * dy) <= width / 2.0
    };
    let sample = |pixel: usize, at: usize| pixel as f64 + (at as f64 + 0.5) / 8.0;
    let share = |row: usize, column: usize| {
        (0..64).filter(|at| inside(sample(column, at % 8), sample(row, at / 8))).count() as f32 / 64.0
    };
    (0..SIDE * SIDE).map(|at| share(at / SIDE, at % SIDE)).collect()
}

fn sketch([x1, y1, x2, y2]: [f64; 4], width: f64) -> Sketch {
    let points =
        (0..4).map(|i| f64::from(i) / 3.0).map(|t| [x1 + t * (x2 - x1), y1 + t * (y2 - y1)]).collect();
    Sketch { points, curves: vec![[0, 1, 2, 3]], strokes: vec![0], widths: vec![width] }
}

proptest! {
    #[test]
    fn a_line_nearby_becomes_the_line(
        ends in prop::array::uniform2(8.0..14.0f64),
        far in prop::array::uniform2(24.0..32.0f64),
        off in prop::array::uniform4(-1.2..1.2f64),
        width in 1.5..6.0f64,
        start in 0.7..1.4f64,
    ) {
        let truth = [ends[0], ends[1], far[0], far[1]];
        let ink = line(truth, width);
        let mut found = sketch([0, 1, 2, 3].map(|i| truth[i] + off[i]), start * width);
        let before = found.clone().fit(&ink, SIDE, SIDE, 0).unwrap();
        let fit = found.fit(&ink, SIDE, SIDE, 40).unwrap();
        prop_assert!(fit.error <= before.error);
        prop_assert!((found.widths[0] / width - 1.0).abs() < 0.06, "width {} of {width}", found.widths[0]);
        let gap = |point: usize, x: f64, y: f64| (found.points[point][0] - x).hypot(found.points[point][1] - y);
        prop_assert!(gap(0, truth[0], truth[1]) < 0.25 && gap(3, truth[2], truth[3]) < 0.25, "{found:?}");
    }

    #[test]
    fn whatever_is_drawn_it_is_never_worse(
        numbers in prop::collection::vec(-10.0..50.0f64, 24..=24),
        widths in prop::array::uniform2(0.0..9.0f64),
        steps in 0usize..12,
    ) {
        let ink = line([8.0, 30.0, 33.0, 6.0], 3.0);
        let points: Vec<[f64; 2]> = numbers.as_chunks().0.to_vec();
        let curves = vec![[0, 1, 2, 3], [3, 4, 5, 0], [6, 7, 8, 9]];
        let mut found = Sketch { points, curves, strokes: vec![0, 0, 1], widths: widths.to_vec() };
        let before = found.clone().fit(&ink, SIDE, SIDE, 0).unwrap();
        let fit = found.fit(&ink, SIDE, SIDE, steps).unwrap();
        prop_assert!(fit.error.is_finite() && fit.error <= before.error + 1e-9, "{} {}", fit.error, before.error);
        prop_assert!(found.points.as_flattened().iter().all(|value| value.is_finite()));
    }
}

#[test]
fn groups_are_fitted_as_if_alone() {
    let (one, other) = ([5.0, 6.0, 34.0, 7.0], [6.0, 33.0, 33.0, 31.0]);
    let ink: Vec<f32> = line(one, 3.0).iter().zip(line(other, 2.0)).map(|(a, b)| a.max(b)).collect();
    let mut alone = sketch(one.map(|v| v + 0.6), 2.0);
    let mut both = alone.clone();
    both.points.extend(sketch(other.map(|v| v - 0.6), 3.0).points);
    both.curves.push([4, 5, 6, 7]);
    both.strokes.push(1);
    both.widths.push(3.0);
    alone.fit(&ink, SIDE, SIDE, 30).unwrap();
    let fit = both.fit(&ink, SIDE, SIDE, 30).unwrap();
    assert_eq!(alone.points, both.points[..4]);
    assert!(fit.worth.iter().all(|worth| *worth > 20.0));
}

#[test]
fn what_is_not_a_sketch_is_refused() {
    let (good, ink) = (sketch([5.0, 5.0, 30.0, 30.0], 2.0), vec![0.0; SIDE * SIDE]);
    let fit = |change: fn(&mut Sketch)| {
        let mut sketch = good.clone();
        change(&mut sketch);
        sketch.fit(&ink, SIDE, SIDE, 3).unwrap_err()
    };
    assert!(matches!(fit(|s| s.curves[0][2] = 4), RasterError::Sketch { found: 4, expected: 4 }));
    assert!(matches!(fit(|s| s.strokes[0] = 1), RasterError::Sketch { found: 1, expected: 1 }));
    assert!(matches!(fit(|s| s.strokes.push(0)), RasterError::Sketch { found: 2, expected: 1 }));
    assert!(matches!(fit(|s| s.points[1][0] = f64::NAN), RasterError::Coordinate { line: 1, .. }));
    assert!(matches!(fit(|s| s.widths[0] = -1.0), RasterError::Parameter { name: "stroke_width", .. }));
    assert!(matches!(
        good.clone().fit(&ink, SIDE, SIDE + 1, 3),
        Err(RasterError::Pixels { expected: 1640, found: 1600 })
    ));
    assert!(matches!(good.clone().fit(&[], 0, 5, 3), Err(RasterError::Size { height: 0, width: 5 })));
}

#[test]
fn an_empty_sketch_costs_all_the_ink() {
    let fit = Sketch::default().fit(&[1.0, 0.0, 0.5, 0.0], 2, 2, 5).unwrap();
    assert!(fit.worth.is_empty() && (fit.error - 0.625).abs() < 1e-12);
}

#[test]
fn a_cubic_curve_is_found_from_its_points() {
    let truth = [[0.0, 0.0], [10.0, 30.0], [40.0, -20.0], [50.0, 10.0]];
    let at = |t: f64| {
        let s = 1.0 - t;
        let shares = [s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t];
        [0, 1].map(|axis| (0..4).map(|i| shares[i] * truth[i][axis]).sum::<f64>())
    };
    let points: Vec<[f64; 2]> = (0..=100).map(|i| at(f64::from(i) / 100.0)).collect();
    let (_, free) = fit_cubic(&points, [0.0; 2], [0.0; 2], 0.0);
    assert!(free.iter().all(|gap| *gap < 0.5));
    let (curve, _) = fit_cubic(&points, [0.0, 1.0], [-1.0, 0.0], 0.0);
    assert!(curve[1][0].abs() < 1e-9 && (curve[2][1] - 10.0).abs() < 1e-9);
    assert!(fit_cubic(&[], [0.0; 2], [0.0; 2], 0.0).1.is_empty());
    assert_eq!(fit_cubic(&[[1.0, 2.0]], [0.0; 2], [0.0; 2], 0.0).0, [[1.0, 2.0]; 4]);
}

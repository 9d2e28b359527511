//! Strokes refined to images of known strokes.

use proptest::prelude::*;
use vecnb_trace::{Image, Stroke, TraceError, refine};

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

fn straight([x1, y1, x2, y2]: [f64; 4], width: f64) -> Stroke {
    let places = (0..4).map(|i| f64::from(i) / 3.0);
    Stroke::new(places.map(|t| [x1 + t * (x2 - x1), y1 + t * (y2 - y1)]).collect(), width)
}

fn image(ink: &[f32]) -> Image<'_> {
    Image::new(ink, SIDE, SIDE).unwrap()
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
        let begin = [straight([0, 1, 2, 3].map(|i| truth[i] + off[i]), start * width)];
        let (_, before) = refine(image(&ink), &begin, None, 0).unwrap();
        let (strokes, error) = refine(image(&ink), &begin, None, 40).unwrap();
        let found = &strokes[0];
        prop_assert!(error <= before);
        prop_assert!((found.width / width - 1.0).abs() < 0.06, "width {} of {width}", found.width);
        let gap = |point: usize, x: f64, y: f64| (found.chain[point][0] - x).hypot(found.chain[point][1] - y);
        prop_assert!(gap(0, truth[0], truth[1]) < 0.25 && gap(3, truth[2], truth[3]) < 0.25, "{found:?}");
    }

    #[test]
    fn whatever_is_drawn_it_is_never_worse(
        numbers in prop::collection::vec(-10.0..50.0f64, 20..=20),
        widths in prop::array::uniform2(0.0..9.0f64),
        steps in 0usize..12,
    ) {
        let ink = line([8.0, 30.0, 33.0, 6.0], 3.0);
        let points: Vec<[f64; 2]> = numbers.as_chunks().0.to_vec();
        let ring = [&points[..6], &points[..1]].concat();
        let begin = [Stroke::new(ring, widths[0]), Stroke::new(points[6..].to_vec(), widths[1])];
        let (_, before) = refine(image(&ink), &begin, None, 0).unwrap();
        let (found, error) = refine(image(&ink), &begin, None, steps).unwrap();
        prop_assert!(error.is_finite() && error <= before + 1e-9, "{error} {before}");
        prop_assert!(found[0].is_closed() && found[0].chain.len() == 7 && !found[1].is_closed());
        prop_assert!(found.iter().all(|s| s.chain.as_flattened().iter().all(|value| value.is_finite())));
    }
}

#[test]
fn groups_are_fitted_as_if_alone() {
    let (one, other) = ([5.0, 6.0, 34.0, 7.0], [6.0, 33.0, 33.0, 31.0]);
    let ink: Vec<f32> = line(one, 3.0).iter().zip(line(other, 2.0)).map(|(a, b)| a.max(b)).collect();
    let begin = [straight(one.map(|v| v + 0.6), 2.0), straight(other.map(|v| v - 0.6), 3.0)];
    let (alone, _) = refine(image(&ink), &begin[..1], None, 30).unwrap();
    let (both, _) = refine(image(&ink), &begin, None, 30).unwrap();
    assert_eq!(alone[0].chain, both[0].chain);
    assert!(both.iter().all(|stroke| stroke.worth > 20.0));
    let (second, _) = refine(image(&ink), &begin, Some(&[false, true]), 30).unwrap();
    assert_eq!((&second[0].chain, &second[1].chain), (&begin[0].chain, &both[1].chain));
}

#[test]
fn a_dot_stays_a_dot() {
    let ink = line([20.0, 21.0, 20.0, 21.001], 6.0);
    let (found, _) = refine(image(&ink), &[Stroke::new(vec![[19.0, 20.5]; 4], 5.0)], None, 30).unwrap();
    assert!(found[0].is_dot() && found[0].numbers() == 3);
    assert!((found[0].chain[0][0] - 20.0).abs() < 0.02 && (found[0].width - 6.0).abs() < 0.1);
}

#[test]
fn what_is_no_stroke_is_refused() {
    let ink = vec![0.0; SIDE * SIDE];
    let refused = |change: fn(&mut Stroke)| {
        let mut stroke = straight([5.0, 5.0, 30.0, 30.0], 2.0);
        change(&mut stroke);
        refine(image(&ink), &[stroke], None, 3).unwrap_err()
    };
    assert_eq!(refused(|s| s.chain.truncate(3)), TraceError::Chain { stroke: 0, points: 3 });
    assert_eq!(refused(|s| s.chain[1][0] = f64::NAN), TraceError::Point { stroke: 0, point: 1 });
    assert_eq!(refused(|s| s.width = -1.0), TraceError::Width { stroke: 0, value: -1.0 });
    let changed = refine(image(&ink), &[], Some(&[true]), 3).unwrap_err();
    assert_eq!(changed, TraceError::Changed { expected: 0, found: 1 });
}

#[test]
fn no_strokes_cost_all_the_ink() {
    let (strokes, error) = refine(Image::new(&[1.0, 0.0, 0.5, 0.0], 2, 2).unwrap(), &[], None, 5).unwrap();
    assert!(strokes.is_empty() && (error - 0.625).abs() < 1e-12);
}

#[test]
fn what_is_no_image_is_refused() {
    assert_eq!(Image::new(&[0.0; 6], 2, 4).unwrap_err(), TraceError::Pixels { expected: 8, found: 6 });
    assert_eq!(Image::new(&[], 0, 5).unwrap_err(), TraceError::Size { height: 0, width: 5 });
    let pixel = Image::new(&[0.0, 0.0, 0.0, f32::NAN], 2, 2).unwrap_err();
    assert_eq!(pixel.to_string(), "the pixel in row 1, column 1 is not finite");
}

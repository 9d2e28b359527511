//! Soft strokes against their formulas in f64, and their gradients against differences of these.

use proptest::prelude::*;
use vecnb_raster::{Compose, Gradient, Profile, RasterError, SoftStrokes};

/// (x1, y1, x2, y2, width, sharpness or α) of each line.
type Lines = Vec<[f64; 6]>;

/// The definition: distance, presence, composition, pixel by pixel.
fn reference(lines: &Lines, height: usize, width: usize, edge: bool, compose: Compose) -> Vec<f64> {
    let mut image = Vec::new();
    for row in 0..height {
        for column in 0..width {
            let (x, y) = ((column as f64 + 0.5) / width as f64, (row as f64 + 0.5) / height as f64);
            let presence = |&[x1, y1, x2, y2, w, k]: &[f64; 6]| {
                let (dx, dy) = (x2 - x1, y2 - y1);
                let length2 = (dx * dx + dy * dy).max(f64::MIN_POSITIVE);
                let t = (((x - x1) * dx + (y - y1) * dy) / length2).clamp(0.0, 1.0);
                let d2 = (x1 + t * dx - x).powi(2) + (y1 + t * dy - y).powi(2);
                match (edge, w > 0.0) {
                    (true, true) => 1.0 / (1.0 + (-k * (w / 2.0 - d2.sqrt())).exp()),
                    (true, false) => 0.0,
                    (false, _) => (-k * d2).exp(),
                }
            };
            let presences = lines.iter().map(presence);
            image.push(match compose {
                Compose::Max => presences.fold(0.0, f64::max),
                Compose::SoftOr => 1.0 - presences.map(|p| 1.0 - p).product::<f64>(),
            });
        }
    }
    image
}

/// The image and the gradients of its product with `slopes`, by the crate.
fn soft(
    lines: &Lines,
    height: usize,
    width: usize,
    edge: bool,
    compose: Compose,
    slopes: &[f32],
) -> (Vec<f32>, Vec<[f64; 6]>) {
    let ends: Vec<f32> = lines.iter().flat_map(|line| line[..4].iter().map(|&value| value as f32)).collect();
    let widths: Vec<f32> = lines.iter().map(|line| line[4] as f32).collect();
    let slope: Vec<f32> = lines.iter().map(|line| line[5] as f32).collect();
    let profile = if edge {
        Profile::Edge { widths: &widths, sharpness: &slope }
    } else {
        Profile::Gaussian { alpha: &slope }
    };
    let plan =
        SoftStrokes::new(&ends, 1, 1, profile).and_then(|s| s.plan(height, width, compose)).expect("valid");
    let (mut pixels, mut winners) = (vec![0.0; height * width], vec![0; height * width]);
    let mut gradients = vec![Gradient::default(); lines.len()];
    let mut first = 0;
    for task in 0..plan.tasks() {
        let here = first..first + plan.task_pixels(task);
        plan.forward(task, &mut pixels[here.clone()], &mut winners[here.clone()]);
        plan.backward(
            task,
            &slopes[here.clone()],
            &pixels[here.clone()],
            &winners[here.clone()],
            &mut gradients,
        );
        first = here.end;
    }
    assert_eq!(first, pixels.len());
    let flat = |gradient: &Gradient| {
        let [[x1, y1], [x2, y2], _, _] = gradient.points;
        [x1, y1, x2, y2, gradient.width, gradient.slope]
    };
    (pixels, gradients.iter().map(flat).collect())
}

fn slopes(pixels: usize) -> Vec<f32> {
    (0..pixels).map(|i| (f64::from(i as u32) * 0.754_877_666).fract() as f32 - 0.4).collect()
}

fn line() -> impl Strategy<Value = [f64; 6]> {
    let end = || -0.3..1.3_f64;
    (end(), end(), end(), end(), 0.01..0.2_f64, 20.0..220.0_f64)
        .prop_map(|(x1, y1, x2, y2, w, k)| [x1, y1, x2, y2, w, k].map(|value| f64::from(value as f32)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn images_and_gradients_are_those_of_the_formulas(
        lines in prop::collection::vec(line(), 1..6),
        (height, width) in (1..40_usize, 1..40_usize),
        edge: bool,
        max: bool,
    ) {
        let compose = if max { Compose::Max } else { Compose::SoftOr };
        let slopes = slopes(height * width);
        let (pixels, gradients) = soft(&lines, height, width, edge, compose, &slopes);
        for (value, truth) in pixels.iter().zip(reference(&lines, height, width, edge, compose)) {
            prop_assert!((f64::from(*value) - truth).abs() < 2e-5, "{value} is not {truth}");
        }
        let loss = |lines: &Lines| -> f64 {
            let image = reference(lines, height, width, edge, compose);
            image.iter().zip(&slopes).map(|(value, slope)| value * f64::from(*slope)).sum()
        };
        for (index, gradient) in gradients.iter().enumerate() {
            for part in 0..6 {
                let step = 1e-6 * lines[index][part].abs().max(1.0);
                let moved = |by: f64| {
                    let mut lines = lines.clone();
                    lines[index][part] += by;
                    loss(&lines)
                };
                // Where two strokes are equally strong, or an end is nearest, the sum has kinks: both sides count.
                let (below, above) = ((loss(&lines) - moved(-step)) / step, (moved(step) - loss(&lines)) / step);
                let slack = 2e-3 * (1.0 + below.abs().max(above.abs())) + 2.0 * (above - below).abs();
                let (low, high) = (below.min(above) - slack, below.max(above) + slack);
                prop_assert!((low..=high).contains(&gradient[part]), "{part}: {gradient:?}, not {low} to {high}");
            }
        }
    }

    #[test]
    fn order_does_not_matter_to_the_strongest(lines in prop::collection::vec(line(), 2..8)) {
        let slopes = slopes(784);
        let reversed: Lines = lines.iter().rev().copied().collect();
        let (pixels, gradients) = soft(&lines, 28, 28, true, Compose::Max, &slopes);
        let (again, mut back) = soft(&reversed, 28, 28, true, Compose::Max, &slopes);
        back.reverse();
        prop_assert_eq!(pixels, again);
        prop_assert_eq!(gradients, back);
    }

    #[test]
    fn anything_finite_gives_finite_numbers(
        lines in prop::collection::vec(
            prop::array::uniform4(-1e6..1e6_f64).prop_flat_map(|ends| {
                (Just(ends), prop_oneof![Just(0.0), 0.0..10.0_f64], prop_oneof![1e-6..1e6_f64])
            }),
            0..5,
        ),
        edge: bool,
        max: bool,
    ) {
        let lines: Lines = lines.iter().map(|&([a, b, c, d], w, k)| [a, b, c, d, w, k]).collect();
        let compose = if max { Compose::Max } else { Compose::SoftOr };
        let (pixels, gradients) = soft(&lines, 17, 33, edge, compose, &slopes(17 * 33));
        prop_assert!(pixels.iter().all(|value| (0.0..=1.0).contains(value)));
        prop_assert!(gradients.iter().flatten().all(|value| value.is_finite()));
    }
}

#[test]
fn equal_strokes_share_their_gradient() {
    let line = [0.2, 0.3, 0.8, 0.6, 0.1, 100.0];
    let slopes = slopes(784);
    let (one, alone) = soft(&vec![line], 28, 28, true, Compose::Max, &slopes);
    let (two, shared) = soft(&vec![line, line], 28, 28, true, Compose::Max, &slopes);
    assert_eq!(one, two);
    assert_eq!(shared[0], shared[1]);
    for (half, whole) in shared[0].iter().zip(&alone[0]) {
        assert!((2.0 * half - whole).abs() <= 1e-5 * whole.abs().max(1.0), "{half} is not half of {whole}");
    }
}

#[test]
fn a_point_moves_with_its_start_and_no_width_is_nothing() {
    let slopes = slopes(784);
    let (_, gradients) = soft(&vec![[0.5, 0.5, 0.5, 0.5, 0.1, 60.0]], 28, 28, true, Compose::Max, &slopes);
    assert!(gradients[0][0] != 0.0 && gradients[0][2] == 0.0 && gradients[0][3] == 0.0);
    let (pixels, gradients) =
        soft(&vec![[0.1, 0.1, 0.9, 0.9, 0.0, 60.0]], 28, 28, true, Compose::Max, &slopes);
    assert!(pixels.iter().all(|&value| value == 0.0) && gradients[0] == [0.0; 6]);
}

#[test]
fn far_ends_are_as_good_as_near_ones() {
    let slopes = slopes(784);
    for far in [1e2, 1e6, 1e20, 3e38] {
        let far = f64::from(far as f32);
        let pairs = [
            ([-5.0, 0.5, 5.0, 0.5], [-far, 0.5, far, 0.5]),
            ([0.2, 0.7, 5.0, 0.7], [0.2, 0.7, far, 0.7]),
            ([0.7, -5.0, 0.7, 0.4], [0.7, -far, 0.7, 0.4]),
            ([-5.0, -5.0, 5.0, 5.0], [-far, -far, far, far]),
        ];
        for (near, far) in pairs {
            let stroke = |[a, b, c, d]: [f64; 4]| vec![[a, b, c, d, 0.1, 100.0]];
            let (near, _) = soft(&stroke(near), 28, 28, true, Compose::Max, &slopes);
            let (far, gradients) = soft(&stroke(far), 28, 28, true, Compose::Max, &slopes);
            assert!(near.iter().zip(&far).all(|(near, far)| (near - far).abs() < 1e-5));
            assert!(gradients[0].iter().all(|value| value.is_finite()));
        }
    }
}

#[test]
fn a_large_image_is_that_of_its_formulas_in_every_band() {
    let lines: Lines = (0..40)
        .map(|i| {
            let place = |k: u32| (f64::from(4 * i + k) * 0.754_877_666).fract();
            [place(0), place(1), place(2), place(3), 0.02, 150.0]
        })
        .collect();
    let (height, width) = (150, 210);
    let (pixels, gradients) = soft(&lines, height, width, true, Compose::Max, &slopes(height * width));
    for (value, truth) in pixels.iter().zip(reference(&lines, height, width, true, Compose::Max)) {
        assert!((f64::from(*value) - truth).abs() < 2e-5);
    }
    assert!(gradients.iter().any(|gradient| gradient[4] != 0.0));
}

#[test]
fn images_of_a_batch_do_not_see_each_other() {
    let lines = [[0.1, 0.2, 0.7, 0.9], [0.3, 0.8, 0.9, 0.1], [0.5, 0.5, 0.6, 0.2], [0.2, 0.2, 0.8, 0.2]];
    let (widths, sharpness) = ([0.08; 4], [90.0; 4]);
    let draw = |range: std::ops::Range<usize>, images: usize| {
        let profile = Profile::Edge { widths: &widths[range.clone()], sharpness: &sharpness[range.clone()] };
        let strokes = SoftStrokes::new(lines[range].as_flattened(), 1, images, profile).expect("valid");
        let plan = strokes.plan(28, 28, Compose::Max).expect("valid");
        let (mut pixels, mut winners) = (vec![0.0; images * 784], vec![0; images * 784]);
        plan.forward(0, &mut pixels, &mut winners);
        pixels
    };
    let (both, first, second) = (draw(0..4, 2), draw(0..2, 1), draw(2..4, 1));
    assert_eq!(both, [first, second].concat());
}

#[test]
fn nothing_to_draw_is_blank() {
    let (pixels, gradients) = soft(&vec![], 5, 7, true, Compose::SoftOr, &slopes(35));
    assert_eq!((pixels, gradients.len()), (vec![0.0; 35], 0));
}

#[test]
fn errors_name_what_is_wrong() {
    let lines = [[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, f32::NAN, 1.0]];
    let profile = Profile::Edge { widths: &[0.1, -1.0], sharpness: &[50.0, 50.0] };
    assert!(matches!(
        SoftStrokes::new(lines.as_flattened(), 1, 2, profile),
        Err(RasterError::Coordinate { image: 1, line: 0, .. })
    ));
    let error = SoftStrokes::new(&[0.0; 8], 1, 1, profile).expect_err("a negative width");
    assert_eq!(error.to_string(), "stroke_width[0, 1] = -1 is not finite and >= 0 (as float32)");
    let error =
        SoftStrokes::new(&[0.0; 8], 1, 1, Profile::Gaussian { alpha: &[1.0, 0.0] }).expect_err("α of 0");
    assert_eq!(error.to_string(), "alpha[0, 1] = 0 is not finite and > 0 (as float32)");
    let error =
        SoftStrokes::new(&[0.0; 8], 1, 1, Profile::Gaussian { alpha: &[1.0] }).expect_err("one α for two");
    assert_eq!(error.to_string(), "alpha must hold 2 values, not 1");
    let error = SoftStrokes::new(&[0.0; 8], 2, 1, Profile::Gaussian { alpha: &[1.0] }).expect_err("4 points");
    assert_eq!(error.to_string(), "4 points, 3 for a stroke, cannot be shared out equally among 1 images");
    let error = SoftStrokes::new(&[], 4, 1, Profile::Gaussian { alpha: &[] }).expect_err("too curved");
    assert_eq!(error.to_string(), "a curve is of degree 1, 2 or 3, not 4");
}

/// A drawing of curves of `points` control points each, with the gradients in these, in width and sharpness.
fn curves(numbers: &[f64], points: usize, compose: Compose, slopes: &[f32]) -> (Vec<f32>, Vec<Vec<f64>>) {
    let each = 2 * points;
    let coordinates: Vec<f32> =
        numbers.chunks(each + 2).flat_map(|curve| curve[..each].iter().map(|&v| v as f32)).collect();
    let column = |at: usize| numbers.chunks(each + 2).map(|c| c[each + at] as f32).collect::<Vec<_>>();
    let (widths, sharpness) = (column(0), column(1));
    let profile = Profile::Edge { widths: &widths, sharpness: &sharpness };
    let strokes = SoftStrokes::new(&coordinates, points - 1, 1, profile).expect("valid");
    let plan = strokes.plan(28, 28, compose).expect("valid");
    let (mut pixels, mut winners) = (vec![0.0; 784], vec![0; 784]);
    let mut gradients = vec![Gradient::default(); strokes.per_image()];
    plan.forward(0, &mut pixels, &mut winners);
    plan.backward(0, slopes, &pixels, &winners, &mut gradients);
    let flat = |gradient: &Gradient| {
        let mut numbers = gradient.points.as_flattened()[..each].to_vec();
        numbers.extend([gradient.width, gradient.slope]);
        numbers
    };
    (pixels, gradients.iter().map(flat).collect())
}

/// The same curves as many lines, in f64: of each, the highest presence of its lines.
fn curves_by_lines(numbers: &[f64], points: usize, compose: Compose) -> Vec<f64> {
    let mut absent = vec![1.0; 784];
    for curve in numbers.chunks(2 * points + 2) {
        let at = |t: f64| {
            let mut rest: Vec<[f64; 2]> = curve[..2 * points].as_chunks::<2>().0.to_vec();
            while rest.len() > 1 {
                rest = rest.windows(2).map(|p| [0, 1].map(|i| p[0][i] + t * (p[1][i] - p[0][i]))).collect();
            }
            rest[0]
        };
        let parts = 100;
        let lines: Lines = (0..parts)
            .map(|part| {
                let [[x1, y1], [x2, y2]] = [part, part + 1].map(|end| at(f64::from(end) / f64::from(parts)));
                [x1, y1, x2, y2, curve[2 * points], curve[2 * points + 1]]
            })
            .collect();
        for (absent, present) in absent.iter_mut().zip(reference(&lines, 28, 28, true, Compose::Max)) {
            *absent = if compose == Compose::Max {
                (1.0 - present).min(*absent)
            } else {
                *absent * (1.0 - present)
            };
        }
    }
    absent.iter().map(|absent| 1.0 - absent).collect()
}

#[test]
fn curves_are_their_points_and_pull_at_their_control_points() {
    for points in [2, 3, 4] {
        let each = 2 * points + 2;
        for case in 0..2 {
            let mut numbers: Vec<f64> =
                (0..3 * each).map(|i| (f64::from((i + 31 * case) as u32) * 0.618_034).fract()).collect();
            for curve in numbers.chunks_mut(each) {
                curve[each - 2] = 0.05 + 0.1 * curve[each - 2];
                curve[each - 1] = 40.0 + 100.0 * curve[each - 1];
            }
            numbers.iter_mut().for_each(|value| *value = f64::from(*value as f32));
            let slopes: Vec<f32> =
                (0..784).map(|i| (i as f32 / 140.0).sin() + (i as f32 / 4.0).cos()).collect();
            for compose in [Compose::Max, Compose::SoftOr] {
                let (pixels, gradients) = curves(&numbers, points, compose, &slopes);
                // 1/128 pixel, at a slope of k/4 = 35 per 28 pixels.
                for (value, truth) in pixels.iter().zip(curves_by_lines(&numbers, points, compose)) {
                    assert!((f64::from(*value) - truth).abs() < 0.011, "{points}: {value} is not {truth}");
                }
                let loss = |numbers: &[f64]| -> f64 {
                    let image = curves_by_lines(numbers, points, compose);
                    image.iter().zip(&slopes).map(|(value, slope)| value * f64::from(*slope)).sum()
                };
                let scale: f64 = gradients.iter().flatten().map(|g| g.abs()).fold(0.0, f64::max);
                for at in [0, 3, each + 1, 2 * each + 2, each - 2, each - 1] {
                    let step = 1e-5 * numbers[at].abs().max(1.0);
                    let [below, above] = [-step, step].map(|by| {
                        let mut moved = numbers.clone();
                        moved[at] += by;
                        loss(&moved)
                    });
                    let (slope, found) = ((above - below) / (2.0 * step), gradients[at / each][at % each]);
                    assert!(
                        (slope - found).abs() < 0.03 * scale + 0.05,
                        "{points} {at}: {found}, not {slope}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_straight_curve_is_its_line() {
    let slopes = slopes(784);
    let (line, _) = curves(&[0.1, 0.2, 0.8, 0.9, 0.1, 90.0], 2, Compose::Max, &slopes);
    let thirds = [0.1, 0.2, 0.1 + 0.7 / 3.0, 0.2 + 0.7 / 3.0, 0.8 - 0.7 / 3.0, 0.9 - 0.7 / 3.0, 0.8, 0.9];
    for (curve, points) in [(vec![0.1, 0.2, 0.45, 0.55, 0.8, 0.9], 3), (thirds.to_vec(), 4)] {
        let (drawn, gradients) = curves(&[curve, vec![0.1, 90.0]].concat(), points, Compose::SoftOr, &slopes);
        assert!(drawn.iter().zip(&line).all(|(one, other)| (one - other).abs() < 1e-5));
        assert!(gradients[0].iter().all(|value| value.is_finite()), "{gradients:?}");
        let moved = |point: usize| gradients[0][2 * point] != 0.0 && gradients[0][2 * point + 1] != 0.0;
        assert!((0..points).all(moved), "{gradients:?}");
    }
}

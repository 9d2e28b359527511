//! Coverage measured against the exact area, with the bounds that the docs of `AntiAlias` and of Python's
//! `render_hard` state.

mod common;

use common::Outline;
use vecnb_raster::{RenderOptions, Strokes, Widths};

/// Largest error of a pixel, for pixels so many times as long as they are wide, or as wide as they are long.
const BOUNDS: [(usize, f64); 3] = [(1, 0.14), (2, 0.21), (4, 0.38)];
/// Largest mean error of the pixels that a short stroke touches, square pixels.
const MEAN_BOUND: f64 = 0.04;

/// A line in the unit square and its width.
type Stroke = ([f32; 4], f32);

/// The largest error of each of some strokes, an image for each.
fn largest_errors(strokes: &[Stroke], size: (usize, usize), slices: usize) -> Vec<f64> {
    let images = drawn(strokes, size);
    let errors = strokes
        .iter()
        .zip(&images)
        .map(|(stroke, image)| errors(stroke, image, size, slices).into_iter().fold(0.0, f64::max));
    errors.collect()
}

fn drawn(strokes: &[Stroke], (height, width): (usize, usize)) -> Vec<Vec<f32>> {
    let (lines, widths): (Vec<_>, Vec<_>) = strokes.iter().copied().unzip();
    let strokes = Strokes::new(&lines, lines.len(), Widths::PerLine(&widths)).expect("valid strokes");
    let options = RenderOptions { height, width, ..RenderOptions::default() };
    strokes.render(&options).expect("a valid size").chunks(height * width).map(<[f32]>::to_vec).collect()
}

/// The errors of the pixels that a stroke's outline touches, or that are neither 0 nor 1.
fn errors(&(line, width): &Stroke, image: &[f32], size: (usize, usize), slices: usize) -> Vec<f64> {
    let outline = Outline::new(line, width, size);
    let pixels = image.iter().enumerate().filter_map(|(at, value)| {
        let pixel = (at / size.1, at % size.1);
        let partly = *value > 0.0 && *value < 1.0;
        (partly || outline.touches(pixel)).then(|| (f64::from(*value) - outline.share(pixel, slices)).abs())
    });
    pixels.collect()
}

/// Pseudo-random numbers, the same in every run.
struct Random(u64);

impl Random {
    /// In [0, 1).
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// In (−1, 1), small ones more often.
    fn change(&mut self) -> f64 {
        (self.uniform() - self.uniform()) * self.uniform()
    }
}

/// A stroke by its middle (rows), direction, length and width (rows).
#[derive(Clone, Copy, Debug)]
struct Parameters([f64; 5]);

impl Parameters {
    /// Somewhere in the middle of the image; a third of them dots, others short; as wide as a few pixels.
    fn random(random: &mut Random, (height, width): (usize, usize), widest: f64) -> Self {
        let (rows, pitch) = (height as f64, height as f64 / width as f64);
        let pixel = pitch.hypot(1.0) / 2f64.sqrt();
        let length = [0.0, pixel, 0.5 * rows][(random.uniform() * 3.0) as usize] * random.uniform();
        let (x, y) = (0.5 * rows + pitch * random.uniform(), 0.5 * rows + random.uniform());
        Self([x, y, std::f64::consts::TAU * random.uniform(), length, widest * pixel * random.uniform()])
    }

    /// Another one nearby.
    fn nearby(&self, random: &mut Random, step: f64) -> Self {
        let [x, y, direction, length, width] = self.0.map(|value| value + step * random.change());
        Self([x, y, direction, length.max(0.0), width.abs()])
    }

    fn stroke(&self, (height, _): (usize, usize)) -> Stroke {
        let [x, y, direction, length, width] = self.0.map(|value| value / height as f64);
        let (sin, cos) = (direction * height as f64).sin_cos();
        let (right, down) = (0.5 * length * cos, 0.5 * length * sin);
        ([x - right, y - down, x + right, y + down].map(|value| value as f32), width as f32)
    }
}

/// The largest error that a search finds: random strokes, and from the worst of them uphill.
fn search(size: (usize, usize), widest: f64, count: usize) -> (f64, Stroke) {
    let mut random = Random(1);
    let some: Vec<_> = (0..count).map(|_| Parameters::random(&mut random, size, widest)).collect();
    let errors_of = |some: &[Parameters], slices| {
        let strokes: Vec<_> = some.iter().map(|one| one.stroke(size)).collect();
        largest_errors(&strokes, size, slices).into_iter().zip(some.iter().copied()).collect::<Vec<_>>()
    };
    let mut starts = errors_of(&some, 16);
    starts.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let tops = starts.into_iter().take(10).map(|(_, start)| {
        let (mut best, mut step) = (errors_of(&[start], 256)[0], 0.2);
        while step > 1e-3 {
            let some: Vec<_> = (0..20).map(|_| best.1.nearby(&mut random, step)).collect();
            let top = errors_of(&some, 256).into_iter().max_by(|one, other| one.0.total_cmp(&other.0));
            match top.filter(|top| top.0 > best.0) {
                Some(top) => best = top,
                None => step *= 0.8,
            }
        }
        best
    });
    let (error, top) = tops.max_by(|one, other| one.0.total_cmp(&other.0)).expect("some starts");
    (error, top.stroke(size))
}

#[test]
fn no_pixel_is_further_from_its_area_than_documented() {
    for (ratio, bound) in BOUNDS {
        for size in [(8, 8 * ratio), (8 * ratio, 8)].into_iter().take(ratio) {
            let (error, stroke) = search(size, 3.0, 10_000);
            println!("{size:?}: {error:.4} at {stroke:?}");
            assert!(error <= bound, "{size:?}: {error} at {stroke:?}");
        }
    }
}

#[test]
fn the_worst_strokes_that_searches_have_found_keep_the_bound() {
    let found: [(usize, usize, Stroke); 6] = [
        // a dot, a stroke half a pixel long, a hairline; the one that was reported (.134, where .12 was documented)
        (8, 8, ([0.485_070_4, 0.512_530_7, 0.485_072_1, 0.512_532_35], 0.175_217_5)),
        (8, 8, ([0.363_075_64, 0.362_742_6, 0.427_050_95, 0.426_893_65], 0.177_322_43)),
        (8, 8, ([0.566_171_1, 0.567_125, 0.556_875_7, 0.557_791_35], 0.068_829_46)),
        (5, 5, ([0.674_671_2, 0.733_040_04, 0.587_403_1, 0.821_371_2], 1.428_754_5 / 5.0)),
        (16, 8, ([0.437_500_63, 0.425_554_22, 0.482_939_66, 0.470_661_64], 0.133_967_76)),
        (32, 8, ([0.437_499_46, 0.501_348_3, 0.437_499_46, 0.501_348_3], 0.127_673_13)),
    ];
    for (height, width, stroke) in found {
        let (_, bound) = BOUNDS.into_iter().find(|(ratio, _)| *ratio == height / width).expect("a bound");
        let error = largest_errors(&[stroke], (height, width), 10_000)[0];
        println!("{height} × {width}: {error:.4} at {stroke:?}");
        assert!(error <= bound && error > 0.6 * bound, "{height} × {width}: {error} at {stroke:?}");
    }
}

#[test]
fn the_mean_error_of_the_pixels_near_an_end_is_as_documented() {
    let (mut random, size) = (Random(2), (16, 16));
    for width in [0.2, 0.7, 1.0, 1.4, 2.0, 4.0] {
        let strokes: Vec<_> = (0..500)
            .map(|_| {
                let mut parameters = Parameters::random(&mut random, size, width);
                parameters.0[3] = parameters.0[3].min(2.0);
                parameters.0[4] = width;
                parameters.stroke(size)
            })
            .collect();
        let images = drawn(&strokes, size);
        let errors: Vec<_> =
            strokes.iter().zip(&images).flat_map(|(stroke, image)| errors(stroke, image, size, 64)).collect();
        let mean = errors.iter().sum::<f64>() / errors.len() as f64;
        println!("{width} px: mean error {mean:.4}");
        assert!(mean <= MEAN_BOUND, "{width} px: {mean}");
    }
}

#[test]
fn a_long_straight_edge_is_exact() {
    for size in [(16, 16), (16, 40), (40, 16)] {
        for k in 0..24 {
            let (sin, cos) = (0.137 * k as f32).sin_cos();
            let line = [0.5 - 9.0 * cos, 0.47 - 9.0 * sin, 0.5 + 9.0 * cos, 0.47 + 9.0 * sin];
            for width in [0.01, 0.07, 0.15, 0.5] {
                let error = largest_errors(&[(line, width)], size, 2_000)[0];
                assert!(error < 2e-3, "direction {k}, width {width}, {size:?}: {error}");
            }
        }
    }
}

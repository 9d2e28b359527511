//! Coverage measured against 64 × 64 samples a pixel, with the bounds that the Python docs state.

use vecnb_raster::{RenderOptions, Strokes, Widths};

const SIZE: usize = 16;
const SAMPLES: usize = 64;

/// Share of each pixel's samples inside the stroke; lengths in rows, so that a column is `pitch` wide.
fn sampled(line: [f32; 4], width: f32, (height, columns): (usize, usize)) -> Vec<f32> {
    let scale = height as f64;
    let [x1, y1, x2, y2] = line.map(|value| f64::from(value) * scale);
    let (dx, dy, radius) = (x2 - x1, y2 - y1, 0.5 * f64::from(width) * scale);
    let length2 = (dx * dx + dy * dy).max(f64::MIN_POSITIVE);
    let pitch = height as f64 / columns as f64;
    let inside = |x: f64, y: f64| {
        let t = (((x - x1) * dx + (y - y1) * dy) / length2).clamp(0.0, 1.0);
        (x1 + t * dx - x).hypot(y1 + t * dy - y) <= radius
    };
    let place = |pixel: usize, sample: usize| pixel as f64 + (sample as f64 + 0.5) / SAMPLES as f64;
    let mut shares = Vec::with_capacity(height * columns);
    for (i, j) in (0..height).flat_map(|i| (0..columns).map(move |j| (i, j))) {
        let hits = (0..SAMPLES * SAMPLES)
            .filter(|s| inside(place(j, s % SAMPLES) * pitch, place(i, s / SAMPLES)))
            .count();
        shares.push(hits as f32 / (SAMPLES * SAMPLES) as f32);
    }
    shares
}

fn drawn(line: [f32; 4], width: f32, (height, columns): (usize, usize)) -> Vec<f32> {
    let strokes = Strokes::new(std::slice::from_ref(&line), 1, Widths::All(width)).expect("a valid line");
    let options = RenderOptions { height, width: columns, ..RenderOptions::default() };
    strokes.render(&options).expect("a valid size")
}

/// Lines of every direction, from points to half the canvas, at irregular places.
fn lines() -> Vec<[f32; 4]> {
    (0..24)
        .map(|k| {
            let (place, angle) = (0.618 * k as f32, 0.137 * k as f32);
            let (x, y) = (0.4 + 0.2 * place.fract(), 0.4 + 0.2 * (1.7 * place).fract());
            let length = [0.0, 0.06, 0.3][k % 3];
            [x, y, x + length * angle.cos(), y + length * angle.sin()]
        })
        .collect()
}

/// Largest error, and mean error over the pixels touched, of strokes so many pixels wide.
fn errors(pixels: f32, (height, columns): (usize, usize)) -> (f32, f32) {
    let (mut largest, mut sum, mut touched) = (0.0f32, 0.0, 0);
    for line in lines() {
        let width = pixels / height as f32;
        let drawn = drawn(line, width, (height, columns));
        for (have, want) in drawn.iter().zip(sampled(line, width, (height, columns))) {
            let error = (have - want).abs();
            largest = largest.max(error);
            if *have > 0.0 || want > 0.0 {
                sum += error;
                touched += 1;
            }
        }
    }
    (largest, sum / touched as f32)
}

#[test]
fn square_pixels_are_covered_within_the_documented_error() {
    for (pixels, largest, mean) in
        [(0.2, 0.06, 0.01), (1.0, 0.08, 0.02), (1.4, 0.12, 0.04), (2.0, 0.10, 0.03), (4.0, 0.08, 0.02)]
    {
        let (found, average) = errors(pixels, (SIZE, SIZE));
        println!("{pixels} px: largest error {found:.3}, mean {average:.4}");
        assert!(found <= largest && average <= mean, "{pixels} px: {found} {average}");
    }
}

#[test]
fn stretched_pixels_are_covered_within_the_documented_error() {
    for pixels in [0.5, 2.0] {
        for size in [(SIZE, 2 * SIZE), (2 * SIZE, SIZE)] {
            let (found, average) = errors(pixels, size);
            println!("{pixels} px on {size:?}: largest error {found:.3}, mean {average:.4}");
            assert!(found <= 0.25 && average <= 0.06, "{pixels} px on {size:?}: {found} {average}");
        }
    }
}

#[test]
fn a_long_straight_edge_is_exact() {
    // Far from the ends, F(r − d) is the exact share; only 64 × 64 samples limit the comparison.
    for k in 0..24 {
        let (sin, cos) = (0.137 * k as f32).sin_cos();
        let line = [0.5 - 9.0 * cos, 0.47 - 9.0 * sin, 0.5 + 9.0 * cos, 0.47 + 9.0 * sin];
        let width = 2.3 / SIZE as f32;
        let drawn = drawn(line, width, (SIZE, SIZE));
        for (have, want) in drawn.iter().zip(sampled(line, width, (SIZE, SIZE))) {
            assert!((have - want).abs() < 0.015, "direction {k}: {have} instead of {want}");
        }
    }
}

//! Time of the crate alone, without Python: `cargo bench`. benches/rasteriser.py compares it with other libraries.

use std::time::Instant;

use vecnb_raster::{AntiAlias, Paths, RenderOptions, Strokes, Widths};

/// Pseudo-random lines in the unit square, the same in every run.
fn random_lines(count: usize) -> Vec<[f32; 4]> {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 24) as f32
    };
    (0..count).map(|_| [next(), next(), next(), next()]).collect()
}

/// Seconds of the fastest of `repeats` runs: what the code costs when nothing else wants the processor.
fn fastest_seconds(repeats: usize, mut work: impl FnMut()) -> f64 {
    (0..repeats)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min)
}

/// Curves of each degree, lines among them: the strokes a microsecond of the general way to draw.
fn curves() {
    for (size, count) in [(28, 64 * 6), (512, 6)] {
        for (name, degree) in [("lines", 1), ("quadratic", 2), ("cubic", 3)] {
            let points: Vec<[f32; 2]> =
                random_lines(count * (degree + 1)).iter().map(|p| [p[0], p[1]]).collect();
            for antialias in [AntiAlias::None, AntiAlias::Coverage] {
                let options = RenderOptions { height: size, width: size, antialias };
                let width = Widths::All(2.0 / size as f32);
                let seconds = fastest_seconds(21, || {
                    let paths = Paths::curves(&points, degree, count / 6, width).expect("valid curves");
                    paths.render(&options).expect("a valid size");
                });
                let micro = seconds * 1e6 / count as f64;
                println!("  {size:3} px, {name:9} {antialias:?}: {micro:.2} us a curve");
            }
        }
    }
}

fn main() {
    let lines = random_lines(1024 * 6);
    let mut pixels = vec![0.0; 1024 * 28 * 28];
    println!("28 x 28, 6 lines, batch 1024");
    for (name, antialias, width) in [
        ("aliased 2 px", AntiAlias::None, 2.0),
        ("antialiased 2 px", AntiAlias::Coverage, 2.0),
        ("antialiased 1 px", AntiAlias::Coverage, 1.0),
    ] {
        let options = RenderOptions { antialias, ..RenderOptions::default() };
        let seconds = fastest_seconds(201, || {
            let strokes = Strokes::new(&lines, 1024, Widths::All(width / 28.0)).expect("valid lines");
            strokes.render_into(&options, &mut pixels).expect("as many pixels");
        });
        println!("  {name:18} {:6.2} us an image", seconds * 1e6 / 1024.0);
    }
    curves();
    let lines = random_lines(10_000);
    let options = RenderOptions { height: 4096, width: 4096, ..RenderOptions::default() };
    pixels.resize(4096 * 4096, 0.0);
    let seconds = fastest_seconds(5, || {
        let strokes = Strokes::new(&lines, 1, Widths::All(2.0 / 4096.0)).expect("valid lines");
        strokes.render_into(&options, &mut pixels).expect("as many pixels");
    });
    println!("4096 x 4096, 10,000 lines of 2 px: {:.0} ms", seconds * 1e3);
}

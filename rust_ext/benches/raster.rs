//! Time of the core alone, without Python: `cargo bench`. benches/rasteriser.py compares it with other libraries.

use std::time::Instant;

use vecnb_raster::crew::Crew;
use vecnb_raster::raster::{Drawing, Widths};

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

fn main() {
    let crew = Crew::default();
    let mut memory = Vec::new(); // used again, as the binding does
    let lines = random_lines(1024 * 6);
    println!("28 x 28, 6 lines, batch 1024, one thread");
    for (name, antialias, pixels) in
        [("aliased 2 px", false, 2.0), ("antialiased 2 px", true, 2.0), ("antialiased 1 px", true, 1.0)]
    {
        let width = Widths::All(pixels / 28.0);
        let seconds = fastest_seconds(201, || {
            let drawing = Drawing::new(&lines, (1024, 6), width, (28, 28), antialias).expect("valid lines");
            memory = drawing.render(&crew, 1, std::mem::take(&mut memory)).expect("enough memory");
        });
        println!("  {name:18} {:6.2} us an image", seconds * 1e6 / 1024.0);
    }
    let lines = random_lines(10_000);
    for threads in [1, 2] {
        let seconds = fastest_seconds(5, || {
            let width = Widths::All(2.0 / 4096.0);
            let drawing = Drawing::new(&lines, (1, 10_000), width, (4096, 4096), true).expect("valid lines");
            memory = drawing.render(&crew, threads, std::mem::take(&mut memory)).expect("enough memory");
        });
        println!("4096 x 4096, 10,000 lines of 2 px, {threads} threads: {:.0} ms", seconds * 1e3);
    }
}

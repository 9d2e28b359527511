//! A triangle in a terminal, once antialiased and once not: `cargo run --example picture`.

use vecnb_raster::{AntiAlias, RasterError, RenderOptions, Strokes, Widths};

fn main() -> Result<(), RasterError> {
    let (left, right, top) = ((0.15, 0.85), (0.85, 0.85), (0.5, 0.15));
    let line = |(x1, y1), (x2, y2)| [x1, y1, x2, y2];
    let lines = [line(left, right), line(right, top), line(top, left)];
    let strokes = Strokes::new(&lines, 1, Widths::All(0.08))?;
    for antialias in [AntiAlias::Coverage, AntiAlias::None] {
        let options = RenderOptions { height: 24, width: 48, antialias };
        for row in strokes.render(&options)?.chunks(options.width) {
            let shades = row.iter().map(|value| [' ', '.', ':', '+', '#'][(value * 4.0).round() as usize]);
            println!("{}", shades.collect::<String>());
        }
    }
    Ok(())
}

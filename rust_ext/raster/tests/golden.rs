//! Small drawings as pictures of characters: tests/golden/<name>.txt, one character a pixel.
//!
//! After a change that is meant, `UPDATE_GOLDEN=1 cargo test --test golden` writes them anew; read the diff.

use std::path::PathBuf;

use vecnb_raster::{AntiAlias, RenderOptions, Strokes, Widths};

/// From 0 to 1 in tenths.
const SHADES: &[u8; 11] = b".123456789#";

fn picture(lines: &[[f32; 4]], width: f32, options: &RenderOptions) -> String {
    let strokes = Strokes::new(lines, 1, Widths::All(width)).expect("valid lines");
    let pixels = strokes.render(options).expect("a valid size");
    let rows = pixels.chunks(options.width).map(|row| {
        let shades = row.iter().map(|value| char::from(SHADES[(value * 10.0).round() as usize]));
        shades.collect::<String>() + "\n"
    });
    rows.collect()
}

fn check(name: &str, lines: &[[f32; 4]], width: f32, options: &RenderOptions) {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name).with_extension("txt");
    let found = picture(lines, width, options);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &found).expect("the golden folder is writable");
    }
    let golden = std::fs::read_to_string(&path).expect("a golden picture");
    assert_eq!(found, golden, "{name} has changed:\n{found}");
}

const ANTIALIASED: RenderOptions = RenderOptions { height: 16, width: 16, antialias: AntiAlias::Coverage };
const ALIASED: RenderOptions = RenderOptions { antialias: AntiAlias::None, ..ANTIALIASED };
const DIAGONAL: [f32; 4] = [0.2, 0.25, 0.8, 0.75];

#[test]
fn a_diagonal_stroke_aliased() {
    check("diagonal_aliased", &[DIAGONAL], 2.5 / 16.0, &ALIASED);
}

#[test]
fn a_diagonal_stroke_antialiased() {
    check("diagonal_antialiased", &[DIAGONAL], 2.5 / 16.0, &ANTIALIASED);
}

#[test]
fn a_hairline_keeps_its_area() {
    check("hairline_antialiased", &[DIAGONAL], 0.4 / 16.0, &ANTIALIASED);
}

#[test]
fn a_point_is_a_disc() {
    check("point_is_a_disc", &[[0.5, 0.5, 0.5, 0.5]], 6.0 / 16.0, &ANTIALIASED);
}

#[test]
fn a_wide_stroke_has_round_caps() {
    check("round_caps_aliased", &[[0.3, 0.5, 0.7, 0.5]], 7.0 / 16.0, &ALIASED);
}

#[test]
fn an_image_twice_as_wide_as_high_stretches_the_disc() {
    let options = RenderOptions { height: 12, width: 24, ..ANTIALIASED };
    check("stretched_disc", &[[0.5, 0.5, 0.5, 0.5]], 6.0 / 12.0, &options);
}

#[test]
fn where_lines_cross_the_larger_value_stays() {
    check("crossing_lines", &[DIAGONAL, [0.8, 0.2, 0.3, 0.9]], 1.5 / 16.0, &ANTIALIASED);
}

#[test]
fn a_line_from_far_away_crosses_the_image() {
    check("far_end_points", &[[-999_999.5, -999_999.5, 1e6, 1e6]], 2.0 / 16.0, &ANTIALIASED);
}

#[test]
fn an_image_narrower_than_a_vector() {
    let options = RenderOptions { height: 9, width: 3, ..ANTIALIASED };
    check("narrow_image", &[[0.1, 0.1, 0.9, 0.9]], 0.15, &options);
}

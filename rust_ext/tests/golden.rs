//! Small drawings as pictures of characters: tests/golden/<name>.txt, one character a pixel.
//!
//! After a change that is meant, `UPDATE_GOLDEN=1 cargo test --test golden` writes them anew; read the diff.

use std::path::PathBuf;

use vecnb_raster::crew::Crew;
use vecnb_raster::raster::{Drawing, Widths};

/// From no ink to full ink in tenths.
const SHADES: &[u8; 11] = b".123456789#";

fn picture(lines: &[[f32; 4]], width: f32, size: (i64, i64), antialias: bool) -> String {
    let drawing = Drawing::new(lines, (1, lines.len()), Widths::All(width), size, antialias);
    let pixels =
        drawing.and_then(|drawing| drawing.render(&Crew::default(), 1, Vec::new())).expect("valid lines");
    let rows = pixels.chunks(size.1 as usize).map(|row| {
        let shades = row.iter().map(|ink| char::from(SHADES[(ink * 10.0).round() as usize]));
        shades.collect::<String>() + "\n"
    });
    rows.collect()
}

fn check(name: &str, lines: &[[f32; 4]], width: f32, size: (i64, i64), antialias: bool) {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name).with_extension("txt");
    let found = picture(lines, width, size, antialias);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &found).expect("the golden folder is writable");
    }
    let golden = std::fs::read_to_string(&path).expect("a golden picture");
    assert_eq!(found, golden, "{name} has changed:\n{found}");
}

const SQUARE: (i64, i64) = (16, 16);
const DIAGONAL: [f32; 4] = [0.2, 0.25, 0.8, 0.75];

#[test]
fn a_diagonal_stroke_aliased() {
    check("diagonal_aliased", &[DIAGONAL], 2.5 / 16.0, SQUARE, false);
}

#[test]
fn a_diagonal_stroke_antialiased() {
    check("diagonal_antialiased", &[DIAGONAL], 2.5 / 16.0, SQUARE, true);
}

#[test]
fn a_hairline_keeps_its_area() {
    check("hairline_antialiased", &[DIAGONAL], 0.4 / 16.0, SQUARE, true);
}

#[test]
fn a_point_is_a_disc() {
    check("point_is_a_disc", &[[0.5, 0.5, 0.5, 0.5]], 6.0 / 16.0, SQUARE, true);
}

#[test]
fn a_wide_stroke_has_round_caps() {
    check("round_caps_aliased", &[[0.3, 0.5, 0.7, 0.5]], 7.0 / 16.0, SQUARE, false);
}

#[test]
fn a_canvas_twice_as_wide_stretches_the_disc() {
    check("stretched_disc", &[[0.5, 0.5, 0.5, 0.5]], 6.0 / 12.0, (12, 24), true);
}

#[test]
fn lines_cross_by_the_larger_ink() {
    check("crossing_lines", &[DIAGONAL, [0.8, 0.2, 0.3, 0.9]], 1.5 / 16.0, SQUARE, true);
}

#[test]
fn a_line_from_far_away_crosses_the_canvas() {
    check("far_end_points", &[[-999_999.5, -999_999.5, 1e6, 1e6]], 2.0 / 16.0, SQUARE, true);
}

#[test]
fn a_canvas_narrower_than_a_block_of_lanes() {
    check("narrow_canvas", &[[0.1, 0.1, 0.9, 0.9]], 0.15, (9, 3), true);
}

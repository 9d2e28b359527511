//! Properties that hold for every drawing, and inputs made to break it.

use proptest::prelude::*;
use vecnb_raster::{AntiAlias, MAX_SIDE, RasterError, RenderOptions, Scratch, Strokes, Widths};

const SIZE: usize = 32;

fn options((height, width): (usize, usize), antialiased: bool) -> RenderOptions {
    let antialias = if antialiased { AntiAlias::Coverage } else { AntiAlias::None };
    RenderOptions { height, width, antialias }
}

fn draw_on(lines: &[[f32; 4]], width: f32, size: (usize, usize), antialiased: bool) -> Vec<f32> {
    let strokes = Strokes::new(lines, 1, Widths::All(width)).expect("valid lines");
    strokes.render(&options(size, antialiased)).expect("a valid size")
}

fn draw(lines: &[[f32; 4]], width: f32, antialiased: bool) -> Vec<f32> {
    draw_on(lines, width, (SIZE, SIZE), antialiased)
}

/// Lines on a lattice of 1/512: on an image of 32 pixels all their moves and mirrors are exact. The
/// lattice is shifted by a third of its step in x and y, so that no pixel's centre lies on a stroke's edge.
fn line() -> impl Strategy<Value = [f32; 4]> {
    prop::array::uniform4(-200i16..712).prop_map(|ends| ends.map(|end| f32::from(end) / 512.0))
}

fn close(one: &[f32], other: &[f32]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(a, b)| (a - b).abs() < 2e-4)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn values_are_between_0_and_1(lines in prop::collection::vec(line(), 0..6), width in 0f32..0.5, antialiased: bool) {
        prop_assert!(draw(&lines, width, antialiased).iter().all(|value| (0.0..=1.0).contains(value)));
    }

    #[test]
    fn swapping_the_end_points_changes_nothing(line in line(), width in 0f32..0.3) {
        let [x1, y1, x2, y2] = line;
        prop_assert!(close(&draw(&[line], width, true), &draw(&[[x2, y2, x1, y1]], width, true)));
    }

    #[test]
    fn the_order_of_lines_changes_nothing(mut lines in prop::collection::vec(line(), 2..6), antialiased: bool) {
        let forwards = draw(&lines, 0.08, antialiased);
        lines.reverse();
        prop_assert_eq!(forwards, draw(&lines, 0.08, antialiased));
    }

    #[test]
    fn images_smaller_than_a_vector_show_the_same_when_turned_over(
        lines in prop::collection::vec(line(), 1..4), width in 0.1f32..1.0, height in 1usize..6, columns in 1usize..12
    ) {
        let turned: Vec<_> = lines.iter().map(|[x1, y1, x2, y2]| [*y1, *x1, *y2, *x2]).collect();
        let picture = draw_on(&lines, width, (height, columns), true);
        let other = draw_on(&turned, width, (columns, height), true);
        let back: Vec<_> = (0..height * columns).map(|k| other[k % columns * height + k / columns]).collect();
        prop_assert!(close(&picture, &back), "{picture:?} {back:?}");
    }

    #[test]
    fn moving_by_whole_pixels_moves_the_picture(line in line(), width in 0f32..0.3, right in 0usize..8, down in 0usize..8) {
        let step = |pixels: usize| pixels as f32 / SIZE as f32;
        let moved = [line[0] + step(right), line[1] + step(down), line[2] + step(right), line[3] + step(down)];
        let (before, after) = (draw(&[line], width, true), draw(&[moved], width, true));
        for (i, j) in (down..SIZE).flat_map(|i| (right..SIZE).map(move |j| (i, j))) {
            let error = after[i * SIZE + j] - before[(i - down) * SIZE + j - right];
            prop_assert!(error.abs() < 2e-4, "pixel {i}, {j}: {error}");
        }
    }

    #[test]
    fn a_mirrored_line_gives_the_mirrored_picture(line in line(), width in 0f32..0.3) {
        let [x1, y1, x2, y2] = line;
        let mut mirrored = draw(&[[1.0 - x1, y1, 1.0 - x2, y2]], width, true);
        mirrored.chunks_mut(SIZE).for_each(<[f32]>::reverse);
        prop_assert!(close(&draw(&[line], width, true), &mirrored));
    }

    #[test]
    fn swapping_the_axes_transposes_the_picture(line in line(), width in 0f32..0.3) {
        let [x1, y1, x2, y2] = line;
        let (one, other) = (draw(&[line], width, true), draw(&[[y1, x1, y2, x2]], width, true));
        let turned: Vec<f32> = (0..SIZE * SIZE).map(|at| other[at % SIZE * SIZE + at / SIZE]).collect();
        prop_assert!(close(&one, &turned));
    }

    #[test]
    fn a_wider_stroke_covers_no_less(line in line(), width in 0f32..0.3, more in 0f32..0.1, antialiased: bool) {
        let (thin, wide) = (draw(&[line], width, antialiased), draw(&[line], width + more, antialiased));
        prop_assert!(thin.iter().zip(&wide).all(|(thin, wide)| *wide >= thin - 1e-5));
    }

    #[test]
    fn aliased_is_the_pixel_centres_inside(line in line(), width in 0.001f32..0.5, height in 1usize..40, columns in 1usize..40) {
        let [x1, y1, x2, y2] = line.map(f64::from);
        let (dx, dy, radius) = (x2 - x1, y2 - y1, f64::from(width) / 2.0);
        for (at, value) in draw_on(&[line], width, (height, columns), false).into_iter().enumerate() {
            let (i, j) = (at / columns, at % columns);
            let (x, y) = ((j as f64 + 0.5) / columns as f64, (i as f64 + 0.5) / height as f64);
            let t = ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy).max(f64::MIN_POSITIVE);
            let t = t.clamp(0.0, 1.0);
            let distance = (x1 + t * dx - x).hypot(y1 + t * dy - y);
            if (distance - radius).abs() > 1e-5 {
                prop_assert_eq!(value, f32::from(distance < radius), "pixel {}, {} at {}", i, j, distance);
            }
        }
    }

    #[test]
    fn any_number_at_all_is_drawn_or_refused(bits in prop::array::uniform4(any::<u32>()), width in any::<u32>(), antialiased: bool) {
        let line = bits.map(f32::from_bits);
        let width = Widths::All(f32::from_bits(width));
        if let Ok(strokes) = Strokes::new(std::slice::from_ref(&line), 1, width) {
            let pixels = strokes.render(&options((9, 11), antialiased)).expect("99 pixels");
            prop_assert!(pixels.iter().all(|value| (0.0..=1.0).contains(value)));
        }
    }
}

/// A batch that fills several tasks, of small images or of bands of a large one.
fn batch(images: usize) -> Vec<[f32; 4]> {
    let coordinate = |k: usize| (0.754_877_7 * k as f64).fract() as f32;
    (0..images * 6).map(|k| [4 * k, 4 * k + 1, 4 * k + 2, 4 * k + 3].map(coordinate)).collect()
}

#[test]
fn the_bits_do_not_depend_on_the_order_of_the_tasks_or_on_what_the_memory_held() {
    for (images, side) in [(300, 28), (2, 700), (1, 1), (3, 182)] {
        let lines = batch(images);
        for antialiased in [false, true] {
            let strokes = Strokes::new(&lines, images, Widths::All(0.07)).expect("valid");
            let options = options((side, side), antialiased);
            let in_order = strokes.render(&options).expect("small");

            let plan = strokes.plan(&options).expect("valid");
            let mut pixels = vec![f32::NAN; plan.pixels()];
            let mut tasks = plan.tasks(&mut pixels).expect("as many pixels");
            let (count, mut scratch) = (tasks.len(), Scratch::default());
            for number in 0..count {
                assert_eq!(tasks.len(), count - number);
                let task = if number % 3 == 0 { tasks.next() } else { tasks.next_back() };
                task.expect("as many as it says").run(&mut scratch);
            }
            assert!(tasks.next().is_none() && tasks.next_back().is_none());
            assert!(pixels == in_order, "{images} images of {side} pixels");
        }
    }
}

#[test]
fn a_task_is_small_however_many_lines_there_are() {
    let lines = vec![[0.0, 0.0, 1.0, 1.0]; 1_000_000];
    let strokes = Strokes::new(&lines, 1, Widths::All(0.1)).expect("valid");
    let plan = strokes.plan(&options((181, 181), true)).expect("valid");
    let mut pixels = vec![0.0; plan.pixels()];
    assert!(plan.tasks(&mut pixels).expect("as many pixels").len() >= 16);
}

#[test]
fn an_image_has_the_same_bits_alone_and_in_a_batch() {
    let lines = batch(100);
    let together = Strokes::new(&lines, 100, Widths::All(0.05)).expect("valid");
    let together = together.render(&RenderOptions::default()).expect("small");
    for (lines, image) in lines.chunks(6).zip(together.chunks(28 * 28)) {
        assert!(draw_on(lines, 0.05, (28, 28), true) == image);
    }
}

#[test]
fn a_far_line_is_as_sharp_as_a_near_one() {
    // The same line through the image, its ends 1, 10³ and 10⁶ squares away, and beyond; dyadic, so exact.
    let near = draw(&[[-0.5, -0.25, 1.5, 0.75]], 0.06, true);
    for far in [1024.0f32, 1_048_576.0, 1.0e12f32.log2().exp2().round()] {
        let line = [-2.0 * far, -far, 2.0 * far, far];
        assert!(close(&near, &draw(&[line], 0.06, true)), "{far} squares away");
    }
}

#[test]
fn strange_lines_leave_no_strange_values() {
    let (huge, tiny) = (f32::MAX, f32::from_bits(1));
    let strange = [
        [huge, huge, -huge, -huge],
        [-huge, 0.5, huge, 0.5],
        [huge, huge, huge, huge],
        [tiny, tiny, 0.0, 0.0],
        [0.5, 0.5, 0.5, 0.5],
        [0.5, 0.5, 0.500_000_06, 0.5],
        [7.0, 7.0, 9.0, 8.0],
        [-3.0, 2.0, 2.0, -3.0],
    ];
    for line in strange {
        for width in [0.0, tiny, 1e-3, 0.1, 1e3, 1e6] {
            for antialiased in [false, true] {
                let image = draw(&[line], width, antialiased);
                assert!(image.iter().all(|value| (0.0..=1.0).contains(value)), "{line:?} {width}");
                assert!(width > 0.0 || image.iter().all(|value| *value == 0.0), "{line:?} has no width");
            }
        }
    }
    assert_eq!(draw(&[strange[1]], 0.1, false), draw(&[[-1.0, 0.5, 2.0, 0.5]], 0.1, false));
    assert!(draw(&[strange[6]], 0.1, true).iter().all(|value| *value == 0.0), "outside the image");
}

#[test]
fn errors_name_the_value_and_its_index() {
    let mut lines = batch(4);
    let refused =
        |lines: &[[f32; 4]], widths| Strokes::new(lines, 4, widths).expect_err("a refusal").to_string();
    let widths = Widths::All(0.1);
    assert!(refused(&lines[1..], widths).contains("23 lines cannot be shared out equally among 4 images"));
    assert!(refused(&lines, Widths::All(-1.0)).contains("stroke_width = -1"));
    assert!(refused(&lines, Widths::PerImage(&[0.1, 0.1, f32::NAN, 0.1])).contains("stroke_width[2] = NaN"));
    assert!(refused(&lines, Widths::PerLine(&[0.1; 5])).contains("24 values, not 5"));
    let mut each = [0.1; 24];
    each[3 * 6 + 2] = 2e6;
    assert!(refused(&lines, Widths::PerLine(&each)).contains("stroke_width[3, 2] = 2000000"));
    lines[3 * 6 + 2][1] = f32::INFINITY;
    assert!(refused(&lines, widths).contains("lines[3, 2]"));
    assert!(Strokes::new(&lines, 0, Widths::PerImage(&[])).is_err());

    let strokes = Strokes::new(&[], 2, widths).expect("valid");
    let refused = |size| strokes.plan(&options(size, true)).expect_err("a refusal").to_string();
    assert!(refused((0, 28)).contains("0 × 28"));
    assert!(refused((28, MAX_SIDE + 1)).contains("32768"));
    let mut pixels = vec![0.0; 2 * 28 * 28 - 1];
    let error = strokes.render_into(&RenderOptions::default(), &mut pixels);
    assert_eq!(error, Err(RasterError::Pixels { expected: 1568, found: 1567 }));
}

#[test]
fn nothing_to_draw_is_no_error() {
    let no_images = Strokes::new(&[], 0, Widths::All(0.1)).expect("valid");
    assert!(no_images.render(&RenderOptions::default()).expect("empty").is_empty());
    let no_lines = Strokes::new(&[], 3, Widths::PerLine(&[])).expect("valid");
    assert_eq!(no_lines.render(&options((4, 5), true)).expect("small"), vec![0.0; 60]);
}

#[test]
fn more_memory_than_there_is_is_an_error() {
    let render = |images| {
        let strokes = Strokes::new(&[], images, Widths::All(0.1)).expect("valid");
        strokes.render(&options((MAX_SIDE, MAX_SIDE), true)).expect_err("no memory")
    };
    assert_eq!(render(usize::MAX), RasterError::Memory { bytes: None });
    assert_eq!(render(1 << 31), RasterError::Memory { bytes: Some(1 << 63) });
    assert_eq!(render(1 << 20), RasterError::Memory { bytes: Some(1 << 52) });
}

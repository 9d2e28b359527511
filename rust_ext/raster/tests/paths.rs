//! Strokes along curves: areas known by hand, the distance to the curve, properties, and inputs made to break them.

use proptest::prelude::*;
use vecnb_raster::{
    AntiAlias, Cap, Chain, Join, MAX_SIDE, PathScratch, Paths, RasterError, RenderOptions, Strokes, Widths,
};

type Point = [f32; 2];

const SIZE: usize = 32;

fn options((height, width): (usize, usize), antialiased: bool) -> RenderOptions {
    let antialias = if antialiased { AntiAlias::Coverage } else { AntiAlias::None };
    RenderOptions { height, width, antialias }
}

/// An image of curves of one degree.
fn draw_on(points: &[Point], degree: usize, width: f32, size: (usize, usize), antialiased: bool) -> Vec<f32> {
    let paths = Paths::curves(points, degree, 1, Widths::All(width)).expect("valid curves");
    paths.render(&options(size, antialiased)).expect("a valid size")
}

fn draw(points: &[Point], width: f32, antialiased: bool) -> Vec<f32> {
    draw_on(points, points.len() - 1, width, (SIZE, SIZE), antialiased)
}

/// One chain on a canvas of 32 pixels, a unit each.
fn draw_chain(points: &[Point], degree: usize, width: f32, closed: bool, cap: Cap, join: Join) -> Vec<f32> {
    let chain = [Chain { points, degree, closed, width }];
    let drawing = Paths::drawing(&chain, [32.0, 32.0], cap, join).expect("a valid chain");
    drawing.render(&options((SIZE, SIZE), true)).expect("a valid size")
}

fn ink(pixels: &[f32]) -> f64 {
    pixels.iter().map(|value| f64::from(*value)).sum()
}

fn largest_difference(one: &[f32], other: &[f32]) -> f32 {
    assert_eq!(one.len(), other.len());
    one.iter().zip(other).fold(0.0, |most, (a, b)| most.max((a - b).abs()))
}

fn mean_difference(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| (a - b).abs()).sum::<f32>() / one.len() as f32
}

/// On a lattice of 1/512, whose moves and mirrors are exact.
fn point() -> impl Strategy<Value = Point> {
    prop::array::uniform2(-100i16..612).prop_map(|point| point.map(|value| f32::from(value) / 512.0))
}

fn curve() -> impl Strategy<Value = Vec<Point>> {
    prop::collection::vec(point(), 3..=4)
}

/// The point of a curve at t.
fn at(points: &[Point], t: f64) -> [f64; 2] {
    let mut points: Vec<[f64; 2]> = points.iter().map(|point| point.map(f64::from)).collect();
    while points.len() > 1 {
        points = points
            .windows(2)
            .map(|pair| [0, 1].map(|axis| pair[0][axis] + t * (pair[1][axis] - pair[0][axis])))
            .collect();
    }
    points[0]
}

/// The share of each pixel that is within half a width of the curve, from n points in each.
fn sampled(points: &[Point], width: f32, (height, columns): (usize, usize), n: usize) -> Vec<f32> {
    let polyline: Vec<_> = (0..=400).map(|k| at(points, f64::from(k) / 400.0)).collect();
    let distance2 = |x: f64, y: f64| {
        let of_chord = |pair: &[[f64; 2]]| {
            let ([x1, y1], [x2, y2]) = (pair[0], pair[1]);
            let (dx, dy) = (x2 - x1, y2 - y1);
            let t = ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy).max(f64::MIN_POSITIVE);
            let t = t.clamp(0.0, 1.0);
            (x1 + t * dx - x).powi(2) + (y1 + t * dy - y).powi(2)
        };
        polyline.windows(2).map(of_chord).fold(f64::INFINITY, f64::min)
    };
    let (radius, half_diagonal) =
        (0.5 * f64::from(width), 0.5 * (1.0 / height as f64).hypot(1.0 / columns as f64));
    // Points of an additive sequence, which is on no lattice: an edge along one would cross many of them at once.
    let share = |row: usize, column: usize| {
        let place = |at: usize, part: f64, side: usize| (at as f64 + part) / side as f64;
        let middle = distance2(place(column, 0.5, columns), place(row, 0.5, height)).sqrt();
        if (middle - radius).abs() > half_diagonal {
            return f32::from(middle < radius);
        }
        let points = (0..n).map(|k| [0.754_877_666_2, 0.569_840_291].map(|step| (step * k as f64).fract()));
        let inside = points.filter(|[x, y]| {
            distance2(place(column, *x, columns), place(row, *y, height)) <= radius * radius
        });
        inside.count() as f32 / n as f32
    };
    (0..height * columns).map(|pixel| share(pixel / columns, pixel % columns)).collect()
}

// Areas by hand

#[test]
fn caps_have_their_area() {
    let (line, width, radius) = ([[8.25, 9.5], [20.75, 17.0]], 3.0, 1.5);
    let length = 12.5f64.hypot(7.5);
    for (cap, area) in [
        (Cap::Butt, length * width),
        (Cap::Square, (length + width) * width),
        (Cap::Round, length * width + std::f64::consts::PI * radius * radius),
    ] {
        let found = ink(&draw_chain(&line, 1, width as f32, false, cap, Join::Round));
        assert!((found - area).abs() < 2e-4 * area, "{cap:?}: {found} instead of {area}");
    }
}

#[test]
fn joins_have_their_area() {
    // Two legs of 10 that turn by an angle; the outer gap between them is a wedge of that angle.
    let (width, radius) = (4.0f64, 2.0f64);
    for degrees in [1.0f64, 30.0, 90.0, 120.0, 150.0, 152.0, 175.0] {
        let angle = degrees.to_radians();
        let (sin, cos) = angle.sin_cos();
        let corner = [[6.0, 14.0], [16.0, 14.0], [(16.0 + 10.0 * cos) as f32, (14.0 + 10.0 * sin) as f32]];
        let half = (0.5 * angle).tan();
        // Of the two rectangles a kite is in both, as long as it does not reach their other ends.
        let overlap = radius * radius * half;
        if radius * half > 10.0 {
            continue;
        }
        let two = 2.0 * 10.0 * width - overlap;
        let is_cut = 1.0 / (0.5 * angle).cos() > 4.0;
        let mitre = if is_cut { 0.5 * radius * radius * sin } else { radius * radius * half };
        for (join, wedge) in [(Join::Round, 0.5 * radius * radius * angle), (Join::Miter, mitre)] {
            let found = ink(&draw_chain(&corner, 1, width as f32, false, Cap::Butt, join));
            let area = two + wedge;
            assert!((found - area).abs() < 3e-4 * area, "{join:?} at {degrees}: {found} instead of {area}");
        }
    }
}

#[test]
fn a_closed_square_has_four_joins() {
    let square = [[8.0, 8.0], [24.0, 8.0], [24.0, 24.0], [8.0, 24.0], [8.0, 8.0]];
    for points in [&square[..], &square[..4]] {
        let mitred = ink(&draw_chain(points, 1, 4.0, true, Cap::Butt, Join::Miter));
        assert!((mitred - (400.0 - 144.0)).abs() < 1e-3, "{mitred}");
        let round = ink(&draw_chain(points, 1, 4.0, true, Cap::Butt, Join::Round));
        let corners = 4.0 * (4.0 - std::f64::consts::PI);
        assert!((round - (400.0 - 144.0 - corners)).abs() < 2e-2, "{round}");
    }
    let open = ink(&draw_chain(&square, 1, 4.0, false, Cap::Butt, Join::Miter));
    assert!((open - (400.0 - 144.0 - 4.0)).abs() < 1e-3, "{open}: the corner where it begins is missing");
}

#[test]
fn dots_are_their_caps() {
    let dot = [[16.25, 16.5]; 4];
    let area = |cap| ink(&draw_chain(&dot, 3, 6.0, false, cap, Join::Round));
    assert!((area(Cap::Round) - 9.0 * std::f64::consts::PI).abs() < 0.01);
    assert!((area(Cap::Square) - 36.0).abs() < 1e-3);
    assert_eq!(area(Cap::Butt), 0.0);
}

#[test]
fn a_thick_ring_has_no_hole_but_a_thin_one_has() {
    // A circle of radius 4 in four cubic curves.
    let (c, r, k) = (16.0, 4.0, 4.0 * 0.552_284_8);
    let ring = [
        [c + r, c],
        [c + r, c + k],
        [c + k, c + r],
        [c, c + r],
        [c - k, c + r],
        [c - r, c + k],
        [c - r, c],
        [c - r, c - k],
        [c - k, c - r],
        [c, c - r],
        [c + k, c - r],
        [c + r, c - k],
        [c + r, c],
    ]; // fmt: a point and the two that lead to the next
    for closed in [false, true] {
        for join in [Join::Round, Join::Miter] {
            let area = |width| ink(&draw_chain(&ring, 3, width, closed, Cap::Round, join));
            let disc = |radius: f64| std::f64::consts::PI * radius * radius;
            // Chords are up to .01 pixels nearer to the middle than the circle.
            assert!((area(12.0) - disc(10.0)).abs() < 0.01 * 20.0 * std::f64::consts::PI, "{}", area(12.0));
            assert!((area(2.0) - disc(5.0) + disc(3.0)).abs() < 0.2, "{}", area(2.0));
        }
    }
}

#[test]
fn a_stroke_that_crosses_itself_is_no_darker() {
    let knot = [[4.0, 26.0], [60.0, -20.0], [-28.0, -20.0], [28.0, 26.0]];
    let pixels = draw_chain(&knot, 3, 0.5, false, Cap::Round, Join::Round);
    assert!(pixels.iter().all(|value| *value < 0.8), "it is half a pixel wide");
    // Two turns of the same square are one.
    let square = [[8.3, 8.3], [24.0, 8.3], [24.0, 24.0], [8.3, 24.0]];
    let twice: Vec<_> = square.iter().chain(&square).copied().collect();
    let (one, two) = (
        draw_chain(&square, 1, 1.3, true, Cap::Butt, Join::Miter),
        draw_chain(&twice, 1, 1.3, true, Cap::Butt, Join::Miter),
    );
    assert!(largest_difference(&one, &two) < 1e-5);
}

#[test]
fn strokes_of_a_picture_compose_by_the_larger_value() {
    let (one, other) = ([[0.1, 0.2], [0.5, 0.9], [0.9, 0.2]], [[0.1, 0.8], [0.5, 0.1], [0.9, 0.8]]);
    let both = draw_on(&[one, other].concat(), 2, 0.1, (SIZE, SIZE), true);
    let larger: Vec<_> =
        draw(&one, 0.1, true).iter().zip(draw(&other, 0.1, true)).map(|(a, b)| a.max(b)).collect();
    assert_eq!(both, larger);
}

// The distance to the curve

#[test]
fn coverage_is_the_area_within_half_a_width() {
    let curves: [&[Point]; 6] = [
        &[[0.2, 0.3], [0.5, 0.9], [0.8, 0.25]],
        &[[0.1, 0.8], [0.9, 0.8], [0.12, 0.75]], // turns within less than its width
        &[[0.1, 0.2], [0.9, 0.3], [0.05, 0.9], [0.9, 0.8]],
        &[[0.2, 0.8], [1.0, 0.0], [0.0, 0.0], [0.8, 0.8]], // a loop
        &[[0.2, 0.7], [0.8, 0.2], [0.2, 0.2], [0.8, 0.7]], // a cusp
        &[[0.2, 0.5], [1.2, 0.5], [-0.2, 0.5], [0.8, 0.5]], // there and back again, on one line
    ];
    for (points, size) in curves.into_iter().flat_map(|points| [(points, (16, 16)), (points, (12, 20))]) {
        for width in [0.03, 0.1, 0.3] {
            let expected = sampled(points, width, size, 600);
            let found = draw_on(points, points.len() - 1, width, size, true);
            // An outline that is .02 pixels off changes a pixel by that, and by as much on its other side.
            let (most, mean) = (largest_difference(&found, &expected), mean_difference(&found, &expected));
            assert!(most < 0.05 && mean < 0.002, "{points:?} of {width}: {most}, {mean}");
            let length: f64 = (0..400)
                .map(|k| {
                    let ([x1, y1], [x2, y2]) =
                        (at(points, f64::from(k) / 400.0), at(points, f64::from(k + 1) / 400.0));
                    ((x2 - x1) * size.1 as f64).hypot((y2 - y1) * size.0 as f64)
                })
                .sum();
            let outwards = (ink(&found) - ink(&expected)) / (2.0 * length);
            assert!(outwards.abs() < 0.005, "{points:?} of {width}: on average {outwards} pixels too wide");
            let aliased = draw_on(points, points.len() - 1, width, size, false);
            let outside = expected.iter().zip(&aliased).filter(|(share, value)| {
                (**share == 0.0 && **value > 0.0) || (**share == 1.0 && **value == 0.0)
            });
            assert_eq!(outside.count(), 0, "{points:?} of {width}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn values_are_between_0_and_1(points in curve(), width in 0f32..0.5, antialiased: bool) {
        prop_assert!(draw(&points, width, antialiased).iter().all(|value| (0.0..=1.0).contains(value)));
    }

    #[test]
    fn a_reversed_curve_gives_the_same_picture(points in curve(), width in 0f32..0.3) {
        let reversed: Vec<_> = points.iter().rev().copied().collect();
        prop_assert!(largest_difference(&draw(&points, width, true), &draw(&reversed, width, true)) < 0.04);
    }

    #[test]
    fn a_mirrored_curve_gives_the_mirrored_picture(points in curve(), width in 0f32..0.3) {
        let mirrored: Vec<_> = points.iter().map(|[x, y]| [1.0 - x, *y]).collect();
        let mut picture = draw(&mirrored, width, true);
        picture.chunks_mut(SIZE).for_each(<[f32]>::reverse);
        prop_assert!(largest_difference(&draw(&points, width, true), &picture) < 0.04);
        let turned: Vec<_> = points.iter().map(|[x, y]| [*y, *x]).collect();
        let other = draw(&turned, width, true);
        let back: Vec<_> = (0..SIZE * SIZE).map(|at| other[at % SIZE * SIZE + at / SIZE]).collect();
        prop_assert!(largest_difference(&draw(&points, width, true), &back) < 0.04);
    }

    #[test]
    fn moving_by_whole_pixels_moves_the_picture(points in curve(), width in 0f32..0.3, right in 0usize..8, down in 0usize..8) {
        let step = |pixels: usize| pixels as f32 / SIZE as f32;
        let moved: Vec<_> = points.iter().map(|[x, y]| [x + step(right), y + step(down)]).collect();
        let (before, after) = (draw(&points, width, true), draw(&moved, width, true));
        for (i, j) in (down..SIZE).flat_map(|i| (right..SIZE).map(move |j| (i, j))) {
            // Not to the last bit: what is far from the image is left out.
            let error = after[i * SIZE + j] - before[(i - down) * SIZE + j - right];
            prop_assert!(error.abs() < 0.02, "pixel {i}, {j}: {error}");
        }
    }

    #[test]
    fn a_straight_curve_is_the_line(ends in prop::array::uniform2(point()), width in 0.02f32..0.3, cubic: bool) {
        let [[x1, y1], [x2, y2]] = ends;
        let between = |t: f32| [x1 + t * (x2 - x1), y1 + t * (y2 - y1)];
        let points = if cubic {
            vec![ends[0], between(0.25), between(0.75), ends[1]]
        } else {
            vec![ends[0], between(0.5), ends[1]]
        };
        let line = [[x1, y1, x2, y2]];
        let strokes = Strokes::new(&line, 1, Widths::All(width)).expect("a valid line");
        let lines = |antialiased| strokes.render(&options((SIZE, SIZE), antialiased)).expect("a valid size");
        // Coverage of lines is documented to be wrong by up to .14 near their ends.
        prop_assert!(largest_difference(&draw(&points, width, true), &lines(true)) < 0.16);
        let differ = draw(&points, width, false).iter().zip(lines(false)).filter(|(a, b)| **a != *b).count();
        prop_assert!(differ <= 4, "{differ} centres so near the edge that the polygon of a cap leaves them out");
    }

    #[test]
    fn a_curve_in_two_parts_is_the_same(points in curve(), width in 0.02f32..0.3, t in 0.05f64..0.95) {
        let mut parts = (Vec::new(), Vec::new());
        let mut level: Vec<[f64; 2]> = points.iter().map(|point| point.map(f64::from)).collect();
        while let (Some(first), Some(last)) = (level.first(), level.last()) {
            parts.0.push(first.map(|value| value as f32));
            parts.1.push(last.map(|value| value as f32));
            level = level.windows(2).map(|pair| [0, 1].map(|axis| pair[0][axis] + t * (pair[1][axis] - pair[0][axis]))).collect();
        }
        parts.1.reverse();
        let chain: Vec<_> = parts.0.iter().chain(&parts.1[1..]).map(|point| point.map(|value| 32.0 * value)).collect();
        let whole = draw(&points, width, true);
        for join in [Join::Round, Join::Miter] {
            let split = draw_chain(&chain, points.len() - 1, 32.0 * width, false, Cap::Round, join);
            prop_assert!(largest_difference(&whole, &split) < 0.06, "{join:?}: {}", largest_difference(&whole, &split));
        }
    }

    #[test]
    fn a_wider_stroke_covers_no_less(points in curve(), width in 0f32..0.3, more in 0.01f32..0.1) {
        let (thin, wide) = (draw(&points, width, true), draw(&points, width + more, true));
        prop_assert!(thin.iter().zip(&wide).all(|(thin, wide)| *wide >= thin - 0.02));
    }

    #[test]
    fn any_number_at_all_is_drawn_or_refused(
        bits in prop::collection::vec(prop::array::uniform2(any::<u32>()), 7), degree in 1usize..=3, width in any::<u32>(),
        cap in 0usize..3, miter: bool, closed: bool, antialiased: bool,
    ) {
        let points: Vec<_> = bits.iter().map(|point| point.map(f32::from_bits)).collect();
        let cap = [Cap::Round, Cap::Butt, Cap::Square][cap];
        let join = if miter { Join::Miter } else { Join::Round };
        let chain = [Chain { points: &points, degree, closed, width: f32::from_bits(width) }];
        if let Ok(drawing) = Paths::drawing(&chain, [11.0, 9.0], cap, join) {
            let pixels = drawing.render(&options((9, 11), antialiased)).expect("99 pixels");
            prop_assert!(pixels.iter().all(|value| (0.0..=1.0).contains(value)));
        }
    }
}

// Inputs made to break it

#[test]
fn strange_curves_leave_no_strange_values_and_take_no_time() {
    let (huge, tiny) = (f32::MAX, f32::from_bits(1));
    let strange: [[Point; 4]; 8] = [
        [[huge, huge], [-huge, huge], [huge, -huge], [-huge, -huge]],
        [[-huge, 0.5], [0.0, 0.5], [0.0, 0.5], [huge, 0.5]],
        [[-1e6, -1e6], [1e6, 0.0], [0.0, 1e6], [1e6, 1e6]],
        [[0.5, 0.5], [0.5, 0.5], [0.5, 0.5], [0.5, 0.5]],
        [[0.5, 0.5], [0.500_000_06, 0.5], [0.5, 0.500_000_06], [0.5, 0.5]],
        [[tiny, tiny], [0.0, 0.0], [tiny, 0.0], [0.0, tiny]],
        [[0.0, 0.0], [1.0, 1.0], [0.0, 0.0], [1.0, 1.0]],
        [[7.0, 7.0], [9.0, 8.0], [9.0, 7.0], [7.0, 9.0]],
    ];
    let start = std::time::Instant::now();
    for points in strange {
        for width in [0.0, tiny, 1e-3, 0.1, 1e3, 1e6] {
            for antialiased in [false, true] {
                for degree in [1, 3] {
                    let image = draw_on(&points, degree, width, (300, 300), antialiased);
                    assert!(image.iter().all(|value| (0.0..=1.0).contains(value)), "{points:?} {width}");
                    assert!(width > 0.0 || image.iter().all(|value| *value == 0.0), "{points:?}");
                }
            }
        }
    }
    assert!(draw(&strange[7], 0.1, true).iter().all(|value| *value == 0.0), "outside the image");
    assert!(draw(&strange[3], 1e6, true).iter().all(|value| *value == 1.0), "all of it is inside");
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn a_far_curve_is_as_sharp_as_a_near_one() {
    // The same parabola through the image, its ends 1 and 1,000 squares away.
    let parabola = |x: f32| [[-x, x * x + 0.2], [0.0, 0.2 - x * x], [x, x * x + 0.2]];
    let (near, far) = (draw(&parabola(2.0), 0.06, true), draw(&parabola(32.0), 0.06, true));
    assert!(largest_difference(&near, &far) < 0.04, "{}", largest_difference(&near, &far));
}

#[test]
fn thousands_of_crossings_in_a_row_of_pixels_are_sampled() {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 19) as f32
    };
    let scribble: Vec<Point> = (0..20_000).map(|_| [next(), next()]).collect();
    let pixels = draw_chain(&scribble, 1, 0.01, false, Cap::Round, Join::Round);
    assert!(pixels.iter().all(|value| (0.0..=1.0).contains(value)));
    assert!(ink(&pixels) > 0.8 * 1024.0, "{}", ink(&pixels));
}

#[test]
fn the_bits_do_not_depend_on_tasks_or_on_what_the_memory_held() {
    let coordinate = |k: usize| (0.754_877_7 * k as f64).fract() as f32;
    for (images, size) in [(300, (28, 28)), (2, (700, 90)), (1, (1, 1)), (2, (300, 200))] {
        let points: Vec<Point> =
            (0..images * 5 * 4).map(|k| [coordinate(2 * k), coordinate(2 * k + 1)]).collect();
        let paths = Paths::curves(&points, 3, images, Widths::All(0.07)).expect("valid");
        for antialiased in [false, true] {
            let options = options(size, antialiased);
            let whole = paths.render(&options).expect("small");
            let plan = paths.plan(&options).expect("valid");
            let mut pixels = vec![f32::NAN; plan.pixels()];
            let (mut end, mut scratch) = (pixels.len(), PathScratch::default());
            for task in (0..plan.tasks()).rev() {
                let start = end - plan.task_pixels(task);
                plan.draw(task, &mut pixels[start..end], &mut scratch);
                end = start;
            }
            assert!(end == 0 && pixels == whole, "{images} images of {size:?}");
            let alone = Paths::curves(&points[..20], 3, 1, Widths::All(0.07)).expect("valid");
            assert!(alone.render(&options).expect("small") == whole[..size.0 * size.1], "alone, {size:?}");
        }
    }
}

#[test]
fn a_drawing_is_shown_whole_and_not_stretched() {
    let dot = [Chain { points: &[[50.0, 10.0], [50.0, 10.0]], degree: 1, closed: false, width: 10.0 }];
    let drawing = Paths::drawing(&dot, [100.0, 20.0], Cap::Square, Join::Round).expect("valid");
    let pixels = drawing.render(&options((100, 100), true)).expect("small");
    let inside = |row: usize, column: usize| pixels[row * 100 + column] == 1.0;
    assert!(inside(45, 45) && inside(54, 54) && !inside(44, 50) && !inside(50, 55), "a square in the middle");
    assert!((ink(&pixels) - 100.0).abs() < 1e-3);
}

#[test]
fn errors_name_the_value_and_its_index() {
    let points = vec![[0.5, 0.5]; 24];
    let refused = |degree, images, widths| {
        Paths::curves(&points, degree, images, widths).expect_err("a refusal").to_string()
    };
    let all = Widths::All(0.1);
    assert!(
        refused(2, 5, all).contains("24 points, 3 for a stroke, cannot be shared out equally among 5 images")
    );
    assert!(refused(4, 1, all).contains("not 4"));
    assert!(refused(2, 4, Widths::PerImage(&[0.1, -1.0, 0.1, 0.1])).contains("stroke_width[1] = -1"));
    let mut wrong = points.clone();
    wrong[13][1] = f32::NAN;
    let error = Paths::curves(&wrong, 2, 4, all).expect_err("a refusal").to_string();
    assert!(error.contains("lines[2, 0] = [0.5, 0.5, 0.5, NaN, 0.5, 0.5]"), "{error}");

    let chain = |points, degree, width| Chain { points, degree, closed: false, width };
    let refused = |chain, canvas| {
        let chains =
            [Chain { points: &[[0.0, 0.0], [1.0, 1.0]], degree: 1, closed: true, width: 0.0 }, chain];
        Paths::drawing(&chains, canvas, Cap::Round, Join::Round).expect_err("a refusal").to_string()
    };
    assert!(refused(chain(&wrong[12..], 1, 1.0), [1.0, 1.0]).contains("paths[1].points[1] = [0.5, NaN]"));
    assert!(
        refused(chain(&points, 2, 1.0), [1.0, 1.0])
            .contains("paths[1]: 24 points do not make curves of degree 2")
    );
    assert!(refused(chain(&points[..1], 1, 1.0), [1.0, 1.0]).contains("paths[1]: 1 points"));
    assert!(refused(chain(&points[..2], 1, -1.0), [1.0, 1.0]).contains("paths[1].width = -1"));
    assert!(refused(chain(&points[..2], 1, 1.0), [0.0, 1.0]).contains("canvas"));

    let paths = Paths::curves(&[], 2, 2, all).expect("valid");
    assert_eq!(paths.render(&options((4, 5), true)).expect("small"), vec![0.0; 40]);
    let error = paths.render(&options((0, 28), true)).expect_err("a refusal");
    assert_eq!(error, RasterError::Size { height: 0, width: 28 });
    let many = Paths::curves(&[], 2, usize::MAX, all).expect("valid");
    assert_eq!(many.render(&options((MAX_SIDE, MAX_SIDE), true)), Err(RasterError::Memory { bytes: None }));
    let nothing = Paths::drawing(&[], [1.0, 1.0], Cap::Round, Join::Round).expect("valid");
    assert_eq!(nothing.render(&options((2, 2), true)).expect("small"), vec![0.0; 4]);
}

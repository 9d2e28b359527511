//! Bézier curves to polylines, without the parts that are too far from the pixels to change any.

/// A point, or a vector between two.
pub(crate) type Point = [f64; 2];

/// Furthest that a polyline is from its curve, pixels.
pub(crate) const FLATNESS: f64 = 0.01;
/// Points that are no further apart, in pixels, are the same.
pub(crate) const SAME: f64 = 1e-9;
/// Most chords of equal steps in t: a curve that needs more is halved, and its halves looked at each by itself.
const MAX_STEPS: f64 = 16.0;
/// How often a curve is halved at most, one after the other and all in all: enough for curves that are a million
/// images long. What is longer still loses precision, not time.
const MAX_DEPTH: usize = 40;
const MAX_PARTS: usize = 160;

/// The part of the plane that is drawn, and how near is near enough to change it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Window {
    /// Whether the box around some points, so much larger on every side, touches it.
    pub fn is_near(&self, points: &[Point], reach: f64) -> bool {
        let all = |test: fn(&Point, &Self, f64) -> bool| points.iter().all(|point| test(point, self, reach));
        !(all(|[x, _], window, reach| x + reach < window.left)
            || all(|[x, _], window, reach| x - reach > window.right)
            || all(|[_, y], window, reach| y + reach < window.top)
            || all(|[_, y], window, reach| y - reach > window.bottom))
    }
}

/// The control points of one curve; only the first degree + 1 of them count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bezier {
    points: [Point; 4],
    degree: usize,
}

impl Bezier {
    /// `points` are two, three or four.
    pub fn new(points: impl ExactSizeIterator<Item = Point>) -> Self {
        let degree = points.len() - 1;
        let mut four = [[0.0; 2]; 4];
        four.iter_mut().zip(points).for_each(|(place, point)| *place = point);
        Self { points: four, degree }
    }

    pub fn points(&self) -> &[Point] {
        &self.points[..=self.degree]
    }

    pub fn start(&self) -> Point {
        self.points[0]
    }

    pub fn end(&self) -> Point {
        self.points[self.degree]
    }

    pub fn is_point(&self) -> bool {
        self.points().iter().all(|point| distance(*point, self.points[0]) <= SAME)
    }

    /// Its direction at the start, of any length: towards the first control point that is elsewhere.
    pub fn start_tangent(&self) -> Point {
        let start = self.points[0];
        let mut others = self.points().iter().map(|point| minus(*point, start));
        others.find(|way| way[0].hypot(way[1]) > SAME).unwrap_or([1.0, 0.0])
    }

    pub fn end_tangent(&self) -> Point {
        let [x, y] = self.reversed().start_tangent();
        [-x, -y]
    }

    fn reversed(mut self) -> Self {
        self.points[..=self.degree].reverse();
        self
    }

    /// Hand out the points of its polyline from start to end, and `None` wherever a part is left out, because it
    /// does not come nearer to the window than `reach`. A length is up to `unit` times as large in pixels.
    pub fn flatten(&self, window: &Window, reach: f64, unit: f64, out: &mut impl FnMut(Option<Point>)) {
        let mut parts = 0;
        out(Some(self.points[0]));
        self.flatten_part(window, reach, unit, (MAX_DEPTH, &mut parts), out);
    }

    fn flatten_part(
        &self,
        window: &Window,
        reach: f64,
        unit: f64,
        (depth, parts): (usize, &mut usize),
        out: &mut impl FnMut(Option<Point>),
    ) {
        let end = self.points[self.degree];
        if !window.is_near(self.points(), reach) {
            out(None);
            out(Some(end));
            return;
        }
        let steps = self.steps(unit);
        if steps > MAX_STEPS && depth > 0 && *parts < MAX_PARTS {
            let (first, second) = self.halves();
            first.flatten_part(window, reach, unit, (depth - 1, parts), out);
            second.flatten_part(window, reach, unit, (depth - 1, parts), out);
            return;
        }
        *parts += 1;
        let count = steps.min(MAX_STEPS) as usize;
        for step in 1..count {
            out(Some(self.at(step as f64 / count as f64)));
        }
        out(Some(end));
    }

    /// Chords of equal steps in t that stay within `FLATNESS`. Over a step of 1/n, a curve of degree d is at most
    /// d (d − 1) / 8n² times its largest second difference from the chord.
    fn steps(&self, unit: f64) -> f64 {
        let bend = self.points().windows(3).map(|p| {
            let (x, y) = (p[0][0] - 2.0 * p[1][0] + p[2][0], p[0][1] - 2.0 * p[1][1] + p[2][1]);
            x.hypot(y)
        });
        let factor = (self.degree * (self.degree - 1)) as f64 / 8.0;
        (factor * bend.fold(0.0, f64::max) * unit / FLATNESS).sqrt().ceil().max(1.0)
    }

    /// The point at t, by de Casteljau's means: they do not leave the hull, and no two of one point move it.
    fn at(&self, t: f64) -> Point {
        let mut points = self.points;
        for count in (1..=self.degree).rev() {
            for k in 0..count {
                points[k] = between(points[k], points[k + 1], t);
            }
        }
        points[0]
    }

    fn halves(&self) -> (Self, Self) {
        let (mut points, mut first, mut second) = (self.points, *self, *self);
        for count in (1..=self.degree).rev() {
            for k in 0..count {
                points[k] = between(points[k], points[k + 1], 0.5);
            }
            first.points[self.degree + 1 - count] = points[0];
            second.points[count - 1] = points[count - 1];
        }
        (first, second)
    }
}

pub(crate) fn minus(a: Point, b: Point) -> Point {
    [a[0] - b[0], a[1] - b[1]]
}

pub(crate) fn distance(a: Point, b: Point) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

fn between(a: Point, b: Point, t: f64) -> Point {
    [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])]
}

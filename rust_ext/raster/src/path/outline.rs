//! The outline of a stroke: its two sides along a chain of curves, what joins these, and its ends.
//!
//! It is made of convex pieces that all turn the same way: one for every chord, one for every corner, one for each
//! end. Where two pieces share an edge it is left out. So a point's winding number is the number of pieces that it
//! is in, and never cancels, however sharply the curve turns.

use std::f64::consts::{FRAC_PI_4, PI};

use super::bezier::{Bezier, Point, SAME, Window, distance, minus};
use super::fill::Edges;
use super::{Cap, Join};

/// Furthest that the polygon of an arc, and the sides where the curve turns slightly, are from where they should
/// be, pixels.
const ROUNDNESS: f64 = 0.01;
/// SVG's default: a mitre so many times longer than the stroke is wide is cut off.
const MITRE_LIMIT: f64 = 4.0;
/// Chords of an arc from which on it is worth while to leave out those that are far from the pixels.
const MAX_ARC: f64 = 64.0;

/// Turns chains of curves into the edges of their strokes.
#[derive(Debug)]
pub(crate) struct Stroker<'a> {
    pub window: Window,
    /// Half the stroke's width.
    pub radius: f64,
    /// A length is so many times as large in pixels, along the axis where it is more of them.
    pub unit: f64,
    pub cap: Cap,
    pub join: Join,
    pub sides: &'a mut Sides,
    pub edges: &'a mut Edges,
}

/// The sides of the part of an outline that is not closed yet.
#[derive(Debug, Default)]
pub(crate) struct Sides {
    left: Vec<Point>,
    right: Vec<Point>,
    /// Where a cap begins it, if one does.
    start: Option<End>,
    /// The polyline of a curve.
    line: Vec<Point>,
}

/// A point of a chain, and the direction in which it goes on.
#[derive(Clone, Copy, Debug)]
struct End {
    point: Point,
    direction: Point,
}

impl Stroker<'_> {
    /// How far from its curves a stroke may reach.
    pub fn reach(&self) -> f64 {
        let longest = if self.join == Join::Miter { MITRE_LIMIT } else { 2f64.sqrt() };
        self.radius * longest
    }

    /// The stroke of curves, each of which begins where the one before ends.
    pub fn stroke(&mut self, curves: impl Iterator<Item = Bezier> + Clone, closed: bool) {
        let mut chain = curves.clone().filter(|curve| !curve.is_point()).peekable();
        let Some(first) = chain.peek().copied() else {
            if let Some(point) = curves.clone().next() {
                self.dot(point.start());
            }
            return;
        };
        let start = End { point: first.start(), direction: unit(first.start_tangent()) };
        let (mut last, mut open, mut has_start) = (start, None, !closed);
        for curve in chain {
            open = self.curve(&curve, open, has_start);
            last = End { point: curve.end(), direction: unit(curve.end_tangent()) };
            has_start = false;
        }
        if open.is_some() {
            self.finish((!closed).then_some(last));
        }
        if closed {
            self.close_corner(last, start);
        }
    }

    /// Go on along a curve from where the outline is, if it is open; where it is then. Parts that are out of reach
    /// of the window are left out: the outline is closed before them, and another one begins after them.
    fn curve(&mut self, curve: &Bezier, mut open: Option<End>, has_start: bool) -> Option<End> {
        let mut line = std::mem::take(&mut self.sides.line);
        let mut tangent = Some(unit(curve.start_tangent()));
        let (window, reach, scale) = (self.window, self.reach(), self.unit);
        curve.flatten(&window, reach, scale, &mut |point| match point {
            Some(point) if line.last().is_none_or(|last| distance(*last, point) > SAME) => line.push(point),
            Some(_) => {}
            None => {
                if line.len() > 1 {
                    self.follow(&line, tangent, None, open, has_start);
                    open = Some(End { point: line[0], direction: [1.0, 0.0] });
                }
                if open.take().is_some() {
                    self.finish(None);
                }
                tangent = None;
                line.clear();
            }
        });
        let end = (line.len() > 1).then(|| {
            let end = End { point: curve.end(), direction: unit(curve.end_tangent()) };
            self.follow(&line, tangent, Some(end.direction), open, has_start);
            end
        });
        line.clear();
        self.sides.line = line;
        end
    }

    /// Both sides along a polyline, whose directions at the two ends may be known better than from its chords.
    fn follow(
        &mut self,
        line: &[Point],
        start: Option<Point>,
        end: Option<Point>,
        open: Option<End>,
        has_start: bool,
    ) {
        let chord = |k: usize| minus(line[k + 1], line[k]);
        let (mut way, mut length) = (unit(chord(0)), distance(line[0], line[1]));
        let direction = start.unwrap_or(way);
        match open {
            Some(open) => self.corner(line[0], open.direction, direction, self.join),
            None => {
                let start = End { point: line[0], direction };
                self.sides.start = (has_start && start.point == line[0]).then_some(start);
            }
        }
        self.turn(line[0], direction, way, length, At::Start);
        for k in 1..line.len() - 1 {
            let (next, next_length) = (unit(chord(k)), distance(line[k], line[k + 1]));
            self.turn(line[k], way, next, length.min(next_length), At::Middle);
            (way, length) = (next, next_length);
        }
        self.turn(line[line.len() - 1], way, end.unwrap_or(way), length, At::End);
    }

    /// A turn within a curve, next to a chord of that length or a longer one: both sides turn with it where it is
    /// slight, else it is a corner with a round join.
    fn turn(&mut self, point: Point, from: Point, to: Point, length: f64, at: At) {
        // Of half the turn: for a curve that turns back it says nothing.
        let half_tangent = cross(from, to).abs() / (1.0 + dot(from, to));
        let shift = self.radius * half_tangent;
        if dot(from, to) > 0.0 && shift * half_tangent * self.unit <= 2.0 * ROUNDNESS && shift <= 0.5 * length
        {
            let normal = match at {
                At::Start => normal(from),
                At::End => normal(to),
                At::Middle => {
                    let (a, b) = (normal(from), normal(to));
                    let scale = 1.0 / (1.0 + dot(from, to));
                    [(a[0] + b[0]) * scale, (a[1] + b[1]) * scale]
                }
            };
            self.both_sides(point, normal);
        } else {
            self.both_sides(point, normal(from));
            self.corner(point, from, to, Join::Round);
            self.both_sides(point, normal(to));
        }
    }

    fn both_sides(&mut self, point: Point, normal: Point) {
        self.sides.left.push(self.beside(point, normal, self.radius));
        self.sides.right.push(self.beside(point, normal, -self.radius));
    }

    fn beside(&self, point: Point, normal: Point, by: f64) -> Point {
        [point[0] + by * normal[0], point[1] + by * normal[1]]
    }

    /// Between the ends of two straight sides: by way of the point itself within the turn, by the join outside.
    fn corner(&mut self, point: Point, from: Point, to: Point, join: Join) {
        let (cross, dot) = (cross(from, to), dot(from, to));
        if dot > 0.0 && cross.abs() * self.radius <= SAME {
            return;
        }
        let is_left = cross <= 0.0;
        let sign = if is_left { 1.0 } else { -1.0 };
        let inner = if is_left { &mut self.sides.right } else { &mut self.sides.left };
        inner.push(point);
        match join {
            Join::Round => {
                let [x, y] = normal(from);
                self.arc(point, [sign * x, sign * y], cross.atan2(dot), is_left);
            }
            // The mitre is so many widths long: 1 / cos² of half the turn = 2 / (1 + dot).
            Join::Miter if 2.0 <= MITRE_LIMIT * MITRE_LIMIT * (1.0 + dot) => {
                let (a, b) = (normal(from), normal(to));
                let by = sign * self.radius / (1.0 + dot);
                let tip = self.beside(point, [a[0] + b[0], a[1] + b[1]], by);
                if is_left { self.sides.left.push(tip) } else { self.sides.right.push(tip) }
            }
            Join::Miter => {}
        }
    }

    /// What joins the end of a closed chain to its start.
    fn close_corner(&mut self, end: End, start: End) {
        let (from, to) = (normal(end.direction), normal(start.direction));
        let is_left = cross(end.direction, start.direction) <= 0.0;
        let by = if is_left { self.radius } else { -self.radius };
        let (first, last) = (self.beside(end.point, from, by), self.beside(end.point, to, by));
        let outer =
            |sides: &mut Sides, point| if is_left { sides.left.push(point) } else { sides.right.push(point) };
        outer(self.sides, first);
        self.corner(end.point, end.direction, start.direction, self.join);
        outer(self.sides, last);
        self.finish(None);
    }

    /// Close the outline, with a cap if it ends where its chain does.
    fn finish(&mut self, end: Option<End>) {
        if let Some(End { point, direction }) = end {
            self.add_cap(point, direction);
        }
        let Sides { left, right, .. } = &mut *self.sides;
        left.extend(right.drain(..).rev());
        if let Some(End { point, direction: [x, y] }) = self.sides.start.take() {
            self.add_cap(point, [-x, -y]);
        }
        self.edges.add_polygon(&self.sides.left);
        self.sides.left.clear();
    }

    /// From the left of an end, looking that way, to its right.
    fn add_cap(&mut self, point: Point, direction: Point) {
        let normal = normal(direction);
        match self.cap {
            Cap::Butt => {}
            Cap::Round => self.arc(point, normal, -PI, true),
            Cap::Square => {
                for sign in [1.0, -1.0] {
                    let corner = [direction[0] + sign * normal[0], direction[1] + sign * normal[1]];
                    self.sides.left.push(self.beside(point, corner, self.radius));
                }
            }
        }
    }

    /// A chain that is a point: caps and nothing between them.
    fn dot(&mut self, point: Point) {
        if self.cap != Cap::Butt {
            self.both_sides(point, normal([1.0, 0.0]));
            self.sides.start = Some(End { point, direction: [1.0, 0.0] });
            self.finish(Some(End { point, direction: [1.0, 0.0] }));
        }
    }

    /// The corners of a polygon in the place of an arc, between its ends: on a circle a little larger, so that the
    /// polygon has the area of the sector.
    fn arc(&mut self, centre: Point, from: Point, angle: f64, is_left: bool) {
        let most = (12.0 * ROUNDNESS / (self.radius * self.unit)).sqrt().min(FRAC_PI_4);
        let count = (angle.abs() / most).ceil();
        if count > MAX_ARC {
            let ends = [
                self.beside(centre, from, self.radius),
                self.beside(centre, turned(from, angle), self.radius),
            ];
            if self.window.is_near(&ends, self.radius * (1.0 - (0.5 * angle).cos())) {
                let middle = turned(from, 0.5 * angle);
                self.arc(centre, from, 0.5 * angle, is_left);
                let point = self.beside(centre, middle, self.radius);
                if is_left {
                    self.sides.left.push(point)
                } else {
                    self.sides.right.push(point)
                }
                self.arc(centre, middle, 0.5 * angle, is_left);
            }
            return;
        }
        let (step, inner) = (angle / count, count - 2.0);
        let (sin, cos) = step.sin_cos();
        // Two of the triangles have a corner of the arc itself: (count − 2) s² + 2 s = count step / sin step.
        let area = count * step / sin;
        let scale = if inner > 0.0 { ((1.0 + inner * area).sqrt() - 1.0) / inner } else { 0.5 * area };
        let radius = self.radius * scale;
        let [mut x, mut y] = from;
        for _ in 1..count as usize {
            [x, y] = [x * cos - y * sin, x * sin + y * cos];
            let point = self.beside(centre, [x, y], radius);
            if is_left { self.sides.left.push(point) } else { self.sides.right.push(point) }
        }
    }
}

/// Where in a polyline a turn is.
#[derive(Clone, Copy)]
enum At {
    Start,
    Middle,
    End,
}

fn unit([x, y]: Point) -> Point {
    let length = x.hypot(y);
    [x / length, y / length]
}

/// To the left, looking that way, if y goes up.
fn normal([x, y]: Point) -> Point {
    [-y, x]
}

fn turned([x, y]: Point, angle: f64) -> Point {
    let (sin, cos) = angle.sin_cos();
    [x * cos - y * sin, x * sin + y * cos]
}

fn cross(a: Point, b: Point) -> f64 {
    a[0] * b[1] - a[1] * b[0]
}

fn dot(a: Point, b: Point) -> f64 {
    a[0] * b[0] + a[1] * b[1]
}

//! Bézier curves as chains of chords, and the way back from the chords' ends to the control points.

/// How far, in pixels, a curve may be from its chords.
const TOLERANCE: f64 = 1.0 / 128.0;
/// Most chords of a curve: it keeps the tolerance if its control points turn by less than 260,000 pixels.
const MAX_CHORDS: f64 = 4096.0;

/// The control points of a curve of degree 1 (a line), 2 or 3.
#[derive(Clone, Copy, Debug)]
pub(super) struct Curve {
    points: [[f64; 2]; 4],
    degree: usize,
}

impl Curve {
    /// From (x, y) of two, three or four points.
    pub fn new(coordinates: &[f32]) -> Self {
        let mut points = [[0.0; 2]; 4];
        for (point, xy) in points.iter_mut().zip(coordinates.as_chunks::<2>().0) {
            *point = xy.map(f64::from);
        }
        Self { points, degree: (coordinates.len() / 2).clamp(2, 4) - 1 }
    }

    /// How many chords keep within the tolerance, where a pixel is of the size `pixel` (width, height).
    ///
    /// Over an interval of length h a curve leaves its chord by at most h²/8 of its largest second derivative,
    /// and that is at most d (d − 1) of the largest second difference of its control points.
    pub fn chords(&self, pixel: [f64; 2]) -> usize {
        let turn = self.points[..=self.degree].windows(3).fold(0.0, |most: f64, triple| {
            let part =
                |axis: usize| (triple[0][axis] - 2.0 * triple[1][axis] + triple[2][axis]) / pixel[axis];
            most.max(part(0).hypot(part(1)))
        });
        let factor = (self.degree * (self.degree - 1)) as f64 / 8.0;
        (factor * turn / TOLERANCE).sqrt().ceil().clamp(1.0, MAX_CHORDS) as usize
    }

    /// What share of a point each control point is: the Bernstein polynomials, in powers of t.
    fn shares(&self) -> [[f64; 4]; 4] {
        match self.degree {
            1 => [[1.0, -1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0; 4], [0.0; 4]],
            2 => [[1.0, -2.0, 1.0, 0.0], [0.0, 2.0, -2.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0; 4]],
            _ => [[1.0, -3.0, 3.0, -1.0], [0.0, 3.0, -6.0, 3.0], [0.0, 0.0, 3.0, -3.0], [0.0, 0.0, 0.0, 1.0]],
        }
    }

    /// The same in powers of u, for the part of the curve where t = from + u (to − from).
    pub fn shares_between(&self, [from, to]: [f64; 2]) -> [[f64; 4]; 4] {
        self.shares().map(|share| {
            share.iter().rev().fold([0.0; 4], |[a, b, c, d], coefficient| {
                let (here, on) = ([a, b, c, d].map(|v| v * from), [a, b, c].map(|v| v * (to - from)));
                [here[0] + coefficient, here[1] + on[0], here[2] + on[1], here[3] + on[2]]
            })
        })
    }

    /// The point at t, by de Casteljau's construction.
    pub fn at(&self, t: f64) -> [f64; 2] {
        let mut points = self.points;
        for last in (0..self.degree).rev() {
            for point in 0..=last {
                let next = points[point + 1];
                points[point] = [0, 1].map(|axis| (1.0 - t) * points[point][axis] + t * next[axis]);
            }
        }
        points[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_curve_leaves_its_chords_by_more_than_the_tolerance() {
        let places = |seed: f64| (1..=8).map(move |i| (f64::from(i) * seed).fract() as f32);
        for seed in [0.754_877, 0.569_840, 0.618_034, 0.324_718, 0.141_593] {
            for numbers in [4, 6, 8] {
                let curve = Curve::new(&places(seed).take(numbers).collect::<Vec<_>>());
                let n = curve.chords([1.0 / 300.0, 0.01]);
                assert!(n < 200 && (numbers > 4 || n == 1));
                for step in 0..20 * n {
                    let (t, first) = (step as f64 / (20 * n) as f64, (step / 20) as f64 / n as f64);
                    let (a, b, p) = (curve.at(first), curve.at(first + 1.0 / n as f64), curve.at(t));
                    let along = (t - first) * n as f64;
                    let gap = |axis: usize| a[axis] + along * (b[axis] - a[axis]) - p[axis];
                    assert!((300.0 * gap(0)).hypot(100.0 * gap(1)) <= TOLERANCE * 1.000_01);
                }
            }
        }
    }

    #[test]
    fn shares_make_the_points() {
        let numbers = [0.1, 0.9, 0.3, 0.2, 0.8, 0.7, 0.4, 0.5];
        for count in [4, 6, 8] {
            let curve = Curve::new(&numbers[..count]);
            for (from, to, u) in [(0.0, 1.0, 0.3), (0.25, 0.5, 0.9), (0.5, 0.75, 0.0)] {
                let shares =
                    curve.shares_between([from, to]).map(|[a, b, c, d]| a + u * (b + u * (c + u * d)));
                let point = curve.at(from + u * (to - from));
                for axis in 0..2 {
                    let sum: f64 = shares.iter().zip(&curve.points).map(|(share, p)| share * p[axis]).sum();
                    assert!((sum - point[axis]).abs() < 1e-12);
                }
            }
        }
    }
}

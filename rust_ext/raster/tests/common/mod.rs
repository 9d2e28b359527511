//! The share of a pixel that a stroke covers, from its outline.

/// A stroke in rows: a column is `pitch` wide.
#[derive(Clone, Copy, Debug)]
pub struct Outline {
    ends: [(f64, f64); 2],
    radius: f64,
    pitch: f64,
}

impl Outline {
    pub fn new(line: [f32; 4], width: f32, (height, columns): (usize, usize)) -> Self {
        let scale = height as f64;
        let [x1, y1, x2, y2] = line.map(|value| f64::from(value) * scale);
        let radius = 0.5 * f64::from(width) * scale;
        Self { ends: [(x1, y1), (x2, y2)], radius, pitch: scale / columns as f64 }
    }

    /// Share of a pixel inside the outline, by that many upright slices; exact in each of them.
    pub fn share(&self, (row, column): (usize, usize), slices: usize) -> f64 {
        let heights = (0..slices).map(|slice| {
            let x = (column as f64 + (slice as f64 + 0.5) / slices as f64) * self.pitch;
            let (top, bottom) = self.rows_at(x);
            (bottom.min(row as f64 + 1.0) - top.max(row as f64)).max(0.0)
        });
        heights.sum::<f64>() / slices as f64
    }

    /// Where an upright line enters and leaves the stroke: the extremes of where it crosses the two circles and
    /// the two long sides.
    fn rows_at(&self, x: f64) -> (f64, f64) {
        let [(x1, y1), (x2, y2)] = self.ends;
        let (mut top, mut bottom) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut crossing = |y: f64| (top, bottom) = (top.min(y), bottom.max(y));
        for (cx, cy) in self.ends {
            let half = (self.radius.powi(2) - (x - cx).powi(2)).sqrt();
            if half.is_finite() {
                crossing(cy - half);
                crossing(cy + half);
            }
        }
        let (dx, dy) = (x2 - x1, y2 - y1);
        let length = dx.hypot(dy);
        for side in [-self.radius, self.radius] {
            let (right, down) = (-dy / length * side, dx / length * side);
            let t = (x - x1 - right) / dx;
            if (0.0..=1.0).contains(&t) {
                crossing(y1 + down + t * dy);
            }
        }
        (top, bottom)
    }

    /// Whether the outline may pass through a pixel.
    pub fn touches(&self, (row, column): (usize, usize)) -> bool {
        let [(x1, y1), (x2, y2)] = self.ends;
        let (x, y) = ((column as f64 + 0.5) * self.pitch, row as f64 + 0.5);
        let (dx, dy) = (x2 - x1, y2 - y1);
        let length2 = (dx * dx + dy * dy).max(f64::MIN_POSITIVE);
        let t = (((x - x1) * dx + (y - y1) * dy) / length2).clamp(0.0, 1.0);
        let distance = (x1 + t * dx - x).hypot(y1 + t * dy - y);
        (distance - self.radius).abs() <= 0.5 * self.pitch.hypot(1.0)
    }
}

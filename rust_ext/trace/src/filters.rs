//! Filters of small pictures: means of blocks, sliding minima and maxima, Gaussians, linear interpolation.

/// A picture of its own, a row after the other.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Grid {
    pub values: Vec<f32>,
    pub width: usize,
}

impl Grid {
    pub fn height(&self) -> usize {
        self.values.len() / self.width
    }

    fn transposed(&self) -> Self {
        let (width, height) = (self.width, self.height());
        let values = (0..width).flat_map(|x| (0..height).map(move |y| self.values[y * width + x])).collect();
        Self { values, width: height }
    }

    /// The same filter along rows and along columns.
    fn filtered(&self, filter: impl Fn(&[f32], &mut [f32])) -> Self {
        let along_rows = |grid: &Self| {
            let mut found = grid.clone();
            for (from, to) in grid.values.chunks(grid.width).zip(found.values.chunks_mut(grid.width)) {
                filter(from, to);
            }
            found
        };
        along_rows(&along_rows(self).transposed()).transposed()
    }

    /// Means of squares of `factor` pixels a side; what is left over at the right and below is left out.
    pub fn blocks(pixels: &[f32], width: usize, factor: usize) -> Self {
        let columns = width / factor;
        let mut values = Vec::new();
        for rows in pixels.chunks_exact(factor * width) {
            let mut sums = vec![0.0; columns];
            for row in rows.chunks_exact(width) {
                for (sum, block) in sums.iter_mut().zip(row.chunks_exact(factor)) {
                    *sum += block.iter().sum::<f32>();
                }
            }
            values.extend(sums.iter().map(|sum| sum / (factor * factor) as f32));
        }
        Self { values, width: columns }
    }

    /// With `border` more pixels on each side, the picture mirrored at its outermost ones.
    pub fn mirrored(&self, border: usize) -> Self {
        let place = |at: usize, count: usize| {
            let period = (2 * (count - 1)).max(1);
            let at = (at + border * (period - 1)) % period; // = at - border, but not negative
            at.min(period - at).min(count - 1)
        };
        let (width, height) = (self.width, self.height());
        let row = |y: usize| (0..width + 2 * border).map(move |x| self.values[y * width + place(x, width)]);
        Self {
            values: (0..height + 2 * border).flat_map(|y| row(place(y, height))).collect(),
            width: width + 2 * border,
        }
    }

    /// Without `border` pixels on each side.
    pub fn cropped(&self, border: usize) -> Self {
        let rows = self.values.chunks(self.width).skip(border).take(self.height() - 2 * border);
        let values = rows.flat_map(|row| &row[border..self.width - border]).copied().collect();
        Self { values, width: self.width - 2 * border }
    }

    /// Grey opening: bright parts narrower than `size` pixels, an odd number, are as dark as what is beside them.
    pub fn opened(&self, size: usize) -> Self {
        let least = self.filtered(|from, to| slide(from, to, size / 2, f32::min));
        least.filtered(|from, to| slide(from, to, size / 2, f32::max))
    }

    /// Blurred by a Gaussian of so many pixels.
    pub fn blurred(&self, deviation: f64) -> Self {
        let reach = (4.0 * deviation + 0.5) as usize;
        let weight = |at: usize| (-0.5 * (at as f64 / deviation).powi(2)).exp();
        let total = 1.0 + 2.0 * (1..=reach).map(weight).sum::<f64>();
        let weights: Vec<f32> = (0..=reach).map(|at| (weight(at) / total) as f32).collect();
        self.filtered(|from, to| {
            let last = from.len() - 1;
            for (at, value) in to.iter_mut().enumerate() {
                let pairs = weights[1..].iter().zip(1..);
                *value = weights[0] * from[at]
                    + pairs
                        .map(|(weight, step)| {
                            weight * (from[at.saturating_sub(step)] + from[(at + step).min(last)])
                        })
                        .sum::<f32>();
            }
        })
    }

    /// A row of the picture enlarged to `height` rows of `width` pixels, linear between the middles of its own.
    pub fn enlarged_row(&self, row: usize, height: usize, width: usize) -> impl Iterator<Item = f32> {
        let (above, below, share) = between(row, height, self.height());
        let columns = self.width;
        let line: Vec<f32> = (0..columns)
            .map(|x| {
                let (top, bottom) = (self.values[above * columns + x], self.values[below * columns + x]);
                top + share * (bottom - top)
            })
            .collect();
        (0..width).map(move |x| {
            let (left, right, share) = between(x, width, columns);
            line[left] + share * (line[right] - line[left])
        })
    }
}

/// The two of `few` places, spread over as much as `many`, that one of these lies between; and how far.
fn between(at: usize, many: usize, few: usize) -> (usize, usize, f32) {
    let place = ((at as f64 + 0.5) * few as f64 / many as f64 - 0.5).max(0.0);
    let low = (place as usize).min(few - 1);
    (low, (low + 1).min(few - 1), (place - low as f64) as f32)
}

/// The least (or, by `better`, the greatest) of all values up to `reach` places away (van Herk, 1992).
fn slide(from: &[f32], to: &mut [f32], reach: usize, better: impl Fn(f32, f32) -> f32) {
    let (size, last) = (2 * reach + 1, from.len() - 1);
    // Of each value the best from its block's start to it, and from it to its block's end.
    let (mut before, mut after) = (from.to_vec(), from.to_vec());
    for at in 1..from.len() {
        if at % size != 0 {
            before[at] = better(before[at - 1], from[at]);
        }
    }
    for at in (0..last).rev() {
        if (at + 1) % size != 0 {
            after[at] = better(after[at + 1], from[at]);
        }
    }
    for (at, value) in to.iter_mut().enumerate() {
        let (first, end) = (at.saturating_sub(reach), (at + reach).min(last));
        *value = if first % size == 0 {
            before[end]
        } else if first / size == end / size {
            after[first] // cut off by the row's end
        } else {
            better(after[first], before[end])
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn grid(values: &[f32], width: usize) -> Grid {
        Grid { values: values.to_vec(), width }
    }

    proptest! {
        #[test]
        fn a_sliding_minimum_is_the_least_in_reach(
            values in prop::collection::vec(0.0f32..1.0, 1..40),
            reach in 1usize..9,
        ) {
            let mut found = values.clone();
            slide(&values, &mut found, reach, f32::min);
            for (at, &value) in found.iter().enumerate() {
                let near = &values[at.saturating_sub(reach)..(at + reach + 1).min(values.len())];
                prop_assert_eq!(value, near.iter().copied().fold(f32::INFINITY, f32::min));
            }
        }
    }

    #[test]
    fn blocks_are_means() {
        let pixels = [1.0, 2.0, 3.0, 4.0, 9.0, 5.0, 6.0, 7.0, 8.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0];
        assert_eq!(Grid::blocks(&pixels, 5, 2), grid(&[3.5, 5.5], 2));
    }

    #[test]
    fn a_mirror_does_not_repeat_the_outermost_pixel() {
        let row = grid(&[1.0, 2.0, 3.0], 3).mirrored(3);
        assert_eq!(row.values[..9], [2.0, 3.0, 2.0, 1.0, 2.0, 3.0, 2.0, 1.0, 2.0]);
        assert_eq!(row.cropped(3), grid(&[1.0, 2.0, 3.0], 3));
        assert_eq!(grid(&[5.0], 1).mirrored(2).values, [5.0; 25]);
    }

    #[test]
    fn an_opening_takes_what_is_narrow() {
        let row = [0.1, 0.9, 0.1, 0.1, 0.8, 0.8, 0.8, 0.1];
        let tall: Vec<f32> = row.repeat(3);
        assert_eq!(grid(&tall, 8).opened(3).values, [0.1, 0.1, 0.1, 0.1, 0.8, 0.8, 0.8, 0.1].repeat(3));
    }

    #[test]
    fn a_gaussian_keeps_the_sum_and_falls_as_it_should() {
        let mut point = vec![0.0; 441];
        point[220] = 1.0;
        let found = grid(&point, 21).blurred(1.5);
        assert!((found.values.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        assert!((found.values[222] / found.values[220] - (-2.0f32 / 2.25).exp()).abs() < 1e-5);
        assert_eq!(grid(&[0.5; 6], 3).blurred(2.0).values.len(), 6);
    }

    #[test]
    fn enlarging_is_linear_between_middles() {
        let row = grid(&[0.0, 1.0, 0.0, 1.0], 2);
        let found: Vec<f32> = row.enlarged_row(0, 2, 4).collect();
        assert_eq!(found, [0.0, 0.25, 0.75, 1.0]);
    }
}

//! Symmetric positive matrices whose rows begin late: Cholesky's factorisation, in the memory of what is not zero.

/// The lower half of a symmetric matrix; row i holds its columns from `first[i]` to i.
#[derive(Clone, Debug)]
pub(super) struct Skyline {
    first: Vec<usize>,
    rows: Vec<Vec<f64>>,
}

impl Skyline {
    /// All zero.
    pub fn new(first: Vec<usize>) -> Self {
        let rows = first.iter().enumerate().map(|(row, &first)| vec![0.0; row + 1 - first]).collect();
        Self { first, rows }
    }

    pub fn clear(&mut self) {
        self.rows.iter_mut().for_each(|row| row.fill(0.0));
    }

    /// Add to an element of the lower half, which must lie within the skyline.
    pub fn add(&mut self, row: usize, column: usize, value: f64) {
        let (row, column) = (row.max(column), row.min(column));
        self.rows[row][column - self.first[row]] += value;
    }

    /// Solve for `right`, with each diagonal element d larger by `damping` (d + `floor`).
    pub fn solve(&self, damping: f64, floor: f64, right: &[f64]) -> Option<Vec<f64>> {
        let (first, mut rows) = (&self.first, self.rows.clone());
        let mut solution = right.to_vec();
        for i in 0..rows.len() {
            let (done, rest) = rows.split_at_mut(i);
            let row = &mut rest[0];
            for j in first[i]..i {
                let from = first[i].max(first[j]);
                let product = dot(&row[from - first[i]..j - first[i]], &done[j][from - first[j]..]);
                row[j - first[i]] = (row[j - first[i]] - product) / done[j][j - first[j]];
            }
            let last = i - first[i];
            let diagonal =
                row[last] + damping * (row[last] + floor) - row[..last].iter().map(|v| v * v).sum::<f64>();
            if diagonal.is_nan() || diagonal <= 0.0 {
                return None;
            }
            row[last] = diagonal.sqrt();
            let known = dot(&row[..last], &solution[first[i]..]);
            solution[i] = (solution[i] - known) / row[last];
        }
        for i in (0..rows.len()).rev() {
            let last = i - first[i];
            solution[i] /= rows[i][last];
            let value = solution[i];
            for (known, factor) in solution[first[i]..i].iter_mut().zip(&rows[i]) {
                *known -= factor * value;
            }
        }
        Some(solution)
    }
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_what_it_was_given() {
        let mut matrix = Skyline::new(vec![0, 0, 1, 0]);
        let full = [[4.0, 1.0, 0.0, 0.5], [1.0, 5.0, 2.0, 0.0], [0.0, 2.0, 6.0, 1.0], [0.5, 0.0, 1.0, 3.0]];
        for (row, values) in full.iter().enumerate() {
            for (column, &value) in values[..=row].iter().enumerate().filter(|(_, value)| **value != 0.0) {
                matrix.add(column, row, value);
            }
        }
        let expected = [1.0, -2.0, 0.5, 3.0];
        let right = full.map(|row| dot(&row, &expected));
        let found = matrix.solve(0.0, 0.0, &right).unwrap();
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12));
        matrix.clear();
        assert!(matrix.solve(0.0, 1.0, &right).is_none() && matrix.solve(1.0, 1.0, &right).is_some());
    }
}

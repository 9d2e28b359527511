//! Where there is ink, and how deep: a mask, and the distance of each of its pixels from the paper.

use crate::image::Image;
use crate::stroke::Point;
use crate::vector::quantile;

/// Of ink: where an antialiased stroke has its edge.
const THRESHOLD: f64 = 0.5;
/// Pixels: where the ink is usually less deep than this, its skeleton is found on a finer grid.
const FINE: f32 = 1.5;
const FINEST: usize = 4;

/// Ink as a mask, with a border of paper one pixel wide.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    /// 1 where there is ink.
    pub mask: Vec<u8>,
    /// Columns, the border's two included.
    pub width: usize,
    /// Of each pixel, how far the nearest one of the paper is.
    pub radius: Vec<f32>,
    /// How many of its pixels make one of the picture's, along a side.
    pub finer: usize,
}

impl Shape {
    /// That of a picture, on a grid as fine as it needs.
    pub fn find(ink: Image<'_>) -> Self {
        let shape = Self::on_grid(ink, 1);
        let inside = shape.mask.iter().zip(&shape.radius).filter(|(ink, _)| **ink > 0);
        let mut depths: Vec<f32> = inside.map(|(_, &radius)| radius).collect();
        if depths.is_empty() {
            return shape;
        }
        let finer = (FINE / quantile(&mut depths, 0.5)).ceil() as usize;
        if finer > 1 { Self::on_grid(ink, finer.min(FINEST)) } else { shape }
    }

    fn on_grid(ink: Image<'_>, finer: usize) -> Self {
        let width = finer * ink.width() + 2;
        let mut mask = vec![0; width];
        for row in 0..finer * ink.height() {
            mask.push(0);
            mask.extend(enlarged_row(ink, row, finer).map(|ink| u8::from(ink >= THRESHOLD)));
            mask.push(0);
        }
        mask.extend(vec![0; width]);
        let radius = depths(&mask, width);
        Self { mask, width, radius, finer }
    }

    /// The middle of a pixel, in those of the picture.
    pub fn point(&self, pixel: usize) -> Point {
        [pixel % self.width, pixel / self.width].map(|place| (place as f64 - 0.5) / self.finer as f64)
    }

    /// The median depth of some pixels.
    pub fn usual_radius(&self, pixels: impl Iterator<Item = usize>) -> f64 {
        f64::from(quantile(&mut pixels.map(|at| self.radius[at]).collect::<Vec<_>>(), 0.5))
    }
}

/// A row of the picture enlarged, linear between the middles of its pixels, with empty ones around.
fn enlarged_row(ink: Image<'_>, row: usize, finer: usize) -> impl Iterator<Item = f64> {
    let between = move |at: usize| {
        let place = (at as f64 + 0.5) / finer as f64 + 0.5;
        (place as usize, place.fract()) // of the pixel before is 0 that of the border
    };
    let line = move |row: usize| row.checked_sub(1).and_then(|row| ink.pixels().chunks(ink.width()).nth(row));
    let (above, down) = between(row);
    let (top, bottom) = (line(above), line(above + 1));
    let pixel = move |at: usize| {
        let value = |line: Option<&[f32]>| {
            at.checked_sub(1).and_then(|at| line?.get(at).copied()).map_or(0.0, f64::from)
        };
        (1.0 - down) * value(top) + down * value(bottom)
    };
    (0..finer * ink.width()).map(move |at| {
        if finer == 1 {
            return pixel(at + 1);
        }
        let (left, right) = between(at);
        (1.0 - right) * pixel(left) + right * pixel(left + 1)
    })
}

/// The distance of each pixel from the nearest one outside the mask, whose border is outside.
fn depths(mask: &[u8], width: usize) -> Vec<f32> {
    let above = vertical_gaps(mask, width);
    let mut found = vec![0.0; mask.len()];
    let mut parabolas = Vec::new();
    let mut at = 0;
    while at < mask.len() {
        if mask[at] == 0 {
            at += 1;
            continue;
        }
        let end = at + mask[at..].iter().position(|ink| *ink == 0).unwrap_or(mask.len() - at);
        // Nothing beyond the run's two neighbours is nearer than they.
        lower_envelope(&above[at - 1..=end], &mut parabolas);
        let mut next = 0;
        for place in 1..=end - at {
            while next + 1 < parabolas.len() && parabolas[next + 1].1 <= place as f64 {
                next += 1;
            }
            let (vertex, _) = parabolas[next];
            let (across, up) = (place as f64 - vertex as f64, f64::from(above[at - 1 + vertex]));
            found[at - 1 + place] = (across * across + up * up).sqrt() as f32;
        }
        at = end;
    }
    found
}

/// The distance of each pixel from the nearest one outside the mask that is in the same column.
fn vertical_gaps(mask: &[u8], width: usize) -> Vec<u16> {
    let mut gaps = vec![0u16; mask.len()];
    for at in width..mask.len() {
        gaps[at] = if mask[at] > 0 { gaps[at - width] + 1 } else { 0 };
    }
    for at in (0..mask.len() - width).rev() {
        gaps[at] = gaps[at].min(gaps[at + width] + 1);
    }
    gaps
}

/// Of the parabolas (x - i)² + `heights[i]`² those that are the lowest somewhere, each with the x where it begins to be
/// (Felzenszwalb and Huttenlocher, 2012).
fn lower_envelope(heights: &[u16], parabolas: &mut Vec<(usize, f64)>) {
    parabolas.clear();
    for (at, &height) in heights.iter().enumerate() {
        let raised = |at: usize, height: u16| f64::from(height).powi(2) + (at as f64).powi(2);
        let mut begin = f64::NEG_INFINITY;
        while let Some(&(other, other_begin)) = parabolas.last() {
            begin = (raised(at, height) - raised(other, heights[other])) / (2.0 * (at - other) as f64);
            if begin > other_begin {
                break;
            }
            parabolas.pop();
            begin = f64::NEG_INFINITY;
        }
        parabolas.push((at, begin));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn depths_are_distances_from_the_nearest_paper(
            inside in prop::collection::vec(prop::bool::weighted(0.9), 72..=72),
        ) {
            let ink: Vec<f32> = inside.iter().map(|ink| f32::from(u8::from(*ink))).collect();
            let shape = Shape::on_grid(Image::new(&ink, 8, 9).unwrap(), 1);
            let place = |at: usize| [(at % shape.width) as f64, (at / shape.width) as f64];
            for at in 0..shape.mask.len() {
                let gap = |other: usize| (place(at)[0] - place(other)[0]).hypot(place(at)[1] - place(other)[1]);
                let paper = (0..shape.mask.len()).filter(|&other| shape.mask[other] == 0);
                let nearest = paper.map(gap).fold(f64::INFINITY, f64::min);
                prop_assert!((f64::from(shape.radius[at]) - nearest).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn thin_ink_has_a_finer_grid() {
        let ink: Vec<f32> =
            (0..49).map(|at| if at / 7 == 3 && at % 7 > 0 && at % 7 < 6 { 1.0 } else { 0.0 }).collect();
        let shape = Shape::find(Image::new(&ink, 7, 7).unwrap());
        assert_eq!((shape.finer, shape.width), (2, 16));
        assert_eq!(shape.point(shape.width + 1), [0.25, 0.25]);
        let rows: Vec<usize> =
            shape.mask.chunks(16).map(|row| row.iter().map(|ink| usize::from(*ink)).sum()).collect();
        assert_eq!(rows, [0, 0, 0, 0, 0, 0, 0, 10, 10, 0, 0, 0, 0, 0, 0, 0]);
        assert!(Shape::find(Image::new(&[0.0; 4], 2, 2).unwrap()).mask.iter().all(|ink| *ink == 0));
    }
}

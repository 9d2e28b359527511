//! Where a drawing's squared error lies, and which stroke answers for it.

use super::compare::Canvas;
use super::sketch::Sketch;
use crate::image::Image;

/// The pixels that strokes reach, in order.
#[derive(Clone, Debug)]
pub(crate) struct Residuals {
    pixels: Vec<Residual>,
}

/// Of a pixel: its number, the stroke that it lies deepest in, and half its squared error, less that of empty paper.
#[derive(Clone, Copy, Debug)]
struct Residual {
    pixel: usize,
    owner: usize,
    error: f64,
}

impl Residuals {
    /// Of a sketch's soft drawing, its edges of that sharpness.
    pub(super) fn new(canvas: &mut Canvas, sketch: &Sketch, sharpness: f64, ink: Image<'_>) -> Self {
        let mut pixels = vec![];
        canvas.errors(sketch, sharpness, ink, |pixel, curve, error| {
            pixels.push(Residual { pixel, owner: sketch.strokes[curve], error });
        });
        Self { pixels }
    }

    /// Half the squared error, less that of empty paper.
    pub fn error(&self) -> f64 {
        self.pixels.iter().map(|residual| residual.error).sum()
    }

    /// By how much the error would be larger, were each stroke's own pixels empty.
    pub fn worth(&self, strokes: usize) -> Vec<f64> {
        let mut worth = vec![0.0; strokes];
        self.pixels.iter().for_each(|residual| worth[residual.owner] -= residual.error);
        worth
    }

    /// By how much each stroke has raised the error since then: all that a pixel gained or lost is its owner's.
    ///
    /// Where strokes meet, a pixel may have another owner without a change of its error: that costs none of them. Of
    /// its owners then and now those answer that have `changed`; both, if both or neither have.
    pub fn raised(&self, before: &Self, changed: &[bool]) -> Vec<f64> {
        let mut raised = vec![0.0; changed.len()];
        let (mut old, mut new) = (before.pixels.iter().peekable(), self.pixels.iter().peekable());
        while let Some(pixel) = [old.peek(), new.peek()].into_iter().flatten().map(|next| next.pixel).min() {
            let then = old.next_if(|next| next.pixel == pixel);
            let now = new.next_if(|next| next.pixel == pixel);
            let change = now.map_or(0.0, |now| now.error) - then.map_or(0.0, |then| then.error);
            let owners = [then, now].map(|residual| residual.map(|residual| residual.owner));
            let has_changed = owners.map(|owner| owner.is_some_and(|owner| changed[owner]));
            let answers =
                |side: usize| owners[side].filter(|_| has_changed[side] == has_changed.contains(&true));
            let share = change / [answers(0), answers(1)].iter().flatten().count() as f64;
            [0, 1].into_iter().filter_map(answers).for_each(|owner| raised[owner] += share);
        }
        raised
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stroke::Stroke;
    use crate::vector::straight;

    fn line(from: [f64; 2], to: [f64; 2]) -> Stroke {
        Stroke::new(straight(from, to).to_vec(), 4.0)
    }

    #[test]
    fn a_pixel_that_has_only_another_owner_costs_nothing() {
        let ink: Vec<f32> = (0..900).map(|at| f32::from((8..12).contains(&(at / 30)))).collect();
        let ink = Image::new(&ink, 30, 30).unwrap();
        let residuals =
            |parts: &[Stroke]| Residuals::new(&mut Canvas::default(), &Sketch::new(parts), 1.0, ink);
        let near = [line([12.0, 10.0], [35.0, 10.0]), line([-5.0, 10.0], [18.0, 10.0])];
        let far = [line([2.0, 10.0], [35.0, 10.0]), near[1].clone()];
        let raised = residuals(&far).raised(&residuals(&near), &[true, false]);
        assert!(raised[0].abs() < 1e-6 && raised[1] == 0.0, "{raised:?}");
        assert!(residuals(&far).worth(2)[0] > residuals(&near).worth(2)[0] + 10.0);
    }

    #[test]
    fn the_stroke_that_has_changed_answers_for_what_is_lost() {
        let ink: Vec<f32> = (0..900).map(|at| f32::from((8..12).contains(&(at / 30)))).collect();
        let ink = Image::new(&ink, 30, 30).unwrap();
        let residuals =
            |parts: &[Stroke]| Residuals::new(&mut Canvas::default(), &Sketch::new(parts), 1.0, ink);
        let whole = [line([-5.0, 10.0], [15.0, 10.0]), line([15.0, 10.0], [35.0, 10.0])];
        let short = [whole[0].clone(), line([24.0, 10.0], [35.0, 10.0])];
        let raised = residuals(&short).raised(&residuals(&whole), &[false, true]);
        assert!(raised[0] == 0.0 && (8.0..12.0).contains(&raised[1]), "{raised:?}");
        let fallen = residuals(&whole).raised(&residuals(&short), &[false, true]);
        assert_eq!(fallen, [0.0, -raised[1]]);
    }
}

//! Strokes along Bézier curves, and along chains of them, with caps and joins.
//!
//! A curve is flattened (`bezier`), its stroke outlined by polygons (`outline`), and these filled exactly (`fill`).

mod bezier;
mod fill;
mod outline;
mod plan;

use crate::error::RasterError;
use crate::strokes::Widths;
use bezier::{Bezier, Point};
pub use plan::{PathPlan, PathScratch};

/// How a chain of curves that is not closed ends, as SVG's `stroke-linecap`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cap {
    /// With half a disc.
    #[default]
    Round,
    /// At its end point.
    Butt,
    /// Half a width beyond its end point.
    Square,
}

/// How the curves of a chain meet, as SVG's `stroke-linejoin`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Join {
    /// With part of a disc.
    #[default]
    Round,
    /// In a point, or cut off where that would be more than four widths away (a bevel), as by default in SVG.
    Miter,
}

/// A chain of Bézier curves of one degree, each of which begins where the one before ends.
#[derive(Clone, Copy, Debug)]
pub struct Chain<'a> {
    /// The control points (x, y), each end point once: `degree` times the number of curves, and 1.
    pub points: &'a [[f32; 2]],
    /// 1 of lines, 2 of quadratic, 3 of cubic curves.
    pub degree: usize,
    /// Whether the end is joined to the start, by a line where they are not the same point.
    pub closed: bool,
    /// Full width of the stroke, in the unit of the points; 0 draws nothing.
    pub width: f32,
}

/// What to draw along curves: a batch of images of single curves in the unit square, or one drawing on a canvas.
///
/// ```
/// use vecnb_raster::{Paths, RenderOptions, Widths};
///
/// let curve = [[0.1, 0.5], [0.5, 0.1], [0.9, 0.5]]; // x right, y down
/// let pixels = Paths::curves(&curve, 2, 1, Widths::All(0.1))?.render(&RenderOptions::default())?;
/// assert_eq!(pixels[8 * 28 + 14], 1.0); // its top, at a height of .3
/// assert_eq!(pixels[3 * 28 + 14], 0.0); // above
/// # Ok::<(), vecnb_raster::RasterError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Paths<'a> {
    content: Content<'a>,
    cap: Cap,
    join: Join,
}

#[derive(Clone, Copy, Debug)]
enum Content<'a> {
    /// Single curves of one degree, as many in each image, in the unit square.
    Curves { points: &'a [[f32; 2]], degree: usize, images: usize, per_image: usize, widths: Widths<'a> },
    /// One image, and the sides of its canvas.
    Drawing { chains: &'a [Chain<'a>], canvas: [f32; 2] },
}

impl<'a> Paths<'a> {
    /// Check curves of one degree for `images` images, and their widths. Their caps are round.
    ///
    /// `points` are the degree + 1 control points (x, y) of each curve of the first image, then of the second, and so
    /// on, in the unit square, x right, y down: where the sides of an image differ, strokes are stretched with it.
    ///
    /// # Errors
    /// The degree is not 1, 2 or 3, the curves cannot be shared out equally among the images, a coordinate is not
    /// finite, there are too many or too few widths, or one is out of range.
    pub fn curves(
        points: &'a [[f32; 2]],
        degree: usize,
        images: usize,
        widths: Widths<'a>,
    ) -> Result<Self, RasterError> {
        if !(1..=3).contains(&degree) {
            return Err(RasterError::Degree { degree });
        }
        let each = degree + 1;
        let per_image = (points.len() / each).checked_div(images).unwrap_or(0);
        let curves = per_image * images;
        if curves * each != points.len() {
            return Err(RasterError::Points { points: points.len(), each, images });
        }
        if let Some(at) = infinite(points) {
            let curve = at / each;
            let values = points[curve * each..(curve + 1) * each].as_flattened().to_vec();
            let (image, line) = (curve / per_image, curve % per_image);
            return Err(RasterError::Coordinate { image, line, values });
        }
        widths.check(images, curves)?;
        let content = Content::Curves { points, degree, images, per_image, widths };
        Ok(Self { content, cap: Cap::Round, join: Join::Round })
    }

    /// Check a drawing on a canvas of `canvas` = (width, height), in the unit of its points, x right, y down.
    ///
    /// Images show all of the canvas in their middle, as large as its shape allows, as with SVG's viewBox.
    ///
    /// # Errors
    /// A side of the canvas is not positive, a chain has a degree that is not 1, 2 or 3 or a number of points that
    /// does not fit its degree, a coordinate is not finite, or a width is negative or not finite.
    pub fn drawing(
        chains: &'a [Chain<'a>],
        canvas: [f32; 2],
        cap: Cap,
        join: Join,
    ) -> Result<Self, RasterError> {
        if !canvas.iter().all(|side| side.is_finite() && *side > 0.0) {
            return Err(RasterError::Canvas { width: canvas[0], height: canvas[1] });
        }
        for (path, chain) in chains.iter().enumerate() {
            let Chain { points, degree, width, .. } = *chain;
            if !(1..=3).contains(&degree) || points.len() < 2 || (points.len() - 1) % degree != 0 {
                return Err(RasterError::PathDegree { path, degree, points: points.len() });
            }
            if let Some(point) = infinite(points) {
                return Err(RasterError::PathPoint { path, point, values: points[point] });
            }
            if !(width.is_finite() && width >= 0.0) {
                return Err(RasterError::PathWidth { path, value: width });
            }
        }
        Ok(Self { content: Content::Drawing { chains, canvas }, cap, join })
    }

    fn images(&self) -> usize {
        match self.content {
            Content::Curves { images, .. } => images,
            Content::Drawing { .. } => 1,
        }
    }

    /// Strokes of an image.
    fn per_image(&self) -> usize {
        match self.content {
            Content::Curves { per_image, .. } => per_image,
            Content::Drawing { chains, .. } => chains.len(),
        }
    }

    /// Curves of an image.
    fn curves_per_image(&self) -> usize {
        match self.content {
            Content::Curves { per_image, .. } => per_image,
            Content::Drawing { chains, .. } => {
                chains.iter().map(|chain| chain.points.len() / chain.degree).sum()
            }
        }
    }

    fn chain(&self, image: usize, stroke: usize) -> Chain<'a> {
        match self.content {
            Content::Curves { points, degree, per_image, widths, .. } => {
                let at = image * per_image + stroke;
                let points = &points[at * (degree + 1)..(at + 1) * (degree + 1)];
                Chain { points, degree, closed: false, width: widths.get(at, per_image) }
            }
            Content::Drawing { chains, .. } => chains[stroke],
        }
    }
}

impl<'a> Chain<'a> {
    /// Its curves, with the one that closes it, their points moved by `place`.
    fn curves(
        self,
        place: impl Fn([f32; 2]) -> Point + Copy + 'a,
    ) -> impl Iterator<Item = Bezier> + Clone + 'a {
        let (degree, points) = (self.degree, self.points);
        let starts = (0..points.len() - 1).step_by(degree);
        let along =
            starts.map(move |start| Bezier::new(points[start..=start + degree].iter().map(|&p| place(p))));
        let back = self.closed.then(|| [points[points.len() - 1], points[0]]);
        along.chain(back.map(|ends| Bezier::new(ends.into_iter().map(place))))
    }
}

/// The first point that is not finite.
fn infinite(points: &[[f32; 2]]) -> Option<usize> {
    points.iter().position(|[x, y]| !(x.is_finite() && y.is_finite()))
}

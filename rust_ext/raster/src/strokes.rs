//! What to draw: the lines of a batch of images and their widths, checked.

use std::slice;

use crate::error::{MAX_WIDTH, RasterError};

/// Full stroke widths, in unit-square units: 0 (nothing is drawn) to [`MAX_WIDTH`].
#[derive(Clone, Copy, Debug)]
pub enum Widths<'a> {
    /// One width for every line of every image.
    All(f32),
    /// A width for each image.
    PerImage(&'a [f32]),
    /// A width for each line: those of the first image, then those of the second, and so on.
    PerLine(&'a [f32]),
}

/// The strokes of a batch of images: lines with a width and round caps, as many in each image.
#[derive(Clone, Copy, Debug)]
pub struct Strokes<'a> {
    lines: &'a [[f32; 4]],
    widths: Widths<'a>,
    images: usize,
    lines_per_image: usize,
}

impl<'a> Strokes<'a> {
    /// Check the lines of `images` images, and their widths.
    ///
    /// `lines` are (x1, y1, x2, y2) in the unit square, x right, y down: those of the first image, then those
    /// of the second, and so on. Coordinates outside the square are allowed; the two ends of a line may be the
    /// same point, which is drawn as a disc.
    ///
    /// # Errors
    /// The lines cannot be shared out equally among the images, a coordinate is not finite, there are too many
    /// or too few widths, or one is negative, not finite or above [`MAX_WIDTH`].
    pub fn new(lines: &'a [[f32; 4]], images: usize, widths: Widths<'a>) -> Result<Self, RasterError> {
        let lines_per_image = lines.len().checked_div(images).unwrap_or(0);
        if lines_per_image * images != lines.len() {
            return Err(RasterError::Lines { lines: lines.len(), images });
        }
        // All at once, then one by one where one is wrong.
        if !all_finite(lines.as_flattened())
            && let Some(at) = lines.iter().position(|line| !all_finite(line))
        {
            let (image, line) = (at / lines_per_image, at % lines_per_image);
            return Err(RasterError::Coordinate { image, line, values: lines[at].into() });
        }
        widths.check(images, lines.len())?;
        Ok(Self { lines, widths, images, lines_per_image })
    }

    /// How many images they are for.
    pub fn images(&self) -> usize {
        self.images
    }

    /// How many strokes each image has.
    pub fn per_image(&self) -> usize {
        self.lines_per_image
    }

    /// A line and its width, by its place among those of all images.
    #[inline(always)]
    pub(crate) fn get(&self, at: usize) -> ([f32; 4], f32) {
        (self.lines[at], self.widths.get(at, self.lines_per_image))
    }
}

/// Whether all are finite: without branches, many at once.
fn all_finite(values: &[f32]) -> bool {
    values.iter().fold(true, |so_far, value| so_far & value.is_finite())
}

impl Widths<'_> {
    /// The width of a line, by its place among those of all images.
    #[inline(always)]
    pub(crate) fn get(&self, at: usize, lines_per_image: usize) -> f32 {
        match self {
            Self::All(width) => *width,
            Self::PerImage(widths) => widths[at / lines_per_image],
            Self::PerLine(widths) => widths[at],
        }
    }

    pub(crate) fn check(&self, images: usize, lines: usize) -> Result<(), RasterError> {
        let (values, expected) = match self {
            Self::All(width) => (slice::from_ref(width), 1),
            Self::PerImage(widths) => (*widths, images),
            Self::PerLine(widths) => (*widths, lines),
        };
        if values.len() != expected {
            return Err(RasterError::Widths { expected, found: values.len() });
        }
        let Some(at) = values.iter().position(|width| !(0.0..=MAX_WIDTH).contains(width)) else {
            return Ok(());
        };
        let (image, line) = match self {
            Self::All(_) => (None, None),
            Self::PerImage(_) => (Some(at), None),
            Self::PerLine(_) => {
                let lines_per_image = lines / images;
                (Some(at / lines_per_image), Some(at % lines_per_image))
            }
        };
        Err(RasterError::Width { image, line, value: values[at] })
    }
}

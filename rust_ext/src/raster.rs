//! The core: checks a batch of drawings and has it painted. No Python, no panics.

use crate::aliased::Masks;

use crate::antialiased::Seen;
use crate::crew::Crew;
pub use crate::error::RasterError;
use crate::instructions::Instructions;
use crate::painting::paint;
use crate::stroke::Canvas;

/// Longest side of a canvas, pixels.
pub const MAX_SIDE: usize = 32_768;
/// Widest stroke, in unit squares: far beyond any use, and well inside the range of `f32`.
pub const MAX_WIDTH: f32 = 1e6;

/// Full stroke widths, in unit-square units.
#[derive(Clone, Copy, Debug)]
pub enum Widths<'a> {
    All(f32),
    PerImage(&'a [f32]),
    /// Row by row: all lines of the first image, then of the second.
    PerLine(&'a [f32]),
}

/// A checked request: the lines of a batch of images, their widths and the canvas.
#[derive(Clone)]
pub struct Drawing<'a> {
    pub(crate) lines: &'a [[f32; 4]],
    batch: usize,
    pub(crate) lines_per_image: usize,
    pub(crate) widths: Widths<'a>,
    pub(crate) canvas: Canvas,
    antialias: bool,
    pub(crate) instructions: Instructions,
}

impl<'a> Drawing<'a> {
    /// Check everything that can be wrong.
    ///
    /// `lines` are (x1, y1, x2, y2) in the unit square, x right, y down, image after image, `shape` =
    /// (batch, lines per image); `size` = (height, width) in pixels.
    pub fn new(
        lines: &'a [[f32; 4]],
        shape: (usize, usize),
        widths: Widths<'a>,
        size: (i64, i64),
        antialias: bool,
    ) -> Result<Self, RasterError> {
        let (batch, lines_per_image) = shape;
        let canvas = canvas(size)?;
        let expected = batch.checked_mul(lines_per_image);
        if expected != Some(lines.len()) {
            return Err(RasterError::Lines { expected, found: lines.len() });
        }
        // All at once, then one by one where one is wrong.
        if !finite(lines.as_flattened()) {
            if let Some(at) = lines.iter().position(|line| !finite(line)) {
                let (image, line) = (at / lines_per_image, at % lines_per_image);
                return Err(RasterError::Coordinate { image, line, values: lines[at] });
            }
        }
        widths.check(batch, lines_per_image)?;
        let instructions = Instructions::best();
        Ok(Self { lines, batch, lines_per_image, widths, canvas, antialias, instructions })
    }

    /// The same, to be painted with other instructions than the best ones of this processor.
    pub fn with(self, instructions: Instructions) -> Self {
        Self { instructions, ..self }
    }

    /// Paint the batch: batch × height × width values in [0, 1], row by row, ink = 1.
    ///
    /// The calling thread does it, together with up to `threads` − 1 of the crew. The values are written to
    /// `memory`, whatever it holds, where that is large enough.
    pub fn render(&self, crew: &Crew, threads: usize, memory: Vec<f32>) -> Result<Vec<f32>, RasterError> {
        let area = self.canvas.height * self.canvas.width;
        let size = self.batch.checked_mul(area).ok_or(RasterError::Memory { bytes: None })?;
        let mut images = memory;
        let error = RasterError::Memory { bytes: size.checked_mul(size_of::<f32>()) };
        images.try_reserve_exact(size.saturating_sub(images.len())).map_err(|_| error)?;
        images.resize(size, 0.0);
        if self.antialias {
            paint::<Seen>(self, &mut images, (crew, threads));
        } else {
            paint::<Masks>(self, &mut images, (crew, threads));
        }
        Ok(images)
    }
}

/// Whether all are finite: without branches, many at once.
fn finite(values: &[f32]) -> bool {
    values.iter().fold(true, |so_far, value| so_far & value.is_finite())
}

fn canvas((height, width): (i64, i64)) -> Result<Canvas, RasterError> {
    let side = |value| usize::try_from(value).ok().filter(|side| (1..=MAX_SIDE).contains(side));
    match (side(height), side(width)) {
        (Some(height), Some(width)) => Ok(Canvas::new(height, width)),
        _ => Err(RasterError::Canvas { height, width }),
    }
}

impl Widths<'_> {
    fn check(&self, batch: usize, lines_per_image: usize) -> Result<(), RasterError> {
        let (values, expected) = match self {
            Self::All(width) => (std::slice::from_ref(width), 1),
            Self::PerImage(widths) => (*widths, batch),
            // `Drawing::new` has found as many lines in memory, so that the product exists.
            Self::PerLine(widths) => (*widths, batch * lines_per_image),
        };
        if values.len() != expected {
            return Err(RasterError::Widths { expected, found: values.len() });
        }
        match values.iter().position(|width| !(0.0..=MAX_WIDTH).contains(width)) {
            None => Ok(()),
            Some(at) => Err(RasterError::Width {
                index: match self {
                    Self::All(_) => vec![],
                    Self::PerImage(_) => vec![at],
                    Self::PerLine(_) => vec![at / lines_per_image, at % lines_per_image],
                },
                value: values[at],
            }),
        }
    }
}

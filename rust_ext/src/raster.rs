//! The core: checks a batch of drawings, divides it into tasks, and paints them, on one thread or many.
//!
//! No Python, no panics. A pixel's value depends on its own image alone and is computed by the same
//! operations whatever the task it falls into, so the bits are the same for every number of threads.

use std::fmt;
use std::mem::MaybeUninit;

use rayon::prelude::*;

use crate::stroke::{Band, Canvas, Stroke};

/// Longest side of a canvas, pixels.
pub const MAX_SIDE: usize = 32_768;
/// Widest stroke, in unit squares: far beyond any use, and well inside the range of `f32`.
pub const MAX_WIDTH: f32 = 1e6;

/// Pixels that a worker paints before it copies them out: 128 KiB, which stays in its own cache.
const TASK_PIXELS: usize = 1 << 15;
/// Pixels of small images that one task takes: enough to hide its cost, few enough to share out evenly.
const GROUP_PIXELS: usize = 1 << 14;

/// What can be wrong with a request.
#[derive(Clone, Debug, PartialEq)]
pub enum RasterError {
    /// A side of the canvas is below 1 or above `MAX_SIDE`.
    Canvas { height: i64, width: i64 },
    /// There are not batch × lines_per_image lines.
    Lines { expected: Option<usize>, found: usize },
    /// There is not one width for each image or line.
    Widths { expected: usize, found: usize },
    /// A coordinate is infinite or NaN.
    Coordinate { image: usize, line: usize, values: [f32; 4] },
    /// A width is negative, infinite, NaN or above `MAX_WIDTH`; `index` as the widths were given.
    Width { index: Vec<usize>, value: f32 },
    /// The result does not fit into memory.
    Memory { bytes: Option<usize> },
}

impl fmt::Display for RasterError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Canvas { height, width } => {
                write!(f, "height and width must be 1 to {MAX_SIDE} pixels, not {height} × {width}")
            }
            Self::Lines { expected, found } => {
                write!(f, "lines must hold {expected:?} lines, not {found}")
            }
            Self::Widths { expected, found } => {
                write!(f, "stroke_width must hold {expected} values, not {found}")
            }
            Self::Coordinate { image, line, values } => {
                write!(f, "lines[{image}, {line}] = {values:?} is not finite (as float32)")
            }
            Self::Width { index, value } if index.is_empty() => {
                write!(f, "stroke_width = {value} is not between 0 and {MAX_WIDTH}")
            }
            Self::Width { index, value } => {
                write!(f, "stroke_width{index:?} = {value} is not between 0 and {MAX_WIDTH}")
            }
            Self::Memory { bytes: Some(bytes) } => write!(f, "no memory for an image batch of {bytes} bytes"),
            Self::Memory { bytes: None } => write!(f, "the image batch is too large to be addressed"),
        }
    }
}

impl std::error::Error for RasterError {}

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
    lines: &'a [[f32; 4]],
    batch: usize,
    lines_per_image: usize,
    widths: Widths<'a>,
    canvas: Canvas,
    antialias: bool,
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
        if let Some(at) = lines.iter().position(|line| !line.iter().all(|value| value.is_finite())) {
            let (image, line) = (at / lines_per_image, at % lines_per_image);
            return Err(RasterError::Coordinate { image, line, values: lines[at] });
        }
        widths.check(batch, lines_per_image)?;
        Ok(Self { lines, batch, lines_per_image, widths, canvas, antialias })
    }

    /// Paint the batch: batch × height × width values in [0, 1], row by row, ink = 1.
    ///
    /// With `parallel`, over the threads of the current rayon pool.
    pub fn render(&self, parallel: bool) -> Result<Vec<f32>, RasterError> {
        let area = self.canvas.height * self.canvas.width;
        let size = self.batch.checked_mul(area).ok_or(RasterError::Memory { bytes: None })?;
        let mut images = Vec::new();
        let memory = RasterError::Memory { bytes: size.checked_mul(size_of::<f32>()) };
        images.try_reserve_exact(size).map_err(|_| memory)?;
        let fresh = &mut images.spare_capacity_mut()[..size];
        if area <= TASK_PIXELS {
            self.render_small(fresh, parallel);
        } else {
            for (image, fresh) in fresh.chunks_exact_mut(area).enumerate() {
                self.render_large(image, fresh, parallel);
            }
        }
        // SAFETY: try_reserve_exact made room for `size` values, and each of them has been written: the
        // chunks above are whole images and cover them all, both functions divide what they get
        // completely into chunks, and `copy_out` writes every value of its chunk.
        unsafe { images.set_len(size) };
        Ok(images)
    }

    /// Images smaller than a task, several to a task.
    fn render_small(&self, images: &mut [MaybeUninit<f32>], parallel: bool) {
        let area = self.canvas.height * self.canvas.width;
        let group = (GROUP_PIXELS / area).max(1);
        let paint = |scratch: &mut Vec<f32>, (task, images): (usize, &mut [MaybeUninit<f32>])| {
            for (i, image) in images.chunks_mut(area).enumerate() {
                let index = task * group + i;
                scratch.clear();
                scratch.resize(self.canvas.height * self.canvas.stride(), 0.0);
                let strokes = self.strokes(index);
                with_best_instructions(
                    #[inline(always)]
                    || {
                        let mut band = Band { first: 0, pixels: scratch.as_mut_slice() };
                        for (line, width) in strokes {
                            if let Some(stroke) = Stroke::new(*line, width, &self.canvas, self.antialias) {
                                stroke.paint(&self.canvas, &mut band);
                            }
                        }
                    },
                );
                self.copy_out(scratch, image);
            }
        };
        if parallel {
            images.par_chunks_mut(group * area).enumerate().for_each_init(Vec::new, paint);
        } else {
            let mut scratch = Vec::new();
            images.chunks_mut(group * area).enumerate().for_each(|task| paint(&mut scratch, task));
        }
    }

    /// One image larger than a task, in bands of rows.
    fn render_large(&self, image: usize, pixels: &mut [MaybeUninit<f32>], parallel: bool) {
        let (canvas, antialias) = (&self.canvas, self.antialias);
        let strokes: Vec<Stroke> = self
            .strokes(image)
            .filter_map(|(line, width)| Stroke::new(*line, width, canvas, antialias))
            .collect();
        let rows: Vec<(usize, usize)> = strokes.iter().map(|stroke| stroke.rows).collect();
        let height = (TASK_PIXELS / canvas.width).max(1);
        let paint = |scratch: &mut Vec<f32>, (task, pixels): (usize, &mut [MaybeUninit<f32>])| {
            let first = task * height;
            let last = first + pixels.len() / canvas.width - 1;
            scratch.clear();
            scratch.resize((last + 1 - first) * canvas.stride(), 0.0);
            with_best_instructions(
                #[inline(always)]
                || {
                    let mut band = Band { first, pixels: scratch.as_mut_slice() };
                    // The list of rows is small and scanned for each band; the strokes are looked up when hit.
                    for (stroke, rows) in strokes.iter().zip(&rows) {
                        if rows.0 <= last && rows.1 >= first {
                            stroke.paint(canvas, &mut band);
                        }
                    }
                },
            );
            self.copy_out(scratch, pixels);
        };
        if parallel {
            pixels.par_chunks_mut(height * canvas.width).enumerate().for_each_init(Vec::new, paint);
        } else {
            let mut scratch = Vec::new();
            pixels.chunks_mut(height * canvas.width).enumerate().for_each(|task| paint(&mut scratch, task));
        }
    }

    /// The lines of an image, each with its width.
    fn strokes(&self, image: usize) -> impl Iterator<Item = (&'a [f32; 4], f32)> + '_ {
        let start = image * self.lines_per_image;
        let lines = &self.lines[start..start + self.lines_per_image];
        lines.iter().enumerate().map(move |(line, ends)| {
            let width = match self.widths {
                Widths::All(width) => width,
                Widths::PerImage(widths) => widths[image],
                Widths::PerLine(widths) => widths[start + line],
            };
            (ends, width)
        })
    }

    /// Copy painted rows to where the caller wants them, without their padding. Writes all of `target`.
    fn copy_out(&self, painted: &[f32], target: &mut [MaybeUninit<f32>]) {
        let rows = painted.chunks_exact(self.canvas.stride()).flat_map(|row| &row[..self.canvas.width]);
        if self.canvas.stride() == self.canvas.width {
            target.iter_mut().zip(painted).for_each(|(to, from)| _ = to.write(*from));
        } else {
            target.iter_mut().zip(rows).for_each(|(to, from)| _ = to.write(*from));
        }
    }
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

/// Run `work`, compiled twice, with the widest vectors that this processor has. The bits are the same:
/// wider vectors do the same operations, and Rust never fuses a product with a sum.
#[inline(always)]
fn with_best_instructions(work: impl FnOnce()) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2")]
        unsafe fn with_avx2(work: impl FnOnce()) {
            work();
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has AVX2, the one thing that `with_avx2` needs.
            return unsafe { with_avx2(work) };
        }
    }
    work();
}

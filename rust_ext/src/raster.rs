//! The core: checks a batch of drawings, divides it into tasks, and paints them, on one thread or many.
//!
//! No Python, no panics. A pixel's value depends on its own image alone and is computed by the same
//! operations whatever the task it falls into, so the bits are the same for every number of threads.

use std::fmt;
use std::mem::MaybeUninit;
use std::sync::{Mutex, PoisonError};

use crate::aliased::Masks;
use crate::antialiased::Inks;
use crate::crew::Crew;
use crate::lanes::LANES;
use crate::stroke::{Canvas, Stroke, Strokes};

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
        if let Some(at) = lines.iter().position(|line| !finite(line)) {
            let (image, line) = (at / lines_per_image, at % lines_per_image);
            return Err(RasterError::Coordinate { image, line, values: lines[at] });
        }
        widths.check(batch, lines_per_image)?;
        Ok(Self { lines, batch, lines_per_image, widths, canvas, antialias })
    }

    /// Paint the batch: batch × height × width values in [0, 1], row by row, ink = 1.
    ///
    /// The calling thread does it, together with up to `threads` − 1 of the crew. The values are written to
    /// `memory`, whatever it holds, where that is large enough.
    pub fn render(&self, crew: &Crew, threads: usize, memory: Vec<f32>) -> Result<Vec<f32>, RasterError> {
        let area = self.canvas.height * self.canvas.width;
        let size = self.batch.checked_mul(area).ok_or(RasterError::Memory { bytes: None })?;
        let mut images = memory;
        images.clear();
        let error = RasterError::Memory { bytes: size.checked_mul(size_of::<f32>()) };
        images.try_reserve_exact(size).map_err(|_| error)?;
        let fresh = &mut images.spare_capacity_mut()[..size];
        if self.antialias {
            self.render_with::<Inks>(fresh, (crew, threads));
        } else {
            self.render_with::<Masks>(fresh, (crew, threads));
        }
        // SAFETY: try_reserve_exact made room for `size` values, and each of them has been written: the
        // chunks of `in_tasks` cover all that it gets, as do the images, and `copy_out` writes every value.
        unsafe { images.set_len(size) };
        Ok(images)
    }

    /// Write all of `images`.
    fn render_with<B: Brush>(&self, images: &mut [MaybeUninit<f32>], hands: (&Crew, usize)) {
        let area = self.canvas.height * self.canvas.width;
        if area <= TASK_PIXELS {
            // Images smaller than a task, several to a task.
            let group = (GROUP_PIXELS / area).max(1);
            in_tasks(images, group * area, hands, |easel: &mut Easel<B>, task, images| {
                for (i, image) in images.chunks_mut(area).enumerate() {
                    self.prepare::<B>(task * group + i, &mut easel.strokes);
                    paint_band::<B>(&easel.strokes, &mut easel.cells, &self.canvas, 0, image);
                }
            });
            return;
        }
        // Images larger than a task, one by one, in bands of rows.
        let rows = (TASK_PIXELS / self.canvas.width).max(1);
        let mut strokes = Vec::new();
        for (index, image) in images.chunks_mut(area).enumerate() {
            self.prepare::<B>(index, &mut strokes);
            in_tasks(image, rows * self.canvas.width, hands, |easel: &mut Easel<B>, task, band| {
                paint_band::<B>(&strokes, &mut easel.cells, &self.canvas, task * rows, band);
            });
        }
    }

    /// The strokes of an image, the last few filled up with strokes that leave no ink.
    fn prepare<B: Brush>(&self, image: usize, strokes: &mut Vec<Strokes>) {
        let start = image * self.lines_per_image;
        let lines = &self.lines[start..start + self.lines_per_image];
        let fringe = B::fringe(&self.canvas);
        strokes.clear();
        with_best_instructions(
            #[inline(always)]
            || {
                for (at, lines) in lines.chunks(LANES).enumerate() {
                    let (mut ends, mut widths) = ([[0.0; 4]; LANES], [0.0; LANES]);
                    for (lane, line) in lines.iter().enumerate() {
                        ends[lane] = *line;
                        widths[lane] = match self.widths {
                            Widths::All(width) => width,
                            Widths::PerImage(widths) => widths[image],
                            Widths::PerLine(widths) => widths[start + at * LANES + lane],
                        };
                    }
                    let mut prepared = Strokes::new();
                    for lane in 0..LANES {
                        prepared.put(lane, Stroke::new(ends[lane], widths[lane], &self.canvas, fringe));
                    }
                    strokes.push(prepared);
                }
            },
        );
    }
}

/// A way to paint strokes: several of them, seen from one band.
pub(crate) trait Brush: Sized {
    /// What a band is painted on; the default is blank.
    type Cell: Copy + Default + Send;
    /// How many cells so many rows take.
    fn cells(canvas: &Canvas, rows: usize) -> usize;
    /// How far outside a stroke, in rows, it is seen at a pixel's centre.
    fn fringe(canvas: &Canvas) -> f64;
    fn blank() -> Self;
    /// Make strokes ready for the band of rows first..=last. Without branches: all lanes do it at once.
    fn see(&mut self, strokes: &Strokes, canvas: &Canvas, first: f64, last: f64);
    /// Paint the part of a stroke that is in that band, if any.
    fn paint(&self, lane: usize, canvas: &Canvas, band: &mut Band<Self::Cell>);
    /// Turn painted cells into pixels. Writes all of `target`.
    fn copy_out(cells: &[Self::Cell], canvas: &Canvas, target: &mut [MaybeUninit<f32>]);
}

/// Some consecutive rows of one image while they are being painted.
pub(crate) struct Band<'a, C> {
    pub rows: usize,
    pub cells: &'a mut [C],
}

/// What a worker keeps from task to task, so that it allocates but once.
struct Easel<B: Brush> {
    strokes: Vec<Strokes>,
    cells: Vec<B::Cell>,
}

/// Give chunks of `size` pixels to `work`, with their index, to as many threads as are there in time.
fn in_tasks<B: Brush>(
    pixels: &mut [MaybeUninit<f32>],
    size: usize,
    (crew, threads): (&Crew, usize),
    work: impl Fn(&mut Easel<B>, usize, &mut [MaybeUninit<f32>]) + Sync,
) {
    let tasks = pixels.len().div_ceil(size);
    let chunks = Mutex::new(pixels.chunks_mut(size).enumerate());
    crew.run(threads.min(tasks), &|| {
        let mut easel = Easel { strokes: Vec::new(), cells: Vec::new() };
        // No thread panics while it holds the iterator.
        let next = || chunks.lock().unwrap_or_else(PoisonError::into_inner).next();
        while let Some((task, pixels)) = next() {
            work(&mut easel, task, pixels);
        }
    });
}

/// Paint the rows of an image from `first` on that `pixels` holds. Writes all of `pixels`.
fn paint_band<B: Brush>(
    strokes: &[Strokes],
    cells: &mut Vec<B::Cell>,
    canvas: &Canvas,
    first: usize,
    pixels: &mut [MaybeUninit<f32>],
) {
    let rows = pixels.len() / canvas.width;
    let (top, bottom) = (first as f64, (first + rows - 1) as f64);
    with_best_instructions(
        #[inline(always)]
        || {
            cells.clear();
            cells.resize(B::cells(canvas, rows), B::Cell::default());
            let mut band = Band { rows, cells };
            for strokes in strokes {
                if !strokes.touch(top, bottom) {
                    continue;
                }
                let mut view = B::blank();
                view.see(strokes, canvas, top, bottom);
                for lane in 0..LANES {
                    view.paint(lane, canvas, &mut band);
                }
            }
        },
    );
    with_best_instructions(
        #[inline(always)]
        || B::copy_out(cells, canvas, pixels),
    );
}

/// Whether all four are finite: without branches, all at once.
fn finite(line: &[f32; 4]) -> bool {
    line.iter().fold(true, |so_far, value| so_far & value.is_finite())
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
/// wider vectors do the same operations, and Rust fuses a product with a sum only where told (`mul_add`).
#[inline(always)]
pub(crate) fn with_best_instructions(work: impl FnOnce()) {
    #[cfg(target_arch = "x86_64")]
    {
        // Not inlined: within a larger function the inner loops would run out of registers.
        #[inline(never)]
        #[target_feature(enable = "avx2,fma")]
        unsafe fn with_avx2(work: impl FnOnce()) {
            work();
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: the processor has AVX2 and FMA, the two things that `with_avx2` needs.
            return unsafe { with_avx2(work) };
        }
    }
    work();
}

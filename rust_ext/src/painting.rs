//! Painting: a batch is divided into tasks, whole small images or bands of a large one, and each is painted.
//!
//! A pixel's value depends on its own image alone and is computed by the same operations whatever the task it
//! falls into, so the bits are the same for every number of threads.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use crate::crew::Crew;
use crate::lanes::LANES;
use crate::raster::{Drawing, Widths};
use crate::stroke::{Canvas, Stroke, Strokes};

/// Pixels that a worker paints in one go: 128 KiB, which stay in its own cache.
const TASK_PIXELS: usize = 1 << 15;
/// Pixels of small images that one task takes: enough to hide its cost, few enough to share out evenly.
const GROUP_PIXELS: usize = 1 << 13;

/// A way to paint strokes: several of them, seen from one band.
pub(crate) trait Brush: Sized {
    /// What a band is painted on.
    type Cell: Send;
    /// How far outside a stroke, in rows, it is seen at a pixel's centre.
    fn fringe(canvas: &Canvas) -> f64;
    fn blank() -> Self;
    /// Make strokes ready for the band of rows first..=last. Without branches: all lanes do it at once.
    fn see(&mut self, strokes: &Strokes, canvas: &Canvas, first: f64, last: f64);
    /// Paint the part of a stroke that is in that band, if any.
    fn paint(&self, lane: usize, canvas: &Canvas, band: &mut BandOf<Self>);
    /// Have `work` paint on blank cells, and leave every pixel of a band in `pixels`. The cells are those of
    /// `sheet`, whatever it holds, where the pixels themselves will not do.
    fn on_blank(
        canvas: &Canvas,
        sheet: &mut Vec<Self::Cell>,
        pixels: &mut [f32],
        work: impl FnOnce(&mut [Self::Cell]),
    );
}

/// Some consecutive rows of one image while they are being painted.
pub(crate) struct Band<'a, C> {
    pub rows: usize,
    pub cells: &'a mut [C],
}

pub(crate) type BandOf<'a, B> = Band<'a, <B as Brush>::Cell>;

/// What a worker keeps from task to task, so that it allocates but once.
struct Easel<B: Brush> {
    views: Vec<B>,
    sheet: Vec<B::Cell>,
}

/// Paint all of `images` with the calling thread and up to `threads` − 1 of the crew.
pub(crate) fn paint<B: Brush>(drawing: &Drawing, images: &mut [f32], (crew, threads): (&Crew, usize)) {
    let canvas = &drawing.canvas;
    let area = canvas.height * canvas.width;
    if area <= TASK_PIXELS {
        // Images smaller than a task, several to a task.
        let group = (GROUP_PIXELS / area).max(1);
        in_tasks(images, group * area, (crew, threads), |easel: &mut Easel<B>, task, images| {
            paint_images(drawing, task * group, easel, images);
        });
        return;
    }
    // Images larger than a task, one by one, in bands of rows.
    let rows = (TASK_PIXELS / canvas.width).max(1);
    for (index, image) in images.chunks_mut(area).enumerate() {
        let strokes = drawing.strokes::<B>(index);
        in_tasks(image, rows * canvas.width, (crew, threads), |easel: &mut Easel<B>, task, band| {
            paint_band::<B>(drawing, &strokes, task * rows, &mut easel.sheet, band);
        });
    }
}

/// Give chunks of `size` pixels to `work`, with their index, to as many threads as are there in time.
fn in_tasks<B: Brush>(
    pixels: &mut [f32],
    size: usize,
    (crew, threads): (&Crew, usize),
    work: impl Fn(&mut Easel<B>, usize, &mut [f32]) + Sync,
) {
    let tasks = pixels.len().div_ceil(size);
    let chunks = Mutex::new(pixels.chunks_mut(size).enumerate());
    crew.run(threads.min(tasks), &|helping| {
        let mut easel = Easel { views: Vec::new(), sheet: Vec::new() };
        // Helpers begin at the end: the pixels of the next batch then tend to be in the cache of the core that
        // paints them. No thread panics while it holds the iterator.
        let next = || {
            let mut chunks = chunks.lock().unwrap_or_else(PoisonError::into_inner);
            if helping {
                chunks.next_back()
            } else {
                chunks.next()
            }
        };
        while let Some((task, pixels)) = next() {
            work(&mut easel, task, pixels);
        }
    });
}

/// Paint consecutive whole images. Their strokes are prepared together, so that no lane goes idle between two.
fn paint_images<B: Brush>(drawing: &Drawing, first: usize, easel: &mut Easel<B>, images: &mut [f32]) {
    let (canvas, per_image) = (&drawing.canvas, drawing.lines_per_image);
    let area = canvas.height * canvas.width;
    let lines = first * per_image..(first + images.len() / area) * per_image;
    let (views, last) = (&mut easel.views, (canvas.height - 1) as f64);
    views.clear();
    drawing.instructions.run(
        #[inline(always)]
        || {
            for start in lines.clone().step_by(LANES) {
                let strokes = drawing.prepare::<B>(start..lines.end);
                let mut view = B::blank();
                view.see(&strokes, canvas, 0.0, last);
                views.push(view);
            }
        },
    );
    for (image, pixels) in images.chunks_mut(area).enumerate() {
        let strokes = image * per_image..(image + 1) * per_image;
        on_blank::<B>(
            drawing,
            canvas.height,
            &mut easel.sheet,
            pixels,
            #[inline(always)]
            |band| {
                for stroke in strokes {
                    views[stroke / LANES].paint(stroke % LANES, canvas, band);
                }
            },
        );
    }
}

/// Paint the rows of an image from `first` on that `pixels` holds.
fn paint_band<B: Brush>(
    drawing: &Drawing,
    strokes: &[Strokes],
    first: usize,
    sheet: &mut Vec<B::Cell>,
    pixels: &mut [f32],
) {
    let canvas = &drawing.canvas;
    let rows = pixels.len() / canvas.width;
    let (top, bottom) = (first as f64, (first + rows - 1) as f64);
    on_blank::<B>(
        drawing,
        rows,
        sheet,
        pixels,
        #[inline(always)]
        |band| {
            for strokes in strokes.iter().filter(|strokes| strokes.touch(top, bottom)) {
                let mut view = B::blank();
                view.see(strokes, canvas, top, bottom);
                for lane in 0..LANES {
                    view.paint(lane, canvas, band);
                }
            }
        },
    );
}

/// Have `work` paint on a blank band, with the drawing's instructions. Writes all of `pixels`.
fn on_blank<B: Brush>(
    drawing: &Drawing,
    rows: usize,
    sheet: &mut Vec<B::Cell>,
    pixels: &mut [f32],
    work: impl FnOnce(&mut BandOf<B>),
) {
    let canvas = &drawing.canvas;
    drawing.instructions.run(
        #[inline(always)]
        || {
            B::on_blank(
                canvas,
                sheet,
                pixels,
                #[inline(always)]
                |cells| work(&mut Band { rows, cells }),
            )
        },
    );
}

impl Drawing<'_> {
    /// The strokes of an image, eight by eight.
    fn strokes<B: Brush>(&self, image: usize) -> Vec<Strokes> {
        let lines = image * self.lines_per_image..(image + 1) * self.lines_per_image;
        let mut strokes = Vec::new();
        self.instructions.run(
            #[inline(always)]
            || {
                for start in lines.clone().step_by(LANES) {
                    strokes.push(self.prepare::<B>(start..lines.end));
                }
            },
        );
        strokes
    }

    /// The first eight strokes of some lines; where there are fewer, filled up with some that leave no ink.
    #[inline(always)]
    fn prepare<B: Brush>(&self, lines: Range<usize>) -> Strokes {
        let (mut ends, mut widths) = ([[0.0; 4]; LANES], [0.0; LANES]);
        for (lane, at) in lines.take(LANES).enumerate() {
            ends[lane] = self.lines[at];
            widths[lane] = match self.widths {
                Widths::All(width) => width,
                Widths::PerImage(widths) => widths[at / self.lines_per_image],
                Widths::PerLine(widths) => widths[at],
            };
        }
        let (mut strokes, fringe) = (Strokes::new(), B::fringe(&self.canvas));
        for lane in 0..LANES {
            strokes.put(lane, Stroke::new(ends[lane], widths[lane], &self.canvas, fringe));
        }
        strokes
    }
}

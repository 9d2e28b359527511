//! Differentiable drawing: soft strokes, composed, and the gradient of a loss in what they are drawn from.
//!
//! One pass forward, one backward, tile by tile: a tile looks only at the segments that its pixels can tell from
//! nothing, and nothing of the size pixels × lines is ever in memory.

mod backward;
mod forward;
mod lanes;
mod segment;

use fearless_simd::Level;

use crate::error::{MAX_SIDE, RasterError};
use crate::simd::with_vectors;
pub use backward::Gradient;
use backward::{Sums, tile_of_max, tile_of_soft_or};
use forward::{NO_SEGMENT, row_of_max, row_of_soft_or};
use lanes::{LANES, Lanes};
use segment::{ROWS, Segment, Tile, find_visible};

/// Pixels of small images that make a task.
const TASK_PIXELS: usize = 1 << 13;
/// Most bands that a large image is divided into.
const MAX_BANDS: usize = 32;

/// How the presence of a stroke falls with the distance d of a pixel from its middle line. All slices hold one
/// number for each line: those of the first image, then those of the second, and so on.
#[derive(Clone, Copy, Debug)]
pub enum Profile<'a> {
    /// σ(k (w/2 − d)): full inside, with a soft edge. A stroke of width 0 is not there.
    Edge {
        /// Full widths w >= 0, in unit-square units.
        widths: &'a [f32],
        /// k > 0, per unit-square length.
        sharpness: &'a [f32],
    },
    /// exp(−α d²).
    Gaussian {
        /// α > 0, per squared unit-square length.
        alpha: &'a [f32],
    },
}

/// What several strokes make of a pixel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compose {
    /// The strongest presence.
    #[default]
    Max,
    /// 1 − ∏ (1 − ω).
    SoftOr,
}

/// The soft strokes of a batch of images: as many lines in each.
#[derive(Clone, Copy, Debug)]
pub struct SoftStrokes<'a> {
    lines: &'a [[f32; 4]],
    profile: Profile<'a>,
    images: usize,
    lines_per_image: usize,
}

impl<'a> SoftStrokes<'a> {
    /// Check the lines of `images` images and their profile.
    ///
    /// `lines` are (x1, y1, x2, y2) in the unit square, x right, y down, of the first image, then of the second,
    /// and so on.
    ///
    /// # Errors
    /// The lines cannot be shared out equally among the images, a slice of the profile has not one number for
    /// each line, or a number is not finite or out of its range.
    pub fn new(lines: &'a [[f32; 4]], images: usize, profile: Profile<'a>) -> Result<Self, RasterError> {
        let lines_per_image = lines.len().checked_div(images).unwrap_or(0);
        if lines_per_image * images != lines.len() {
            return Err(RasterError::Lines { lines: lines.len(), images });
        }
        let place = |at: usize| (at / lines_per_image, at % lines_per_image);
        if let Some(at) = lines.iter().position(|line| !line.iter().all(|value| value.is_finite())) {
            let (image, line) = place(at);
            return Err(RasterError::Coordinate { image, line, values: lines[at] });
        }
        let check = |name, values: &[f32], in_range: fn(f32) -> bool| {
            if values.len() != lines.len() {
                return Err(RasterError::Parameters { name, expected: lines.len(), found: values.len() });
            }
            match values.iter().position(|&value| !(value.is_finite() && in_range(value))) {
                None => Ok(()),
                Some(at) => {
                    let (image, line) = place(at);
                    Err(RasterError::Parameter { name, image, line, value: values[at] })
                }
            }
        };
        match profile {
            Profile::Edge { widths, sharpness } => {
                check("stroke_width", widths, |w| w >= 0.0)?;
                check("sharpness", sharpness, |k| k > 0.0)?;
            }
            Profile::Gaussian { alpha } => check("alpha", alpha, |alpha| alpha > 0.0)?,
        }
        Ok(Self { lines, profile, images, lines_per_image })
    }

    /// How many lines each image has.
    pub fn per_image(&self) -> usize {
        self.lines_per_image
    }

    /// How to draw them on `height` × `width` pixels, in tasks for any number of threads.
    ///
    /// ```
    /// use vecnb_raster::{Compose, Profile, SoftStrokes};
    ///
    /// let lines = [[0.2, 0.5, 0.8, 0.5]];
    /// let profile = Profile::Edge { widths: &[0.2], sharpness: &[50.0] };
    /// let plan = SoftStrokes::new(&lines, 1, profile)?.plan(20, 20, Compose::Max)?;
    /// let (mut image, mut winners) = (vec![0.0; 400], vec![0; 400]);
    /// plan.forward(0, &mut image, &mut winners); // one task: the image is small
    /// assert!(image[10 * 20 + 10] > 0.9 && image[0] < 1e-6);
    ///
    /// let mut gradients = vec![[0.0; 6]; 1];
    /// plan.backward(0, &[1.0; 400], &image, &winners, &mut gradients); // of the sum of all pixels
    /// assert!(gradients[0][4] > 0.0); // a wider stroke has more of it
    /// # Ok::<(), vecnb_raster::RasterError>(())
    /// ```
    ///
    /// # Errors
    /// A side is out of range, or the images are too large to be addressed.
    pub fn plan(&self, height: usize, width: usize, compose: Compose) -> Result<SoftPlan<'a>, RasterError> {
        if !(1..=MAX_SIDE).contains(&height) || !(1..=MAX_SIDE).contains(&width) {
            return Err(RasterError::Size { height, width });
        }
        let area = height * width;
        if self.images.checked_mul(area * size_of::<f32>()).is_none() {
            return Err(RasterError::Memory { bytes: None });
        }
        let band_rows =
            if area <= TASK_PIXELS { height } else { height.div_ceil(MAX_BANDS).next_multiple_of(ROWS) };
        let images_per_task = if band_rows == height { (TASK_PIXELS / area).max(1) } else { 1 };
        Ok(SoftPlan {
            strokes: *self,
            height,
            width,
            compose,
            band_rows,
            images_per_task,
            level: Level::new(),
        })
    }
}

/// Soft strokes, the canvas and the composition, divided into tasks: several small images, or a band of a large one.
///
/// The division depends on the size of the images alone, so that sums, and with them all bits, do not depend on
/// threads, nor on the rest of the batch.
#[derive(Debug)]
pub struct SoftPlan<'a> {
    strokes: SoftStrokes<'a>,
    height: usize,
    width: usize,
    compose: Compose,
    band_rows: usize,
    images_per_task: usize,
    level: Level,
}

/// A task's part of the pixels: `rows` rows of each of `images` images.
#[derive(Clone, Copy, Debug)]
struct Part {
    first_image: usize,
    images: usize,
    first_row: usize,
    rows: usize,
}

/// Memory that is used again from tile to tile.
#[derive(Debug, Default)]
struct Scratch {
    segments: Vec<Segment>,
    visible: Vec<Segment>,
    sums: Vec<Sums>,
    shares: Vec<(Lanes, Lanes)>,
}

impl SoftPlan<'_> {
    /// How many tasks there are.
    pub fn tasks(&self) -> usize {
        if self.bands() == 1 {
            self.strokes.images.div_ceil(self.images_per_task)
        } else {
            self.strokes.images * self.bands()
        }
    }

    /// Pixels of a task; they follow each other without a gap.
    pub fn task_pixels(&self, task: usize) -> usize {
        let part = self.part(task);
        part.images * part.rows * self.width
    }

    /// Gradients that a task gives: one for each line of its images.
    pub fn task_gradients(&self, task: usize) -> usize {
        self.part(task).images * self.strokes.lines_per_image
    }

    /// The first image that a task belongs to: the gradients of several bands of an image are to be added up.
    pub fn task_image(&self, task: usize) -> usize {
        self.part(task).first_image
    }

    /// Draw a task's pixels, each in [0, 1].
    ///
    /// `winners`, as many, tell `backward` which line each pixel is of; with the soft-or they are not written.
    pub fn forward(&self, task: usize, pixels: &mut [f32], winners: &mut [u32]) {
        with_vectors(
            self.level,
            #[inline(always)]
            || match (self.strokes.profile, self.compose) {
                (Profile::Edge { .. }, Compose::Max) => self.draw::<true, true>(task, pixels, winners),
                (Profile::Edge { .. }, Compose::SoftOr) => self.draw::<true, false>(task, pixels, winners),
                (Profile::Gaussian { .. }, Compose::Max) => self.draw::<false, true>(task, pixels, winners),
                (Profile::Gaussian { .. }, Compose::SoftOr) => {
                    self.draw::<false, false>(task, pixels, winners)
                }
            },
        );
    }

    /// Add the gradients of a loss in (x1, y1, x2, y2), width and sharpness (or 0 and α) of each line.
    ///
    /// `slopes` are the loss's gradients at the task's pixels; `pixels` and `winners` what `forward` wrote.
    pub fn backward(
        &self,
        task: usize,
        slopes: &[f32],
        pixels: &[f32],
        winners: &[u32],
        gradients: &mut [Gradient],
    ) {
        let from = (slopes, pixels, winners);
        with_vectors(
            self.level,
            #[inline(always)]
            || match (self.strokes.profile, self.compose) {
                (Profile::Edge { .. }, Compose::Max) => self.pull::<true, true>(task, from, gradients),
                (Profile::Edge { .. }, Compose::SoftOr) => self.pull::<true, false>(task, from, gradients),
                (Profile::Gaussian { .. }, Compose::Max) => self.pull::<false, true>(task, from, gradients),
                (Profile::Gaussian { .. }, Compose::SoftOr) => {
                    self.pull::<false, false>(task, from, gradients)
                }
            },
        );
    }

    fn bands(&self) -> usize {
        self.height.div_ceil(self.band_rows)
    }

    fn part(&self, task: usize) -> Part {
        let bands = self.bands();
        if bands == 1 {
            let first_image = task * self.images_per_task;
            let images = self.images_per_task.min(self.strokes.images - first_image);
            return Part { first_image, images, first_row: 0, rows: self.height };
        }
        let first_row = task % bands * self.band_rows;
        Part {
            first_image: task / bands,
            images: 1,
            first_row,
            rows: self.band_rows.min(self.height - first_row),
        }
    }

    /// The tiles of a task's rows.
    fn tiles(&self, part: Part) -> impl Iterator<Item = Tile> {
        let (width, end) = (self.width, part.first_row + part.rows);
        let pixel = [1.0 / width as f64, 1.0 / self.height as f64];
        (part.first_row..end).step_by(ROWS).flat_map(move |row| {
            (0..width).step_by(LANES).map(move |column| Tile {
                row,
                column,
                rows: ROWS.min(end - row),
                columns: LANES.min(width - column),
                pixel,
            })
        })
    }

    #[inline(always)]
    fn draw<const EDGE: bool, const MAX: bool>(&self, task: usize, pixels: &mut [f32], winners: &mut [u32]) {
        let part = self.part(task);
        let mut scratch = Scratch::default();
        for image in 0..part.images {
            let offset = image * part.rows * self.width;
            self.prepare(part.first_image + image, &mut scratch.segments);
            for tile in self.tiles(part) {
                find_visible::<EDGE>(&scratch.segments, &tile, self.compose, &mut scratch.visible);
                let x = tile.x();
                for row in 0..tile.rows {
                    let at = offset + (tile.row - part.first_row + row) * self.width + tile.column;
                    let here = at..at + tile.columns;
                    if MAX {
                        let (values, winner) = row_of_max::<EDGE>(&scratch.visible, x, tile.y(row));
                        pixels[here.clone()].copy_from_slice(&values.0[..tile.columns]);
                        winners[here].copy_from_slice(&winner[..tile.columns]);
                    } else {
                        let values = row_of_soft_or::<EDGE>(&scratch.visible, x, tile.y(row));
                        pixels[here].copy_from_slice(&values.0[..tile.columns]);
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn pull<const EDGE: bool, const MAX: bool>(
        &self,
        task: usize,
        (slopes, pixels, winners): (&[f32], &[f32], &[u32]),
        gradients: &mut [Gradient],
    ) {
        let part = self.part(task);
        let mut scratch = Scratch::default();
        let n = self.strokes.lines_per_image;
        for image in 0..part.images {
            let offset = image * part.rows * self.width;
            self.prepare(part.first_image + image, &mut scratch.segments);
            let gradients = &mut gradients[image * n..(image + 1) * n];
            for tile in self.tiles(part) {
                find_visible::<EDGE>(&scratch.segments, &tile, self.compose, &mut scratch.visible);
                let Scratch { visible, sums, shares, .. } = &mut scratch;
                if visible.is_empty() {
                    continue;
                }
                let (mut pull, mut won) = ([Lanes::all(0.0); ROWS], [[NO_SEGMENT; LANES]; ROWS]);
                for row in 0..tile.rows {
                    let at = offset + (tile.row - part.first_row + row) * self.width + tile.column;
                    let here = at..at + tile.columns;
                    pull[row].0[..tile.columns].copy_from_slice(&slopes[here.clone()]);
                    if MAX {
                        let mut drawn = Lanes::all(0.0);
                        drawn.0[..tile.columns].copy_from_slice(&pixels[here.clone()]);
                        let rise = if EDGE { drawn * (Lanes::all(1.0) - drawn) } else { drawn };
                        pull[row] = pull[row] * rise;
                        won[row][..tile.columns].copy_from_slice(&winners[here]);
                    }
                }
                sums.clear();
                sums.resize(visible.len(), Sums::zero());
                if MAX {
                    tile_of_max::<EDGE>(visible, &tile, &pull, &won, sums);
                } else {
                    tile_of_soft_or::<EDGE>(visible, &tile, &pull, shares, sums);
                }
                for (segment, sums) in visible.iter().zip(sums.iter()) {
                    sums.add_to(segment, &mut gradients[segment.index]);
                }
            }
        }
    }

    fn prepare(&self, image: usize, segments: &mut Vec<Segment>) {
        segments.clear();
        segments
            .extend((0..self.strokes.lines_per_image).map(|index| Segment::new(&self.strokes, image, index)));
    }
}

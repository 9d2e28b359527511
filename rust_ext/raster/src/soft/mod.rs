//! Differentiable drawing: soft strokes, composed, and the gradient of a loss in what they are drawn from.
//!
//! One pass forward, one backward, tile by tile: a tile looks only at the segments that its pixels can tell from
//! nothing, and nothing of the size pixels × lines is ever in memory.

mod backward;
mod curve;
mod forward;
mod lanes;
mod segment;

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, f32x16};

use crate::error::{MAX_SIDE, RasterError};
pub use backward::Gradient;
use backward::{Pulls, Strokes, add_pulls, add_ties, pulls_of_soft_or};
use curve::Curve;
use forward::{NO_SEGMENT, TIED, row_of_max, row_of_soft_or};
use lanes::LANES;
use segment::{Candidate, ROWS, Segment, Tile, Visible, find_visible};

/// Pixels of small images that make a task.
const TASK_PIXELS: usize = 1 << 13;
/// Most bands that a large image is divided into.
const MAX_BANDS: usize = 32;

/// How the presence of a stroke falls with the distance d of a pixel from its middle line. All slices hold one
/// number for each stroke: those of the first image, then those of the second, and so on.
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

/// The soft strokes of a batch of images: as many in each, all lines or all Bézier curves of one degree.
///
/// A curve is drawn as chords, which it leaves by at most 1/128 of a pixel.
#[derive(Clone, Copy, Debug)]
pub struct SoftStrokes<'a> {
    points: &'a [f32],
    degree: usize,
    profile: Profile<'a>,
    images: usize,
    per_image: usize,
}

impl<'a> SoftStrokes<'a> {
    /// Check the strokes of `images` images and their profile.
    ///
    /// `points` are (x, y) in the unit square, x right, y down, of each stroke's control points: two of a line
    /// (`degree` 1), three of a quadratic curve (2), four of a cubic one (3); first all strokes of the first image,
    /// then those of the second, and so on.
    ///
    /// # Errors
    /// Another degree; the points cannot be shared out equally among the images; a slice of the profile has not one
    /// number for each stroke; a number is not finite or out of its range.
    pub fn new(
        points: &'a [f32],
        degree: usize,
        images: usize,
        profile: Profile<'a>,
    ) -> Result<Self, RasterError> {
        if !(1..=3).contains(&degree) {
            return Err(RasterError::Degree { degree });
        }
        let numbers = 2 * (degree + 1);
        let strokes = points.len() / numbers;
        let per_image = strokes.checked_div(images).unwrap_or(0);
        if per_image * images * numbers != points.len() {
            return Err(RasterError::Points { points: points.len() / 2, each: degree + 1, images });
        }
        let place = |at: usize| (at / per_image, at % per_image);
        if let Some(at) = points.iter().position(|value| !value.is_finite()) {
            let (image, line) = place(at / numbers);
            let first = at / numbers * numbers;
            return Err(RasterError::Coordinate {
                image,
                line,
                values: points[first..first + numbers].into(),
            });
        }
        let check = |name, values: &[f32], in_range: fn(f32) -> bool| {
            if values.len() != strokes {
                return Err(RasterError::Parameters { name, expected: strokes, found: values.len() });
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
        Ok(Self { points, degree, profile, images, per_image })
    }

    /// How many strokes each image has.
    pub fn per_image(&self) -> usize {
        self.per_image
    }

    fn curve(&self, at: usize) -> Curve {
        let numbers = 2 * (self.degree + 1);
        Curve::new(&self.points[numbers * at..numbers * (at + 1)])
    }

    /// How to draw them on `height` × `width` pixels, in tasks for any number of threads.
    ///
    /// ```
    /// use vecnb_raster::{Compose, Gradient, Profile, SoftStrokes};
    ///
    /// let line = [0.2, 0.5, 0.8, 0.5];
    /// let profile = Profile::Edge { widths: &[0.2], sharpness: &[50.0] };
    /// let plan = SoftStrokes::new(&line, 1, 1, profile)?.plan(20, 20, Compose::Max)?;
    /// let (mut image, mut winners) = (vec![0.0; 400], vec![0; 400]);
    /// plan.forward(0, &mut image, &mut winners); // one task: the image is small
    /// assert!(image[10 * 20 + 10] > 0.9 && image[0] < 1e-6);
    ///
    /// let mut gradients = [Gradient::default()];
    /// plan.backward(0, &[1.0; 400], &image, &winners, &mut gradients); // of the sum of all pixels
    /// assert!(gradients[0].width > 0.0); // a wider stroke has more of it
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
            pixel: [1.0 / width as f64, 1.0 / height as f64],
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
    pixel: [f64; 2],
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
    curves: Vec<Curve>,
    segments: Vec<Segment>,
    candidates: Vec<Candidate>,
    visible: Vec<Visible>,
    pulls: Pulls,
    absences: Vec<[f32; LANES]>,
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

    /// Gradients that a task gives: one for each stroke of its images.
    pub fn task_gradients(&self, task: usize) -> usize {
        self.part(task).images * self.strokes.per_image
    }

    /// The first image that a task belongs to: the gradients of several bands of an image are to be added up.
    pub fn task_image(&self, task: usize) -> usize {
        self.part(task).first_image
    }

    /// Draw a task's pixels, each in [0, 1].
    ///
    /// `winners`, as many, tell `backward` what each pixel is of; with the soft-or they are not written.
    pub fn forward(&self, task: usize, pixels: &mut [f32], winners: &mut [u32]) {
        dispatch!(self.level, simd => match (self.strokes.profile, self.compose) {
            (Profile::Edge { .. }, Compose::Max) => self.draw::<_, true, true>(simd, task, pixels, winners),
            (Profile::Edge { .. }, Compose::SoftOr) => self.draw::<_, true, false>(simd, task, pixels, winners),
            (Profile::Gaussian { .. }, Compose::Max) => self.draw::<_, false, true>(simd, task, pixels, winners),
            (Profile::Gaussian { .. }, Compose::SoftOr) => {
                self.draw::<_, false, false>(simd, task, pixels, winners);
            }
        });
    }

    /// Add the gradients of a loss in each stroke.
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
        dispatch!(self.level, simd => match (self.strokes.profile, self.compose) {
            (Profile::Edge { .. }, Compose::Max) => self.pull::<_, true, true>(simd, task, from, gradients),
            (Profile::Edge { .. }, Compose::SoftOr) => self.pull::<_, true, false>(simd, task, from, gradients),
            (Profile::Gaussian { .. }, Compose::Max) => self.pull::<_, false, true>(simd, task, from, gradients),
            (Profile::Gaussian { .. }, Compose::SoftOr) => {
                self.pull::<_, false, false>(simd, task, from, gradients);
            }
        });
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
        let pixel = self.pixel;
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
    fn find_visible<const EDGE: bool>(&self, tile: &Tile, scratch: &mut Scratch) {
        let Scratch { segments, candidates, visible, .. } = scratch;
        find_visible::<EDGE>(segments, tile, self.compose, candidates, visible);
    }

    #[inline(always)]
    fn draw<S: Simd, const EDGE: bool, const MAX: bool>(
        &self,
        simd: S,
        task: usize,
        pixels: &mut [f32],
        winners: &mut [u32],
    ) {
        let part = self.part(task);
        let mut scratch = Scratch::default();
        for image in 0..part.images {
            let offset = image * part.rows * self.width;
            self.prepare(part.first_image + image, &mut scratch);
            for tile in self.tiles(part) {
                self.find_visible::<EDGE>(&tile, &mut scratch);
                let x = tile.x(simd);
                for row in 0..tile.rows {
                    let at = offset + (tile.row - part.first_row + row) * self.width + tile.column;
                    let here = at..at + tile.columns;
                    if MAX {
                        let (values, winner) = row_of_max::<S, EDGE>(&scratch.visible, x, tile.y(row));
                        pixels[here.clone()].copy_from_slice(&values.as_slice()[..tile.columns]);
                        winners[here].copy_from_slice(&winner.as_slice()[..tile.columns]);
                    } else {
                        let values = row_of_soft_or::<S, EDGE>(&scratch.visible, x, tile.y(row));
                        pixels[here].copy_from_slice(&values.as_slice()[..tile.columns]);
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn pull<S: Simd, const EDGE: bool, const MAX: bool>(
        &self,
        simd: S,
        task: usize,
        (slopes, pixels, winners): (&[f32], &[f32], &[u32]),
        gradients: &mut [Gradient],
    ) {
        let part = self.part(task);
        let mut scratch = Scratch::default();
        let n = self.strokes.per_image;
        for image in 0..part.images {
            let offset = image * part.rows * self.width;
            self.prepare(part.first_image + image, &mut scratch);
            let gradients = &mut gradients[image * n..(image + 1) * n];
            for tile in self.tiles(part) {
                self.find_visible::<EDGE>(&tile, &mut scratch);
                let Scratch { curves, segments, visible, pulls, absences, .. } = &mut scratch;
                let strokes = Strokes { segments, curves };
                if visible.is_empty() {
                    continue;
                }
                let (mut pull, mut won) = ([[0.0; LANES]; ROWS], [[NO_SEGMENT; LANES]; ROWS]);
                let mut tied = false;
                for row in 0..tile.rows {
                    let at = offset + (tile.row - part.first_row + row) * self.width + tile.column;
                    let here = at..at + tile.columns;
                    pull[row][..tile.columns].copy_from_slice(&slopes[here.clone()]);
                    if MAX {
                        let mut drawn = [0.0; LANES];
                        drawn[..tile.columns].copy_from_slice(&pixels[here.clone()]);
                        let drawn = f32x16::load_array(simd, drawn);
                        let rise = if EDGE { drawn * (lanes::all(simd, 1.0) - drawn) } else { drawn };
                        (f32x16::load_array(simd, pull[row]) * rise).store_array(&mut pull[row]);
                        won[row][..tile.columns].copy_from_slice(&winners[here.clone()]);
                        tied |= winners[here].contains(&TIED);
                    }
                }
                if MAX {
                    pulls.set_all(&pull, &won);
                    if tied {
                        add_ties::<S, EDGE>(simd, visible, &tile, pulls, &strokes, gradients);
                    }
                } else {
                    pulls_of_soft_or::<S, EDGE>(simd, visible, &tile, &pull, absences, pulls);
                }
                if self.strokes.degree == 1 {
                    add_pulls::<S, EDGE, 2>(simd, visible, &tile, pulls, &strokes, gradients);
                } else {
                    add_pulls::<S, EDGE, 4>(simd, visible, &tile, pulls, &strokes, gradients);
                }
            }
        }
    }

    /// The segments of an image: its lines, or the chords of its curves.
    fn prepare(&self, image: usize, scratch: &mut Scratch) {
        let (strokes, Scratch { curves, segments, .. }) = (&self.strokes, scratch);
        curves.clear();
        segments.clear();
        for stroke in 0..strokes.per_image {
            let at = image * strokes.per_image + stroke;
            let (half_width, slope) = match strokes.profile {
                Profile::Edge { widths, sharpness } => (widths[at] / 2.0, sharpness[at]),
                Profile::Gaussian { alpha } => (0.0, alpha[at]),
            };
            let curve = strokes.curve(at);
            curves.push(curve);
            if matches!(strokes.profile, Profile::Edge { .. }) && half_width == 0.0 {
                continue; // no ink
            }
            let chords = curve.chords(self.pixel);
            let (mut from, mut start) = (0.0, curve.at(0.0));
            for chord in 1..=chords {
                let to = chord as f64 / chords as f64;
                let end = curve.at(to);
                let index = segments.len() as u32;
                segments.push(Segment::new(
                    [start, end],
                    [from, to],
                    half_width,
                    slope,
                    (index, stroke as u32),
                ));
                (from, start) = (to, end);
            }
        }
    }
}

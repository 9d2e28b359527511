//! Drawing paths in tasks: several small images, or some rows of a large one.
//!
//! What a task is depends on the size of the images and on their own paths alone, so that the bits do not depend on
//! threads, nor on the rest of the batch.

use std::mem;

use super::bezier::{Point, Window};
use super::fill::Edges;
use super::outline::{Sides, Stroker};
use super::{Content, Paths};
use crate::error::{MAX_SIDE, RasterError};
use crate::options::{AntiAlias, RenderOptions};

/// Pixels of small images that make a task.
const TASK_PIXELS: usize = 1 << 13;
/// Most pixels of an image that is not divided, and rows of the parts of one that is, if they have no more pixels:
/// each part outlines its strokes anew, which costs less than filling so many rows.
const MAX_TASK_PIXELS: usize = 1 << 15;
const BAND_ROWS: usize = 64;
/// Most curves of an image that is not divided for their sake: a few tenths of a second.
const MAX_CURVES: usize = 1 << 16;

/// Paths, checked, and the images to draw them on, divided into tasks.
#[derive(Debug)]
pub struct PathPlan<'a> {
    paths: Paths<'a>,
    options: RenderOptions,
    place: Place,
    rows_per_task: usize,
    images_per_task: usize,
}

/// Memory that tasks use one after the other.
#[derive(Debug, Default)]
pub struct PathScratch {
    sides: Sides,
    edges: Edges,
}

/// From the unit of the paths to lengths in which strokes are equally wide in all directions: pixels, but for those
/// along x, which are `stretch` times as many.
#[derive(Clone, Copy, Debug)]
struct Place {
    scale: f64,
    offset: Point,
    stretch: f64,
}

impl<'a> Paths<'a> {
    /// Draw them: image by image, row by row, each value in [0, 1]. Where strokes overlap, the larger value stays.
    ///
    /// # Errors
    /// A side of the images is out of range, or they do not fit into memory.
    pub fn render(&self, options: &RenderOptions) -> Result<Vec<f32>, RasterError> {
        let plan = self.plan(options)?;
        let mut pixels = Vec::new();
        let error = RasterError::Memory { bytes: Some(plan.pixels() * mem::size_of::<f32>()) };
        pixels.try_reserve_exact(plan.pixels()).map_err(|_| error)?;
        pixels.resize(plan.pixels(), 0.0);
        let (mut rest, mut scratch) = (&mut pixels[..], PathScratch::default());
        for task in 0..plan.tasks() {
            let (part, others) = rest.split_at_mut(plan.task_pixels(task));
            plan.draw(task, part, &mut scratch);
            rest = others;
        }
        Ok(pixels)
    }

    /// Divide the rendering into tasks, each to be run by whatever thread the caller chooses.
    ///
    /// # Errors
    /// A side of the images is out of range, or all of them are too large to be addressed.
    pub fn plan(&self, options: &RenderOptions) -> Result<PathPlan<'a>, RasterError> {
        let RenderOptions { height, width, .. } = *options;
        if !(1..=MAX_SIDE).contains(&height) || !(1..=MAX_SIDE).contains(&width) {
            return Err(RasterError::Size { height, width });
        }
        let area = height * width;
        if self.images().checked_mul(area * mem::size_of::<f32>()).is_none() {
            return Err(RasterError::Memory { bytes: None });
        }
        let curves = self.curves_per_image().max(1);
        let rows = if area <= MAX_TASK_PIXELS { height } else { BAND_ROWS.max(MAX_TASK_PIXELS / width) };
        let rows_per_task = rows.min((height * MAX_CURVES / curves).max(1)).min(height);
        let together =
            if rows_per_task == height { (TASK_PIXELS / area).min(MAX_CURVES / curves) } else { 1 };
        let place = Place::new(&self.content, height as f64, width as f64);
        Ok(PathPlan {
            paths: *self,
            options: *options,
            place,
            rows_per_task,
            images_per_task: together.max(1),
        })
    }
}

impl Place {
    fn new(content: &Content<'_>, height: f64, width: f64) -> Self {
        match content {
            Content::Curves { .. } => Self { scale: height, offset: [0.0, 0.0], stretch: width / height },
            Content::Drawing { canvas, .. } => {
                let [wide, high] = canvas.map(f64::from);
                let scale = (width / wide).min(height / high);
                Self {
                    scale,
                    offset: [0.5 * (width - scale * wide), 0.5 * (height - scale * high)],
                    stretch: 1.0,
                }
            }
        }
    }
}

impl PathPlan<'_> {
    /// Pixels of all images.
    pub fn pixels(&self) -> usize {
        self.paths.images() * self.options.height * self.options.width
    }

    /// How many tasks there are.
    pub fn tasks(&self) -> usize {
        if self.bands() == 1 {
            self.paths.images().div_ceil(self.images_per_task)
        } else {
            self.paths.images() * self.bands()
        }
    }

    /// Pixels of a task; they follow each other without a gap.
    pub fn task_pixels(&self, task: usize) -> usize {
        let RenderOptions { height, width, .. } = self.options;
        if self.bands() == 1 {
            self.images_per_task.min(self.paths.images() - task * self.images_per_task) * height * width
        } else {
            self.rows_per_task.min(height - task % self.bands() * self.rows_per_task) * width
        }
    }

    /// Draw a task's pixels, whatever they hold. `scratch` may have been used by any other task before.
    pub fn draw(&self, task: usize, pixels: &mut [f32], scratch: &mut PathScratch) {
        pixels.fill(0.0);
        if self.bands() > 1 {
            let first = task % self.bands() * self.rows_per_task;
            self.draw_rows(task / self.bands(), first, pixels, scratch);
            return;
        }
        let area = self.options.height * self.options.width;
        for (at, image) in pixels.chunks_mut(area).enumerate() {
            self.draw_rows(task * self.images_per_task + at, 0, image, scratch);
        }
    }

    fn bands(&self) -> usize {
        self.options.height.div_ceil(self.rows_per_task)
    }

    /// Draw the rows of an image from `first` on.
    fn draw_rows(&self, image: usize, first: usize, pixels: &mut [f32], scratch: &mut PathScratch) {
        let Place { scale, offset: [right, down], stretch } = self.place;
        let width = self.options.width;
        let (top, bottom) = (first as f64, (first + pixels.len() / width) as f64);
        let window = Window { left: 0.0, top, right: width as f64 / stretch, bottom };
        let place = move |[x, y]: [f32; 2]| [f64::from(x) * scale + right, f64::from(y) * scale + down];
        let is_aliased = self.options.antialias == AntiAlias::None;
        // A tie with the edge is inside, to the precision of the coordinates.
        let margin = if is_aliased { self.options.height as f64 * f64::from(f32::EPSILON) } else { 0.0 };
        for stroke in 0..self.paths.per_image() {
            let chain = self.paths.chain(image, stroke);
            if chain.width <= 0.0 {
                continue;
            }
            scratch.edges.begin(top, bottom, width as f64, stretch);
            let mut stroker = Stroker {
                window,
                radius: 0.5 * f64::from(chain.width) * scale + margin,
                unit: stretch.max(1.0),
                cap: self.paths.cap,
                join: self.paths.join,
                sides: &mut scratch.sides,
                edges: &mut scratch.edges,
            };
            stroker.stroke(chain.curves(place), chain.closed);
            if is_aliased {
                scratch.edges.mark(pixels, width);
            } else {
                scratch.edges.cover(pixels, width);
            }
        }
    }
}

//! Rendering in tasks that do not depend on each other: whole small images, or bands of rows of a large one.
//!
//! A pixel's value depends on its own image alone, and how the images are divided depends on their size and
//! their number of lines alone: the bits are the same in whatever order, and on whatever thread, tasks are run.

use std::iter::FusedIterator;
use std::mem;
use std::sync::OnceLock;

use fearless_simd::Level;

use crate::aliased::AliasedGroup;
use crate::antialiased::AntialiasedGroup;
use crate::error::{MAX_SIDE, RasterError};
use crate::geometry::{PixelGrid, StrokeGroup};
use crate::options::{AntiAlias, RenderOptions};
use crate::painter::{Buffers, Painter, Scene};
use crate::strokes::Strokes;

/// Most pixels of a task: 128 KiB, which fit into the cache of a core.
const MAX_TASK_PIXELS: usize = 1 << 15;
/// Pixels of small images that make a task: enough to hide its cost, few enough to share out evenly.
const TASK_PIXELS: usize = 1 << 13;
/// Most pixels × lines of a task: about a second, however wide the strokes.
const MAX_TASK_WORK: usize = 1 << 31;

/// A batch of strokes and the options to draw them with, checked, and how the work is divided into [`Task`]s.
#[derive(Debug)]
pub struct Plan<'a> {
    scene: Scene<'a>,
    antialias: AntiAlias,
    division: Division,
    /// Of images that are divided: the strokes of each, computed by the first task that needs them. As many as there
    /// are images, once there is memory for the images themselves.
    groups: OnceLock<Vec<OnceLock<Vec<StrokeGroup>>>>,
}

/// What the pixels of a task are.
#[derive(Clone, Copy, Debug)]
enum Division {
    /// So many whole images.
    Images(usize),
    /// So many rows of one image.
    Rows(usize),
}

/// The tasks of a [`Plan`], with the pixels that each writes. From both ends, for threads to share.
#[derive(Debug)]
pub struct Tasks<'p> {
    plan: &'p Plan<'p>,
    /// Of the tasks that are left, first..end.
    pixels: &'p mut [f32],
    first: usize,
    end: usize,
}

/// A part of a rendering, at most about a second's work.
#[derive(Debug)]
pub struct Task<'p> {
    plan: &'p Plan<'p>,
    index: usize,
    pixels: &'p mut [f32],
}

/// Memory that tasks use one after the other: one for each thread saves them from allocating their own.
#[derive(Debug, Default)]
pub struct Scratch {
    antialiased: Buffers<AntialiasedGroup>,
    aliased: Buffers<AliasedGroup>,
}

impl<'a> Strokes<'a> {
    /// Divide the rendering into tasks. Each is run by whatever thread the caller chooses.
    ///
    /// ```
    /// use vecnb_raster::{RenderOptions, Scratch, Strokes, Widths};
    ///
    /// let lines = [[0.2, 0.25, 0.8, 0.75], [0.8, 0.25, 0.2, 0.75]]; // two images of one line
    /// let plan = Strokes::new(&lines, 2, Widths::All(0.1))?.plan(&RenderOptions::default())?;
    /// let mut pixels = vec![0.0; plan.pixels()];
    /// std::thread::scope(|scope| -> Result<(), vecnb_raster::RasterError> {
    ///     for task in plan.tasks(&mut pixels)? {
    ///         scope.spawn(move || task.run(&mut Scratch::default()));
    ///     }
    ///     Ok(())
    /// })?;
    /// # Ok::<(), vecnb_raster::RasterError>(())
    /// ```
    ///
    /// # Errors
    /// A side of the images is out of range, or all of them are too large to be addressed.
    pub fn plan(&self, options: &RenderOptions) -> Result<Plan<'a>, RasterError> {
        let RenderOptions { height, width, antialias } = *options;
        if !(1..=MAX_SIDE).contains(&height) || !(1..=MAX_SIDE).contains(&width) {
            return Err(RasterError::Size { height, width });
        }
        let area = height * width;
        if self.images().checked_mul(area * mem::size_of::<f32>()).is_none() {
            return Err(RasterError::Memory { bytes: None });
        }
        let most = MAX_TASK_PIXELS.min(MAX_TASK_WORK / self.per_image().max(1));
        let division = if area <= most {
            Division::Images((TASK_PIXELS.min(most) / area).max(1))
        } else {
            Division::Rows((most / width).clamp(1, height))
        };
        let scene = Scene { strokes: *self, grid: PixelGrid::new(height, width), level: Level::new() };
        Ok(Plan { scene, antialias, division, groups: OnceLock::new() })
    }
}

impl<'a> Plan<'a> {
    /// Pixels of all images.
    pub fn pixels(&self) -> usize {
        self.scene.strokes.images() * self.area()
    }

    /// The tasks, which together write all of `pixels`: image by image, row by row, each value in [0, 1].
    ///
    /// # Errors
    /// There are not [`Plan::pixels`] of them.
    pub fn tasks<'p>(&'p self, pixels: &'p mut [f32]) -> Result<Tasks<'p>, RasterError> {
        if pixels.len() != self.pixels() {
            return Err(RasterError::Pixels { expected: self.pixels(), found: pixels.len() });
        }
        let images = self.scene.strokes.images();
        let end = match self.division {
            Division::Images(at_once) => images.div_ceil(at_once),
            Division::Rows(_) => images * self.bands_per_image(),
        };
        Ok(Tasks { plan: self, pixels, first: 0, end })
    }

    fn area(&self) -> usize {
        self.scene.grid.height * self.scene.grid.width
    }

    fn bands_per_image(&self) -> usize {
        match self.division {
            Division::Images(_) => 1,
            Division::Rows(rows) => self.scene.grid.height.div_ceil(rows),
        }
    }

    /// Pixels of a task.
    fn task_pixels(&self, index: usize) -> usize {
        match self.division {
            Division::Images(at_once) => {
                at_once.min(self.scene.strokes.images() - index * at_once) * self.area()
            }
            Division::Rows(rows) => {
                let first = index % self.bands_per_image() * rows;
                rows.min(self.scene.grid.height - first) * self.scene.grid.width
            }
        }
    }

    fn run_task<P: Painter>(&self, index: usize, buffers: &mut Buffers<P>, pixels: &mut [f32]) {
        match self.division {
            Division::Images(at_once) => self.scene.paint_images::<P>(index * at_once, buffers, pixels),
            Division::Rows(rows) => {
                let (image, band) = (index / self.bands_per_image(), index % self.bands_per_image());
                let images = self.scene.strokes.images();
                let groups = self.groups.get_or_init(|| (0..images).map(|_| OnceLock::new()).collect());
                let groups = groups[image].get_or_init(|| self.scene.groups::<P>(image));
                self.scene.paint_band::<P>(groups, band * rows, buffers, pixels);
            }
        }
    }
}

impl Task<'_> {
    /// Write its pixels. `scratch` may have been used by any other task before.
    pub fn run(self, scratch: &mut Scratch) {
        match self.plan.antialias {
            AntiAlias::Coverage => self.plan.run_task(self.index, &mut scratch.antialiased, self.pixels),
            AntiAlias::None => self.plan.run_task(self.index, &mut scratch.aliased, self.pixels),
        }
    }
}

impl<'p> Iterator for Tasks<'p> {
    type Item = Task<'p>;

    fn next(&mut self) -> Option<Task<'p>> {
        let index = self.first;
        (index < self.end).then(|| {
            let (pixels, rest) = mem::take(&mut self.pixels).split_at_mut(self.plan.task_pixels(index));
            (self.pixels, self.first) = (rest, index + 1);
            Task { plan: self.plan, index, pixels }
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.end - self.first, Some(self.end - self.first))
    }
}

impl DoubleEndedIterator for Tasks<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        (self.first < self.end).then(|| {
            let index = self.end - 1;
            let at = self.pixels.len() - self.plan.task_pixels(index);
            let (rest, pixels) = mem::take(&mut self.pixels).split_at_mut(at);
            (self.pixels, self.end) = (rest, index);
            Task { plan: self.plan, index, pixels }
        })
    }
}

impl ExactSizeIterator for Tasks<'_> {}
impl FusedIterator for Tasks<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strokes::Widths;

    /// The instruction sets of this processor.
    fn levels() -> Vec<Level> {
        let best = Level::new();
        #[cfg(not(target_arch = "x86_64"))]
        return vec![best];
        #[cfg(target_arch = "x86_64")]
        [
            Some(best),
            best.as_avx2().map(Level::Avx2),
            best.as_sse4_2().map(Level::Sse4_2),
            best.as_sse2().map(Level::Sse2),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    #[test]
    fn all_instruction_sets_give_the_same_bits() {
        let coordinate = |k: usize| (0.754_877_7 * k as f64).fract() as f32;
        for (images, height, width) in [(50, 28, 28), (50, 20, 45), (2, 300, 200)] {
            let lines: Vec<[f32; 4]> =
                (0..images * 6).map(|k| [4 * k, 4 * k + 1, 4 * k + 2, 4 * k + 3].map(coordinate)).collect();
            // From hairlines to strokes so thick that no pixel holds parts of both edges.
            let widths: Vec<f32> = (0..lines.len()).map(|k| 0.02 * (k % 7) as f32).collect();
            for antialias in [AntiAlias::Coverage, AntiAlias::None] {
                let strokes = Strokes::new(&lines, images, Widths::PerLine(&widths)).expect("valid");
                let options = RenderOptions { height, width, antialias };
                let best = strokes.render(&options).expect("small");
                for level in levels() {
                    let mut plan = strokes.plan(&options).expect("valid");
                    plan.scene.level = level;
                    let mut pixels = vec![0.0; plan.pixels()];
                    plan.run(&mut pixels).expect("as many pixels");
                    assert!(pixels == best, "{height} × {width} {antialias:?} {level:?}");
                }
            }
        }
    }
}

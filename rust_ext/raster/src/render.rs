//! Rendering on the calling thread.

use std::mem;

use crate::error::RasterError;
use crate::options::RenderOptions;
use crate::strokes::Strokes;
use crate::tasks::{Plan, Scratch};

impl Strokes<'_> {
    /// Draw the batch: image by image, row by row, each value in [0, 1].
    ///
    /// # Errors
    /// A side of the images is out of range, or they do not fit into memory.
    pub fn render(&self, options: &RenderOptions) -> Result<Vec<f32>, RasterError> {
        let plan = self.plan(options)?;
        let mut pixels = Vec::new();
        let error = RasterError::Memory { bytes: Some(plan.pixels() * mem::size_of::<f32>()) };
        pixels.try_reserve_exact(plan.pixels()).map_err(|_| error)?;
        pixels.resize(plan.pixels(), 0.0);
        plan.run(&mut pixels)?;
        Ok(pixels)
    }

    /// Draw the batch into `pixels`, whatever they hold.
    ///
    /// # Errors
    /// A side of the images is out of range, or there are not as many pixels as the images have.
    pub fn render_into(&self, options: &RenderOptions, pixels: &mut [f32]) -> Result<(), RasterError> {
        self.plan(options)?.run(pixels)
    }
}

impl Plan<'_> {
    pub(crate) fn run(&self, pixels: &mut [f32]) -> Result<(), RasterError> {
        let mut scratch = Scratch::default();
        self.tasks(pixels)?.for_each(|task| task.run(&mut scratch));
        Ok(())
    }
}

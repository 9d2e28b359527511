//! How a band of rows is painted: the strokes are prepared `LANES` by `LANES`, then painted one by one.

use std::ops::Range;

use fearless_simd::Level;

use crate::geometry::{PixelGrid, Stroke, StrokeGroup};
use crate::simd::{LANES, with_vectors};
use crate::strokes::Strokes;

/// A way to paint: `LANES` strokes, prepared for one band.
pub(crate) trait Painter: Sized {
    /// What it paints on.
    type Pixel;
    /// How far outside a stroke, in rows, a pixel's centre may lie that the stroke changes.
    fn margin(grid: &PixelGrid) -> f64;
    fn empty() -> Self;
    /// Prepare strokes for the band of rows first..=last. Without branches: for all lanes at once.
    fn prepare(&mut self, strokes: &StrokeGroup, grid: &PixelGrid, first: f64, last: f64);
    /// Paint the part of a stroke that is in that band, if any.
    fn paint(&self, lane: usize, grid: &PixelGrid, band: &mut BandOf<Self>);
    /// Have `paint` paint on cleared memory, `buffer` where `pixels` itself will not do, and write the result to
    /// all of `pixels`, whatever either held before.
    fn with_cleared(
        grid: &PixelGrid,
        buffer: &mut Vec<Self::Pixel>,
        pixels: &mut [f32],
        paint: impl FnOnce(&mut [Self::Pixel]),
    );
}

/// Some consecutive rows of one image while they are being painted.
pub(crate) struct Band<'a, P> {
    pub rows: usize,
    pub pixels: &'a mut [P],
}

pub(crate) type BandOf<'a, P> = Band<'a, <P as Painter>::Pixel>;

/// Memory that a painter uses again from one task to the next.
#[derive(Debug)]
pub(crate) struct Buffers<P: Painter> {
    pub groups: Vec<P>,
    pub pixels: Vec<P::Pixel>,
}

impl<P: Painter> Default for Buffers<P> {
    fn default() -> Self {
        Self { groups: Vec::new(), pixels: Vec::new() }
    }
}

/// The images to paint, and the instructions to do it with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a> {
    pub strokes: Strokes<'a>,
    pub grid: PixelGrid,
    pub level: Level,
}

impl Scene<'_> {
    /// Paint consecutive whole images, from `first` on. Their strokes are prepared together, so that no lane is
    /// left empty between two images.
    pub fn paint_images<P: Painter>(&self, first: usize, buffers: &mut Buffers<P>, pixels: &mut [f32]) {
        let (grid, per_image) = (&self.grid, self.strokes.per_image());
        let area = grid.height * grid.width;
        let lines = first * per_image..(first + pixels.len() / area) * per_image;
        let last = (grid.height - 1) as f64;
        let groups = &mut buffers.groups;
        groups.clear();
        with_vectors(
            self.level,
            #[inline(always)]
            || {
                for start in lines.clone().step_by(LANES) {
                    let strokes = self.group::<P>(start..lines.end);
                    let mut group = P::empty();
                    group.prepare(&strokes, grid, 0.0, last);
                    groups.push(group);
                }
            },
        );
        for (image, pixels) in pixels.chunks_mut(area).enumerate() {
            let strokes = image * per_image..(image + 1) * per_image;
            self.with_cleared::<P>(
                &mut buffers.pixels,
                pixels,
                #[inline(always)]
                |band| {
                    for stroke in strokes {
                        groups[stroke / LANES].paint(stroke % LANES, grid, band);
                    }
                },
            );
        }
    }

    /// Paint the rows of an image from `first` on that `pixels` has room for.
    pub fn paint_band<P: Painter>(
        &self,
        strokes: &[StrokeGroup],
        first: usize,
        buffers: &mut Buffers<P>,
        pixels: &mut [f32],
    ) {
        let grid = &self.grid;
        let (top, bottom) = (first as f64, (first + pixels.len() / grid.width - 1) as f64);
        self.with_cleared::<P>(
            &mut buffers.pixels,
            pixels,
            #[inline(always)]
            |band| {
                for strokes in strokes.iter().filter(|strokes| strokes.touch(top, bottom)) {
                    let mut group = P::empty();
                    group.prepare(strokes, grid, top, bottom);
                    for lane in 0..LANES {
                        group.paint(lane, grid, band);
                    }
                }
            },
        );
    }

    /// The strokes of one image, to be painted band by band.
    pub fn groups<P: Painter>(&self, image: usize) -> Vec<StrokeGroup> {
        let lines = image * self.strokes.per_image()..(image + 1) * self.strokes.per_image();
        let mut groups = Vec::with_capacity(lines.len().div_ceil(LANES));
        with_vectors(
            self.level,
            #[inline(always)]
            || {
                for start in lines.clone().step_by(LANES) {
                    groups.push(self.group::<P>(start..lines.end));
                }
            },
        );
        groups
    }

    /// The first `LANES` strokes of some lines; where there are fewer, filled up with invisible ones.
    #[inline(always)]
    fn group<P: Painter>(&self, lines: Range<usize>) -> StrokeGroup {
        let (mut ends, mut widths) = ([[0.0; 4]; LANES], [0.0; LANES]);
        for (lane, at) in lines.take(LANES).enumerate() {
            (ends[lane], widths[lane]) = self.strokes.get(at);
        }
        let (mut group, margin) = (StrokeGroup::zeroed(), P::margin(&self.grid));
        for lane in 0..LANES {
            group.set(lane, Stroke::new(ends[lane], widths[lane], &self.grid, margin));
        }
        group
    }

    /// Have `paint` paint a cleared band, and write the result to `pixels`.
    fn with_cleared<P: Painter>(
        &self,
        buffer: &mut Vec<P::Pixel>,
        pixels: &mut [f32],
        paint: impl FnOnce(&mut BandOf<P>),
    ) {
        let (grid, rows) = (&self.grid, pixels.len() / self.grid.width);
        with_vectors(
            self.level,
            #[inline(always)]
            || {
                P::with_cleared(
                    grid,
                    buffer,
                    pixels,
                    #[inline(always)]
                    |pixels| paint(&mut Band { rows, pixels }),
                )
            },
        );
    }
}

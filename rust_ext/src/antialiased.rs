//! Strokes antialiased: how much of each pixel a stroke covers, painted tile by tile.

use std::mem::MaybeUninit;

use crate::coverage::{Coverage, Thick, Thin};
use crate::ink::{thick, Ink, Inks};
use crate::lanes::LANES;
use crate::painting::{BandOf, Brush};
use crate::stroke::{Canvas, Strokes};
use crate::tiles::{self, holder, stride, Tile, Touched, PIXELS, SIDE};

impl Brush for Inks {
    type Cell = Tile;
    type Notes = Touched;

    fn cells(canvas: &Canvas, rows: usize) -> usize {
        rows.div_ceil(SIDE) * stride(canvas)
    }

    fn fringe(canvas: &Canvas) -> f64 {
        // Further from the edge than half its diagonal no pixel is partly covered.
        canvas.half_diagonal
    }

    #[inline(always)]
    fn blank() -> Self {
        Self::new()
    }

    #[inline(always)]
    fn see(&mut self, strokes: &Strokes, canvas: &Canvas, first: f64, last: f64) {
        for lane in 0..LANES {
            self.put(lane, Ink::new(&strokes.get(lane), canvas, first, last));
        }
    }

    #[inline(always)]
    fn paint(&self, lane: usize, canvas: &Canvas, band: &mut BandOf<Self>) {
        if self.bottom[lane] < self.top[lane] || self.right[lane] < self.left[lane] {
            return;
        }
        match (thick(self.radius[lane], canvas), canvas.height == canvas.width) {
            (true, true) => self.paint_with(lane, Thick::<true>::new, canvas, band),
            (false, true) => self.paint_with(lane, Thin::<true>::new, canvas, band),
            (true, false) => self.paint_with(lane, Thick::<false>::new, canvas, band),
            (false, false) => self.paint_with(lane, Thin::<false>::new, canvas, band),
        }
    }

    #[inline(always)]
    fn copy_out(cells: &[Tile], canvas: &Canvas, target: &mut [MaybeUninit<f32>]) {
        tiles::copy_out(cells, canvas, target);
    }
}

impl Inks {
    #[inline(always)]
    fn paint_with<C: Coverage>(
        &self,
        lane: usize,
        cover: impl Fn(&Ink) -> C,
        canvas: &Canvas,
        band: &mut BandOf<Self>,
    ) {
        band.instructions.run(
            #[inline(always)]
            || {
                let ink = self.get(lane);
                ink.paint(cover(&ink), canvas, band);
            },
        );
    }
}

/// The columns and rows of a tile's pixels.
const XS: [f32; PIXELS] = [0., 1., 2., 3., 0., 1., 2., 3., 0., 1., 2., 3., 0., 1., 2., 3.];
const YS: [f32; PIXELS] = [0., 0., 0., 0., 1., 1., 1., 1., 2., 2., 2., 2., 3., 3., 3., 3.];

impl Ink {
    /// Each pixel within reach becomes the larger of its ink and this stroke's.
    #[inline(always)]
    fn paint<C: Coverage>(&self, cover: C, canvas: &Canvas, band: &mut BandOf<Inks>) {
        let (right, bottom) = (holder(self.right), holder(self.bottom));
        let mut column = holder(self.left);
        while column <= right {
            let mut row = holder(self.top);
            while row <= bottom {
                band.notes.find(self, canvas, row, column);
                self.paint_tiles(cover, band.notes, band.cells);
                row += LANES as f32;
            }
            column += LANES as f32;
        }
    }

    #[inline(always)]
    fn paint_tiles<C: Coverage>(&self, cover: C, touched: &Touched, tiles: &mut [Tile]) {
        let (mut ps, mut qs) = ([0.0; PIXELS], [0.0; PIXELS]);
        for pixel in 0..PIXELS {
            ps[pixel] = YS[pixel].mul_add(self.p_row, XS[pixel] * self.p_column);
            qs[pixel] = YS[pixel].mul_add(self.q_row, XS[pixel] * self.q_column);
        }
        let places = touched.at.iter().zip(touched.p.iter().zip(&touched.q));
        for (at, (p, q)) in places.take(touched.count) {
            let Some(Tile(inks)) = tiles.get_mut(*at as usize) else { return };
            for pixel in 0..PIXELS {
                inks[pixel] = more(inks[pixel], cover.at(p + ps[pixel], q + qs[pixel]));
            }
        }
    }
}

/// The larger of the ink that is there, ≥ 0, and the ink to come, which rounding may have left a touch below 0:
/// floats that are not both negative are ordered as the integers of the same bits, whose maximum is one
/// instruction.
#[inline(always)]
fn more(old: f32, new: f32) -> f32 {
    f32::from_bits((old.to_bits() as i32).max(new.to_bits() as i32) as u32)
}

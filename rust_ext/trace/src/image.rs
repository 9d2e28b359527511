//! Pictures: borrowed pixels with their number of rows and columns.

use crate::error::{MAX_SIDE, TraceError};

/// A greyscale picture, a row after the other, dark = 1, paper = 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Image<'a> {
    pixels: &'a [f32],
    height: usize,
    width: usize,
}

impl<'a> Image<'a> {
    /// Pixels in [0, 1], of which the first `width` are the top row.
    ///
    /// # Errors
    /// A side is 0 or above [`MAX_SIDE`]; there are more or fewer pixels than that, or one is not finite.
    pub fn new(pixels: &'a [f32], height: usize, width: usize) -> Result<Self, TraceError> {
        if !(1..=MAX_SIDE).contains(&height) || !(1..=MAX_SIDE).contains(&width) {
            return Err(TraceError::Size { height, width });
        }
        if pixels.len() != height * width {
            return Err(TraceError::Pixels { expected: height * width, found: pixels.len() });
        }
        match pixels.iter().position(|value| !value.is_finite()) {
            Some(at) => Err(TraceError::Pixel { row: at / width, column: at % width }),
            None => Ok(Self { pixels, height, width }),
        }
    }

    /// All pixels, a row after the other.
    #[must_use]
    pub fn pixels(&self) -> &'a [f32] {
        self.pixels
    }

    /// Number of rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// Number of columns.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }
}

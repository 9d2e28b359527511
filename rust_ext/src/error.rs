//! What can be wrong with a request, in words.

use std::fmt;

use crate::raster::{MAX_SIDE, MAX_WIDTH};

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

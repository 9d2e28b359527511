//! What can be wrong with an image, a stroke or a setting.

use std::fmt;

/// Longest side of an image, pixels.
pub const MAX_SIDE: usize = 32_768;

/// What can be wrong with a request. Each error names the value, and where it stands.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum TraceError {
    /// A side of the image is 0 or above [`MAX_SIDE`].
    Size {
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
    },
    /// The image has another number of pixels than its sides say.
    Pixels {
        /// Rows times columns.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A pixel is infinite or NaN.
    Pixel {
        /// Its row.
        row: usize,
        /// Its column.
        column: usize,
    },
    /// The detail is not above 0.
    Detail {
        /// What it is.
        value: f64,
    },
    /// A chain of S cubic curves has 3 S + 1 points, S at least 1.
    Chain {
        /// Index of the stroke.
        stroke: usize,
        /// How many points it has.
        points: usize,
    },
    /// A stroke's point is infinite or NaN.
    Point {
        /// Index of the stroke.
        stroke: usize,
        /// Index of the point among those of its chain.
        point: usize,
    },
    /// A stroke's width is negative, infinite or NaN.
    Width {
        /// Index of the stroke.
        stroke: usize,
        /// The width.
        value: f64,
    },
    /// There is not one answer for each stroke, whether it has changed.
    Changed {
        /// How many strokes there are.
        expected: usize,
        /// How many answers there are.
        found: usize,
    },
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size { height, width } => {
                write!(f, "height and width must be 1 to {MAX_SIDE} pixels, not {height} × {width}")
            }
            Self::Pixels { expected, found } => {
                write!(f, "an image of this height and width has {expected} pixels, not {found}")
            }
            Self::Pixel { row, column } => write!(f, "the pixel in row {row}, column {column} is not finite"),
            Self::Detail { value } => write!(f, "detail must be above 0, not {value}"),
            Self::Chain { stroke, points } => {
                write!(f, "strokes[{stroke}] has {points} points, not 4, 7, 10, …")
            }
            Self::Point { stroke, point } => write!(f, "strokes[{stroke}].chain[{point}] is not finite"),
            Self::Width { stroke, value } => {
                write!(f, "strokes[{stroke}].width = {value} is not finite and >= 0")
            }
            Self::Changed { expected, found } => {
                write!(f, "changed must hold {expected} values, one for each stroke, not {found}")
            }
        }
    }
}

impl std::error::Error for TraceError {}

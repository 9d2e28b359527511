//! What can be wrong with a request, and the limits that it has to keep.

use std::fmt;

/// Longest side of an image, pixels.
pub const MAX_SIDE: usize = 32_768;
/// Widest stroke, in unit squares: far beyond any use, and well inside the range of `f32`.
pub const MAX_WIDTH: f32 = 1e6;

/// What can be wrong with a request. Each error names the value, and where it stands.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RasterError {
    /// A side of the images is 0 or above [`MAX_SIDE`].
    Size {
        /// Rows asked for.
        height: usize,
        /// Columns asked for.
        width: usize,
    },
    /// The lines cannot be shared out equally among the images.
    Lines {
        /// How many lines there are.
        lines: usize,
        /// How many images they are for.
        images: usize,
    },
    /// A Bézier curve is of degree 1 (a line), 2 or 3.
    Degree {
        /// The degree asked for.
        degree: usize,
    },
    /// The control points cannot be shared out equally among the images.
    Points {
        /// How many points there are.
        points: usize,
        /// How many a stroke has.
        each: usize,
        /// How many images they are for.
        images: usize,
    },
    /// There is not one width for each image, or not one for each line.
    Widths {
        /// How many widths are needed.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A coordinate is infinite or NaN.
    Coordinate {
        /// Index of the image.
        image: usize,
        /// Index of the line among those of its image.
        line: usize,
        /// (x1, y1, x2, y2), or (x, y) of each control point of a curve.
        values: Vec<f32>,
    },
    /// A width is negative, infinite, NaN or above [`MAX_WIDTH`].
    Width {
        /// Index of its image, unless it is the width of all images.
        image: Option<usize>,
        /// Index of its line among those of its image, if it is the width of a single line.
        line: Option<usize>,
        /// The width.
        value: f32,
    },
    /// A path's degree is not 1, 2 or 3, or so many points do not make curves of it.
    PathDegree {
        /// Index of the path.
        path: usize,
        /// The degree.
        degree: usize,
        /// How many control points there are.
        points: usize,
    },
    /// A control point of a path is infinite or NaN.
    PathPoint {
        /// Index of the path.
        path: usize,
        /// Index of the point among those of its path.
        point: usize,
        /// The point, (x, y).
        values: [f32; 2],
    },
    /// A path's width is negative, infinite or NaN.
    PathWidth {
        /// Index of the path.
        path: usize,
        /// The width.
        value: f32,
    },
    /// A side of the canvas is not positive and finite.
    Canvas {
        /// Its width.
        width: f32,
        /// Its height.
        height: f32,
    },
    /// There is not one number of a soft stroke's profile for each line.
    Parameters {
        /// What the numbers are.
        name: &'static str,
        /// How many are needed.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A number of a soft stroke's profile is not finite or out of its range.
    Parameter {
        /// What the number is.
        name: &'static str,
        /// Index of its image.
        image: usize,
        /// Index of its line among those of its image.
        line: usize,
        /// The number.
        value: f32,
    },
    /// The memory to render into is smaller or larger than the images.
    Pixels {
        /// Pixels of all images.
        expected: usize,
        /// Pixels that there is room for.
        found: usize,
    },
    /// The images do not fit into memory.
    Memory {
        /// Their size; `None` if it is larger than any address.
        bytes: Option<usize>,
    },
}

impl fmt::Display for RasterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size { height, width } => {
                write!(f, "height and width must be 1 to {MAX_SIDE} pixels, not {height} × {width}")
            }
            Self::Lines { lines, images } => {
                write!(f, "{lines} lines cannot be shared out equally among {images} images")
            }
            Self::Degree { degree } => write!(f, "a curve is of degree 1, 2 or 3, not {degree}"),
            Self::Points { points, each, images } => write!(
                f,
                "{points} points, {each} for a stroke, cannot be shared out equally among {images} images"
            ),
            Self::Widths { expected, found } => {
                write!(f, "stroke_width must hold {expected} values, not {found}")
            }
            Self::Coordinate { image, line, values } => {
                write!(f, "lines[{image}, {line}] = {values:?} is not finite (as float32)")
            }
            Self::Width { image, line, value } => {
                let index = match (image, line) {
                    (Some(image), Some(line)) => format!("[{image}, {line}]"),
                    (Some(image), None) => format!("[{image}]"),
                    _ => String::new(),
                };
                write!(f, "stroke_width{index} = {value} is not between 0 and {MAX_WIDTH}")
            }
            Self::PathDegree { path, degree, points } => {
                write!(f, "paths[{path}]: {points} points do not make curves of degree {degree} (1, 2 or 3)")
            }
            Self::PathPoint { path, point, values } => {
                write!(f, "paths[{path}].points[{point}] = {values:?} is not finite (as float32)")
            }
            Self::PathWidth { path, value } => {
                write!(f, "paths[{path}].width = {value} is not finite and >= 0 (as float32)")
            }
            Self::Canvas { width, height } => {
                write!(f, "the canvas must have sides above 0, not {width} × {height} (as float32)")
            }
            Self::Parameters { name, expected, found } => {
                write!(f, "{name} must hold {expected} values, not {found}")
            }
            Self::Parameter { name, image, line, value } => {
                let range = if *name == "stroke_width" { ">= 0" } else { "> 0" };
                write!(f, "{name}[{image}, {line}] = {value} is not finite and {range} (as float32)")
            }
            Self::Pixels { expected, found } => {
                write!(f, "the images have {expected} pixels, and there is room for {found}")
            }
            Self::Memory { bytes: Some(bytes) } => write!(f, "no memory for images of {bytes} bytes"),
            Self::Memory { bytes: None } => write!(f, "the images are too large to be addressed"),
        }
    }
}

impl std::error::Error for RasterError {}

//! Line drawings to strokes: the Bézier curves, and the widths, of what a pen has drawn, from pixels of any size.
//!
//! [`vectorise`] does all. It has five parts: [`isolate_ink`] finds what stands out from the paper; [`propose`]
//! follows its skeleton; [`fit`] makes curves of that; [`refine`] moves them until their drawing is the picture;
//! [`simplify`] takes away what the picture does not ask for. The same picture gives the same bits.
#![forbid(unsafe_code)]

mod cubic;
mod error;
mod filters;
mod fit;
mod image;
mod propose;
mod read;
mod refine;
mod simplify;
mod stroke;
mod vector;

pub use error::{MAX_SIDE, TraceError};
pub use fit::fit;
pub use image::Image;
pub use propose::{Polyline, propose};
pub use read::isolate_ink;
pub use refine::{STEPS, refine};
pub use simplify::{LEAST_ERROR, PRICE, simplify};
pub use stroke::{Point, Stroke};

/// Of a stroke's width, from a skeleton to the curves that it proposes.
pub const TOLERANCE: f64 = 0.1;
/// The least such distance, in pixels.
pub const LEAST_TOLERANCE: f64 = 0.3;

/// The strokes of a picture of any size: the whole method.
///
/// `detail` is above 0, and usually 1; twice as much keeps a curve for half the squared error that it saves.
///
/// # Errors
/// The detail is not above 0.
pub fn vectorise(image: Image<'_>, detail: f64) -> Result<Vec<Stroke>, TraceError> {
    let ink = isolate_ink(image);
    let ink = Image::new(&ink, image.height(), image.width())?;
    let curves = |line: &Polyline| fit(line, LEAST_TOLERANCE.max(TOLERANCE * line.width));
    let strokes: Vec<Stroke> =
        propose(ink).iter().map(|line| Stroke::new(curves(line), line.width)).collect();
    simplify(ink, &strokes, detail)
}

/// The example of the README, which is run with those above.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

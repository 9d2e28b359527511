//! Line drawings to strokes: the Bézier curves, and the widths, of what a pen has drawn, from pixels of any size.
//!
//! [`vectorise`] does all. It has five parts: [`isolate_ink`] finds what stands out from the paper; [`propose`]
//! follows its skeleton; [`fit`] makes curves of that; [`refine`] moves them until their drawing is the picture;
//! [`simplify`] takes away what the picture does not ask for. The same picture gives the same bits.
#![forbid(unsafe_code)]

mod cubic;
mod error;
mod image;
mod refine;
mod stroke;

pub use cubic::fit_cubic;
pub use error::{MAX_SIDE, TraceError};
pub use image::Image;
pub use refine::{STEPS, refine};
pub use stroke::{Point, Stroke};

/// The strokes of a picture of any size: the whole method.
///
/// `detail` is above 0, and usually 1; twice as much keeps a curve for half the squared error that it saves.
///
/// # Errors
/// The detail is not above 0.
pub fn vectorise(image: Image<'_>, detail: f64) -> Result<Vec<Stroke>, TraceError> {
    if detail.is_nan() || detail <= 0.0 {
        return Err(TraceError::Detail { value: detail });
    }
    unimplemented!("{}", image.width())
}

/// The example of the README, which is run with those above.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

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
mod watch;

pub use error::{MAX_SIDE, TraceError};
pub use fit::fit;
pub use image::Image;
pub use propose::{Polyline, propose};
pub use read::isolate_ink;
pub use refine::{STEPS, refine, squared_error};
pub use simplify::{LEAST_ERROR, PRICE, simplify};
pub use stroke::{Point, Stroke};
pub use watch::{Stage, Watch};

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
    vectorise_watched(image, detail, &mut |_, _| {})
}

/// The same, and `watch` is told of the strokes after each step.
///
/// ```
/// use vecnb_trace::{Image, Stage, vectorise_watched};
///
/// let picture: Vec<f32> = (0..400).map(|at| f32::from((8..12).contains(&(at / 20)))).collect();
/// let mut stages = Vec::new();
/// let mut watch = |stage: Stage, strokes: &dyn Fn() -> Vec<_>| stages.push((stage, strokes().len()));
/// vectorise_watched(Image::new(&picture, 20, 20)?, 1.0, &mut watch)?;
/// assert!(stages.contains(&(Stage::Proposed, 1)) && stages.contains(&(Stage::Refined { look: 1 }, 1)));
/// # Ok::<(), vecnb_trace::TraceError>(())
/// ```
///
/// # Errors
/// As [`vectorise`].
pub fn vectorise_watched(
    image: Image<'_>,
    detail: f64,
    watch: &mut Watch<'_>,
) -> Result<Vec<Stroke>, TraceError> {
    let ink = isolate_ink(image);
    let ink = Image::new(&ink, image.height(), image.width())?;
    let curves = |line: &Polyline| fit(line, LEAST_TOLERANCE.max(TOLERANCE * line.width));
    let lines = propose(ink);
    watch(Stage::Proposed, &|| lines.iter().map(watch::polygon).collect());
    let strokes: Vec<Stroke> = lines.iter().map(|line| Stroke::new(curves(line), line.width)).collect();
    watch(Stage::Fitted, &|| strokes.clone());
    simplify::simplify_watched(ink, &strokes, detail, watch)
}

/// The example of the README, which is run with those above.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

//! Batches of line drawings to greyscale pixels, on the CPU, by vector instructions.
//!
//! [`Strokes`] are lines with a width and round caps in the unit square; [`RenderOptions`] say how large the
//! images are, and whether a pixel holds the share of it that is covered or one bit. Where strokes overlap, the
//! larger value stays.
//!
//! ```
//! use vecnb_raster::{RenderOptions, Strokes, Widths};
//!
//! let lines = [[0.1, 0.5, 0.9, 0.5]]; // (x1, y1, x2, y2), x right, y down
//! let strokes = Strokes::new(&lines, 1, Widths::All(0.25))?;
//! let pixels = strokes.render(&RenderOptions { height: 4, width: 8, ..RenderOptions::default() })?;
//! for row in pixels.chunks(8) {
//!     println!("{row:.2?}");
//! }
//! assert_eq!(pixels[3], 0.0); // the first row is outside the stroke, which is one row wide,
//! assert_eq!(pixels[8 + 3], 0.5); // the second is half covered, and so is the third
//! # Ok::<(), vecnb_raster::RasterError>(())
//! ```
//!
//! [`Strokes::render_into`] draws into memory that is there; [`Strokes::plan`] divides the work into tasks for
//! several threads, or to stop in between. There is no state: the same request gives the same bits, whatever
//! the threads, the rest of the batch and the processor's vector instructions.
//!
//! [`SoftStrokes`] are strokes with a soft edge, which have a gradient: [`SoftPlan::forward`] draws them, and
//! [`SoftPlan::backward`] turns a loss's gradient at the pixels into one in their lines, widths and sharpness.
//!
//! [`Paths`] are strokes along Bézier curves, and along chains of them with caps and joins, as in SVG.
//!
//! Out of scope: filled shapes, and colours.
#![forbid(unsafe_code)]

mod aliased;
mod antialiased;
mod error;
mod geometry;
mod options;
mod painter;
mod path;
mod render;
mod simd;
mod soft;
mod strokes;
mod tasks;

pub use error::{MAX_SIDE, MAX_WIDTH, RasterError};
pub use options::{AntiAlias, RenderOptions};
pub use path::{Cap, Chain, Join, PathPlan, PathScratch, Paths};
pub use soft::{Compose, Gradient, Profile, SoftPlan, SoftStrokes};
pub use strokes::{Strokes, Widths};
pub use tasks::{Plan, Scratch, Task, Tasks};

/// The example of the README, which is run with those above.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

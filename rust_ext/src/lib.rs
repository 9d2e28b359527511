//! Hard rasterisation of batches of line drawings: `raster` is the pure core, `python` its binding.
//!
//! Out of scope: anything but straight strokes with round caps, colours, gradients (the soft renderer has them).
#![deny(unsafe_op_in_unsafe_fn)]

mod aliased;
mod antialiased;
mod coverage;
pub mod crew;
mod error;
mod ink;
pub mod instructions;
mod lanes;
mod painting;
#[cfg(feature = "python")]
mod paper;
#[cfg(feature = "python")]
mod python;
pub mod raster;
mod stroke;

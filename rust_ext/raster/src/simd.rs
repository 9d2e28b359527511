//! Vector instructions by way of the compiler: arrays of `LANES` numbers, and functions it can vectorise.
//!
//! What is written for one stroke, row or pixel, without branches, is computed for `LANES` of them at once.
//! `with_vectors` has the code compiled for several instruction sets, and takes the best one of this processor.
//! The bits are the same with each: wider vectors do the same operations, and Rust fuses a product with a sum
//! only where told (`mul_add`).
//!
//! The dispatch is fearless_simd's: measured in one run, it takes as long as the same by hand, pulp or multiversion
//! for aliased strokes, and 0.85 of their time for antialiased ones; and it leaves no `unsafe` here.

use fearless_simd::{Level, dispatch};

/// Numbers computed at once: eight `f32` are one AVX register or two SSE registers.
pub(crate) const LANES: usize = 8;

/// Run `work`, compiled for the instruction set `level` as far as it is inlined: mark it `#[inline(always)]`.
#[inline(always)]
pub(crate) fn with_vectors(level: Level, work: impl FnOnce()) {
    dispatch!(level, _simd => work());
}

/// A structure of numbers for one stroke, and with `set` and `get` the same for `LANES` strokes.
macro_rules! struct_of_arrays {
    (
        $(#[$doc:meta])* $one:ident, $many:ident {
            $($(#[$field_doc:meta])* $field:ident: $number:ty,)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $one { $($(#[$field_doc])* pub $field: $number,)* }

        /// The same for several strokes: an array of every field.
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $many { $(pub $field: [$number; $crate::simd::LANES],)* }

        impl $many {
            pub fn zeroed() -> Self {
                Self { $($field: Default::default(),)* }
            }

            #[inline(always)]
            pub fn set(&mut self, lane: usize, one: $one) {
                $(self.$field[lane] = one.$field;)*
            }

            #[inline(always)]
            pub fn get(&self, lane: usize) -> $one {
                $one { $($field: self.$field[lane],)* }
            }
        }
    };
}
pub(crate) use struct_of_arrays;

// Comparisons instead of max and min of the standard library, which spend three instructions on NaN; these
// return the second argument where the first is NaN.
#[inline(always)]
pub(crate) fn maximum(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

#[inline(always)]
pub(crate) fn minimum(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

#[inline(always)]
pub(crate) fn maximum_f64(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

#[inline(always)]
pub(crate) fn minimum_f64(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

/// The nearest integer to a number of at most 2²² in size. A cast is slower, because it saturates.
/// Added to 1.5·2²³, the number is the lowest bits of the sum.
#[inline(always)]
pub(crate) fn round_to_i32(number: f32) -> i32 {
    const SHIFT: f32 = 12_582_912.0;
    ((number + SHIFT).to_bits() as i32).wrapping_sub(SHIFT.to_bits() as i32)
}

/// The nearest integer to a number of at most 2⁵¹ in size. `round` is a function call on older processors.
#[inline(always)]
pub(crate) fn round(number: f64) -> f64 {
    const SHIFT: f64 = 6_755_399_441_055_744.0; // 1.5·2⁵²
    number + SHIFT - SHIFT
}

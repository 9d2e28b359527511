//! Several strokes side by side: structures whose every field holds one number for each of `LANES` strokes.
//!
//! What is written for one stroke, without branches, is computed for all lanes at once by vector instructions.

/// Strokes, rows or pixels computed at once: eight `f32`, one AVX register or two SSE registers.
pub(crate) const LANES: usize = 8;

/// A structure of numbers for one stroke, and with `put` and `get` the same for `LANES` of them.
macro_rules! side_by_side {
    (
        $(#[$doc:meta])* $one:ident, $many:ident {
            $($(#[$about:meta])* $field:ident: $number:ty,)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(crate) struct $one { $($(#[$about])* pub $field: $number,)* }

        /// The same for several strokes, side by side.
        #[derive(Clone, Copy)]
        pub(crate) struct $many { $(pub $field: [$number; $crate::lanes::LANES],)* }

        impl $many {
            pub fn new() -> Self {
                Self { $($field: Default::default(),)* }
            }

            #[inline(always)]
            pub fn put(&mut self, lane: usize, one: $one) {
                $(self.$field[lane] = one.$field;)*
            }

            #[inline(always)]
            pub fn get(&self, lane: usize) -> $one {
                $one { $($field: self.$field[lane],)* }
            }
        }
    };
}
pub(crate) use side_by_side;

// Comparisons instead of max and min of the standard library, which spend three instructions on NaN;
// and pass over a NaN in the first place.
#[inline(always)]
pub(crate) fn maximum(a: f32, b: f32) -> f32 {
    if a > b {
        a
    } else {
        b
    }
}

#[inline(always)]
pub(crate) fn minimum(a: f32, b: f32) -> f32 {
    if a < b {
        a
    } else {
        b
    }
}

#[inline(always)]
pub(crate) fn larger(a: f64, b: f64) -> f64 {
    if a > b {
        a
    } else {
        b
    }
}

#[inline(always)]
pub(crate) fn smaller(a: f64, b: f64) -> f64 {
    if a < b {
        a
    } else {
        b
    }
}

/// The nearest whole number of at most 2²² in size, as an integer. A cast would be done lane by lane: it has
/// to look after numbers that are too large. Added to 1.5·2²³, the number is the lowest bits of the sum.
#[inline(always)]
pub(crate) fn whole(number: f32) -> i32 {
    const SHIFT: f32 = 12_582_912.0;
    ((number + SHIFT).to_bits() as i32).wrapping_sub(SHIFT.to_bits() as i32)
}

/// The nearest whole number, of one of at most 2⁵¹ in size. `round` is a function call on older processors.
#[inline(always)]
pub(crate) fn nearest(number: f64) -> f64 {
    const SHIFT: f64 = 6_755_399_441_055_744.0; // 1.5·2⁵²
    number + SHIFT - SHIFT
}

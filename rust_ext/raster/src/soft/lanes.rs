//! Sixteen numbers at a time, and the functions of them that drawing needs. No branches: the compiler turns each
//! operation into a vector instruction.

use std::ops::{Add, AddAssign, Mul, Neg, Sub};

/// Sixteen `f32` are one AVX-512 register, two of AVX or four of SSE.
pub(super) const LANES: usize = 16;

/// e to this is the smallest normal `f32`: a presence of a lower score counts as 0.
pub(super) const MIN_SCORE: f32 = -87.33;

/// Sixteen numbers.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Lanes(pub [f32; LANES]);

/// All ones in the lanes that are chosen, all zeros in the others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mask([u32; LANES]);

/// Apply an expression to each lane. A macro, since a closure is not always inlined, and would then be compiled
/// for the oldest processor.
macro_rules! each_lane {
    (|$a:ident| $f:expr; $x:expr) => {{
        let mut result = $x.0;
        for value in &mut result {
            let $a = *value;
            *value = $f;
        }
        Lanes(result)
    }};
    (|$a:ident, $b:ident| $f:expr; $x:expr, $y:expr) => {{
        let mut result = $x.0;
        for (value, $b) in result.iter_mut().zip($y.0) {
            let $a = *value;
            *value = $f;
        }
        Lanes(result)
    }};
}

macro_rules! mask {
    (|$a:ident, $b:ident| $f:expr; $x:expr, $y:expr) => {{
        let mut mask = [0; LANES];
        for ((mask, $a), $b) in mask.iter_mut().zip($x.0).zip($y.0) {
            *mask = if $f { u32::MAX } else { 0 };
        }
        Mask(mask)
    }};
}

impl Lanes {
    #[inline(always)]
    pub fn all(value: f32) -> Self {
        Self([value; LANES])
    }

    /// self · factor + sum, rounded once.
    #[inline(always)]
    pub fn mul_add(self, factor: Self, sum: Self) -> Self {
        let mut result = self.0;
        for ((value, factor), sum) in result.iter_mut().zip(factor.0).zip(sum.0) {
            *value = value.mul_add(factor, sum);
        }
        Self(result)
    }

    #[inline(always)]
    pub fn max(self, other: Self) -> Self {
        each_lane!(|a, b| if a > b { a } else { b }; self, other)
    }

    #[inline(always)]
    pub fn min(self, other: Self) -> Self {
        each_lane!(|a, b| if a < b { a } else { b }; self, other)
    }

    #[inline(always)]
    pub fn abs(self) -> Self {
        each_lane!(|a| a.abs(); self)
    }

    #[inline(always)]
    pub fn sqrt(self) -> Self {
        each_lane!(|a| a.sqrt(); self)
    }

    #[inline(always)]
    pub fn recip(self) -> Self {
        each_lane!(|a| 1.0 / a; self)
    }

    #[inline(always)]
    pub fn equals(self, other: Self) -> Mask {
        mask!(|a, b| a == b; self, other)
    }

    #[inline(always)]
    pub fn exceeds(self, other: Self) -> Mask {
        mask!(|a, b| a > b; self, other)
    }

    /// Sum of the lanes, always in the same order.
    #[inline(always)]
    pub fn sum(self) -> f32 {
        let mut eight = [0.0_f32; 8];
        for (lane, sum) in eight.iter_mut().enumerate() {
            *sum = self.0[lane] + self.0[lane + 8];
        }
        let [a, b, c, d, e, f, g, h] = eight;
        ((a + e) + (c + g)) + ((b + f) + (d + h))
    }
}

impl Mask {
    #[inline(always)]
    pub fn equals(values: &[u32; LANES], value: u32) -> Self {
        let mut mask = [0; LANES];
        for (mask, &v) in mask.iter_mut().zip(values) {
            *mask = if v == value { u32::MAX } else { 0 };
        }
        Self(mask)
    }

    #[inline(always)]
    pub fn any(self) -> bool {
        let mut any = 0;
        for lane in self.0 {
            any |= lane;
        }
        any != 0
    }

    #[inline(always)]
    pub fn select(self, yes: Lanes, no: Lanes) -> Lanes {
        let mut result = yes.0;
        for ((value, no), mask) in result.iter_mut().zip(no.0).zip(self.0) {
            *value = f32::from_bits((value.to_bits() & mask) | (no.to_bits() & !mask));
        }
        Lanes(result)
    }

    #[inline(always)]
    pub fn select_index(self, yes: u32, no: &[u32; LANES]) -> [u32; LANES] {
        let mut result = *no;
        for (value, mask) in result.iter_mut().zip(self.0) {
            *value = (yes & mask) | (*value & !mask);
        }
        result
    }
}

macro_rules! operator {
    ($($trait:ident $method:ident $op:tt),*) => { $(
        impl $trait for Lanes {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                each_lane!(|a, b| a $op b; self, other)
            }
        }
    )* };
}
operator!(Add add +, Sub sub -, Mul mul *);

impl Neg for Lanes {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        each_lane!(|a| -a; self)
    }
}

impl AddAssign for Lanes {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// e^x for `MIN_SCORE` <= x <= 0, within 1.2e-7 of itself: x = n ln 2 + r, a polynomial in r, and n as exponent.
#[inline(always)]
pub(super) fn exp(x: Lanes) -> Lanes {
    const SHIFT: f32 = 12_582_912.0; // 1.5·2²³: the lowest bits of a sum with it are the nearest integer
    let shifted = x.mul_add(Lanes::all(std::f32::consts::LOG2_E), Lanes::all(SHIFT));
    let n = shifted - Lanes::all(SHIFT);
    // ln 2 in two parts, the first of so few digits that its product with n is exact.
    let r = n.mul_add(Lanes::all(-0.693_359_4), x);
    let r = n.mul_add(Lanes::all(2.121_944_4e-4), r);
    let mut p = Lanes::all(1.987_569_1e-4);
    for coefficient in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        p = p.mul_add(r, Lanes::all(coefficient));
    }
    let p = (p * r).mul_add(r, r) + Lanes::all(1.0);
    let exponent = 127_u32.wrapping_sub(SHIFT.to_bits());
    p * each_lane!(|a| f32::from_bits(a.to_bits().wrapping_add(exponent) << 23); shifted)
}

/// σ(x) and 1 − σ(x), each within 2.4e-7 of itself; 0 below the smallest normal `f32`.
#[inline(always)]
pub(super) fn sigmoid(x: Lanes) -> (Lanes, Lanes) {
    let falling = -x.abs();
    let e = exp(falling.max(Lanes::all(MIN_SCORE)));
    let large = (Lanes::all(1.0) + e).recip();
    let small = falling.exceeds(Lanes::all(MIN_SCORE)).select(e * large, Lanes::all(0.0));
    let positive = x.exceeds(Lanes::all(0.0));
    (positive.select(large, small), positive.select(small, large))
}

/// e^x for x <= 0; 0 below the smallest normal `f32`.
#[inline(always)]
pub(super) fn gaussian(x: Lanes) -> Lanes {
    let least = Lanes::all(MIN_SCORE);
    x.exceeds(least).select(exp(x.max(least)), Lanes::all(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_and_logistic_function_are_within_their_bounds() {
        for step in 0..2_000_000 {
            let x = -87.3 * (f64::from(step) / 2e6) as f32;
            let close = |value: f32, truth: f64, bound: f64| {
                assert!((f64::from(value) / truth - 1.0).abs() <= bound, "{x}: {value} is not {truth}");
            };
            let e = f64::from(x).exp();
            close(exp(Lanes::all(x)).0[0], e, 1.2e-7);
            let (p, q) = sigmoid(Lanes::all(x));
            close(p.0[0], e / (1.0 + e), 2.4e-7);
            close(q.0[0], 1.0 / (1.0 + e), 2.4e-7);
        }
        assert_eq!(sigmoid(Lanes::all(-100.0)).0.0[0], 0.0);
        assert_eq!(gaussian(Lanes::all(f32::NEG_INFINITY)).0[0], 0.0);
        assert_eq!(sigmoid(Lanes::all(0.0)).0.0[0], 0.5);
    }
}

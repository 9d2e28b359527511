//! Sixteen numbers at a time, and the functions of them that drawing needs.
//!
//! Products are added with one rounding (`mul_add_precise`), so that the bits are the same on every processor.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x16};

/// Sixteen `f32` are one AVX-512 register, two of AVX or four of SSE.
pub(super) const LANES: usize = 16;

/// e to this is the smallest normal `f32`: a presence of a lower score counts as 0.
pub(super) const MIN_SCORE: f32 = -87.33;

#[inline(always)]
pub(super) fn all<S: Simd>(simd: S, value: f32) -> f32x16<S> {
    f32x16::splat(simd, value)
}

/// e^x for `MIN_SCORE` <= x <= 0, within 1.2e-7 of itself: x = n ln 2 + r, a polynomial in r, and n as exponent.
#[inline(always)]
pub(super) fn exp<S: Simd>(x: f32x16<S>) -> f32x16<S> {
    const SHIFT: f32 = 12_582_912.0; // 1.5·2²³: the lowest bits of a sum with it are the nearest integer
    let shifted = x.mul_add_precise(std::f32::consts::LOG2_E, SHIFT);
    let n = shifted - SHIFT;
    // ln 2 in two parts, the first of so few digits that its product with n is exact.
    let r = n.mul_add_precise(-0.693_359_4, x);
    let r = n.mul_add_precise(2.121_944_4e-4, r);
    let p = all(x.token(), 1.987_569_1e-4).mul_add_precise(r, 1.398_2e-3);
    let p = p.mul_add_precise(r, 8.333_452e-3).mul_add_precise(r, 4.166_579_6e-2);
    let p = p.mul_add_precise(r, 1.666_666_5e-1).mul_add_precise(r, 0.5);
    let p = (p * r).mul_add_precise(r, r) + 1.0;
    let exponent = 127_u32.wrapping_sub(SHIFT.to_bits());
    p * f32x16::from_bits((shifted.to_bits() + exponent) << 23)
}

/// σ(x) and 1 − σ(x), each within 2.4e-7 of itself; 0 below the smallest normal `f32`.
#[inline(always)]
pub(super) fn sigmoid<S: Simd>(x: f32x16<S>) -> (f32x16<S>, f32x16<S>) {
    let falling = -x.abs();
    let e = exp(falling.max(MIN_SCORE));
    let large = all(x.token(), 1.0) / (e + 1.0);
    let small = falling.simd_gt(MIN_SCORE).select(e * large, all(x.token(), 0.0));
    let positive = x.simd_gt(0.0);
    (positive.select(large, small), positive.select(small, large))
}

/// e^x for x <= 0; 0 below the smallest normal `f32`.
#[inline(always)]
pub(super) fn gaussian<S: Simd>(x: f32x16<S>) -> f32x16<S> {
    x.simd_gt(MIN_SCORE).select(exp(x.max(MIN_SCORE)), all(x.token(), 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::Level;

    #[test]
    fn exponential_and_logistic_function_are_within_their_bounds() {
        fearless_simd::dispatch!(Level::new(), simd => {
            for step in 0..2_000_000 {
                let x = -87.3 * (f64::from(step) / 2e6) as f32;
                let close = |value: f32, truth: f64, bound: f64| {
                    assert!((f64::from(value) / truth - 1.0).abs() <= bound, "{x}: {value} is not {truth}");
                };
                let e = f64::from(x).exp();
                close(exp(all(simd, x))[0], e, 1.2e-7);
                let (p, q) = sigmoid(all(simd, x));
                close(p[0], e / (1.0 + e), 2.4e-7);
                close(q[0], 1.0 / (1.0 + e), 2.4e-7);
            }
            assert_eq!(sigmoid(all(simd, -100.0)).0[0], 0.0);
            assert_eq!(gaussian(all(simd, f32::NEG_INFINITY))[0], 0.0);
            assert_eq!(sigmoid(all(simd, 0.0)).0[0], 0.5);
        });
    }
}

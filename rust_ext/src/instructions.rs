//! The vector instructions that the core uses: it is compiled for several sets, and takes the best one here.
//!
//! The bits are the same with each: wider vectors do the same operations, and Rust fuses a product with a sum
//! only where told (`mul_add`). `tests/properties.rs` compares them.

/// A set of instructions that this processor has: only `available` makes one.
#[derive(Clone, Copy, Debug)]
pub struct Instructions(Set);

#[derive(Clone, Copy, Debug)]
enum Set {
    /// What every processor of the target has.
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Instructions {
    /// All that this processor has, the best one last.
    pub fn available() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        #[cfg(target_arch = "x86_64")]
        let avx512 = avx2
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        let sets = [
            Some(Set::Portable),
            #[cfg(target_arch = "x86_64")]
            avx2.then_some(Set::Avx2),
            #[cfg(target_arch = "x86_64")]
            avx512.then_some(Set::Avx512),
        ];
        sets.into_iter().flatten().map(Self)
    }

    pub fn best() -> Self {
        Self::available().last().unwrap_or(Self(Set::Portable))
    }

    /// Run `work`, compiled for these instructions if it is always inlined.
    #[inline(always)]
    pub(crate) fn run(self, work: impl FnOnce()) {
        // Not inlined themselves: within a larger function the inner loops would run out of registers.
        #[cfg(target_arch = "x86_64")]
        #[inline(never)]
        #[target_feature(enable = "avx2,fma")]
        fn with_avx2(work: impl FnOnce()) {
            work();
        }
        #[cfg(target_arch = "x86_64")]
        #[inline(never)]
        #[target_feature(enable = "avx2,fma,avx512f,avx512dq,avx512vl")]
        fn with_avx512(work: impl FnOnce()) {
            work();
        }
        match self.0 {
            Set::Portable => work(),
            // SAFETY: `available` has found on this processor all that the function needs.
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => unsafe { with_avx2(work) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => unsafe { with_avx512(work) },
        }
    }
}

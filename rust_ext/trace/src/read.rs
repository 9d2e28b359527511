//! Reading: the ink of a picture, which is what stands out from its surroundings, whatever the paper and the light.

use crate::filters::Grid;
use crate::image::Image;
use crate::vector::quantile;

/// Of brightness: a background no darker than this, and ink no lighter, are left alone.
const CLEAN: f32 = 1e-3;
/// Of the shorter side: a stroke that is wider is taken for paper.
const WIDEST: f64 = 1.0 / 8.0;
/// Pixels: the paper is looked at in a picture of about this size.
const COARSE: f64 = 192.0;
/// Of brightness: less contrast is no stroke.
const FAINT: f32 = 0.04;
/// Of brightness: no paper is taken to be in deeper shadow.
const DIMMEST: f32 = 0.05;
/// From the median distance from the median to a Gaussian's standard deviation.
const DEVIATION: f32 = 1.4826;

/// Ink alone, full in the middle of a stroke and none on the paper; all zeros where nothing stands out.
///
/// The paper's darkness is what remains when everything narrower than an eighth of the picture is opened away; what is
/// darker, is ink: as a share of the paper's brightness, for ink takes away a share of the light, and then of the ink's
/// usual contrast. A drawing that is clean stays as it is.
///
/// ```
/// use vecnb_trace::{Image, isolate_ink};
///
/// let shaded: Vec<f32> = (0..900).map(|at| 0.3 + 0.01 * (at % 30) as f32).collect();
/// let mut drawn = shaded.clone();
/// drawn[450..470].iter_mut().for_each(|value| *value = 1.0 - 0.4 * (1.0 - *value)); // of the light, 0.4 comes back
/// assert_eq!(isolate_ink(Image::new(&shaded, 30, 30)?), vec![0.0; 900]);
/// let ink = isolate_ink(Image::new(&drawn, 30, 30)?);
/// assert!(ink[460] > 0.9 && ink[400] < 0.1);
/// # Ok::<(), vecnb_trace::TraceError>(())
/// ```
#[must_use]
pub fn isolate_ink(image: Image<'_>) -> Vec<f32> {
    let (pixels, nothing) = (image.pixels(), vec![0.0; image.pixels().len()]);
    if median(pixels) <= CLEAN && most(pixels) >= 1.0 - CLEAN {
        return pixels.to_vec();
    }
    let (mut rise, light) = above_paper(image);
    let noise = centre(&mut rise);
    if most(&rise) <= f32::max(FAINT, 4.0 * noise) {
        return nothing;
    }
    rise.iter_mut().zip(light).for_each(|(value, light)| *value /= light);
    let noise = centre(&mut rise);
    let edge = f32::max(otsu(&rise), 3.0 * noise);
    let mut dark: Vec<f32> = rise.iter().copied().filter(|value| *value > edge).collect();
    let contrast = if dark.is_empty() { f32::INFINITY } else { quantile(&mut dark, 0.75) };
    if contrast < FAINT {
        return nothing;
    }
    let floor = f32::min(2.5 * noise / contrast, 0.4);
    rise.iter().map(|value| ((value / contrast - floor) / (1.0 - floor)).clamp(0.0, 1.0)).collect()
}

/// By how much each pixel is darker than the paper there, and how bright that is.
fn above_paper(image: Image<'_>) -> (Vec<f32>, Vec<f32>) {
    let (height, width) = (image.height(), image.width());
    let factor = (height.min(width) as f64 / COARSE).round_ties_even().max(1.0) as usize;
    let blocks = Grid::blocks(image.pixels(), width, factor);
    let half = (blocks.width.min(blocks.height()) as f64 * WIDEST / 2.0).round_ties_even() as usize;
    let size = usize::max(3, 2 * half + 1);
    let paper = blocks.mirrored(size).opened(size).blurred(size as f64 / 4.0).cropped(size);
    let rows = image.pixels().chunks(width).enumerate();
    rows.flat_map(|(row, pixels)| pixels.iter().zip(paper.enlarged_row(row, height, width)))
        .map(|(pixel, paper)| (pixel - paper, f32::max(1.0 - paper, DIMMEST)))
        .unzip()
}

/// Subtract the median from the values, and return their deviation without outliers.
fn centre(values: &mut [f32]) -> f32 {
    let level = median(values);
    values.iter_mut().for_each(|value| *value -= level);
    DEVIATION * median(&values.iter().map(|value| value.abs()).collect::<Vec<_>>())
}

/// The value that parts the others into two classes of the least variance (Otsu, 1979), of 256.
fn otsu(values: &[f32]) -> f32 {
    const BINS: usize = 256;
    let (low, high) = (values.iter().copied().fold(f32::INFINITY, f32::min), most(values));
    let step = (high - low) / BINS as f32;
    if step <= 0.0 {
        return low;
    }
    let mut counts = [0u32; BINS];
    for value in values {
        counts[(((value - low) / step) as usize).min(BINS - 1)] += 1;
    }
    let all = values.len() as f64;
    let sum: f64 = counts.iter().zip(0..).map(|(&count, at)| f64::from(count) * f64::from(at)).sum();
    let (mut below, mut sum_below, mut best) = (0.0, 0.0, (0.0, 0));
    for (at, &count) in counts[..BINS - 1].iter().enumerate() {
        below += f64::from(count);
        sum_below += f64::from(count) * at as f64;
        let between = sum_below / below - (sum - sum_below) / (all - below);
        let variance = below * (all - below) * between * between;
        if variance > best.0 {
            best = (variance, at);
        }
    }
    low + (best.1 as f32 + 0.5) * step
}

fn median(values: &[f32]) -> f32 {
    quantile(&mut values.to_vec(), 0.5)
}

fn most(values: &[f32]) -> f32 {
    values.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn otsu_parts_two_heaps() {
        let values: Vec<f32> =
            (0..100).map(|at| if at % 4 == 0 { 0.8 } else { 0.1 } + 0.001 * at as f32).collect();
        assert!((0.19..0.8).contains(&otsu(&values)));
        assert_eq!(otsu(&[0.3; 5]), 0.3);
    }

    #[test]
    fn a_shadow_is_no_ink() {
        let (height, width) = (60, 80);
        let lit = |at: usize| 0.2 + 0.5 * (at % width) as f32 / width as f32;
        let drawn = |at: usize| (20..24).contains(&(at / width)) && (10..70).contains(&(at % width));
        let pixels: Vec<f32> =
            (0..height * width).map(|at| lit(at) + if drawn(at) { 0.25 } else { 0.0 }).collect();
        let ink = isolate_ink(Image::new(&pixels, height, width).unwrap());
        let right = (0..ink.len()).filter(|&at| (ink[at] >= 0.5) == drawn(at)).count();
        assert_eq!(right, ink.len());
    }

    #[test]
    fn a_stroke_that_runs_into_the_shadow_is_as_full_there() {
        let (height, width) = (64, 96);
        let pixels: Vec<f32> = (0..height * width)
            .map(|at| {
                let light = 0.95 - 0.6 * (at % width) as f32 / width as f32;
                1.0 - light * if (30..34).contains(&(at / width)) { 0.3 } else { 0.95 }
            })
            .collect();
        let ink = isolate_ink(Image::new(&pixels, height, width).unwrap());
        let stroke = &ink[31 * width + 8..32 * width - 8];
        assert!(stroke.iter().all(|value| *value > 0.9), "{stroke:?}");
    }

    #[test]
    fn clean_ink_stays_and_paper_has_none() {
        let clean: Vec<f32> = (0..64).map(|at| if at == 30 { 1.0 } else { 0.0 }).collect();
        assert_eq!(isolate_ink(Image::new(&clean, 8, 8).unwrap()), clean);
        for value in [0.0, 0.4, 1.0] {
            assert_eq!(isolate_ink(Image::new(&[value; 6], 2, 3).unwrap()), [0.0; 6]);
        }
    }
}

//! How to draw: the size of the images, and what a pixel's value means.

/// What the value of a pixel says of the strokes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AntiAlias {
    /// Antialiased: the share of the pixel that the stroke covers. Exact along straight edges; near the end of a
    /// line wrong by at most 0.14 for square pixels, 0.21 for pixels twice as long as wide, 0.38 for pixels four
    /// times as long as wide.
    #[default]
    Coverage,
    /// Aliased: 1 where the pixel's centre is inside the stroke, edge included, else 0.
    None,
}

/// Size and kind of the images.
///
/// ```
/// use vecnb_raster::{AntiAlias, RenderOptions};
///
/// let options = RenderOptions { height: 64, width: 64, ..RenderOptions::default() };
/// assert_eq!(options.antialias, AntiAlias::Coverage);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenderOptions {
    /// Rows of an image, 1 to [`MAX_SIDE`](crate::MAX_SIDE) pixels. The default is 28, MNIST's.
    pub height: usize,
    /// Columns of an image, 1 to [`MAX_SIDE`](crate::MAX_SIDE) pixels. The default is 28, MNIST's.
    /// The unit square fills the image: where the sides differ, strokes are stretched with it.
    pub width: usize,
    /// What the value of a pixel says. The default is [`AntiAlias::Coverage`].
    pub antialias: AntiAlias,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self { height: 28, width: 28, antialias: AntiAlias::default() }
    }
}

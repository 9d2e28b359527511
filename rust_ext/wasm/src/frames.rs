//! What a page shows of a drawing's making: the strokes after each step.

use vecnb_trace::{Image, Stage, Stroke, TraceError, squared_error};

/// Those that are tried, from a blurred edge to an antialiased one.
const SHARPNESSES: [f64; 5] = [0.3, 0.45, 0.6, 0.8, 1.0];

/// All strokes at a time.
#[derive(Clone, Debug)]
struct Frame {
    stage: Stage,
    strokes: Vec<Stroke>,
}

/// Frames in the order in which they are shown.
#[derive(Debug, Default)]
pub struct Frames {
    frames: Vec<Frame>,
    /// The strokes that were seen last.
    latest: Vec<Stroke>,
}

impl Frames {
    /// Add what is seen. Groups of strokes are refined one after the other; in the frames they move together.
    pub fn see(&mut self, stage: Stage, strokes: Vec<Stroke>) {
        match stage {
            Stage::Refined { look } => self.refine(look, &strokes),
            Stage::Simplified if self.is_shown(&strokes) => {}
            _ => self.frames.push(Frame { stage, strokes: strokes.clone() }),
        }
        self.latest = strokes;
    }

    /// Whether the last frame has these very strokes, after an attempt in vain.
    fn is_shown(&self, strokes: &[Stroke]) -> bool {
        let shown = self.frames.last().filter(|frame| frame.stage == Stage::Simplified);
        shown.is_some_and(|frame| {
            let mut pairs = frame.strokes.iter().zip(strokes);
            frame.strokes.len() == strokes.len() && pairs.all(|(one, other)| is_same(one, other))
        })
    }

    /// In the frame of this look, and in all later ones, the strokes that have moved are where they now are.
    fn refine(&mut self, look: usize, strokes: &[Stroke]) {
        let look_of = |frame: &Frame| match frame.stage {
            Stage::Refined { look } => look,
            _ => 0,
        };
        let at = self.frames.iter().position(|frame| look_of(frame) >= look).unwrap_or(self.frames.len());
        if self.frames.get(at).map(look_of) != Some(look) {
            let before = self.frames[at - 1].strokes.clone();
            self.frames.insert(at, Frame { stage: Stage::Refined { look }, strokes: before });
        }
        for (at_stroke, (new, old)) in strokes.iter().zip(&self.latest).enumerate() {
            if !is_same(new, old) {
                self.frames[at..].iter_mut().for_each(|frame| frame.strokes[at_stroke] = new.clone());
            }
        }
    }

    /// All frames as numbers: of each its stage, its look, its squared error as a share of empty paper's, and how many
    /// strokes it has; of each of these its width, whether it is a line, how many points its chain has, and these.
    pub fn into_numbers(self, ink: Image<'_>) -> Result<Vec<f64>, TraceError> {
        let sharpness = self.sharpness(ink)?;
        let empty = squared_error(ink, &[], sharpness)?.max(f64::MIN_POSITIVE);
        let mut numbers = Vec::new();
        for Frame { stage, strokes } in self.frames {
            let (stage, look) = match stage {
                Stage::Proposed => (0, 0),
                Stage::Fitted => (1, 0),
                Stage::Refined { look } => (2, look),
                Stage::Simplified => (3, 0),
            };
            let error = squared_error(ink, &strokes, sharpness)? / empty;
            numbers.extend([f64::from(stage), look as f64, error, strokes.len() as f64]);
            for stroke in &strokes {
                let points = stroke.chain.len() as f64;
                numbers.extend([stroke.width, f64::from(u8::from(stroke.is_line())), points]);
                numbers.extend(stroke.chain.as_flattened());
            }
        }
        Ok(numbers)
    }

    /// The sharpness that suits the last frame best: all are measured with it.
    fn sharpness(&self, ink: Image<'_>) -> Result<f64, TraceError> {
        let strokes = self.frames.last().map_or(&[][..], |frame| &frame.strokes);
        let mut best = (f64::INFINITY, 1.0);
        for sharpness in SHARPNESSES {
            let error = squared_error(ink, strokes, sharpness)?;
            if error < best.0 {
                best = (error, sharpness);
            }
        }
        Ok(best.1)
    }
}

/// Whether two strokes are drawn alike, whatever they are worth.
fn is_same(one: &Stroke, other: &Stroke) -> bool {
    one.width == other.width && one.chain == other.chain
}

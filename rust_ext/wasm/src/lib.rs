//! The tracer for web pages, as WebAssembly: three functions, and numbers in memory.
//!
//! A page asks [`picture`] for memory, writes the pixels there, calls [`trace`], and reads what [`answer`] points to.
//! vecnb/widgets/js/trace_drawing/tracer.js does so; `make widgets` builds both.

mod frames;

use std::sync::{Mutex, MutexGuard, PoisonError};

use frames::Frames;
use vecnb_trace::{Image, TraceError, isolate_ink, vectorise_watched};

/// The picture, which the page writes, and the answer, which it reads.
#[derive(Debug)]
struct Memory {
    pixels: Vec<f32>,
    height: usize,
    width: usize,
    answer: Vec<f64>,
}

static MEMORY: Mutex<Memory> = Mutex::new(Memory { pixels: vec![], height: 0, width: 0, answer: vec![] });

fn memory() -> MutexGuard<'static, Memory> {
    MEMORY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where the pixels of a picture of this size are to be written, a row after the other, ink = 1, before `trace`.
#[expect(unsafe_code, reason = "the page finds the function by its name")]
#[unsafe(no_mangle)]
pub extern "C" fn picture(height: usize, width: usize) -> *mut f32 {
    let mut memory = memory();
    (memory.height, memory.width) = (height, width);
    memory.pixels.clear();
    memory.pixels.resize(height * width, 0.0);
    memory.pixels.as_mut_ptr()
}

/// Trace the picture; returns how many numbers the answer has, or 0 if the picture or the detail is refused.
#[expect(unsafe_code, reason = "the page finds the function by its name")]
#[unsafe(no_mangle)]
pub extern "C" fn trace(detail: f64) -> usize {
    let mut memory = memory();
    memory.answer = settle(&memory, detail).unwrap_or_default();
    memory.answer.len()
}

/// Where the answer is: see `Frames::into_numbers`.
#[expect(unsafe_code, reason = "the page finds the function by its name")]
#[unsafe(no_mangle)]
pub extern "C" fn answer() -> *const f64 {
    memory().answer.as_ptr()
}

fn settle(memory: &Memory, detail: f64) -> Result<Vec<f64>, TraceError> {
    let image = Image::new(&memory.pixels, memory.height, memory.width)?;
    let mut frames = Frames::default();
    vectorise_watched(image, detail, &mut |stage, strokes| frames.see(stage, strokes()))?;
    let ink = isolate_ink(image);
    frames.into_numbers(Image::new(&ink, memory.height, memory.width)?)
}

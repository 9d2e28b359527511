//! Memory for images that is used again: arrays that Python has dropped leave it to the next call.
//!
//! A batch of images is so large that a memory allocator may give it back to the system, which then has to
//! find and clear every page of the next one.

use std::sync::{Mutex, PoisonError};

use numpy::ndarray::ArrayView4;
use numpy::PyArray4;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// At most so many values are kept, 32 MiB, of at most so many arrays.
const MOST_VALUES: usize = 1 << 23;
const MOST_SHEETS: usize = 4;

/// The memory of dropped arrays, the latest last. The lock is only held with the GIL, so that no fork finds
/// it taken.
static SPARE: Mutex<Vec<Vec<f32>>> = Mutex::new(Vec::new());

/// Owner of an array's values.
#[pyclass(frozen)]
struct Sheet(Vec<f32>);

impl Drop for Sheet {
    fn drop(&mut self) {
        let values = std::mem::take(&mut self.0);
        if values.capacity() > MOST_VALUES {
            return;
        }
        let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
        spare.push(values);
        while spare.len() > MOST_SHEETS || spare.iter().map(Vec::capacity).sum::<usize>() > MOST_VALUES {
            spare.remove(0);
        }
    }
}

/// Memory for so many images, if there is any that they fill at least by half.
pub fn take(batch: usize, height: i64, width: i64) -> Vec<f32> {
    let side = |pixels: i64| usize::try_from(pixels).unwrap_or(0);
    let size = batch.saturating_mul(side(height)).saturating_mul(side(width));
    let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
    let fits = |values: &Vec<f32>| (size..=size.saturating_mul(2)).contains(&values.capacity());
    spare.iter().rposition(fits).map_or_else(Vec::new, |at| spare.remove(at))
}

/// An array of values, which come back to the spare ones when Python drops it.
pub fn array(py: Python<'_>, mut values: Vec<f32>, shape: [usize; 4]) -> PyResult<Bound<'_, PyArray4<f32>>> {
    if shape.iter().product::<usize>() != values.len() {
        return Err(PyValueError::new_err(format!("{} values are no {shape:?}", values.len())));
    }
    let start = values.as_mut_ptr();
    let sheet = Bound::new(py, Sheet(values))?;
    // SAFETY: there are as many values as the shape says, and the array keeps their owner, `sheet`, alive. This
    // neither moves nor looks at them until it is dropped, so that Python may write to them.
    Ok(unsafe {
        let view = ArrayView4::from_shape_ptr(shape, start);
        PyArray4::borrow_from_array(&view, sheet.into_any())
    })
}

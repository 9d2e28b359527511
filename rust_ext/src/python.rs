//! The binding `vecnb._raster`: converts, releases the GIL, names errors, converts back. Nothing else.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use numpy::{PyArray4, PyReadonlyArrayDyn, PyUntypedArrayMethods};
use pyo3::exceptions::{PyMemoryError, PyValueError};
use pyo3::prelude::*;

use crate::crew::Crew;
use crate::paper;
use crate::raster::{Drawing, RasterError, Widths, MAX_SIDE};

/// Most threads that a call may ask for.
const MAX_THREADS: usize = 256;

impl From<RasterError> for PyErr {
    fn from(error: RasterError) -> Self {
        match error {
            RasterError::Memory { .. } => PyMemoryError::new_err(error.to_string()),
            _ => PyValueError::new_err(error.to_string()),
        }
    }
}

/// Paint a batch of line drawings; vecnb.render.render_hard documents it.
#[pyfunction]
#[pyo3(signature = (lines, height, width, stroke_width, antialias, threads))]
fn render<'py>(
    py: Python<'py>,
    lines: PyReadonlyArrayDyn<'py, f32>,
    height: i64,
    width: i64,
    stroke_width: PyReadonlyArrayDyn<'py, f32>,
    antialias: bool,
    threads: Option<i64>,
) -> PyResult<Bound<'py, PyArray4<f32>>> {
    let &[batch, lines_per_image, 4] = lines.shape() else {
        let shape = lines.shape();
        return Err(PyValueError::new_err(format!(
            "lines must have shape [B, N, 4] = (x1, y1, x2, y2), not {shape:?}"
        )));
    };
    let width_shape = stroke_width.shape();
    if !(width_shape.is_empty() || width_shape == [batch] || width_shape == [batch, lines_per_image]) {
        return Err(PyValueError::new_err(format!(
            "stroke_width must be a scalar, [B] = [{batch}] or [B, N] = [{batch}, {lines_per_image}], not \
             {width_shape:?}"
        )));
    }
    let threads = thread_count(threads)?;
    // Copies: while the GIL is released, another Python thread may write to the arrays.
    let ends = in_order(&lines).as_chunks().0.to_vec();
    let values = in_order(&stroke_width).into_owned();
    let dimensions = width_shape.len();
    let (crew, memory) = (crew(), paper::take(batch, height, width));

    let images = py.detach(|| -> PyResult<Vec<f32>> {
        let widths = match (dimensions, values.as_slice()) {
            (0, &[value]) => Widths::All(value),
            (1, values) => Widths::PerImage(values),
            (_, values) => Widths::PerLine(values),
        };
        let drawing = Drawing::new(&ends, (batch, lines_per_image), widths, (height, width), antialias)?;
        Ok(drawing.render(&crew, threads, memory)?)
    })?;
    paper::array(py, images, [batch, 1, height as usize, width as usize])
}

/// The values of an array, last axis fastest, whatever its memory layout. `as_slice` alone would not do: it
/// also grants Fortran order, and gives the values as they lie in memory.
fn in_order<'a>(array: &'a PyReadonlyArrayDyn<f32>) -> Cow<'a, [f32]> {
    match array.as_slice() {
        Ok(values) if array.is_c_contiguous() => values.into(),
        _ => array.as_array().iter().copied().collect(),
    }
}

/// `None` is every core that the process may use.
fn thread_count(threads: Option<i64>) -> PyResult<usize> {
    match threads.map(usize::try_from) {
        None => Ok(std::thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS)),
        Some(Ok(count)) if (1..=MAX_THREADS).contains(&count) => Ok(count),
        Some(_) => {
            let given = threads.unwrap_or_default();
            Err(PyValueError::new_err(format!("threads must be None or 1 to {MAX_THREADS}, not {given}")))
        }
    }
}

/// The crew of this process. A forked child inherits the map but none of the threads, and would wait for them
/// for ever: hence the process as key. The lock is only held with the GIL, so that no fork finds it taken.
fn crew() -> Arc<Crew> {
    static CREWS: LazyLock<Mutex<HashMap<u32, Arc<Crew>>>> = LazyLock::new(Mutex::default);
    // The map is never left half changed, so one that a panicking thread held is as good as any.
    let mut crews = CREWS.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(crews.entry(std::process::id()).or_default())
}

#[pymodule]
fn _raster(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("MAX_SIDE", MAX_SIDE)?;
    module.add_function(wrap_pyfunction!(render, module)?)
}

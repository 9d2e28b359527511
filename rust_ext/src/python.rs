//! The binding `vecnb._raster`: converts, releases the GIL, names errors, converts back. Nothing else.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use numpy::{IntoPyArray, PyArray4, PyArrayMethods, PyReadonlyArrayDyn, PyUntypedArrayMethods};
use pyo3::exceptions::{PyMemoryError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

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
    let ends = copied(&lines);
    let values = copied(&stroke_width);
    let dimensions = width_shape.len();

    let images = py.detach(|| -> PyResult<Vec<f32>> {
        let ends: Vec<[f32; 4]> =
            ends.chunks_exact(4).map(|line| [line[0], line[1], line[2], line[3]]).collect();
        let widths = match (dimensions, values.as_slice()) {
            (0, &[value]) => Widths::All(value),
            (1, values) => Widths::PerImage(values),
            (_, values) => Widths::PerLine(values),
        };
        let drawing = Drawing::new(&ends, (batch, lines_per_image), widths, (height, width), antialias)?;
        if threads == 1 {
            return Ok(drawing.render(false)?);
        }
        Ok(pool(threads)?.install(|| drawing.render(true))?)
    })?;
    images.into_pyarray(py).reshape([batch, 1, height as usize, width as usize])
}

/// The values of an array in order, whatever its memory layout.
fn copied(array: &PyReadonlyArrayDyn<f32>) -> Vec<f32> {
    match array.as_slice() {
        Ok(values) => values.to_vec(),
        Err(_) => array.as_array().iter().copied().collect(),
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

/// Pools by process and number of threads. A forked child inherits the map but none of the threads,
/// and would wait for them for ever: hence the process in the key.
type Pools = Mutex<HashMap<(u32, usize), Arc<ThreadPool>>>;
static POOLS: LazyLock<Pools> = LazyLock::new(Pools::default);

/// The pool with so many threads, made at its first use.
fn pool(threads: usize) -> PyResult<Arc<ThreadPool>> {
    // The map is never left half changed, so one that a panicking thread held is as good as any.
    let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (std::process::id(), threads);
    if let Some(pool) = pools.get(&key) {
        return Ok(Arc::clone(pool));
    }
    let built =
        ThreadPoolBuilder::new().num_threads(threads).thread_name(|i| format!("vecnb-raster-{i}")).build();
    let pool =
        Arc::new(built.map_err(|error| PyRuntimeError::new_err(format!("threads={threads}: {error}")))?);
    pools.insert(key, Arc::clone(&pool));
    Ok(pool)
}

#[pymodule]
fn _raster(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("MAX_SIDE", MAX_SIDE)?;
    module.add_function(wrap_pyfunction!(render, module)?)
}

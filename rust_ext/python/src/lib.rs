//! The Python module `vecnb._raster`: converts, releases the GIL, looks for signals, names errors. Nothing else.

mod path;
mod pool;
mod soft;
mod threads;
mod trace;

use std::borrow::Cow;
use std::time::{Duration, Instant};

use numpy::{PyArray4, PyArrayMethods, PyReadonlyArrayDyn, PyUntypedArrayMethods, dtype};
use pyo3::exceptions::{PyMemoryError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use vecnb_raster::{AntiAlias, MAX_SIDE, RasterError, RenderOptions, Strokes, Widths};

use crate::pool::ThreadPool;

/// Most threads that a call may ask for.
const MAX_THREADS: usize = 256;
/// How long a rendering goes on before it looks for signals again, Ctrl-C among them. That needs the GIL.
const SIGNAL_INTERVAL: Duration = Duration::from_millis(50);

/// `numpy.empty`, which knows how to say that there is no memory. A pool of used memory in its place saved 1 to
/// 3 % at 1,024 images of 28 × 28.
static EMPTY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Draw a batch of lines; `vecnb.render.render_hard` documents it.
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
    let options = options(height, width, antialias)?;
    let helpers = helpers(threads)?;
    // Copies: while the GIL is released, another Python thread may write to the arrays.
    let ends = in_order(&lines).as_chunks().0.to_vec();
    let values = in_order(&stroke_width).into_owned();
    let widths = widths(stroke_width.shape(), &values, batch, lines_per_image)?;
    let plan =
        Strokes::new(&ends, batch, widths).and_then(|strokes| strokes.plan(&options)).map_err(named)?;

    let shape = (batch, 1, options.height, options.width);
    let images = EMPTY.import(py, "numpy", "empty")?.call1((shape, dtype::<f32>(py)))?;
    let images = images.cast_into::<PyArray4<f32>>()?;
    let mut pixels = images.readwrite();
    let tasks = plan.tasks(pixels.as_slice_mut()?).map_err(named)?;
    let count = tasks.len();
    run(py, tasks, count, helpers, |task, scratch| task.run(scratch))?;
    drop(pixels);
    Ok(images)
}

/// Run tasks without the GIL, on this thread and up to `helpers` others; Ctrl-C ends it.
fn run<Task: Send, Memory: Default>(
    py: Python<'_>,
    tasks: impl DoubleEndedIterator<Item = Task> + Send,
    count: usize,
    helpers: usize,
    run_task: impl Fn(Task, &mut Memory) + Sync + Send,
) -> PyResult<()> {
    let helpers = helpers.min(count.saturating_sub(1));
    let pool = (helpers > 0).then(ThreadPool::of_this_process);
    let mut checked = Instant::now();
    py.detach(|| {
        threads::run(tasks, run_task, pool.as_deref(), helpers, || {
            if checked.elapsed() < SIGNAL_INTERVAL {
                return Ok(());
            }
            checked = Instant::now();
            Python::try_attach(|py| py.check_signals()).unwrap_or(Ok(()))
        })
    })
}

fn options(height: i64, width: i64, antialias: bool) -> PyResult<RenderOptions> {
    let (Ok(rows), Ok(columns)) = (usize::try_from(height), usize::try_from(width)) else {
        return Err(PyValueError::new_err(format!(
            "height and width must be 1 to {MAX_SIDE} pixels, not {height} × {width}"
        )));
    };
    let antialias = if antialias { AntiAlias::Coverage } else { AntiAlias::None };
    Ok(RenderOptions { height: rows, width: columns, antialias })
}

/// Widths for all lines, for images or for lines, as the shape of the array says.
fn widths<'a>(shape: &[usize], values: &'a [f32], batch: usize, per_image: usize) -> PyResult<Widths<'a>> {
    match (shape, values) {
        ([], &[width]) => Ok(Widths::All(width)),
        ([images], _) if *images == batch => Ok(Widths::PerImage(values)),
        ([images, lines], _) if (*images, *lines) == (batch, per_image) => Ok(Widths::PerLine(values)),
        _ => Err(PyValueError::new_err(format!(
            "stroke_width must be a scalar, [B] = [{batch}] or [B, N] = [{batch}, {per_image}], not {shape:?}"
        ))),
    }
}

/// Most threads that may help. `None` is all that the pool has.
fn helpers(threads: Option<i64>) -> PyResult<usize> {
    match threads.map(usize::try_from) {
        None => Ok(MAX_THREADS - 1),
        Some(Ok(count)) if (1..=MAX_THREADS).contains(&count) => Ok(count - 1),
        Some(_) => {
            let given = threads.unwrap_or_default();
            Err(PyValueError::new_err(format!("threads must be None or 1 to {MAX_THREADS}, not {given}")))
        }
    }
}

/// The values of an array, last axis fastest, whatever its memory layout. `as_slice` alone would not do: it
/// also grants Fortran order, and gives the values as they lie in memory.
fn in_order<'a, T: numpy::Element + Copy>(array: &'a PyReadonlyArrayDyn<'_, T>) -> Cow<'a, [T]> {
    match array.as_slice() {
        Ok(values) if array.is_c_contiguous() => values.into(),
        _ => array.as_array().iter().copied().collect(),
    }
}

fn named(error: RasterError) -> PyErr {
    match error {
        RasterError::Memory { .. } => PyMemoryError::new_err(error.to_string()),
        _ => PyValueError::new_err(error.to_string()),
    }
}

#[pymodule]
fn _raster(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("MAX_SIDE", MAX_SIDE)?;
    module.add("LEAST_ERROR", vecnb_trace::LEAST_ERROR)?;
    module.add("LEAST_TOLERANCE", vecnb_trace::LEAST_TOLERANCE)?;
    module.add("PRICE", vecnb_trace::PRICE)?;
    module.add("STEPS", vecnb_trace::STEPS)?;
    module.add("TOLERANCE", vecnb_trace::TOLERANCE)?;
    module.add_function(wrap_pyfunction!(render, module)?)?;
    module.add_function(wrap_pyfunction!(soft::soft_forward, module)?)?;
    module.add_function(wrap_pyfunction!(soft::soft_backward, module)?)?;
    module.add_function(wrap_pyfunction!(path::render_curves, module)?)?;
    module.add_function(wrap_pyfunction!(path::render_paths, module)?)?;
    module.add_function(wrap_pyfunction!(trace::vectorise, module)?)?;
    module.add_function(wrap_pyfunction!(trace::isolate_ink, module)?)?;
    module.add_function(wrap_pyfunction!(trace::propose, module)?)?;
    module.add_function(wrap_pyfunction!(trace::fit, module)?)?;
    module.add_function(wrap_pyfunction!(trace::refine, module)?)?;
    module.add_function(wrap_pyfunction!(trace::simplify, module)?)
}

//! Pictures to strokes; `vecnb.trace` documents it.

use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArrayDyn, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use vecnb_trace::{Image, Point, Stroke, TraceError};

use crate::in_order;

type Points<'py> = Bound<'py, PyArray2<f64>>;
/// Control points [3 S + 1, 2], width, worth.
type Found<'py> = (Points<'py>, f64, f64);

/// The curve [4, 2] through points [K, 2], and the distance of each from it [K].
#[pyfunction]
pub fn fit_cubic<'py>(
    py: Python<'py>,
    points: PyReadonlyArrayDyn<'py, f64>,
    start: [f64; 2],
    end: [f64; 2],
    tolerance: f64,
) -> PyResult<(Points<'py>, Bound<'py, PyArray1<f64>>)> {
    let (curve, gaps) = vecnb_trace::fit_cubic(&to_points(&points)?, start, end, tolerance);
    Ok((from_points(py, &curve)?, PyArray1::from_vec(py, gaps)))
}

#[pyfunction]
pub fn refine<'py>(
    py: Python<'py>,
    ink: PyReadonlyArrayDyn<'py, f32>,
    strokes: Vec<(PyReadonlyArrayDyn<'py, f64>, f64)>,
    changed: Option<Vec<bool>>,
    steps: usize,
) -> PyResult<(Vec<Found<'py>>, f64)> {
    let (pixels, height, width) = to_pixels(&ink)?;
    let strokes = to_strokes(&strokes)?;
    let (strokes, error) = py
        .detach(|| {
            vecnb_trace::refine(Image::new(&pixels, height, width)?, &strokes, changed.as_deref(), steps)
        })
        .map_err(named)?;
    Ok((from_strokes(py, &strokes)?, error))
}

/// A copy of an image [H, W], and its sides: while the GIL is released, another Python thread may write to it.
fn to_pixels(image: &PyReadonlyArrayDyn<'_, f32>) -> PyResult<(Vec<f32>, usize, usize)> {
    let &[height, width] = image.shape() else {
        return Err(PyValueError::new_err(format!("the image must be [H, W], not {:?}", image.shape())));
    };
    Ok((in_order(image).into_owned(), height, width))
}

fn to_points(points: &PyReadonlyArrayDyn<'_, f64>) -> PyResult<Vec<Point>> {
    match points.shape() {
        [_, 2] => Ok(in_order(points).as_chunks().0.to_vec()),
        shape => Err(PyValueError::new_err(format!("points must be [K, 2], not {shape:?}"))),
    }
}

fn to_strokes(strokes: &[(PyReadonlyArrayDyn<'_, f64>, f64)]) -> PyResult<Vec<Stroke>> {
    strokes.iter().map(|(chain, width)| Ok(Stroke::new(to_points(chain)?, *width))).collect()
}

fn from_points<'py>(py: Python<'py>, points: &[Point]) -> PyResult<Points<'py>> {
    PyArray1::from_slice(py, points.as_flattened()).reshape([points.len(), 2])
}

fn from_strokes<'py>(py: Python<'py>, strokes: &[Stroke]) -> PyResult<Vec<Found<'py>>> {
    strokes.iter().map(|s| Ok((from_points(py, &s.chain)?, s.width, s.worth))).collect()
}

fn named(error: TraceError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

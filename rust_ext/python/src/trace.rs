//! Pictures to strokes; `vecnb.trace` documents it.

use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArrayDyn, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use vecnb_trace::{Image, Point, Polyline, Stroke, TraceError};

use crate::in_order;

type Points<'py> = Bound<'py, PyArray2<f64>>;
/// Control points [3 S + 1, 2], width, worth.
type Found<'py> = (Points<'py>, f64, f64);

#[pyfunction]
pub fn vectorise<'py>(
    py: Python<'py>,
    image: PyReadonlyArrayDyn<'py, f32>,
    detail: f64,
) -> PyResult<Vec<(Points<'py>, f64, bool)>> {
    let (pixels, height, width) = to_pixels(&image)?;
    let strokes =
        py.detach(|| vecnb_trace::vectorise(Image::new(&pixels, height, width)?, detail)).map_err(named)?;
    let found = |s: &Stroke| Ok((from_points(py, &s.chain)?, s.width, s.is_line()));
    strokes.iter().map(found).collect()
}

#[pyfunction]
pub fn isolate_ink<'py>(
    py: Python<'py>,
    image: PyReadonlyArrayDyn<'py, f32>,
) -> PyResult<Bound<'py, PyArray2<f32>>> {
    let (pixels, height, width) = to_pixels(&image)?;
    let ink =
        py.detach(|| Ok(vecnb_trace::isolate_ink(Image::new(&pixels, height, width)?))).map_err(named)?;
    PyArray1::from_vec(py, ink).reshape([height, width])
}

#[pyfunction]
pub fn propose<'py>(
    py: Python<'py>,
    ink: PyReadonlyArrayDyn<'py, f32>,
) -> PyResult<Vec<(Points<'py>, f64, bool)>> {
    let (pixels, height, width) = to_pixels(&ink)?;
    let lines = py.detach(|| Ok(vecnb_trace::propose(Image::new(&pixels, height, width)?))).map_err(named)?;
    lines.iter().map(|line| Ok((from_points(py, &line.points)?, line.width, line.closed))).collect()
}

#[pyfunction]
pub fn fit<'py>(
    py: Python<'py>,
    points: PyReadonlyArrayDyn<'py, f64>,
    width: f64,
    tolerance: f64,
    closed: bool,
) -> PyResult<Points<'py>> {
    let points = to_points(&points)?;
    from_points(py, &vecnb_trace::fit(&Polyline { points, width, closed }, tolerance))
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

#[pyfunction]
pub fn simplify<'py>(
    py: Python<'py>,
    ink: PyReadonlyArrayDyn<'py, f32>,
    strokes: Vec<(PyReadonlyArrayDyn<'py, f64>, f64)>,
    detail: f64,
) -> PyResult<Vec<Found<'py>>> {
    let (pixels, height, width) = to_pixels(&ink)?;
    let strokes = to_strokes(&strokes)?;
    let strokes = py
        .detach(|| vecnb_trace::simplify(Image::new(&pixels, height, width)?, &strokes, detail))
        .map_err(named)?;
    from_strokes(py, &strokes)
}

/// A copy of an image [H, W], and its sides: while the GIL is released, another Python thread may write to it.
fn to_pixels(image: &PyReadonlyArrayDyn<'_, f32>) -> PyResult<(Vec<f32>, usize, usize)> {
    let &[height, width] = image.shape() else {
        return Err(PyValueError::new_err(format!("the image must be [H, W], not {:?}", image.shape())));
    };
    Ok((in_order(image).into_owned(), height, width))
}

fn to_points(points: &PyReadonlyArrayDyn<'_, f64>) -> PyResult<Vec<Point>> {
    if !in_order(points).iter().all(|value| value.is_finite()) {
        return Err(PyValueError::new_err("points must be finite"));
    }
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

//! Curves fitted to an image; `vecnb.trace.refine` makes a function of it.

use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArrayDyn, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use vecnb_raster::Sketch;

use crate::{in_order, named};

type Curve<'py> = (Bound<'py, PyArray2<f64>>, Bound<'py, PyArray1<f64>>);
type Fitted<'py> = (Bound<'py, PyArray2<f64>>, Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>, f64);

/// The curve [4, 2] through points [K, 2], and the distance of each from it [K].
#[pyfunction]
pub fn fit_cubic<'py>(
    py: Python<'py>,
    points: PyReadonlyArrayDyn<'py, f64>,
    start: [f64; 2],
    end: [f64; 2],
    tolerance: f64,
) -> PyResult<Curve<'py>> {
    let &[_, 2] = points.shape() else {
        return Err(PyValueError::new_err("points must be [K, 2]"));
    };
    let (curve, gaps) = vecnb_raster::fit_cubic(in_order(&points).as_chunks().0, start, end, tolerance);
    let curve = PyArray1::from_slice(py, curve.as_flattened()).reshape([4, 2])?;
    Ok((curve, PyArray1::from_vec(py, gaps)))
}

/// Points [P, 2], widths [S], what each stroke is worth [S] and half the squared error, after the descent.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub fn fit_sketch<'py>(
    py: Python<'py>,
    ink: PyReadonlyArrayDyn<'py, f32>,
    points: PyReadonlyArrayDyn<'py, f64>,
    curves: PyReadonlyArrayDyn<'py, u32>,
    strokes: PyReadonlyArrayDyn<'py, u32>,
    widths: PyReadonlyArrayDyn<'py, f64>,
    changed: PyReadonlyArrayDyn<'py, bool>,
    steps: usize,
) -> PyResult<Fitted<'py>> {
    let (&[height, width], &[_, 2], &[_, 4]) = (ink.shape(), points.shape(), curves.shape()) else {
        return Err(PyValueError::new_err("ink must be [H, W], points [P, 2] and curves [C, 4]"));
    };
    let curves = in_order(&curves);
    let mut sketch = Sketch {
        points: in_order(&points).as_chunks().0.to_vec(),
        curves: curves.as_chunks::<4>().0.iter().map(|curve| curve.map(|at| at as usize)).collect(),
        strokes: in_order(&strokes).iter().map(|&at| at as usize).collect(),
        widths: in_order(&widths).into_owned(),
    };
    let ink = in_order(&ink).into_owned();
    let changed = in_order(&changed).into_owned();
    let fit = py.detach(|| sketch.fit_near(&ink, height, width, steps, &changed)).map_err(named)?;
    let points = PyArray1::from_slice(py, sketch.points.as_flattened()).reshape([sketch.points.len(), 2])?;
    Ok((points, PyArray1::from_vec(py, sketch.widths), PyArray1::from_vec(py, fit.worth), fit.error))
}

//! The hard renderer of curves and drawings; `vecnb.render.render_hard` documents it.

use std::mem;

use numpy::{PyArray4, PyArrayMethods, PyReadonlyArrayDyn, PyUntypedArrayMethods, dtype};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use vecnb_raster::{Cap, Chain, Join, PathPlan, PathScratch, Paths};

use crate::{EMPTY, helpers, in_order, named, options, run, widths};

/// Draw a batch of quadratic or cubic curves, or of lines.
#[pyfunction]
#[pyo3(signature = (lines, height, width, stroke_width, antialias, threads))]
pub fn render_curves<'py>(
    py: Python<'py>,
    lines: PyReadonlyArrayDyn<'py, f32>,
    height: i64,
    width: i64,
    stroke_width: PyReadonlyArrayDyn<'py, f32>,
    antialias: bool,
    threads: Option<i64>,
) -> PyResult<Bound<'py, PyArray4<f32>>> {
    let &[batch, per_image, numbers @ (4 | 6 | 8)] = lines.shape() else {
        return Err(PyValueError::new_err(format!(
            "lines must have shape [B, N, 4], or of curves [B, N, 6] or [B, N, 8], not {:?}",
            lines.shape()
        )));
    };
    let options = options(height, width, antialias)?;
    // Copies: while the GIL is released, another Python thread may write to the arrays.
    let points = in_order(&lines).as_chunks().0.to_vec();
    let values = in_order(&stroke_width).into_owned();
    let widths = widths(stroke_width.shape(), &values, batch, per_image)?;
    let paths = Paths::curves(&points, numbers / 2 - 1, batch, widths).map_err(named)?;
    let plan = paths.plan(&options).map_err(named)?;
    draw(py, &plan, (batch, 1, options.height, options.width), threads)
}

/// Draw one drawing; each of its paths is (points [M, 2], width, degree, closed).
#[pyfunction]
#[pyo3(signature = (paths, canvas, cap, join, height, width, antialias, threads))]
#[expect(clippy::too_many_arguments, reason = "only render_hard calls it")]
pub fn render_paths<'py>(
    py: Python<'py>,
    paths: Vec<(PyReadonlyArrayDyn<'py, f32>, f32, usize, bool)>,
    canvas: [f32; 2],
    cap: &str,
    join: &str,
    height: i64,
    width: i64,
    antialias: bool,
    threads: Option<i64>,
) -> PyResult<Bound<'py, PyArray4<f32>>> {
    let options = options(height, width, antialias)?;
    let cap = match cap {
        "round" => Cap::Round,
        "butt" => Cap::Butt,
        "square" => Cap::Square,
        _ => return Err(PyValueError::new_err(format!("cap must be round, butt or square, not {cap}"))),
    };
    let join = match join {
        "round" => Join::Round,
        "miter" => Join::Miter,
        _ => return Err(PyValueError::new_err(format!("join must be round or miter, not {join}"))),
    };
    let points: Vec<Vec<[f32; 2]>> =
        paths.iter().map(|(points, ..)| in_order(points).as_chunks().0.to_vec()).collect();
    let chains: Vec<Chain<'_>> = points
        .iter()
        .zip(&paths)
        .map(|(points, &(_, width, degree, closed))| Chain { points, degree, closed, width })
        .collect();
    let drawing = Paths::drawing(&chains, canvas, cap, join).map_err(named)?;
    let plan = drawing.plan(&options).map_err(named)?;
    draw(py, &plan, (1, 1, options.height, options.width), threads)
}

fn draw<'py>(
    py: Python<'py>,
    plan: &PathPlan<'_>,
    shape: (usize, usize, usize, usize),
    threads: Option<i64>,
) -> PyResult<Bound<'py, PyArray4<f32>>> {
    let helpers = helpers(threads)?;
    let images = EMPTY.import(py, "numpy", "empty")?.call1((shape, dtype::<f32>(py)))?;
    let images = images.cast_into::<PyArray4<f32>>()?;
    let mut memory = images.readwrite();
    let mut pixels = memory.as_slice_mut()?;
    let parts = (0..plan.tasks()).map(|task| {
        let (part, rest) = mem::take(&mut pixels).split_at_mut(plan.task_pixels(task));
        pixels = rest;
        (task, part)
    });
    let parts: Vec<_> = parts.collect();
    run(py, parts.into_iter(), plan.tasks(), helpers, |(task, part), scratch: &mut PathScratch| {
        plan.draw(task, part, scratch);
    })?;
    drop(memory);
    Ok(images)
}

//! The differentiable renderer, forward and backward; `vecnb.render.fused` makes a torch operator of them.

use std::mem;

use numpy::{PyArray1, PyArray2, PyArray3, PyArrayMethods, PyReadonlyArrayDyn, PyUntypedArrayMethods, dtype};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use vecnb_raster::{Compose, Gradient, Profile, SoftPlan, SoftStrokes};

use crate::{EMPTY, helpers, in_order, named, run};

/// What a task of the way forward writes.
struct Part<'a> {
    task: usize,
    pixels: &'a mut [f32],
    winners: &'a mut [u32],
}

/// Copies of the arguments, for the time without the GIL.
struct Arguments {
    points: Vec<f32>,
    degree: usize,
    widths: Vec<f32>,
    slopes: Vec<f32>,
    batch: usize,
    per_image: usize,
    gaussian: bool,
}

impl Arguments {
    fn new(
        lines: &PyReadonlyArrayDyn<'_, f32>,
        widths: &PyReadonlyArrayDyn<'_, f32>,
        slopes: &PyReadonlyArrayDyn<'_, f32>,
        gaussian: bool,
    ) -> PyResult<Self> {
        let &[batch, per_image, numbers @ (4 | 6 | 8)] = lines.shape() else {
            let shape = lines.shape();
            return Err(PyValueError::new_err(format!(
                "lines must have shape [B, N, 4], [B, N, 6] or [B, N, 8], not {shape:?}"
            )));
        };
        Ok(Self {
            points: in_order(lines).into_owned(),
            degree: numbers / 2 - 1,
            widths: in_order(widths).into_owned(),
            slopes: in_order(slopes).into_owned(),
            batch,
            per_image,
            gaussian,
        })
    }

    fn plan(&self, height: usize, width: usize, soft_or: bool) -> PyResult<SoftPlan<'_>> {
        let profile = if self.gaussian {
            Profile::Gaussian { alpha: &self.slopes }
        } else {
            Profile::Edge { widths: &self.widths, sharpness: &self.slopes }
        };
        let compose = if soft_or { Compose::SoftOr } else { Compose::Max };
        SoftStrokes::new(&self.points, self.degree, self.batch, profile)
            .and_then(|strokes| strokes.plan(height, width, compose))
            .map_err(named)
    }
}

type ImagesAndWinners<'py> = (Bound<'py, PyArray2<f32>>, Bound<'py, PyArray1<u32>>);

/// Pixels [B, H W], and for the strongest presence what each is of, [B, H W] or [0].
#[pyfunction]
#[pyo3(signature = (lines, widths, slopes, height, width, gaussian, soft_or, threads))]
#[allow(clippy::too_many_arguments)]
pub fn soft_forward<'py>(
    py: Python<'py>,
    lines: PyReadonlyArrayDyn<'py, f32>,
    widths: PyReadonlyArrayDyn<'py, f32>,
    slopes: PyReadonlyArrayDyn<'py, f32>,
    height: usize,
    width: usize,
    gaussian: bool,
    soft_or: bool,
    threads: Option<i64>,
) -> PyResult<ImagesAndWinners<'py>> {
    let arguments = Arguments::new(&lines, &widths, &slopes, gaussian)?;
    let plan = arguments.plan(height, width, soft_or)?;
    let shape = (arguments.batch, height * width);
    let empty = EMPTY.import(py, "numpy", "empty")?;
    let images = empty.call1((shape, dtype::<f32>(py)))?.cast_into::<PyArray2<f32>>()?;
    let count = if soft_or { 0 } else { shape.0 * shape.1 };
    let indices = empty.call1((count, dtype::<u32>(py)))?.cast_into::<PyArray1<u32>>()?;
    {
        let (mut pixels, mut winners) = (images.readwrite(), indices.readwrite());
        let (mut pixels, mut winners) = (pixels.as_slice_mut()?, winners.as_slice_mut()?);
        let mut parts = Vec::with_capacity(plan.tasks());
        for task in 0..plan.tasks() {
            let (part, rest) = mem::take(&mut pixels).split_at_mut(plan.task_pixels(task));
            let at = plan.task_pixels(task).min(winners.len());
            let (winner, left) = mem::take(&mut winners).split_at_mut(at);
            parts.push(Part { task, pixels: part, winners: winner });
            (pixels, winners) = (rest, left);
        }
        let plan = &plan;
        run(py, parts.into_iter(), plan.tasks(), helpers(threads)?, move |part: Part<'_>, _: &mut ()| {
            plan.forward(part.task, part.pixels, part.winners);
        })?;
    }
    Ok((images, indices))
}

/// Gradients [B, N, P + 2] of a loss in the P coordinates of each stroke, its width and its slope, from those at the
/// pixels.
#[pyfunction]
#[pyo3(signature = (lines, widths, slopes, gradient, pixels, winners, height, width, gaussian, soft_or, threads))]
#[allow(clippy::too_many_arguments)]
pub fn soft_backward<'py>(
    py: Python<'py>,
    lines: PyReadonlyArrayDyn<'py, f32>,
    widths: PyReadonlyArrayDyn<'py, f32>,
    slopes: PyReadonlyArrayDyn<'py, f32>,
    gradient: PyReadonlyArrayDyn<'py, f32>,
    pixels: PyReadonlyArrayDyn<'py, f32>,
    winners: PyReadonlyArrayDyn<'py, u32>,
    height: usize,
    width: usize,
    gaussian: bool,
    soft_or: bool,
    threads: Option<i64>,
) -> PyResult<Bound<'py, PyArray3<f32>>> {
    let arguments = Arguments::new(&lines, &widths, &slopes, gaussian)?;
    let plan = arguments.plan(height, width, soft_or)?;
    let all = arguments.batch * height * width;
    let (gradient, pixels, winners) = (in_order(&gradient), in_order(&pixels), in_order(&winners));
    for (name, found, expected) in [
        ("gradient", gradient.len(), all),
        ("pixels", pixels.len(), all),
        ("winners", winners.len(), if soft_or { 0 } else { all }),
    ] {
        if found != expected {
            return Err(PyValueError::new_err(format!("{name} must hold {expected} values, not {found}")));
        }
    }
    // Each task has sums of its own: added up afterwards in their order, they do not depend on threads.
    let mut sums = vec![Gradient::default(); (0..plan.tasks()).map(|task| plan.task_gradients(task)).sum()];
    let mut parts: Vec<(usize, usize, &mut [Gradient])> = Vec::with_capacity(plan.tasks());
    let (mut rest, mut first) = (sums.as_mut_slice(), 0);
    for task in 0..plan.tasks() {
        let (part, left) = mem::take(&mut rest).split_at_mut(plan.task_gradients(task));
        parts.push((task, first, part));
        first += plan.task_pixels(task);
        rest = left;
    }
    {
        let plan = &plan;
        let (gradient, pixels, winners) = (&gradient[..], &pixels[..], &winners[..]);
        run(
            py,
            parts.into_iter(),
            plan.tasks(),
            helpers(threads)?,
            move |(task, first, sums), _: &mut ()| {
                let here = first..first + plan.task_pixels(task);
                let winners = if soft_or { winners } else { &winners[here.clone()] };
                plan.backward(task, &gradient[here.clone()], &pixels[here], winners, sums);
            },
        )?;
    }
    let numbers = 2 * (arguments.degree + 1);
    let mut totals = vec![0.0; arguments.batch * arguments.per_image * (numbers + 2)];
    let mut sums = sums.into_iter();
    for task in 0..plan.tasks() {
        let first = plan.task_image(task) * arguments.per_image * (numbers + 2);
        let strokes = totals[first..].chunks_exact_mut(numbers + 2);
        for (total, sum) in strokes.zip(sums.by_ref().take(plan.task_gradients(task))) {
            let (points, stroke) = total.split_at_mut(numbers);
            for (total, part) in points.iter_mut().zip(sum.points.as_flattened()) {
                *total += part;
            }
            stroke[0] += sum.width;
            stroke[1] += sum.slope;
        }
    }
    let shape = (arguments.batch, arguments.per_image, numbers + 2);
    let array = EMPTY.import(py, "numpy", "empty")?.call1((shape, dtype::<f32>(py)))?;
    let array = array.cast_into::<PyArray3<f32>>()?;
    for (value, total) in array.readwrite().as_slice_mut()?.iter_mut().zip(totals) {
        *value = total as f32;
    }
    Ok(array)
}

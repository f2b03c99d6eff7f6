//! Rows whose elements lie by columns.
//!
//! Along such a row every element is on a cache line of its own, and of each line only one element would be used before it is gone.
//! So a batch of 64 rows is read and written column by column, a line or more at a time. Logits of rows with one true class are computed side by
//! side as they come, however many classes they have; those of others are gathered into rows, and what is made of them is scattered
//! again.

use super::super::blocks::LANES;
use super::super::memory::{Part, Sink};
use super::super::request::{Outputs, Parts};
use super::super::scratch::{Scratch, room};
use super::super::transpose::{to_classes, to_rows};
use super::super::working::Working;
use super::job::{Halt, Job};
use super::rows::{Input, Rows};

/// Rows longer than this are taken as they lie: a batch of them would fit into no cache.
const LONGEST: usize = 1 << 14;

/// How rows are computed that lie by columns.
#[derive(Clone, Copy)]
pub(super) enum Columns {
    /// As all others: there are none.
    None,
    /// Side by side.
    Beside,
    /// Along, those of these arrays gathered.
    Gathered(Arrays),
}

/// Which arrays of a request lie by columns.
#[derive(Clone, Copy)]
#[allow(clippy::struct_excessive_bools)] // Each is an array of its own.
pub(super) struct Arrays {
    x: bool,
    y: bool,
    grad: bool,
    hess: bool,
}

impl Columns {
    pub fn of<T: Working>(job: &Job<'_, T>, outputs: &Outputs<'_>) -> Self {
        let k = job.classes;
        if job.is_narrow() || k > LONGEST {
            return Columns::None;
        }
        let arrays = Arrays {
            x: job.request.x.is_by_columns(k),
            y: job.shares && job.request.y.is_by_columns(k),
            grad: outputs.grad.as_ref().is_some_and(|sink| sink.is_by_columns(k)),
            hess: outputs.hess.as_ref().is_some_and(|sink| sink.is_by_columns(k)),
        };
        match arrays {
            Arrays { x: true, .. } if job.raw && !job.sees_all() => Columns::Beside,
            Arrays { x: false, y: false, grad: false, hess: false } => Columns::None,
            _ => Columns::Gathered(arrays),
        }
    }
    pub fn any(self) -> bool {
        !matches!(self, Columns::None)
    }
    /// Whether rows are computed side by side.
    pub fn are_beside<T: Working>(self, job: &Job<'_, T>) -> bool {
        job.is_narrow() || matches!(self, Columns::Beside)
    }
    /// Elements of scratch for gathering a batch.
    pub fn scratch<T>(self, job: &Job<'_, T>) -> usize {
        let Columns::Gathered(Arrays { x, y, grad, hess }) = self else { return 0 };
        (1 + [x, y, grad, hess].map(usize::from).iter().sum::<usize>()) * room(LANES * job.classes)
    }
}

/// What a batch is computed with: its rows, its predictions and targets, where its results go, and scratch.
type Run<'a, T> = dyn FnMut(&mut Rows<T>, [Input<'_, T>; 2], &mut Parts<'_>, &mut [T]) -> Result<(), Halt> + 'a;

/// Runs a batch with its inputs gathered, and scatters its outputs.
pub(super) fn through<T: Working>(
    job: &Job<'_, T>,
    columns: Arrays,
    rows: &mut Rows<T>,
    parts: &mut Parts<'_>,
    scratch: &mut [T],
    run: &mut Run<'_, T>,
) -> Result<(), Halt> {
    let (k, level) = (job.classes, job.request.level);
    let mut scratch = Scratch(scratch);
    let blocks = scratch.take(LANES * k).as_chunks_mut().0;
    let [x, y, grad, hess] =
        [columns.x, columns.y, columns.grad, columns.hess].map(|there| scratch.take(if there { LANES * k } else { 0 }));
    let (first, count) = (rows.start * k, rows.len * k);
    let mut inputs = [Input::of(&job.request.x), Input::of(&job.request.y)];
    for (input, (view, there, stage)) in
        inputs.iter_mut().zip([(&job.request.x, columns.x, x), (&job.request.y, columns.y, y)])
    {
        if there {
            view.read_columns(rows.start, rows.len, blocks);
            to_rows(level, blocks, &mut stage[..count]);
            *input = Input { view, gathered: Some((&*stage, first)) };
        }
    }
    {
        let mut sinks = [&mut *grad, &mut *hess].map(|stage| Sink::of(stage));
        let [grad, hess] = &mut sinks;
        let mut local = Parts {
            value: None,
            grad: if columns.grad { Some(grad.part_from(first)) } else { parts.grad.as_mut().map(Part::reborrow) },
            hess: if columns.hess { Some(hess.part_from(first)) } else { parts.hess.as_mut().map(Part::reborrow) },
        };
        run(rows, inputs, &mut local, scratch.0)?;
    }
    for (part, there, stage) in [(&mut parts.grad, columns.grad, grad), (&mut parts.hess, columns.hess, hess)] {
        if let (Some(part), true) = (part, there) {
            to_classes(level, stage, blocks);
            part.write_columns(rows.start, rows.len, blocks);
        }
    }
    Ok(())
}

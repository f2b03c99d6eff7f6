//! A request of a loss of columns: segments of elements.

use super::super::blocks::{SEGMENT, TASK};
use super::super::curvature::Curve;
use super::super::family::Work;
use super::super::offence::Offence;
use super::super::passes::{Pass, settle};
use super::super::request::{Outputs, Parts};
use super::super::sums::{Accumulator, Tally};
use super::super::tasks::over_tasks;
use super::super::wanted::Wanted;
use super::super::working::{Buffers, Working};
use super::kernel::{Kernel, Points};
use crate::error::Error;
use crate::families::COLUMNS;
use crate::loss::Domain;
use crate::number::Float;

/// A request, worked out for a purpose.
pub struct Job<'a> {
    work: Work<'a>,
    kernel: Kernel,
    target: Domain,
    offence: Offence,
}

impl<'a> Job<'a> {
    pub fn new(work: Work<'a>, kernel: Kernel) -> Self {
        Job { target: work.request.settings.target, work, kernel, offence: Offence::default() }
    }

    fn task(&self, task: usize, parts: &mut Parts<'_>, sum: &mut Tally<'_>) {
        let end = self.work.request.losses().min((task + 1) * PER_TASK);
        f64::buffers().with_borrow_mut(|buffers| {
            for start in (task * PER_TASK..end).step_by(AT_ONCE) {
                self.some(start, AT_ONCE.min(end - start), buffers, parts, sum);
            }
        });
    }

    /// Elements from one on, at most as many as have their columns in a segment.
    fn some(&self, start: usize, count: usize, buffers: &mut Buffers<f64>, parts: &mut Parts<'_>, sum: &mut Tally<'_>) {
        let Work { request, counted, purpose, factor, single } = self.work;
        let wanted = purpose.wanted();
        let Buffers { y, x, value, grad, hess, weight, counts, other, slope, .. } = buffers;
        let [y, rows, weight, counts] = [(y, 1), (x, COLUMNS), (weight, 1), (counts, 1)]
            .map(|(blocks, each)| &mut blocks.as_flattened_mut()[..each * count]);
        let [value, out, columns, grad, hess] =
            [value, slope, other, grad, hess].map(|blocks| blocks.as_flattened_mut());
        request.y.read(start, y);
        request.x.read(start * COLUMNS, rows);
        weight.fill(1.0);
        if let Some(view) = &request.weight {
            view.read(start, weight);
        }
        counted.read(start, counts);
        let mut outside = None;
        for (i, (&y, (weight, &counts))) in y.iter().zip(weight.iter_mut().zip(&*counts)).enumerate() {
            *weight = if counts == 0.0 { 0.0 } else { *weight };
            outside = outside.or((*weight != 0.0 && self.target.excludes(y)).then_some(i));
        }
        if let Some(i) = outside {
            return self.offence.record(start + i, true);
        }
        if wanted == Wanted::NOTHING {
            return;
        }
        let (a, b) = columns.split_at_mut(AT_ONCE);
        for (i, row) in rows.as_chunks::<COLUMNS>().0.iter().enumerate() {
            [a[i], b[i]] = *row;
        }
        let [first, second] = [grad, hess].map(|numbers| numbers.split_at_mut(AT_ONCE));
        let points = Points {
            y,
            x: [&a[..count], &b[..count]],
            value: &mut value[..count],
            first: [&mut *first.0, &mut *first.1],
            second: [&mut *second.0, &mut *second.1],
        };
        let expected = matches!(request.curve, Curve::AtMean(_));
        (self.kernel)(request.level, &request.settings.double, expected, points);
        if wanted.value {
            for (value, &weight) in value.iter_mut().zip(&*weight) {
                let rounded = if single { f64::from(*value as f32) } else { *value };
                *value = if weight == 0.0 { 0.0 } else { rounded * weight };
            }
            settle(start, &value[..count], parts, sum);
        }
        let constant = if let Curve::Constant(number) = request.curve { Some(number) } else { None };
        let floor = request.min_hessian.unwrap_or(f64::NEG_INFINITY);
        for (part, [a, b], is_second) in
            [(&mut parts.grad, [&*first.0, &*first.1], false), (&mut parts.hess, [&*second.0, &*second.1], true)]
        {
            let Some(part) = part else { continue };
            for (i, row) in out[..COLUMNS * count].as_chunks_mut::<COLUMNS>().0.iter_mut().enumerate() {
                let mut numbers = [a[i], b[i]];
                if is_second {
                    let bend = |number: f64| Float::max(constant.filter(|_| !number.is_nan()).unwrap_or(number), floor);
                    numbers = numbers.map(bend);
                }
                let factor = factor.times(weight[i]);
                *row = if weight[i] == 0.0 { [0.0; COLUMNS] } else { numbers.map(|number| number * factor) };
            }
            part.write(start * COLUMNS, &out[..COLUMNS * count]);
        }
    }
}

/// Elements of a task, and those whose columns a segment holds.
const PER_TASK: usize = TASK / COLUMNS;
const AT_ONCE: usize = SEGMENT / COLUMNS;

impl Pass for Job<'_> {
    fn over<A: Accumulator>(
        &self,
        outputs: &mut Outputs<'_>,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<A::Sum, Error> {
        let tasks = self.work.request.losses().div_ceil(PER_TASK);
        let parts = outputs.parts(PER_TASK, COLUMNS);
        over_tasks::<A, _>(tasks, self.work.request.threads, parts, interrupt, &|task, mut parts, sum, _| {
            self.task(task, &mut parts, sum);
        })
    }

    fn verdict(&self) -> Result<(), Error> {
        let Some((index, _)) = self.offence.first() else { return Ok(()) };
        let mut value = [0.0];
        self.work.request.y.read(index, &mut value);
        let wanted = self.target.wanted().to_owned();
        Err(Error::Domain { argument: self.work.request.names.0, index, value: value[0], wanted })
    }
}

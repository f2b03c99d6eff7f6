//! A request of a loss of columns: segments of elements.

use super::super::blocks::{LANES as BLOCK, SEGMENT, TASK};
use super::super::curvature::Curve;
use super::super::family::Work;
use super::super::look::Found;
use super::super::memory::NO_INDEX;
use super::super::offence::{Labels, Offence, wanted_index};
use super::super::passes::{Pass, settle};
use super::super::request::{Outputs, Parts};
use super::super::sums::{Accumulator, Tally};
use super::super::tasks::over_tasks;
use super::super::wanted::Wanted;
use super::super::working::{Buffers, Working};
use super::computer::Computer;
use super::kernel::{LANES, Points};
use crate::error::Error;
use crate::families::MOST;
use crate::loss::{Domain, MIXED_LABELS};
use crate::number::Float;

/// A request, worked out for a purpose.
pub struct Job<'a> {
    work: Work<'a>,
    computer: Computer<'a>,
    offence: Offence,
    /// Of each number of a target.
    labels: [Labels; MOST],
}

impl<'a> Job<'a> {
    pub fn new(work: Work<'a>, computer: Computer<'a>) -> Self {
        Job { work, computer, offence: Offence::default(), labels: Default::default() }
    }

    /// How many numbers a target has, and how many predict an element.
    fn columns(&self) -> [usize; 2] {
        self.work.request.settings.columns
    }

    /// The first number of a target that lies outside.
    fn outside(&self, numbers: &[f64]) -> Option<usize> {
        let settings = self.work.request.settings;
        let own = numbers.iter().zip(&settings.each).position(|(&number, domain)| domain.excludes(number));
        own.or_else(|| settings.target.excludes_row(numbers))
    }

    /// What a number of a target may be.
    fn domain(&self, column: usize) -> Domain {
        let settings = self.work.request.settings;
        *settings.each.get(column).unwrap_or(&settings.target)
    }

    /// Takes note of the labels of a target, the first of which has that index, and makes 0 of −1.
    fn look_at_labels(&self, index: usize, numbers: &mut [f64]) {
        for (column, number) in numbers.iter_mut().enumerate().filter(|(column, _)| self.domain(*column).has_labels()) {
            let (negative, below_one) = (*number < 0.0, (0.0..1.0).contains(&*number));
            self.labels[column].note(index + column, Found { negative, below_one, ..Found::default() });
            *number = if negative { 0.0 } else { *number };
        }
    }

    /// What the formula is given of a class.
    fn of_class(&self, index: i64) -> Option<&[f64; MOST]> {
        self.work.request.settings.of_classes.get(usize::try_from(index).ok()?)
    }

    fn by_class(&self) -> bool {
        !self.work.request.settings.of_classes.is_empty()
    }

    /// Elements whose columns a segment holds, in whole blocks.
    fn at_once(&self) -> usize {
        let [given, predicted] = self.columns();
        let given = if self.by_class() { MOST } else { given };
        SEGMENT / given.max(predicted) / BLOCK * BLOCK
    }

    /// Elements of a task.
    fn per_task(&self) -> usize {
        TASK / SEGMENT * self.at_once()
    }

    fn task(&self, task: usize, parts: &mut Parts<'_>, sum: &mut Tally<'_>) {
        let (per_task, at_once) = (self.per_task(), self.at_once());
        let end = self.work.request.losses().min((task + 1) * per_task);
        f64::buffers().with_borrow_mut(|buffers| {
            for start in (task * per_task..end).step_by(at_once) {
                self.some(start, at_once.min(end - start), buffers, parts, sum);
            }
        });
    }

    /// Elements from one on, at most as many as have their columns in a segment.
    fn some(&self, start: usize, count: usize, buffers: &mut Buffers<f64>, parts: &mut Parts<'_>, sum: &mut Tally<'_>) {
        let Work { request, counted, purpose, factor, single } = self.work;
        let (wanted, [given, predicted]) = (purpose.wanted(), self.columns());
        let Buffers { y, x, value, grad, hess, weight, wide_weight, counts, other, slope } = buffers;
        let [targets, rows, weight, counts] = [(y, given), (x, predicted), (weight, 1), (counts, 1)]
            .map(|(blocks, each)| &mut blocks.as_flattened_mut()[..each * count]);
        let [value, out, y, x, grad, hess] =
            [value, slope, wide_weight, other, grad, hess].map(|blocks| blocks.as_flattened_mut());
        request.y.read(start * given, targets);
        request.x.read(start * predicted, rows);
        weight.fill(1.0);
        if let Some(view) = &request.weight {
            view.read(start, weight);
        }
        counted.read(start, counts);
        let (mut indices, by_class) = ([NO_INDEX; SEGMENT / MOST], self.by_class());
        let indices = &mut indices[..if by_class { count } else { 0 }];
        request.y.read(start, indices);
        let (mut outside, has_labels) = (None, (0..given).any(|column| self.domain(column).has_labels()));
        for (i, (y, (weight, &counts))) in targets.chunks_mut(given).zip(weight.iter_mut().zip(&*counts)).enumerate() {
            *weight = if counts == 0.0 { 0.0 } else { *weight };
            if outside.is_none() && *weight != 0.0 {
                let column = match indices.get(i) {
                    Some(&index) => self.of_class(index).is_none().then_some(0),
                    None => self.outside(y),
                };
                outside = column.map(|column| i * given + column);
                if has_labels && outside.is_none() {
                    self.look_at_labels((start + i) * given, y);
                }
            }
        }
        if let Some(i) = outside {
            return self.offence.record(start * given + i, true);
        }
        if wanted == Wanted::NOTHING {
            return;
        }
        let [mut y, mut x, first, second] =
            [y, x, &mut *grad, &mut *hess].map(|numbers| side_by_side(numbers, self.at_once()));
        if by_class {
            for (i, &index) in indices.iter().enumerate() {
                let numbers = self.of_class(index).unwrap_or(&[0.0; MOST]);
                for (column, &number) in y.iter_mut().zip(numbers) {
                    column[i] = number;
                }
            }
        } else {
            apart(targets, given, &mut y);
        }
        apart(rows, predicted, &mut x);
        let (y, x) = (y.map(|y| &*y), x.map(|x| &*x));
        let points = |lanes| Points { y, x, value: &mut value[..count.next_multiple_of(lanes)], first, second };
        match self.computer {
            Computer::Kernel(kernel) => {
                let expected = matches!(request.curve, Curve::AtMean(_));
                kernel(request.level, &request.settings.double, expected, points(LANES));
            }
            Computer::Program(program) => program.run(request.level, wanted, points(BLOCK)),
        }
        if wanted.value {
            for (value, &weight) in value.iter_mut().zip(&*weight) {
                let rounded = if single { f64::from(*value as f32) } else { *value };
                *value = if weight == 0.0 { 0.0 } else { rounded * weight };
            }
            settle(start, &value[..count], parts, sum);
        }
        let constant = if let Curve::Constant(number) = request.curve { Some(number) } else { None };
        let floor = request.min_hessian.unwrap_or(f64::NEG_INFINITY);
        for (part, columns, is_second) in [(&mut parts.grad, grad, false), (&mut parts.hess, hess, true)] {
            let Some(part) = part else { continue };
            for (c, column) in columns.chunks(self.at_once()).take(predicted).enumerate() {
                for (i, &number) in column[..count].iter().enumerate() {
                    let mut number = number;
                    if is_second {
                        number = Float::max(constant.filter(|_| !number.is_nan()).unwrap_or(number), floor);
                    }
                    let product = number * factor.times(weight[i]);
                    out[i * predicted + c] = if weight[i] == 0.0 { 0.0 } else { product };
                }
            }
            part.write(start * predicted, &out[..predicted * count]);
        }
    }
}

/// Room for columns, one after the other; none for those beyond.
fn side_by_side(numbers: &mut [f64], len: usize) -> [&mut [f64]; MOST] {
    let mut columns = numbers.chunks_exact_mut(len);
    std::array::from_fn(|_| columns.next().unwrap_or_default())
}

/// Rows of numbers as columns.
fn apart(rows: &[f64], width: usize, columns: &mut [&mut [f64]; MOST]) {
    for (c, column) in columns.iter_mut().enumerate().take(width) {
        for (number, row) in column.iter_mut().zip(rows.chunks_exact(width)) {
            *number = row[c];
        }
    }
}

impl Pass for Job<'_> {
    fn over<A: Accumulator>(
        &self,
        outputs: &mut Outputs<'_>,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<A::Sum, Error> {
        let tasks = self.work.request.losses().div_ceil(self.per_task());
        let [_, predicted] = self.columns();
        let parts = outputs.parts(self.per_task(), predicted);
        over_tasks::<A, _>(tasks, self.work.request.threads, parts, interrupt, &|task, mut parts, sum, _| {
            self.task(task, &mut parts, sum);
        })
    }

    fn verdict(&self) -> Result<(), Error> {
        let ([given, _], classes) = (self.columns(), self.work.request.settings.of_classes.len());
        let wanted = |index: usize| match classes {
            0 => self.domain(index % given).wanted().to_owned(),
            classes => wanted_index(classes, self.work.counted),
        };
        let outside = self.offence.first().map(|(index, _)| (index, wanted(index)));
        let mixed = || self.labels.iter().filter_map(Labels::mixed).min().map(|index| (index, MIXED_LABELS.to_owned()));
        let Some((index, wanted)) = outside.or_else(mixed) else { return Ok(()) };
        let mut value = [0.0];
        self.work.request.y.read(index, &mut value);
        Err(Error::Domain { argument: self.work.request.names.0, index, value: value[0], wanted })
    }
}

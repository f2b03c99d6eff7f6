//! A request of a loss of columns: segments of elements.

use super::super::blocks::{LANES as BLOCK, SEGMENT, TASK};
use super::super::curvature::Curve;
use super::super::divisor::Factor;
use super::super::family::Work;
use super::super::look::Found;
use super::super::memory::NO_INDEX;
use super::super::offence::{Labels, Offence, wanted_index};
use super::super::passes::{Pass, settle};
use super::super::request::{Outputs, Parts};
use super::super::sums::{Accumulator, Tally};
use super::super::tasks::over_tasks;
use super::super::wanted::Wanted;
use super::super::weigh::{round_to_single, weigh};
use super::super::working::{Buffers, Working};
use super::computer::Computer;
use super::kernel::{LANES, Points};
use crate::error::Error;
use crate::families::MOST;
use crate::loss::{Domain, MIXED_LABELS};
use crate::number::{Float, select};
use crate::simd::{self, Body};

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
        let (wanted, level, [given, predicted]) = (purpose.wanted(), request.level, self.columns());
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
        for (weight, &counts) in weight.iter_mut().zip(&*counts) {
            *weight = select(counts == 0.0, 0.0, *weight);
        }
        let (mut indices, by_class) = ([NO_INDEX; SEGMENT / MOST], self.by_class());
        let indices = &mut indices[..if by_class { count } else { 0 }];
        request.y.read(start, indices);
        if let Some(i) = self.look(start, targets, indices, weight) {
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
            simd::dispatch(level, Apart { rows: targets, width: given, columns: &mut y });
        }
        simd::dispatch(level, Apart { rows, width: predicted, columns: &mut x });
        let (y, x) = (y.map(|y| &*y), x.map(|x| &*x));
        let points = |lanes| Points { y, x, value: &mut value[..count.next_multiple_of(lanes)], first, second };
        match self.computer {
            Computer::Kernel(kernel) => {
                let expected = matches!(request.curve, Curve::AtMean(_));
                kernel(level, &request.settings.double, expected, points(LANES));
            }
            Computer::Program(program) => program.run(level, wanted, points(BLOCK)),
        }
        if wanted.value {
            let value = &mut value[..count];
            if single {
                round_to_single(value);
            }
            weigh(level, value, weight, Factor::ONE);
            settle(start, value, parts, sum);
        }
        let floor = request.min_hessian.unwrap_or(f64::NEG_INFINITY);
        let constant = request.curve.constant();
        for (part, numbers, constant, floor) in
            [(&mut parts.grad, grad, None, f64::NEG_INFINITY), (&mut parts.hess, hess, constant, floor)]
        {
            let Some(part) = part else { continue };
            let columns = side_by_side(numbers, self.at_once());
            let rows = &mut out[..predicted * count];
            simd::dispatch(
                level,
                Beside { columns, width: predicted, weight, factor, constant, floor, rows: &mut *rows },
            );
            part.write(start * predicted, rows);
        }
    }

    /// Looks at the targets of elements from one on that count: the first number that lies outside.
    fn look(&self, start: usize, targets: &mut [f64], indices: &[i64], weight: &[f64]) -> Option<usize> {
        let [given, _] = self.columns();
        if self.by_class() {
            let outside = |(&index, &weight): (&i64, &f64)| weight != 0.0 && self.of_class(index).is_none();
            return indices.iter().zip(weight).position(outside).map(|i| i * given);
        }
        let free = self.work.request.settings.target == Domain::Real;
        if free && (0..given).all(|column| self.domain(column) == Domain::Real) {
            return None;
        }
        let has_labels = (0..given).any(|column| self.domain(column).has_labels());
        for (i, y) in targets.chunks_mut(given).enumerate().filter(|(i, _)| weight[*i] != 0.0) {
            if let Some(column) = self.outside(y) {
                return Some(i * given + column);
            }
            if has_labels {
                self.look_at_labels((start + i) * given, y);
            }
        }
        None
    }
}

/// Room for columns, one after the other; none for those beyond.
fn side_by_side(numbers: &mut [f64], len: usize) -> [&mut [f64]; MOST] {
    let mut columns = numbers.chunks_exact_mut(len);
    std::array::from_fn(|_| columns.next().unwrap_or_default())
}

/// Rows of numbers as columns.
struct Apart<'a, 'c> {
    rows: &'a [f64],
    width: usize,
    columns: &'a mut [&'c mut [f64]; MOST],
}

impl Body for Apart<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Apart { rows, width, columns } = self;
        match width {
            1 => columns[0][..rows.len()].copy_from_slice(rows),
            2 => apart::<2>(rows, columns),
            3 => apart::<3>(rows, columns),
            _ => apart::<4>(rows, columns),
        }
    }
}

#[inline(always)]
fn apart<const K: usize>(rows: &[f64], columns: &mut [&mut [f64]; MOST]) {
    let rows = rows.as_chunks::<K>().0;
    for (c, column) in columns.iter_mut().enumerate().take(K) {
        for (number, row) in column.iter_mut().zip(rows) {
            *number = row[c];
        }
    }
}

/// Columns of derivatives as rows, times what belongs to their elements.
struct Beside<'a> {
    columns: [&'a mut [f64]; MOST],
    width: usize,
    weight: &'a [f64],
    factor: Factor,
    /// What all numbers are, if they are one.
    constant: Option<f64>,
    floor: f64,
    rows: &'a mut [f64],
}

impl Body for Beside<'_> {
    type Output = ();

    #[inline(always)]
    fn run(mut self) {
        for column in self.columns.iter_mut().take(self.width) {
            if let Some(constant) = self.constant {
                for number in column.iter_mut() {
                    *number = select(number.is_nan(), *number, constant);
                }
            }
            for (number, &weight) in column.iter_mut().zip(self.weight) {
                let product = Float::max(*number, self.floor) * self.factor.times(weight);
                *number = select(weight == 0.0, 0.0, product);
            }
        }
        match self.width {
            1 => self.rows.copy_from_slice(&self.columns[0][..self.rows.len()]),
            2 => beside::<2>(&self.columns, self.rows),
            3 => beside::<3>(&self.columns, self.rows),
            _ => beside::<4>(&self.columns, self.rows),
        }
    }
}

#[inline(always)]
fn beside<const K: usize>(columns: &[&mut [f64]; MOST], rows: &mut [f64]) {
    let rows = rows.as_chunks_mut::<K>().0;
    for (c, column) in columns.iter().enumerate().take(K) {
        for (row, &number) in rows.iter_mut().zip(&**column) {
            row[c] = number;
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

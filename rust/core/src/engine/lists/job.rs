//! A request of a loss of lists: some lists after the other.

use super::super::blocks::{SEGMENT, TASK};
use super::super::curvature::Curve;
use super::super::family::Work;
use super::super::memory::{NO_INDEX, Operand, Place, Store, View};
use super::super::offence::{Offence, wanted_index};
use super::super::passes::{Pass, Purpose, settle};
use super::super::request::{Outputs, Parts};
use super::super::scratch::{self, Scratch, room};
use super::super::sums::{Accumulator, Tally};
use super::super::tasks::over_tasks;
use super::kernel::{Kernel, Several};
use crate::error::Error;
use crate::families::List;
use crate::loss::Domain;
use crate::number::Float;
use crate::parallel::Stop;
use crate::simd::{self, Body};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

/// A request, worked out for a purpose.
pub struct Job<'a> {
    pub(super) work: Work<'a>,
    pub(super) kernel: Kernel,
    /// How many elements a list has.
    pub(super) size: usize,
    /// Whether targets are class indices.
    indices: bool,
    offence: Offence,
    pub(super) exhausted: AtomicBool,
}

impl<'a> Job<'a> {
    pub fn new(work: Work<'a>, kernel: Kernel) -> Self {
        let request = work.request;
        let indices = match request.settings.target {
            Domain::ClassIndex => true,
            Domain::ClassIndexOrProbability => request.indices,
            _ => false,
        };
        let (offence, exhausted) = (Offence::default(), AtomicBool::new(false));
        Job { work, kernel, size: request.classes.max(1), indices, offence, exhausted }
    }

    pub fn lists(&self) -> usize {
        self.work.request.losses()
    }

    /// How many lists are computed together.
    fn at_once(&self) -> usize {
        (SEGMENT / self.size).max(1)
    }

    /// How many a task has.
    fn per_task(&self) -> usize {
        (TASK / self.size / self.at_once()).max(1) * self.at_once()
    }

    fn derives(&self) -> bool {
        let wanted = self.work.purpose.wanted();
        wanted.grad || wanted.hess
    }

    /// The scratch of so many elements.
    pub fn room(&self, elements: usize) -> usize {
        5 * room(elements) + room(elements * self.kernel.numbers)
    }

    /// The lists of a task, some at a time.
    fn task(
        &self,
        lists: Range<usize>,
        scratch: &mut [f64],
        parts: &mut Parts<'_>,
        sum: &mut Tally<'_>,
        stop: &mut Stop<'_>,
    ) {
        let at_once = self.at_once().min(lists.len());
        let Some(mut order) = self.order(at_once * self.size) else { return };
        let mut scratch = Scratch(scratch);
        let weights = scratch.take(at_once * self.size);
        self.weigh_classes(weights);
        for start in lists.clone().step_by(at_once) {
            if stop() || self.offence.before(start) {
                return;
            }
            let some = start..lists.end.min(start + at_once);
            self.some(some, weights, &mut order, Scratch(&mut *scratch.0), parts, sum);
        }
    }

    /// Room for an order of so many elements, where there is to be one.
    pub fn order(&self, elements: usize) -> Option<Vec<usize>> {
        let (mut order, len) = (Vec::new(), if self.kernel.orders { elements } else { 0 });
        if order.try_reserve_exact(len).is_err() {
            self.exhausted.store(true, Ordering::Relaxed);
            return None;
        }
        order.resize(len, 0);
        Some(order)
    }

    /// The weights of classes, again and again; 1 where there are none.
    pub fn weigh_classes(&self, weights: &mut [f64]) {
        match self.work.request.settings.class_weight.as_deref() {
            Some(given) => weights.iter_mut().zip(given.iter().cycle()).for_each(|(weight, &given)| *weight = given),
            None => weights.fill(1.0),
        }
    }

    /// Some lists that are computed together.
    fn some(
        &self,
        lists: Range<usize>,
        weights: &[f64],
        order: &mut [usize],
        mut scratch: Scratch<'_, f64>,
        parts: &mut Parts<'_>,
        sum: &mut Tally<'_>,
    ) {
        let Work { request, purpose, factor, single, .. } = &self.work;
        let (start, count, size) = (lists.start, lists.len(), self.size);
        let (from, len) = (start * size, count * size);
        let [mut counts, mut value] = [[0.0; SEGMENT]; 2];
        let (counts, value) = (&mut counts[..count], &mut value[..count]);
        self.weigh(start, counts);
        let x = Operand::of(&request.x, from, scratch.take(len));
        let y = self.targets(start, counts, scratch.take(len));
        let (Some(y), None) = (y, self.outside(start, counts, x.numbers())) else { return };
        if *purpose == Purpose::Look {
            return;
        }
        let [first, second] = [scratch.take(len), scratch.take(len)];
        let [mut first, mut second] = [(&mut parts.grad, first), (&mut parts.hess, second)]
            .map(|(part, buffer)| Place::of(part.as_mut(), from, buffer));
        let orders = if self.kernel.orders { len } else { 0 };
        let elements = List {
            y: y.numbers(),
            x: x.numbers(),
            weights: &weights[..len],
            first: first.numbers(),
            second: second.numbers(),
            derives: self.derives(),
            raw: request.settings.raw,
            numbers: scratch.take(len * self.kernel.numbers),
            order: &mut order[..orders],
        };
        let several = Several { elements, counts, value };
        (self.kernel.run)(request.level, &request.settings.double, several);
        if self.derives() {
            let floor = request.min_hessian.unwrap_or(f64::NEG_INFINITY);
            for (i, &weight) in counts.iter().enumerate() {
                let of_list = i * size..(i + 1) * size;
                let (first, second) = (&mut first.numbers()[of_list.clone()], &mut second.numbers()[of_list]);
                if weight == 0.0 {
                    first.fill(0.0);
                    second.fill(0.0);
                    continue;
                }
                match request.curve {
                    Curve::Constant(number) => second.fill(if value[i].is_nan() { f64::NAN } else { number }),
                    Curve::Exact(1.0) => {}
                    Curve::Exact(times) => second.iter_mut().for_each(|number| *number *= times),
                    _ => {}
                }
                simd::dispatch(request.level, Finish { first, second, floor, scale: factor.times(weight) });
            }
        }
        if purpose.wanted().value {
            for (value, &weight) in value.iter_mut().zip(&*counts) {
                let rounded = if *single { f64::from(*value as f32) } else { *value };
                *value = if weight == 0.0 { 0.0 } else { rounded * weight };
            }
        }
        if self.derives() {
            first.store(0, Store::Replace);
            second.store(0, Store::Replace);
        }
        if purpose.wanted().value {
            settle(start, value, parts, sum);
        }
    }

    /// The weights of lists from one on, 0 for those that do not count.
    pub fn weigh(&self, start: usize, weights: &mut [f64]) {
        let mut given = [1.0; SEGMENT];
        let given = &mut given[..weights.len()];
        if let Some(view) = &self.work.request.weight {
            view.read(start, given);
        }
        self.work.counted.read(start, weights);
        for (weight, &given) in weights.iter_mut().zip(&*given) {
            *weight = if *weight == 0.0 { 0.0 } else { given };
        }
    }

    /// The rows of targets of lists from one on; none where a target is outside of its domain.
    pub fn targets<'b>(&self, start: usize, counts: &[f64], buffer: &'b mut [f64]) -> Option<Operand<'b, f64>>
    where
        'a: 'b,
    {
        let request = self.work.request;
        if !self.indices {
            let y = Operand::of(&request.y, start * self.size, buffer);
            let outside = self.first_outside(y.numbers(), counts, request.settings.target);
            return if let Some(list) = outside {
                self.offence.record(start + list, true);
                None
            } else {
                Some(y)
            };
        }
        let mut indices = [NO_INDEX; SEGMENT];
        let indices = &mut indices[..counts.len()];
        request.y.read(start, indices);
        buffer.fill(0.0);
        for (i, (&index, &counts)) in indices.iter().zip(counts).enumerate() {
            let class = usize::try_from(index).ok().filter(|&class| class < self.size);
            if let Some(class) = class {
                buffer[i * self.size + class] = 1.0;
            } else if counts != 0.0 {
                self.offence.record(start + i, true);
                return None;
            }
        }
        Some(Operand::filled(buffer))
    }

    /// Remembers the first list whose predictions are outside of their domain.
    fn outside(&self, start: usize, counts: &[f64], x: &[f64]) -> Option<usize> {
        let list = self.first_outside(x, counts, self.work.request.settings.prediction)?;
        self.offence.record(start + list, false);
        Some(list)
    }

    /// The first list that counts and has a number outside of a domain.
    fn first_outside(&self, numbers: &[f64], counts: &[f64], domain: Domain) -> Option<usize> {
        if domain == Domain::Real {
            return None;
        }
        let mut lists = numbers.chunks(self.size).zip(counts);
        lists.position(|(list, &counts)| counts != 0.0 && list.iter().any(|&number| domain.excludes(number)))
    }

    /// The first number of a list of an argument that is outside of a domain.
    fn offending(&self, view: &View<'_>, list: usize, domain: Domain) -> Option<(usize, f64)> {
        (list * self.size..(list + 1) * self.size).find_map(|index| {
            let mut number = [0.0];
            view.read(index, &mut number);
            domain.excludes(number[0]).then_some((index, number[0]))
        })
    }
}

/// Floors and factors of the derivatives of a list.
struct Finish<'a> {
    first: &'a mut [f64],
    second: &'a mut [f64],
    floor: f64,
    scale: f64,
}

impl Body for Finish<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Finish { first, second, floor, scale } = self;
        for number in first.iter_mut() {
            *number *= scale;
        }
        for number in second.iter_mut() {
            *number = Float::max(*number, floor) * scale;
        }
    }
}

impl Pass for Job<'_> {
    fn over<A: Accumulator>(
        &self,
        outputs: &mut Outputs<'_>,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<A::Sum, Error> {
        let (lists, per_task, threads) = (self.lists(), self.per_task(), self.work.request.threads);
        let room = self.room(self.at_once().min(lists) * self.size);
        let parts = outputs.parts(per_task, self.size);
        let sum =
            over_tasks::<A, _>(lists.div_ceil(per_task), threads, parts, interrupt, &|task, mut parts, sum, stop| {
                let some = task * per_task..lists.min((task + 1) * per_task);
                let mut work = |scratch: &mut [f64], stop: &mut Stop<'_>| {
                    self.task(some.clone(), scratch, &mut parts, sum, stop);
                };
                if scratch::lend(room, stop, &mut work).is_none() {
                    self.exhausted.store(true, Ordering::Relaxed);
                }
            })?;
        if self.exhausted.load(Ordering::Relaxed) { Err(Error::OutOfMemory) } else { Ok(sum) }
    }

    fn verdict(&self) -> Result<(), Error> {
        let Some((list, in_target)) = self.offence.first() else { return Ok(()) };
        let (request, settings) = (self.work.request, self.work.request.settings);
        let (argument, view, domain) = if in_target {
            (request.names.0, &request.y, settings.target)
        } else {
            (request.names.1, &request.x, settings.prediction)
        };
        if in_target && self.indices {
            let mut number = [0.0];
            view.read(list, &mut number);
            let wanted = wanted_index(self.size, self.work.counted);
            return Err(Error::Domain { argument, index: list, value: number[0], wanted });
        }
        let (index, value) = self.offending(view, list, domain).unwrap_or((list * self.size, f64::NAN));
        let domain = if domain == Domain::ClassIndexOrProbability { Domain::Probability } else { domain };
        Err(Error::Domain { argument, index, value, wanted: domain.wanted().to_owned() })
    }
}

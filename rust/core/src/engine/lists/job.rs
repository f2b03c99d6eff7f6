//! A request of a loss of lists: some lists after the other.

use super::super::blocks::{LANES, SEGMENT, TASK};
use super::super::curvature::Curve;
use super::super::divisor::Factor;
use super::super::family::Work;
use super::super::memory::{NO_INDEX, Operand, Place, Store, View};
use super::super::offence::{Offence, wanted_index};
use super::super::passes::{Pass, Purpose, settle};
use super::super::request::{Outputs, Parts};
use super::super::scratch::{self, Scratch, room};
use super::super::sums::{Accumulator, Tally};
use super::super::tasks::over_tasks;
use super::super::weigh::{round_to_single, weigh};
use super::kernel::{Kernel, Several};
use crate::error::Error;
use crate::families::List;
use crate::loss::Domain;
use crate::number::{Float, select};
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
    pub(super) offence: Offence,
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
        if self.kernel.beside(self.size, self.work.request.level).is_some() {
            LANES
        } else {
            (SEGMENT / self.size).max(1)
        }
    }

    /// How many a task has.
    fn per_task(&self) -> usize {
        (TASK / self.size / self.at_once()).max(1) * self.at_once()
    }

    pub fn derives(&self) -> bool {
        let wanted = self.work.purpose.wanted();
        wanted.grad || wanted.hess
    }

    /// The scratch of so many elements.
    pub fn room(&self, elements: usize) -> usize {
        6 * room(elements) + room(elements * self.kernel.numbers)
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
        let beside = self.kernel.beside(self.size, self.work.request.level);
        let at_once = if beside.is_some() { LANES } else { self.at_once().min(lists.len()) };
        let Some(mut order) = self.order(at_once * self.size) else { return };
        let mut scratch = Scratch(scratch);
        let weights = scratch.take(at_once * self.size);
        self.weigh_classes(weights, if beside.is_some() { LANES } else { 1 });
        for start in lists.clone().step_by(at_once) {
            if stop() || self.offence.before(start) {
                return;
            }
            let some = start..lists.end.min(start + at_once);
            let scratch = Scratch(&mut *scratch.0);
            match beside {
                Some(kernel) => self.side_by_side(kernel, some, weights, scratch, parts, sum),
                None => self.some(some, weights, &mut order, scratch, parts, sum, stop),
            }
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

    /// The weights of classes, each so many times, again and again; 1 where there are none.
    pub fn weigh_classes(&self, weights: &mut [f64], times: usize) {
        match self.work.request.settings.class_weight.as_deref() {
            Some(given) => {
                weights.chunks_mut(times).zip(given.iter().cycle()).for_each(|(some, &given)| some.fill(given));
            }
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
        stop: &mut Stop<'_>,
    ) {
        let Work { request, purpose, factor, .. } = &self.work;
        let (start, count, size) = (lists.start, lists.len(), self.size);
        let (from, len) = (start * size, count * size);
        let [mut counts, mut value] = [[0.0; SEGMENT]; 2];
        let (counts, value) = (&mut counts[..count], &mut value[..count]);
        self.weigh(start, counts);
        let x = Operand::of(&request.x, from, scratch.take(len));
        let y = self.targets(start, counts, scratch.take(len));
        let (Some(y), None) = (y, self.outside(start, counts, x.numbers(), false)) else { return };
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
            level: request.level,
            numbers: scratch.take(len * self.kernel.numbers),
            order: &mut order[..orders],
            stop,
        };
        let several = Several { elements, counts, value };
        (self.kernel.run)(request.level, &request.settings.double, several);
        if self.derives() {
            let bend = self.bend();
            for (i, &weight) in counts.iter().enumerate() {
                let of_list = i * size..(i + 1) * size;
                let (first, second) = (&mut first.numbers()[of_list.clone()], &mut second.numbers()[of_list]);
                if weight == 0.0 {
                    first.fill(0.0);
                    second.fill(0.0);
                    continue;
                }
                simd::dispatch(
                    request.level,
                    Finish { first, second, bend, value: value[i], scale: factor.times(weight) },
                );
            }
        }
        if self.derives() {
            first.store(0, Store::Replace);
            second.store(0, Store::Replace);
        }
        self.settle(start, value, counts, parts, sum);
    }

    /// The values of lists that were computed, each times its weight, where they go.
    pub fn settle(&self, start: usize, value: &mut [f64], weights: &[f64], parts: &mut Parts<'_>, sum: &mut Tally<'_>) {
        if !self.work.purpose.wanted().value {
            return;
        }
        if self.work.single {
            round_to_single(value);
        }
        weigh(self.work.request.level, value, weights, Factor::ONE);
        settle(start, value, parts, sum);
    }

    /// What becomes of second derivatives.
    pub(super) fn bend(&self) -> Bend {
        let request = self.work.request;
        let floor = request.min_hessian.unwrap_or(f64::NEG_INFINITY);
        match request.curve {
            Curve::Constant(number) => Bend { constant: Some(number), times: 1.0, floor },
            Curve::Exact(times) => Bend { constant: None, times, floor },
            _ => Bend { constant: None, times: 1.0, floor },
        }
    }

    /// The weights of lists from one on, 0 for those that do not count.
    pub fn weigh(&self, start: usize, weights: &mut [f64]) {
        self.work.counted.read(start, weights);
        for (at, weights) in weights.chunks_mut(LANES).enumerate() {
            let mut given = [1.0; LANES];
            let given = &mut given[..weights.len()];
            if let Some(view) = &self.work.request.weight {
                view.read(start + at * LANES, given);
            }
            for (weight, &given) in weights.iter_mut().zip(&*given) {
                *weight = if *weight == 0.0 { 0.0 } else { given };
            }
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
            return if self.outside(start, counts, y.numbers(), true).is_some() { None } else { Some(y) };
        }
        let mut classes = [usize::MAX; SEGMENT];
        let classes = &mut classes[..counts.len()];
        self.classes(start, counts, classes)?;
        buffer.fill(0.0);
        for (list, &class) in buffer.chunks_mut(self.size).zip(&*classes) {
            if class < self.size {
                list[class] = 1.0;
            }
        }
        Some(Operand::filled(buffer))
    }

    /// Whether targets are class indices.
    pub fn has_indices(&self) -> bool {
        self.indices
    }

    /// The classes of lists from one on, if those that count have one.
    pub fn classes(&self, start: usize, counts: &[f64], classes: &mut [usize]) -> Option<()> {
        for (at, classes) in classes.chunks_mut(LANES).enumerate() {
            let (mut indices, from) = ([NO_INDEX; LANES], at * LANES);
            let indices = &mut indices[..classes.len()];
            self.work.request.y.read(start + from, indices);
            for (i, (class, &index)) in classes.iter_mut().zip(&*indices).enumerate() {
                *class = usize::try_from(index).unwrap_or(usize::MAX);
                if *class >= self.size && counts[from + i] != 0.0 {
                    self.offence.record(start + from + i, true);
                    return None;
                }
            }
        }
        Some(())
    }

    /// Remembers the first list whose targets or predictions are outside of their domain.
    fn outside(&self, start: usize, counts: &[f64], numbers: &[f64], in_target: bool) -> Option<usize> {
        let settings = self.work.request.settings;
        let domain = if in_target { settings.target } else { settings.prediction };
        let list = self.first_outside(numbers, counts, domain)?;
        self.offence.record(start + list, in_target);
        Some(list)
    }

    /// The first list that counts and has a number outside of a domain.
    fn first_outside(&self, numbers: &[f64], counts: &[f64], domain: Domain) -> Option<usize> {
        // All of them first, without a way out of the loop, which makes it vector code.
        if domain == Domain::Real || !numbers.iter().fold(false, |any, &number| any | domain.excludes(number)) {
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

/// What second derivatives become.
#[derive(Clone, Copy)]
pub(super) struct Bend {
    constant: Option<f64>,
    times: f64,
    floor: f64,
}

impl Bend {
    /// That of an element of a list whose loss is known.
    #[inline(always)]
    pub fn of(self, second: f64, value: f64) -> f64 {
        let bent = match self.constant {
            Some(number) => select(value.is_nan(), f64::NAN, number),
            None => second * self.times,
        };
        Float::max(bent, self.floor)
    }
}

/// Floors and factors of the derivatives of a list.
struct Finish<'a> {
    first: &'a mut [f64],
    second: &'a mut [f64],
    bend: Bend,
    value: f64,
    scale: f64,
}

impl Body for Finish<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Finish { first, second, bend, value, scale } = self;
        for number in first.iter_mut() {
            *number *= scale;
        }
        for number in second.iter_mut() {
            *number = bend.of(*number, value) * scale;
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
        let at_once = self.at_once();
        let room = self.room(if at_once == LANES { LANES } else { at_once.min(lists) } * self.size);
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

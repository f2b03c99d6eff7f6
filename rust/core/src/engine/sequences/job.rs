//! A request of a loss of sequences: one sequence after the other.

use super::super::curvature::Curve;
use super::super::family::Work;
use super::super::memory::NO_INDEX;
use super::super::offence::Offence;
use super::super::passes::{Pass, Purpose, settle};
use super::super::request::{Outputs, Parts};
use super::super::sums::{Accumulator, Tally};
use super::super::tasks::over_tasks;
use super::super::wanted::Wanted;
use super::super::working::Working;
use super::frames::{Bend, Derivatives, Exponentials, Likeliest, Says, Softmax};
use super::lattice::{MARGIN, NOTHING, Share, Step, Wide, normal, power, scaled};
use super::memory::{Frame, Frames, Memory};
use super::topology::Topology;
use crate::error::Error;
use crate::families::State;
use crate::number::{Float, functions as f};
use crate::parallel::Stop;
use crate::simd;
use std::sync::atomic::{AtomicBool, Ordering};

/// A request, worked out for a purpose.
pub struct Job<'a> {
    work: Work<'a>,
    topology: Topology,
    /// How many classes a frame has, how many frames a sequence, and how many labels.
    classes: usize,
    frames: usize,
    labels: usize,
    bend: Bend,
    offence: Offence,
    exhausted: AtomicBool,
}

impl<'a> Job<'a> {
    pub fn new(work: Work<'a>, topology: Topology) -> Self {
        let request = work.request;
        let classes = request.frame.0.max(1);
        let sequences = request.losses().max(1);
        Job {
            work,
            topology,
            classes,
            frames: request.classes / classes,
            labels: request.y.len() / sequences,
            bend: match request.curve {
                Curve::Constant(number) => Bend::Constant(number),
                // Böhning's bound is that of a frame.
                Curve::PerRow(_) => Bend::Constant(0.5 * (1.0 - (classes as f64).recip())),
                Curve::AtMean(_) => Bend::Softmax,
                _ => Bend::Exact,
            },
            offence: Offence::default(),
            exhausted: AtomicBool::new(false),
        }
    }

    /// The labels of a sequence without padding; none where one is no class.
    fn labels(&self, sequence: usize) -> Option<Vec<usize>> {
        let mut numbers = vec![0; self.labels];
        self.work.request.y.read(sequence * self.labels, &mut numbers);
        let filler = (self.topology.filler)(&self.work.request.settings.double);
        let mut labels = Vec::with_capacity(self.labels);
        for (i, &number) in numbers.iter().enumerate() {
            if number == NO_INDEX || number >= self.classes as i64 {
                self.offence.record(sequence * self.labels + i, true);
                return None;
            }
            if number >= 0 && number as f64 != filler {
                labels.push(number as usize);
            }
        }
        Some(labels)
    }

    /// The numbers of the frames that count.
    fn counting(&self, sequence: usize) -> Vec<usize> {
        let Some(frames) = &self.work.request.frame.1 else { return (0..self.frames).collect() };
        let mut counts = vec![0.0; self.frames];
        frames.read(sequence * self.frames, &mut counts);
        (0..self.frames).filter(|&frame| counts[frame] != 0.0).collect()
    }

    /// A sequence: its value, with its derivatives written. What is no number makes all of it none.
    fn sequence(&self, sequence: usize, scale: f64, parts: &mut Parts<'_>, stop: &mut Stop<'_>) -> f64 {
        let Some(labels) = self.labels(sequence) else { return 0.0 };
        if self.work.purpose == Purpose::Look {
            return 0.0;
        }
        let states = (self.topology.states)(&self.work.request.settings.double, &labels);
        let counting = self.counting(sequence);
        let lane = states.len() + 2 * MARGIN;
        let mut numbers = vec![0.0; Memory::numbers(self.classes, lane)];
        f64::scratch().with_borrow_mut(|scratch| {
            let Some(frames) = Frames::of(scratch, counting.len(), lane) else {
                self.exhausted.store(true, Ordering::Relaxed);
                return 0.0;
            };
            let mut memory = Memory::of(&mut numbers, self.classes, frames);
            let run = Run { job: self, sequence, states: &states, counting: &counting };
            let value = run.all(&mut memory, scale, parts, stop);
            if scratch.capacity() > KEPT {
                *scratch = Vec::new();
            }
            value
        })
    }

    /// A sequence with what belongs to it.
    fn one(&self, sequence: usize, parts: &mut Parts<'_>, sum: &mut Tally<'_>, stop: &mut Stop<'_>) {
        let (mut weight, mut counts) = ([1.0], [0.0]);
        self.work.counted.read(sequence, &mut counts);
        if let Some(view) = &self.work.request.weight {
            view.read(sequence, &mut weight);
        }
        let weight = if counts[0] == 0.0 { 0.0 } else { weight[0] };
        let mut value = 0.0;
        if weight == 0.0 {
            let zeros = vec![0.0; if self.derives() { self.work.request.classes } else { 0 }];
            if self.derives() {
                store(parts, sequence * self.work.request.classes, &zeros, &zeros);
            }
        } else {
            value = self.sequence(sequence, self.work.factor.times(weight), parts, stop);
            value = if self.work.single { f64::from(value as f32) } else { value } * weight;
        }
        if self.work.purpose.wanted().value {
            settle(sequence, &[value], parts, sum);
        }
    }

    fn derives(&self) -> bool {
        let Wanted { grad, hess, .. } = self.work.purpose.wanted();
        grad || hess
    }
}

/// Numbers of which a thread keeps the memory.
const KEPT: usize = 1 << 20;

/// Frames between two looks at whether the caller wants to stop.
const PATIENCE: usize = 16;

/// One sequence.
struct Run<'r, 'j> {
    job: &'r Job<'j>,
    sequence: usize,
    states: &'r [State],
    counting: &'r [usize],
}

impl Run<'_, '_> {
    fn all(&self, memory: &mut Memory<'_>, scale: f64, parts: &mut Parts<'_>, stop: &mut Stop<'_>) -> f64 {
        for (i, state) in self.states.iter().enumerate() {
            memory.skips[MARGIN + i] = f64::from(u8::from(state.skips));
        }
        let Some((total, apart, softmaxes)) = self.forwards(memory, stop) else { return 0.0 };
        let value = match total {
            (0.0, _) => f64::INFINITY,
            // Above a half, from what is missing to 1.
            (mantissa, -1.0 | 0.0) if mantissa > 0.0 && apart == 0.0 => -f::log1p(-self.missing(memory, stop)),
            (mantissa, exponent) => apart - (exponent * std::f64::consts::LN_2 + f::log(mantissa)),
        };
        if self.job.derives() {
            self.write_others(memory, parts);
            self.backwards(memory, total, &softmaxes, scale, parts, stop);
        }
        value
    }

    fn start(&self, frame: usize) -> usize {
        (self.sequence * self.job.frames + frame) * self.job.classes
    }

    /// The sums from the front: the probability of all alignments, the logarithm of a factor that it lacks, and the frames' softmax. None
    /// where the caller asked to stop.
    fn forwards(&self, memory: &mut Memory<'_>, stop: &mut Stop<'_>) -> Option<((f64, f64), f64, Vec<Softmax>)> {
        let (job, level, mut apart) = (self.job, self.job.work.request.level, 0.0);
        let mut softmaxes = Vec::with_capacity(self.counting.len());
        for (t, &frame) in self.counting.iter().enumerate() {
            if t.is_multiple_of(PATIENCE) && stop() {
                return None;
            }
            job.work.request.x.read(self.start(frame), memory.row);
            for (through, state) in memory.shares.iter_mut().zip(self.states) {
                *through = memory.row[state.class];
            }
            let softmax = simd::dispatch(level, Exponentials(memory.row));
            softmaxes.push(softmax);
            if softmax.sum().is_nan() {
                return Some(((f64::NAN, 0.0), apart, softmaxes));
            }
            let scores = &memory.shares[..self.states.len()];
            let best = scores.iter().fold(f64::NEG_INFINITY, |best, &score| Float::max(best, score));
            let (softmax, further) = softmax.seen_from(best);
            apart += further;
            let (before, Frame { says: [says, says_e], forwards: [sums, sums_e] }) = memory.frames.begin();
            let of_states = [&mut says[MARGIN..], &mut says_e[MARGIN..]];
            simd::dispatch(level, Says { softmax, scores, to: of_states });
            if let Some(from) = before {
                let (to, says) = ([sums, sums_e], Wide(says, says_e));
                simd::dispatch(level, Step { backwards: false, from, to, says, skips: memory.skips });
            } else {
                let first = MARGIN..MARGIN + self.states.len().min(2);
                sums[first.clone()].copy_from_slice(&says[first.clone()]);
                sums_e[first.clone()].copy_from_slice(&says_e[first]);
            }
        }
        Some((self.total(memory), apart, softmaxes))
    }

    /// The probability of all alignments: in the last frame, what is in the last two states.
    fn total(&self, memory: &Memory<'_>) -> (f64, f64) {
        let n = self.states.len();
        let Some(t) = self.counting.len().checked_sub(1) else {
            return if n == 1 { (1.0, 0.0) } else { (0.0, NOTHING) };
        };
        let (last, sums) = (MARGIN + n - 1, memory.frames.forwards(t));
        let [a, b] = [sums.at(last), sums.at(last - 1)];
        let top = a.1.max(b.1);
        normal(a.0 * power(a.1 - top) + b.0 * power(b.1 - top), top)
    }

    /// The probability of all paths that are no alignments: those that leave the states at some frame, and those that end too early.
    fn missing(&self, memory: &mut Memory<'_>, stop: &mut Stop<'_>) -> f64 {
        let (job, n) = (self.job, self.states.len());
        let at = |(mantissa, exponent): (f64, f64)| scaled(mantissa, exponent);
        let mut missing = 0.0;
        for (t, &frame) in self.counting.iter().enumerate() {
            if t.is_multiple_of(PATIENCE) && stop() {
                return missing;
            }
            job.work.request.x.read(self.start(frame), memory.row);
            let softmax = simd::dispatch(job.work.request.level, Exponentials(memory.row));
            let likeliest = Likeliest::of(memory.row, &softmax);
            let said = memory.frames.says(t);
            let says = |i: usize| (self.states[i].class, at(said.at(MARGIN + i)));
            let Some(before) = t.checked_sub(1).map(|before| memory.frames.forwards(before)) else {
                let some = [says(0), says(1.min(n - 1))];
                missing += likeliest.without(&some[..n.min(2)]);
                continue;
            };
            for i in 0..n {
                let share = at(before.at(MARGIN + i));
                if share > 0.0 {
                    let mut some = [says(i); 3];
                    let mut count = 1;
                    for next in [i + 1, i + 2] {
                        if next < n && (next == i + 1 || self.states[next].skips) {
                            (some[count], count) = (says(next), count + 1);
                        }
                    }
                    missing += share * likeliest.without(&some[..count]);
                }
            }
        }
        let Some(last) = self.counting.len().checked_sub(1) else { return missing };
        let last = memory.frames.forwards(last);
        missing + (0..n.saturating_sub(2)).map(|i| at(last.at(MARGIN + i))).sum::<f64>()
    }

    /// Frames that do not count have derivatives of 0.
    fn write_others(&self, memory: &mut Memory<'_>, parts: &mut Parts<'_>) {
        memory.grad.fill(0.0);
        let mut counting = self.counting.iter().peekable();
        for frame in 0..self.job.frames {
            if counting.next_if_eq(&&frame).is_none() {
                store(parts, self.start(frame), memory.grad, memory.grad);
            }
        }
    }

    /// The sums from behind, and the derivatives of one frame after the other.
    fn backwards(
        &self,
        memory: &mut Memory<'_>,
        total: (f64, f64),
        softmaxes: &[Softmax],
        scale: f64,
        parts: &mut Parts<'_>,
        stop: &mut Stop<'_>,
    ) {
        let (job, level, n) = (self.job, self.job.work.request.level, self.states.len());
        let floor = job.work.request.min_hessian.unwrap_or(f64::NEG_INFINITY);
        for (t, &frame) in self.counting.iter().enumerate().rev() {
            if t.is_multiple_of(PATIENCE) && stop() {
                return;
            }
            let start = self.start(frame);
            if total.0.is_nan() || total.0 == 0.0 {
                let number = if total.0.is_nan() { f64::NAN } else { 0.0 };
                memory.grad.fill(number);
                memory.hess.fill(if let Bend::Constant(bend) = job.bend { number + bend * scale } else { number });
                store(parts, start, memory.grad, memory.hess);
                continue;
            }
            let [to, from] = &mut memory.backwards;
            if t + 1 == softmaxes.len() {
                for i in (0..n).rev().take(2) {
                    (to[0][MARGIN + i], to[1][MARGIN + i]) = (1.0, 0.0);
                }
            } else {
                let (from, says) = (Wide(from[0], from[1]), memory.frames.says(t + 1));
                let [to_m, to_e] = &mut *to;
                simd::dispatch(level, Step { backwards: true, from, to: [to_m, to_e], says, skips: memory.skips });
            }
            let forwards = memory.frames.forwards(t);
            let share = Share { forwards, backwards: Wide(to[0], to[1]), shares: &mut memory.shares[..n] };
            simd::dispatch(level, share);
            memory.backwards.swap(0, 1);
            job.work.request.x.read(start, memory.row);
            let softmax = simd::dispatch(level, Exponentials(memory.row));
            for (state, share) in self.states.iter().zip(&*memory.shares) {
                memory.through[state.class] += share;
            }
            let derivatives = Derivatives {
                softmax,
                exponentials: memory.row,
                through: memory.through,
                bend: job.bend,
                floor,
                scale,
                grad: memory.grad,
                hess: memory.hess,
            };
            simd::dispatch(level, derivatives);
            store(parts, start, memory.grad, memory.hess);
            for state in self.states {
                memory.through[state.class] = 0.0;
            }
        }
    }
}

/// Derivatives of a frame, where they go.
fn store(parts: &mut Parts<'_>, start: usize, grad: &[f64], hess: &[f64]) {
    for (part, numbers) in [(&mut parts.grad, grad), (&mut parts.hess, hess)] {
        if let Some(part) = part {
            part.write(start, numbers);
        }
    }
}

impl Pass for Job<'_> {
    fn over<A: Accumulator>(
        &self,
        outputs: &mut Outputs<'_>,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<A::Sum, Error> {
        let (sequences, threads) = (self.work.request.losses(), self.work.request.threads);
        let parts = outputs.parts(1, self.work.request.classes);
        let sum = over_tasks::<A, _>(sequences, threads, parts, interrupt, &|sequence, mut parts, sum, stop| {
            self.one(sequence, &mut parts, sum, stop);
        })?;
        if self.exhausted.load(Ordering::Relaxed) { Err(Error::OutOfMemory) } else { Ok(sum) }
    }

    fn verdict(&self) -> Result<(), Error> {
        let Some((index, _)) = self.offence.first() else { return Ok(()) };
        let mut value = [0.0];
        self.work.request.y.read(index, &mut value);
        let wanted = format!("class indices from 0 to {}, or negative numbers for padding", self.classes - 1);
        Err(Error::Domain { argument: self.work.request.names.0, index, value: value[0], wanted })
    }
}

//! The interpreter: each instruction is one loop over a batch of blocks, compiled for every CPU level, by the engine's own functions.
//!
//! Registers are blocks in boxes. A result is computed aside and exchanged for the register that it goes to, which moves two
//! pointers; so no loop reads what it writes. Numbers stand in blocks of their own, filled when the program is made.

use crate::graph::{Group, compares};
use crate::loops::{Block, Large, binary, chosen, large_binary, large_unary, pair, quintuple, ternary, triple, unary};
use crate::lower::{Action, Code, Instruction, Parts, Place, Source};
use crate::parser::Comparison;
use lossreg_core::engine::batch::spoil;
use lossreg_core::engine::blocks::LANES;
use lossreg_core::engine::kernel::Blocks;
use lossreg_core::engine::sums::Summed;
use lossreg_core::engine::wanted::Wanted;
use lossreg_core::number::{Float, Jet, Real, Slope, functions as f, real, select};
use lossreg_core::simd::{self, Body, Level};
use std::cell::RefCell;
use std::ops::Range;
use std::thread::LocalKey;

/// The most blocks that go through the instructions together.
const BATCH: usize = 16;
/// Bytes of a register: so many that instructions cost little beside them, so few that registers stay in the innermost cache.
const REGISTER: usize = 4096;
/// Bytes of a line of a cache, which are fetched together, and how many lines are fetched side by side.
const LINE: usize = 64;
const AT_ONCE: usize = 24;

type Batch<T> = Box<Aligned<T>>;

/// Where no vector lies across two lines of a cache: one that does is read in twice the time.
#[repr(align(64))]
#[derive(Debug)]
pub struct Aligned<T>([Block<T>; BATCH]);

/// A float that programs run in.
pub trait Running: Float + Real<Scalar = Self> + Summed {
    /// This thread's registers, the first of which results are computed in.
    fn registers() -> &'static LocalKey<RefCell<Vec<Batch<Self>>>>;
}

macro_rules! running {
    ($($t:ty),*) => { $(
        impl Running for $t {
            fn registers() -> &'static LocalKey<RefCell<Vec<Batch<$t>>>> {
                thread_local! {
                    static REGISTERS: RefCell<Vec<Batch<$t>>> = const { RefCell::new(Vec::new()) };
                }
                &REGISTERS
            }
        }
    )* };
}
running!(f32, f64);

/// Code for a type.
#[derive(Debug)]
pub struct Program<T> {
    /// With the factors of their results.
    instructions: Vec<(Instruction, T)>,
    constants: Vec<Batch<T>>,
    registers: usize,
}

/// Registers for results that are computed aside.
const ASIDE: usize = 5;

impl<T: Running> Program<T> {
    /// The program of some code.
    #[must_use]
    pub fn new(code: Code) -> Self {
        let Code { instructions, constants, registers } = code;
        let constants =
            constants.into_iter().map(|number| Box::new(Aligned([[T::lit(number); LANES]; BATCH]))).collect();
        let instructions = instructions.into_iter().map(|one| (one, T::lit(one.factor))).collect();
        Program { instructions, constants, registers }
    }

    /// Computes blocks. Derivatives are multiplied by the scale; where an input is NaN, every output is. What comes after the
    /// blocks is fetched meanwhile, where they are far from here.
    pub fn run(&self, level: Level, wanted: Wanted, scale: T, blocks: &mut Blocks<'_, T>, far: bool) {
        let Blocks { y, x, shares, value, sum, grad, hess } = blocks;
        let inputs = Inputs { y: &[y], x: &[x], shares: *shares };
        self.run_columns(level, scale, inputs, &mut [value, grad, hess], far);
        if let (true, Some(sum)) = (wanted.value, sum) {
            T::add_up(level, &value[..x.len()], sum);
        }
    }

    /// Computes columns, to the outputs in their order; those that are not wanted are left as they are.
    pub fn run_columns(
        &self,
        level: Level,
        scale: T,
        inputs: Inputs<'_, T>,
        outputs: &mut [&mut [Block<T>]],
        far: bool,
    ) {
        T::registers().with_borrow_mut(|registers| {
            while registers.len() < ASIDE + self.registers {
                registers.push(Box::new(Aligned([[T::ZERO; LANES]; BATCH])));
            }
            simd::dispatch(level, Run { program: self, scale, inputs, outputs, registers, far });
        });
    }
}

/// What programs read: columns of one length.
#[derive(Clone, Copy)]
pub struct Inputs<'a, T> {
    /// The numbers of targets.
    pub y: &'a [&'a [Block<T>]],
    /// The numbers that predict them.
    pub x: &'a [&'a [Block<T>]],
    /// Of classes, their probabilities and the differences of these to 1.
    pub shares: [&'a [Block<T>]; 3],
}

struct Run<'r, 'a, T> {
    program: &'r Program<T>,
    scale: T,
    inputs: Inputs<'r, T>,
    outputs: &'r mut [&'a mut [Block<T>]],
    registers: &'r mut [Batch<T>],
    far: bool,
}

impl<T: Running> Body for Run<'_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Run { program, scale, inputs, outputs, registers, far } = self;
        let Some((aside, registers)) = registers.split_first_chunk_mut::<ASIDE>() else { return };
        let len = inputs.x[0].len();
        let mut at_once = BATCH.min(REGISTER / size_of::<Block<T>>());
        if far {
            // Fewer where instructions are, so that each is followed by no more lines than are fetched side by side.
            let lines = (inputs.y.len() + inputs.x.len() + outputs.len()) * size_of::<Block<T>>() / LINE;
            at_once = at_once.min((AT_ONCE * program.instructions.len() / lines).max(1));
        }
        for first in (0..len).step_by(at_once) {
            let part = first..len.min(first + at_once);
            let frame = Frame { inputs, constants: &program.constants, part, scale };
            for (i, (instruction, factor)) in program.instructions.iter().enumerate() {
                frame.step(instruction, *factor, aside, registers, outputs);
                if far {
                    frame.fetch(i, program.instructions.len(), outputs);
                }
            }
        }
        for y in inputs.y {
            for x in inputs.x {
                spoil(outputs, [y, x]);
            }
        }
    }
}

/// What instructions read besides registers, and which part of the outputs they write.
struct Frame<'a, T> {
    inputs: Inputs<'a, T>,
    constants: &'a [Batch<T>],
    part: Range<usize>,
    /// What derivatives are multiplied by.
    scale: T,
}

impl<T: Running> Frame<'_, T> {
    /// Fetches what an array as long as these has in this place behind them: a piece after each instruction, as more lines at once
    /// would wait for each other. Stores that have to fetch their line first would keep all others waiting.
    #[inline(never)]
    fn fetch(&self, instruction: usize, instructions: usize, outputs: &[&mut [Block<T>]]) {
        let lines = self.part.len() * size_of::<Block<T>>() / LINE;
        let piece = lines * instruction / instructions..lines * (instruction + 1) / instructions;
        let derivatives = outputs.iter().skip(1).map(|output| &**output);
        let arrays = [self.inputs.y[0], self.inputs.x[0]].into_iter().chain(derivatives);
        for array in arrays.filter(|array| !array.is_empty()) {
            let behind = array.as_ptr().wrapping_add(array.len() + self.part.start).cast::<[u8; LINE]>();
            simd::prefetch(behind.wrapping_add(piece.start), piece.len());
        }
    }

    #[inline(always)]
    fn read<'b>(&'b self, source: Source, registers: &'b [Batch<T>]) -> &'b [Block<T>] {
        let (Frame { inputs, constants, .. }, count) = (self, self.part.len());
        match source {
            Source::Register(i) => &registers[usize::from(i)].0[..count],
            Source::Constant(i) => &constants[usize::from(i)].0[..count],
            Source::Target(column) => &inputs.y[usize::from(column)][self.part.clone()],
            Source::Prediction(column) => &inputs.x[usize::from(column)][self.part.clone()],
            Source::Nowhere => &inputs.x[0][self.part.clone()],
            Source::Share => &inputs.shares[0][self.part.clone()],
            Source::Others => &inputs.shares[1][self.part.clone()],
        }
    }

    /// Where an output goes, and what it is multiplied by.
    #[inline(always)]
    fn output<'b>(&self, output: u8, outputs: &'b mut [&mut [Block<T>]]) -> (&'b mut [Block<T>], T) {
        let scale = if output == 0 { T::ONE } else { self.scale };
        (&mut outputs[usize::from(output)][self.part.clone()], scale)
    }

    #[inline(always)]
    fn step(
        &self,
        instruction: &Instruction,
        factor: T,
        aside: &mut [Batch<T>; ASIDE],
        registers: &mut [Batch<T>],
        outputs: &mut [&mut [Block<T>]],
    ) {
        let Instruction { action, from, to, .. } = instruction;
        if let Action::Group(group, parts) = action {
            {
                let [first, second, third, fourth, fifth] =
                    aside.each_mut().map(|batch| &mut batch.0[..self.part.len()]);
                let x = self.read(from[0], registers);
                grouped(*group, *parts, x, [first, second, third, fourth, fifth]);
            }
            for (place, aside) in to.iter().zip(aside) {
                match place {
                    Place::Register(i) => std::mem::swap(&mut registers[usize::from(*i)], aside),
                    Place::Output(i) => {
                        let (out, scale) = self.output(*i, outputs);
                        unary(out, &aside.0[..self.part.len()], move |a| a * scale);
                    }
                    Place::Nowhere => {}
                }
            }
            return;
        }
        // One by one: a map over them is a call.
        let [a, b, c, d] = [from[0], from[1], from[2], from[3]];
        let [a, b] = [self.read(a, registers), self.read(b, registers)];
        let [c, d] = [self.read(c, registers), self.read(d, registers)];
        let (out, scale) = match to[0] {
            Place::Output(i) => self.output(i, outputs),
            _ => (&mut aside[0].0[..self.part.len()], T::ONE),
        };
        // One product, hidden behind the loads, and exact where there is nothing to multiply by; of both numbers where it has room.
        let both = factor * scale;
        let apart = Float::abs(both) < T::MIN_POSITIVE || Float::abs(both) > T::MAX;
        let end = if apart { factor } else { both };
        simple(*action, [a, b, c, d], out, move |result| result * end);
        if apart {
            for number in out.as_flattened_mut() {
                *number = *number * scale;
            }
        }
        if let Place::Register(i) = to[0] {
            std::mem::swap(&mut registers[usize::from(i)], &mut aside[0]);
        }
    }
}

#[inline(always)]
fn simple<T: Running>(
    action: Action,
    [a, b, c, d]: [&[Block<T>]; 4],
    out: &mut [Block<T>],
    end: impl Fn(T) -> T + Copy,
) {
    match action {
        Action::Copy => unary(out, a, end),
        Action::Negative => unary(out, a, |a| end(-a)),
        Action::Abs => unary(out, a, |a| end(Float::abs(a))),
        Action::Sign => unary(out, a, |a| end(select(a == T::ZERO || a.is_nan(), a, T::ONE.copysign(a)))),
        Action::Sqrt => unary(out, a, |a| end(Float::sqrt(a))),
        Action::Add => binary(out, a, b, |a, b| end(a + b)),
        Action::Subtract => binary(out, a, b, |a, b| end(a - b)),
        Action::Multiply => binary(out, a, b, |a, b| end(a * b)),
        Action::Times => binary(out, a, b, |a, b| end(real::times(a, b))),
        Action::Divide => binary(out, a, b, |a, b| end(a / b)),
        // NaN stays, wherever it stands.
        Action::Least => binary(out, a, b, |a, b| end(select(a < b || a.is_nan(), a, b))),
        Action::Most => binary(out, a, b, |a, b| end(select(a > b || a.is_nan(), a, b))),
        Action::Power => large_binary::<T, Power>(out, a, b, end),
        Action::Xlogy => large_binary::<T, Xlogy>(out, a, b, end),
        Action::MultiplyAdd => ternary(out, a, b, c, |a, b, c| end(a.mul_add(b, c))),
        Action::MultiplySubtract => ternary(out, a, b, c, |a, b, c| end(a.mul_add(b, -c))),
        Action::SubtractProduct => ternary(out, a, b, c, |a, b, c| end((-a).mul_add(b, c))),
        Action::TimesAdd => ternary(out, a, b, c, |a, b, c| end(real::times_plus(a, b, c))),
        Action::Select(Comparison::Less) => chosen(out, [a, b, c, d], end, |a, b| compares(Comparison::Less, a, b)),
        Action::Select(Comparison::AtMost) => chosen(out, [a, b, c, d], end, |a, b| compares(Comparison::AtMost, a, b)),
        Action::Select(Comparison::Equal) => chosen(out, [a, b, c, d], end, |a, b| compares(Comparison::Equal, a, b)),
        Action::Group(..) => {}
    }
}

macro_rules! large {
    ($($name:ident: $input:ty => $output:ty, $given:pat => $of:expr;)*) => { $(
        struct $name;
        impl<T: Float> Large<$input, $output> for $name {
            #[inline(always)]
            fn of($given: $input) -> $output {
                $of
            }
        }
    )* };
}
large! {
    Power: (T, T) => T, (a, b) => f::pow(a, b);
    Xlogy: (T, T) => T, (a, b) => f::xlogy(a, b);
    LogGamma: T => T, x => f::ln_gamma(x);
    Logit: T => T, x => f::logit(x);
    LogCosh: T => T, x => f::log_cosh(x).0;
    Hyperbolic: T => (T, T, T), x => f::log_cosh(x);
    Softplus: T => (T, T), x => {
        let l = f::logistic(x);
        (l.softplus, l.softplus_neg)
    };
    Sigmoid: T => (T, T), x => {
        let l = f::logistic(x);
        (l.sigmoid, l.sigmoid_neg)
    };
    Logistic: T => [T; 5], x => {
        let l = f::logistic(x);
        [l.softplus, l.softplus_neg, l.sigmoid, l.sigmoid_neg, l.slope]
    };
}

#[inline(always)]
fn grouped<T: Running>(group: Group, parts: Parts, x: &[Block<T>], out: [&mut [Block<T>]; 5]) {
    let [first, second, third, fourth, fifth] = out;
    match group {
        Group::Exp => unary(first, x, f::exp),
        Group::Expm1 => unary(first, x, f::expm1),
        Group::Expm1Minus => unary(first, x, f::expm1_minus),
        Group::Log => unary(first, x, f::log),
        Group::Log1p => unary(first, x, f::log1p),
        Group::LogGamma => large_unary::<T, LogGamma>(first, x),
        Group::Logit => large_unary::<T, Logit>(first, x),
        Group::MinusLog1p => ruled::<T, MinusLog1p>(parts, x, [first, second, third]),
        Group::Log1pSquare => ruled::<T, Log1pSquare>(parts, x, [first, second, third]),
        Group::Hypot1 => ruled::<T, Hypot1>(parts, x, [first, second, third]),
        Group::LogNdtr => ruled::<T, LogNdtr>(parts, x, [first, second, third]),
        Group::Hyperbolic => match parts {
            Parts::First => large_unary::<T, LogCosh>(first, x),
            _ => triple::<T, Hyperbolic>(first, second, third, x),
        },
        Group::Logistic => match parts {
            Parts::First => pair::<T, Softplus>(first, second, x),
            Parts::Second => pair::<T, Sigmoid>(third, fourth, x),
            _ => quintuple::<T, Logistic>([first, second, third, fourth, fifth], x),
        },
    }
}

/// A function with a rule for its derivatives.
trait Ruled {
    fn of<R: Real>(x: R) -> R;
}

macro_rules! ruled {
    ($($name:ident => $function:ident),*) => { $(
        struct $name;
        impl Ruled for $name {
            #[inline(always)]
            fn of<R: Real>(x: R) -> R {
                x.$function()
            }
        }
    )* };
}
ruled!(MinusLog1p => minus_log1p, Log1pSquare => log1p_square, Hypot1 => hypot1, LogNdtr => log_ndtr);

impl<T: Float + Real<Scalar = T>, F: Ruled> Large<T, T> for F {
    #[inline(always)]
    fn of(x: T) -> T {
        <F as Ruled>::of(x)
    }
}

impl<T: Float + Real<Scalar = T>, F: Ruled> Large<T, (T, T)> for F {
    #[inline(always)]
    fn of(x: T) -> (T, T) {
        let Slope { value, first } = <F as Ruled>::of(Slope::variable(x));
        (value, first)
    }
}

impl<T: Float + Real<Scalar = T>, F: Ruled> Large<T, (T, T, T)> for F {
    #[inline(always)]
    fn of(x: T) -> (T, T, T) {
        let Jet { value, first, second } = <F as Ruled>::of(Jet::variable(x));
        (value, first, second)
    }
}

#[inline(always)]
fn ruled<T: Running, F: Ruled>(parts: Parts, x: &[Block<T>], [first, second, third]: [&mut [Block<T>]; 3]) {
    match parts {
        Parts::First => large_unary::<T, F>(first, x),
        Parts::Second | Parts::FirstTwo => pair::<T, F>(first, second, x),
        Parts::All => triple::<T, F>(first, second, third, x),
    }
}

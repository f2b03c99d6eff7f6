//! The block kernel: a formula compiled for one dtype, one form, each set of outputs and each CPU level.
//!
//! It is the only code that exists once per loss, so it is kept small: element loops over blocks of [`LANES`] values in plain
//! arrays, which the compiler turns into full-width vector code. Conversion of dtypes, weights, masks, sums, rows and
//! stores happen around it, once for all losses.

use crate::loss::{CONSTANTS, Entry, Formula};
use crate::number::{Float, Jet, Real, Slope, select};
use crate::simd::{self, Body, Level};
use std::marker::PhantomData;

/// Elements in a block.
pub const LANES: usize = 64;

/// What is to be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The value of each element.
    pub value: bool,
    /// Its first derivative.
    pub grad: bool,
    /// Its second derivative.
    pub hess: bool,
}

/// Blocks of inputs and outputs; an output that is not wanted is empty.
pub struct Blocks<'a, T> {
    /// Targets.
    pub y: &'a [[T; LANES]],
    /// Predictions.
    pub x: &'a [[T; LANES]],
    /// Values.
    pub value: &'a mut [[T; LANES]],
    /// First derivatives.
    pub grad: &'a mut [[T; LANES]],
    /// Second derivatives.
    pub hess: &'a mut [[T; LANES]],
}

/// A compiled formula. Derivatives are multiplied by the scale; where an input is NaN, every output is.
pub type Kernel<T> = fn(Level, Wanted, &[T; CONSTANTS], T, Blocks<'_, T>);

/// The data and the compiled code of a loss.
#[must_use]
pub const fn entry<L: Formula>(name: &'static str) -> Entry {
    Entry { name, info: &L::INFO, constants: L::constants, single: kernels::<L, f32>(), double: kernels::<L, f64>() }
}

const fn kernels<L: Formula, T: Float + Real<Scalar = T>>() -> &'static [Kernel<T>] {
    const {
        match L::INFO.forms() {
            1 => &[kernel::<L, T, 0> as Kernel<T>],
            2 => &[kernel::<L, T, 0> as Kernel<T>, kernel::<L, T, 1>],
            // Hard labels make a difference to raw scores alone.
            4 if L::INFO.hard_labels => {
                &[kernel::<L, T, 0> as Kernel<T>, kernel::<L, T, 1>, kernel::<L, T, 0>, kernel::<L, T, 3>]
            }
            4 => &[kernel::<L, T, 0> as Kernel<T>, kernel::<L, T, 1>, kernel::<L, T, 2>, kernel::<L, T, 3>],
            _ => panic!("a loss has at most two switches"),
        }
    }
}

fn kernel<L: Formula, T: Float + Real<Scalar = T>, const FORM: usize>(
    level: Level,
    wanted: Wanted,
    constants: &[T; CONSTANTS],
    scale: T,
    blocks: Blocks<'_, T>,
) {
    let run = Run { constants: *constants, scale, blocks };
    match (wanted.value, wanted.grad, wanted.hess) {
        // Emulated FMA is large and slow whatever is computed: one set of outputs serves all.
        _ if cfg!(target_arch = "x86_64") && level == Level::BASELINE => {
            run.at::<L, Jet<T>, FORM, true, true, true>(level);
        }
        (_, false, false) => run.at::<L, T, FORM, true, false, false>(level),
        (false, true, false) => run.at::<L, Slope<T>, FORM, false, true, false>(level),
        (true, true, false) => run.at::<L, Slope<T>, FORM, true, true, false>(level),
        (false, _, true) => run.at::<L, Jet<T>, FORM, false, true, true>(level),
        (true, _, true) => run.at::<L, Jet<T>, FORM, true, true, true>(level),
    }
}

struct Run<'a, T> {
    constants: [T; CONSTANTS],
    scale: T,
    blocks: Blocks<'a, T>,
}

/// A run with its formula, its kind of number `R` and its outputs (`V`alue, `G`radient, `H`essian) chosen.
struct Chosen<'a, T, L, R, const FORM: usize, const V: bool, const G: bool, const H: bool> {
    run: Run<'a, T>,
    formula: PhantomData<(L, R)>,
}

impl<T: Float> Run<'_, T> {
    fn at<L: Formula, R: Real<Scalar = T>, const FORM: usize, const V: bool, const G: bool, const H: bool>(
        self,
        level: Level,
    ) {
        simd::dispatch(level, Chosen::<T, L, R, FORM, V, G, H> { run: self, formula: PhantomData });
    }
}

impl<T, L, R, const FORM: usize, const V: bool, const G: bool, const H: bool> Body
    for Chosen<'_, T, L, R, FORM, V, G, H>
where
    T: Float,
    L: Formula,
    R: Real<Scalar = T>,
{
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Run { constants, scale, blocks: Blocks { y, x, value, grad, hess } } = self.run;
        let (mut no_value, mut no_grad, mut no_hess) = ([T::ZERO; LANES], [T::ZERO; LANES], [T::ZERO; LANES]);
        for (b, (y, x)) in y.iter().zip(x).enumerate() {
            let value = value.get_mut(b).unwrap_or(&mut no_value);
            let grad = grad.get_mut(b).unwrap_or(&mut no_grad);
            let hess = hess.get_mut(b).unwrap_or(&mut no_hess);
            block::<T, L, R, FORM, V, G, H>(constants, scale, y, x, value, grad, hess);
        }
    }
}

/// One block. Each output is an array of its own: that is what lets the loop become vector code.
#[inline(always)]
fn block<T: Float, L: Formula, R: Real<Scalar = T>, const FORM: usize, const V: bool, const G: bool, const H: bool>(
    constants: [T; CONSTANTS],
    scale: T,
    y: &[T; LANES],
    x: &[T; LANES],
    value: &mut [T; LANES],
    grad: &mut [T; LANES],
    hess: &mut [T; LANES],
) {
    for i in 0..LANES {
        let (y, x) = (y[i], x[i]);
        let loss = L::value::<FORM, R>(constants, y, R::variable(x));
        let (first, second) = loss.derivatives();
        let lost = y.is_nan() || x.is_nan();
        if V {
            value[i] = select(lost, T::NAN, loss.primal());
        }
        if G {
            grad[i] = select(lost, T::NAN, first * scale);
        }
        if H {
            hess[i] = select(lost, T::NAN, second * scale);
        }
    }
}

//! The block kernel: a formula compiled for one dtype, one form, each set of outputs and each CPU level.
//!
//! It is the only code that exists once per loss, so it is kept small: element loops over blocks of [`LANES`] values in plain
//! arrays, which the compiler turns into full-width vector code. Conversion of dtypes, weights, masks, rows, sums and stores happen
//! around it, once for all losses, and the losses are compiled for size. For a light loss that would be too slow, and so would be
//! storing values and reading them again to add them up. So light losses have *fused* kernels, which add values up while they are
//! at hand, compiled for speed in a crate of their own.

use super::anew::anew;
pub use super::batch::{Blocks, no_shares};
use super::block::{Aligned, EACH, NO_VALUE, SUM, asks_anew, block, is_heaviest, is_in_q, is_light};
use super::blocks::LANES;
use super::sums::Summed;
use super::wanted::Wanted;
use crate::loss::{ARMS, CONSTANTS, Formula, in_parts};
use crate::number::{Float, Jet, Real, Slope, select};
use crate::simd::{self, Body, Level};
use std::array;
use std::marker::PhantomData;

/// How many elements ahead of their use inputs are fetched.
const AHEAD: usize = 16 * LANES;

/// A compiled formula. Derivatives are multiplied by the scale; where an input is NaN, every output is.
///
/// The blocks come by reference, here and below: copies of what was just put together wait for it to reach the cache.
pub type Kernel<T> = fn(Level, Wanted, &[T; CONSTANTS], T, &mut Blocks<'_, T>);

/// Kernels by form and arm.
pub type Table<T> = [[Kernel<T>; ARMS]; FORMS];

/// How many forms there can be: two switches and hard labels.
const FORMS: usize = 8;

/// The kernels of a loss.
#[derive(Clone, Copy)]
pub struct Kernels<T: 'static> {
    table: Table<T>,
    fused: Option<&'static Table<T>>,
    arm: fn(&[T; CONSTANTS]) -> usize,
    pairs: usize,
    reads_shares: bool,
    /// The bits of the forms from logits and with respect to q, where there is one.
    in_q: Option<[usize; 2]>,
}

/// The kernels for a form and constants.
#[derive(Clone, Copy)]
pub struct Choice<T> {
    kernel: Kernel<T>,
    /// For every level that has fused multiply-adds.
    fused: Kernel<T>,
    reads_shares: bool,
}

impl<T: Float + Real<Scalar = T> + Summed> Kernels<T> {
    /// Those of a loss.
    #[must_use]
    pub const fn of<L: Formula>() -> Self {
        Kernels::with::<L, WHOLE>(None)
    }

    /// Those of a loss whose fused ones are compiled elsewhere, if it is light.
    #[must_use]
    pub const fn beside<L: Formula>(fused: Option<&'static Table<T>>) -> Self {
        if is_light::<L>() { Kernels::with::<L, EMULATED>(fused) } else { Kernels::with::<L, WHOLE>(fused) }
    }

    /// The fused ones of a light loss.
    #[must_use]
    pub const fn fused<L: Formula>() -> Option<Table<T>> {
        if is_light::<L>() { Some(table::<L, T, FUSED>()) } else { None }
    }

    const fn with<L: Formula, const KIND: u8>(fused: Option<&'static Table<T>>) -> Self {
        let (arm, pairs, reads_shares) = (L::arm::<T> as fn(&[T; CONSTANTS]) -> usize, L::PAIRS, L::SHARES);
        let in_q = if L::IN_Q { Some([L::INFO.raw_form(), L::INFO.in_q_form()]) } else { None };
        Kernels { table: table::<L, T, KIND>(), fused, arm, pairs, reads_shares, in_q }
    }
}

/// Which kernels are compiled: all,
const WHOLE: u8 = 0;
/// only those for a CPU without fused multiply-adds,
const EMULATED: u8 = 1;
/// or only those for other CPUs, with values added up in them.
const FUSED: u8 = 2;

impl<T: Float> Kernels<T> {
    /// The constants of a loss's settings as its kernels read them: none is infinite.
    #[must_use]
    pub fn constants(&self, constants: &[f64; CONSTANTS]) -> [T; CONSTANTS] {
        let mut rounded = constants.map(|number| T::lit(number).min(T::MAX).max(-T::MAX));
        for pair in 0..self.pairs {
            let [high, low] = [2 * pair, 2 * pair + 1];
            let (exact, rest) = in_parts(constants[high], constants[low]);
            rounded[low] = select(exact == rounded[high], rest, T::ZERO);
        }
        rounded
    }

    /// Whether float32 has room for such constants and for what is computed with them: not for numbers near the ends of its range, nor for
    /// those that make large what is below it.
    #[must_use]
    pub fn fit_single(&self, constants: &[f64; CONSTANTS]) -> bool {
        let is_low_part = |i: usize| i < 2 * self.pairs && i % 2 == 1;
        let fits = |number: f64| number == 0.0 || (1e-30..=1e18).contains(&number.abs());
        constants.iter().enumerate().all(|(i, &number)| is_low_part(i) || fits(number))
    }

    /// The ones for a form and constants.
    #[inline(always)]
    #[must_use]
    pub fn choose(&self, form: usize, constants: &[T; CONSTANTS]) -> Choice<T> {
        let (form, arm) = (form % FORMS, (self.arm)(constants) % ARMS);
        let kernel = self.table[form][arm];
        let fused = self.fused.map_or(kernel, |table| table[form][arm]);
        Choice { kernel, fused, reads_shares: self.reads_shares }
    }

    /// The ones that take derivatives with respect to q: from probabilities, of a loss that has them.
    #[inline(always)]
    #[must_use]
    pub fn choose_in_q(&self, form: usize, constants: &[T; CONSTANTS]) -> Option<Choice<T>> {
        self.in_q.filter(|[raw, _]| form & raw == 0).map(|[_, in_q]| self.choose(form | in_q, constants))
    }
}

impl<T> Choice<T> {
    /// Whether they read [`Blocks::shares`].
    #[inline(always)]
    #[must_use]
    pub fn reads_shares(&self) -> bool {
        self.reads_shares
    }

    /// Computes blocks.
    #[inline(always)]
    pub fn run(&self, level: Level, wanted: Wanted, constants: &[T; CONSTANTS], scale: T, blocks: &mut Blocks<'_, T>) {
        let kernel = if is_emulated(level) { self.kernel } else { self.fused };
        kernel(level, wanted, constants, scale, blocks);
    }
}

/// Whether fused multiply-adds are emulated: that code is large and slow whatever is computed, so one set of outputs serves all.
fn is_emulated(level: Level) -> bool {
    cfg!(target_arch = "x86_64") && level == Level::BASELINE
}

/// The kernels of a loss.
///
/// # Panics
/// Where the loss has more forms or arms than there can be, when it is compiled.
const fn table<L: Formula, T: Float + Real<Scalar = T> + Summed, const KIND: u8>() -> Table<T> {
    assert!(forms::<L>() <= FORMS && L::ARMS <= ARMS && L::SINGLE_ARMS <= ARMS && !(L::INFO.hard_labels && L::IN_Q));
    let mut table = [
        arms::<L, T, KIND, 0>(),
        arms::<L, T, KIND, 1>(),
        arms::<L, T, KIND, 2>(),
        arms::<L, T, KIND, 3>(),
        arms::<L, T, KIND, 4>(),
        arms::<L, T, KIND, 5>(),
        arms::<L, T, KIND, 6>(),
        arms::<L, T, KIND, 7>(),
    ];
    // Hard labels make a difference to raw scores only.
    if L::INFO.hard_labels {
        let (hard, raw) = (L::INFO.hard_form(), L::INFO.raw_form());
        let mut form = hard;
        while form < 2 * hard {
            if form & raw != raw {
                table[form] = table[form - hard];
            }
            form += 1;
        }
    }
    table
}

/// How many forms a loss has.
const fn forms<L: Formula>() -> usize {
    if L::IN_Q { 2 * L::INFO.in_q_form() } else { L::INFO.forms() }
}

/// The arms of a form; only those that the loss has are compiled.
const fn arms<L: Formula, T: Float + Real<Scalar = T> + Summed, const KIND: u8, const FORM: usize>() -> [Kernel<T>; ARMS]
{
    [
        one::<L, T, KIND, FORM, 0>(),
        one::<L, T, KIND, FORM, 1>(),
        one::<L, T, KIND, FORM, 2>(),
        one::<L, T, KIND, FORM, 3>(),
    ]
}

const fn one<L: Formula, T: Float + Real<Scalar = T> + Summed, const KIND: u8, const FORM: usize, const ARM: usize>()
-> Kernel<T> {
    let hard = L::INFO.hard_labels && FORM & L::INFO.hard_form() != 0;
    let raw = FORM & L::INFO.raw_form() == L::INFO.raw_form();
    let there = FORM < forms::<L>() && (raw || !hard) && !(raw && is_in_q::<L>(FORM));
    let arms = if T::SINGLE { L::SINGLE_ARMS } else { L::ARMS };
    let armed = ARM < arms && FORM & L::ARMED == L::ARMED;
    match (there, armed || ARM == 0) {
        (true, true) => kernel::<L, T, KIND, FORM, ARM>,
        (true, false) => kernel::<L, T, KIND, FORM, 0>,
        (false, _) => kernel::<L, T, KIND, 0, 0>,
    }
}

fn kernel<L: Formula, T: Float + Real<Scalar = T> + Summed, const KIND: u8, const FORM: usize, const ARM: usize>(
    level: Level,
    wanted: Wanted,
    constants: &[T; CONSTANTS],
    scale: T,
    blocks: &mut Blocks<'_, T>,
) {
    if KIND != WHOLE && is_emulated(level) != (KIND == EMULATED) {
        // Compiled elsewhere: `Choice::run` asks for it there.
        return;
    }
    let adds = KIND == FUSED && blocks.sum.is_some();
    let run = Run { level, constants, scale, blocks: &mut *blocks };
    let wants = (wanted.value && !is_in_q::<L>(FORM), wanted.grad || is_in_q::<L>(FORM), wanted.hess);
    if KIND == EMULATED || KIND == WHOLE && is_emulated(level) {
        run.emulated::<L, FORM, ARM>();
    } else if KIND != EMULATED {
        match wants {
            (true, false, false) if adds => return run.at::<L, T, FORM, ARM, SUM, false, false>(),
            (true, true, false) if adds => return run.at::<L, Slope<T>, FORM, ARM, SUM, true, false>(),
            (_, false, false) => run.at::<L, T, FORM, ARM, EACH, false, false>(),
            _ if is_heaviest::<L>() => run.at::<L, Jet<T>, FORM, ARM, EACH, true, true>(),
            (false, true, false) => run.at::<L, Slope<T>, FORM, ARM, NO_VALUE, true, false>(),
            (true, true, false) => run.at::<L, Slope<T>, FORM, ARM, EACH, true, false>(),
            (false, _, true) => run.at::<L, Jet<T>, FORM, ARM, NO_VALUE, true, true>(),
            (true, _, true) => run.at::<L, Jet<T>, FORM, ARM, EACH, true, true>(),
        }
    }
    if const { asks_anew::<L>(FORM) } {
        anew::<L, T, FORM>(level, wanted, constants, scale, blocks);
    }
    if let (true, Some(sum)) = (wanted.value, &mut blocks.sum) {
        T::add_up(level, &blocks.value[..blocks.x.len()], sum);
    }
}

struct Run<'r, 'a, T> {
    level: Level,
    constants: &'r [T; CONSTANTS],
    scale: T,
    blocks: &'r mut Blocks<'a, T>,
}

/// A run with its formula, its kind of number `R` and its outputs (`V`alue, `G`radient, `H`essian) chosen.
struct Chosen<'r, 'a, T, L, R, const FORM: usize, const ARM: usize, const V: u8, const G: bool, const H: bool> {
    run: Run<'r, 'a, T>,
    formula: PhantomData<(L, R)>,
}

impl<T: Float> Run<'_, '_, T> {
    fn at<
        L: Formula,
        R: Real<Scalar = T>,
        const FORM: usize,
        const ARM: usize,
        const V: u8,
        const G: bool,
        const H: bool,
    >(
        self,
    ) {
        simd::dispatch(self.level, Chosen::<T, L, R, FORM, ARM, V, G, H> { run: self, formula: PhantomData });
    }

    /// All outputs, an element at a time.
    fn emulated<L: Formula, const FORM: usize, const ARM: usize>(self)
    where
        T: Real<Scalar = T>,
    {
        let Run { constants, scale, blocks: Blocks { y, x, shares, value, grad, hess, .. }, .. } = self;
        let [mut no_value, mut no_grad, mut no_hess] = [[T::ZERO; LANES]; 3];
        let nothing = const { Aligned::ZERO };
        for (b, (y, x)) in y.iter().zip(x.iter()).enumerate() {
            let value = value.get_mut(b).unwrap_or(&mut no_value);
            let grad = grad.get_mut(b).unwrap_or(&mut no_grad);
            let hess = hess.get_mut(b).unwrap_or(&mut no_hess);
            let [q, others, gained] = shares_of::<L, T>(shares, b, x, &nothing.0);
            for i in 0..LANES {
                let outputs = [&mut value[i], &mut grad[i], &mut hess[i]];
                element::<T, L, FORM, ARM>(constants, scale, [&y[i], &x[i], &q[i], &others[i], &gained[i]], outputs);
            }
        }
    }
}

/// The shares of a block, where the loss reads them.
#[inline(always)]
fn shares_of<'a, L: Formula, T: Float>(
    [q, others, gained]: &[&'a [[T; LANES]]; 3],
    b: usize,
    none: &'a [T; LANES],
    nothing: &'a [T; LANES],
) -> [&'a [T; LANES]; 3] {
    if L::SHARES { [&q[b], &others[b], gained.get(b).unwrap_or(nothing)] } else { [none; 3] }
}

/// One element of [`Run::emulated`]. A loop that is vector code but for its fused multiply-adds is several times as large and no
/// faster, and a loop of calls is never vector code.
#[inline(never)]
fn element<T: Float + Real<Scalar = T>, L: Formula, const FORM: usize, const ARM: usize>(
    constants: &[T; CONSTANTS],
    scale: T,
    inputs: [&T; 5],
    outputs: [&mut T; 3],
) {
    let ([y, x, q, others, gained], [value, grad, hess]) = (inputs.map(array::from_ref), outputs.map(array::from_mut));
    block::<T, L, Jet<T>, FORM, ARM, EACH, true, true, 1>(
        *constants,
        scale,
        y,
        x,
        [q, others, gained],
        value,
        grad,
        hess,
    );
}

impl<T, L, R, const FORM: usize, const ARM: usize, const V: u8, const G: bool, const H: bool> Body
    for Chosen<'_, '_, T, L, R, FORM, ARM, V, G, H>
where
    T: Float,
    L: Formula,
    R: Real<Scalar = T>,
{
    type Output = ();
    const WIDEST: bool = !is_heaviest::<L>();

    #[inline(always)]
    fn run(self) {
        let Run { constants: &constants, scale, blocks: Blocks { y, x, shares, value, sum, grad, hess }, .. } =
            self.run;
        let [mut no_value, mut no_grad, mut no_hess] = [const { Aligned::ZERO }; 3];
        let nothing = const { Aligned::ZERO };
        let (no_value, no_grad, no_hess) = (&mut no_value.0, &mut no_grad.0, &mut no_hess.0);
        if V == SUM {
            let Some(sum) = sum else { return };
            for (b, (y, x)) in y.iter().zip(x.iter()).enumerate() {
                let grad = if G { &mut grad[b] } else { &mut *no_grad };
                block::<T, L, R, FORM, ARM, V, G, H, LANES>(constants, scale, y, x, [x; 3], no_value, grad, no_hess);
                sum.add(no_value);
            }
            return;
        }
        for (b, (y, x)) in y.iter().zip(x.iter()).enumerate() {
            if !is_light::<L>() {
                // Too much arithmetic for the loads of later blocks to be on their way by themselves.
                simd::prefetch(y.as_ptr().wrapping_add(AHEAD), LANES);
                simd::prefetch(x.as_ptr().wrapping_add(AHEAD), LANES);
            }
            let value = value.get_mut(b).unwrap_or(no_value);
            let grad = grad.get_mut(b).unwrap_or(no_grad);
            let hess = hess.get_mut(b).unwrap_or(no_hess);
            let shares = shares_of::<L, T>(shares, b, x, &nothing.0);
            block::<T, L, R, FORM, ARM, V, G, H, LANES>(constants, scale, y, x, shares, value, grad, hess);
        }
    }
}

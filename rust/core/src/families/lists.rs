//! A loss of a list of elements as a whole: of a row of classes that softmax does not make, or of a ranking ([`Lists`]).

use crate::loss::{CONSTANTS, Domain, Info, Value, formula_constants};
use crate::number::Jet;
use crate::number::wide::{self, Each, LANES, Lanes, Sums};
use crate::simd::{self, Body, Level};
use std::marker::PhantomData;
use std::ops::Range;

/// A list of elements, or several of them one after the other.
pub struct List<'a> {
    /// Targets.
    pub y: &'a [f64],
    /// Predictions.
    pub x: &'a [f64],
    /// The weights of their classes: 1 where the loss has none.
    pub weights: &'a [f64],
    /// Where the first derivatives go.
    pub first: &'a mut [f64],
    /// Where the second derivatives go.
    pub second: &'a mut [f64],
    /// Whether anybody reads them.
    pub derives: bool,
    /// Whether predictions are raw scores.
    pub raw: bool,
    /// Which instructions to use in what is compiled once for several losses.
    pub level: Level,
    /// Scratch: [`Lists::NUMBERS`] for each element.
    pub numbers: &'a mut [f64],
    /// Scratch: as many as there are elements, where [`Lists::ORDERS`].
    pub order: &'a mut [usize],
    /// Whether the caller wants to stop.
    pub stop: &'a mut (dyn FnMut() -> bool + 'a),
}

/// Pairs of elements between two looks at whether the caller wants to stop.
const PATIENCE: usize = 1 << 20;

/// What a loss of pairs of elements asks, one element after the other.
pub(super) struct Patience<'a> {
    stop: &'a mut (dyn FnMut() -> bool + 'a),
    pairs: usize,
}

impl<'a> Patience<'a> {
    pub fn of(stop: &'a mut (dyn FnMut() -> bool + 'a)) -> Self {
        Patience { stop, pairs: 0 }
    }

    /// Whether to stop, after so many more pairs: what was computed until then is nothing.
    #[inline(always)]
    pub fn ends(&mut self, pairs: usize) -> bool {
        self.pairs += pairs;
        if self.pairs < PATIENCE {
            return false;
        }
        self.pairs = 0;
        (self.stop)()
    }
}

impl<'a> List<'a> {
    /// How many elements there are.
    #[inline(always)]
    #[must_use]
    pub fn len(&self) -> usize {
        self.x.len()
    }

    /// Whether there is none.
    #[inline(always)]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.x.is_empty()
    }

    /// Of lists side by side: targets, predictions and weights, a block for each place of a list.
    #[inline(always)]
    #[must_use]
    pub fn places(&self) -> [&'a [Lanes]; 3] {
        [self.y.as_chunks().0, self.x.as_chunks().0, self.weights.as_chunks().0]
    }

    /// Some of the elements, with so many numbers of scratch each.
    #[inline(always)]
    pub fn part(&mut self, of: Range<usize>, numbers: usize) -> List<'_> {
        let order = if self.order.is_empty() { 0..0 } else { of.clone() };
        List {
            y: &self.y[of.clone()],
            x: &self.x[of.clone()],
            weights: &self.weights[of.clone()],
            first: &mut self.first[of.clone()],
            second: &mut self.second[of.clone()],
            derives: self.derives,
            raw: self.raw,
            level: self.level,
            numbers: &mut self.numbers[of.start * numbers..of.end * numbers],
            order: &mut self.order[order],
            stop: &mut *self.stop,
        }
    }
}

/// Where a row of second derivatives goes.
pub type Row<'a> = &'a mut [f64];

/// A loss of a list, with its derivatives with respect to each prediction. Its arithmetic is in float64 for both dtypes.
///
/// Targets are rows as predictions are; class indices come as rows of 0 and 1. No number is NaN, and each is within its domain.
pub trait Lists: 'static {
    /// What there is to know about it.
    const INFO: Info;

    /// How many numbers of scratch there are for each element.
    const NUMBERS: usize = 0;

    /// Whether there is scratch for an order of the elements.
    const ORDERS: bool = false;

    /// What is computed of all elements of several lists before these, and left in their scratch and derivatives: long loops are
    /// vector code also where lists are short. Elements may be of lists that are not seen afterwards, and be any number.
    #[inline(always)]
    fn ahead(_constants: &[f64; CONSTANTS], _elements: &mut List<'_>) {}

    /// Whether lists too short for vector code may be computed side by side.
    const BESIDE: bool = false;

    /// The losses of 64 lists side by side, to the bit as [`Lists::list`] has them: of each array 64 numbers for the first place of a
    /// list, as many for the second, and so on.
    #[inline(always)]
    #[must_use]
    fn beside(_constants: &[f64; CONSTANTS], _lists: List<'_>) -> Lanes {
        [f64::NAN; LANES]
    }

    /// The loss of a list. All derivatives are written where [`List::derives`].
    fn list(constants: &[f64; CONSTANTS], list: List<'_>) -> f64;

    /// The second derivatives with respect to the prediction at a place together with each of the others, of a list whose loss was computed:
    /// none by default. What the row holds at the place itself is not read.
    fn mixed(_constants: &[f64; CONSTANTS], _list: &List<'_>, _at: usize, row: Row<'_>) {
        row.fill(0.0);
    }

    /// What a target may be.
    #[must_use]
    fn target(_params: &[Value]) -> Domain {
        Self::INFO.target
    }

    /// Why there is no loss with these parameters, where there is none.
    #[must_use]
    fn refusal(_params: &[Value]) -> Option<&'static str> {
        None
    }

    /// The constants, from the parameters. By default the numbers among them, in order.
    #[must_use]
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        formula_constants(Self::INFO.params, params)
    }
}

/// A loss of a list that is the sum of the terms of its elements, each times the weight of its class.
pub trait Terms: 'static {
    /// What there is to know about it.
    const INFO: Info;

    /// The term of an element as a jet in its prediction, times the weight of its class. The prediction is a raw score where `RAW`.
    fn term<const RAW: bool>(y: f64, x: f64, weight: f64) -> Jet<f64>;

    /// Whether terms that are NaN though no input is are computed anew: what a formula cannot tell in the time that all others take.
    const ANEW: bool = false;

    /// Such a term, however long that takes.
    #[inline(always)]
    #[must_use]
    fn anew<const RAW: bool>(y: f64, x: f64, weight: f64) -> Jet<f64> {
        Self::term::<RAW>(y, x, weight)
    }
}

impl<L: Terms> Lists for L {
    const INFO: Info = L::INFO;
    const NUMBERS: usize = 1;

    #[inline(always)]
    fn ahead(_: &[f64; CONSTANTS], elements: &mut List<'_>) {
        if elements.raw { each::<L, true>(elements) } else { each::<L, false>(elements) }
    }

    #[inline(always)]
    fn list(_: &[f64; CONSTANTS], list: List<'_>) -> f64 {
        wide::sum(list.numbers)
    }

    const BESIDE: bool = true;

    #[inline(always)]
    fn beside(_: &[f64; CONSTANTS], lists: List<'_>) -> Lanes {
        let mut sums = Sums::NONE;
        lists.numbers.as_chunks().0.iter().for_each(|terms| sums.add(terms));
        sums.wholes()
    }
}

/// The terms of all elements and their derivatives.
#[inline(always)]
fn each<L: Terms, const RAW: bool>(elements: &mut List<'_>) {
    let inputs = [elements.y, elements.x, elements.weights];
    wide::each(&Term::<L, RAW>(PhantomData), inputs, [elements.numbers, elements.first, elements.second]);
    if L::ANEW && wide::sum(elements.numbers).is_nan() {
        anew::<L, RAW>(elements);
    }
}

#[cold]
#[inline(never)]
fn anew<L: Terms, const RAW: bool>(List { y, x, weights, numbers, first, second, .. }: &mut List<'_>) {
    for i in 0..numbers.len() {
        if numbers[i].is_nan() && !(y[i].is_nan() || x[i].is_nan()) {
            let term = simd::dispatch(simd::active(), Anew::<L, RAW>([y[i], x[i], weights[i]], PhantomData));
            (numbers[i], first[i], second[i]) = (term.value, term.first, term.second);
        }
    }
}

struct Anew<L, const RAW: bool>([f64; 3], PhantomData<L>);

impl<L: Terms, const RAW: bool> Body for Anew<L, RAW> {
    type Output = Jet<f64>;
    const WIDEST: bool = false;

    #[inline(always)]
    fn run(self) -> Jet<f64> {
        let [y, x, weight] = self.0;
        L::anew::<RAW>(y, x, weight)
    }
}

struct Term<L, const RAW: bool>(PhantomData<L>);

impl<L: Terms, const RAW: bool> Each for Term<L, RAW> {
    #[inline(always)]
    fn each(&self, [y, x, weight]: [f64; 3]) -> [f64; 3] {
        let term = L::term::<RAW>(y, x, weight);
        [term.value, term.first, term.second]
    }
}

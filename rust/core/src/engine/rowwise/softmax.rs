//! Softmax of a row as terms e = exp(z − max) (or p/max), with the sum of all of them but one of the maximum's own.
//!
//! That sum, `rest`, is all that is left of 1 − q where a row is confident, so it must never meet the maximum's 1: with S = 1 + rest,
//! ℓ = log e − log1p(rest), q = e/S and 1 − q = (S − e)/S, which is rest/S exactly for the maximum. Sums are kept in float64 and,
//! of float64 terms, with their rounding errors.

use super::super::blocks::LANES;
use crate::number::compensated::{fast_two_sum, plus, two_sum};
use crate::number::functions::Against;
use crate::number::{Float, functions as f, select};
use std::marker::PhantomData;

/// z − m, 0 where they are equal, and its rounding error.
#[inline(always)]
fn difference<T: Float>(z: T, m: T) -> (T, T) {
    let (d, lost) = two_sum(z, -m);
    (select(z == m, T::ZERO, d), select(lost.abs() < T::ONE, lost, T::ZERO))
}

/// A maximum, and what terms against it take.
#[derive(Clone, Copy)]
pub(super) struct Maximum<T> {
    m: T,
    against: Against<T>,
    /// What probabilities are multiplied by, one after the other: a power of two for maxima whose inverse is subnormal or infinite.
    scale: T,
    inverse: T,
}

impl<T: Float> Maximum<T> {
    #[inline(always)]
    pub fn new(m: T) -> Self {
        let (lift, _) = T::LIFT;
        let (small, large) = (m < T::MIN_POSITIVE, m > T::lit(0.25) / T::MIN_POSITIVE);
        let scale = select(small, lift, select(large, T::ONE / lift, T::ONE));
        Maximum { m, against: Against::new(m), scale, inverse: T::ONE / (m * scale) }
    }
    /// A probability in the units that its term is one of [`whole`](Self::whole) in.
    #[inline(always)]
    pub fn lifted(self, x: T) -> T {
        x.abs() * self.scale // -0 is 0
    }
    #[inline(always)]
    pub fn whole(self) -> T {
        self.m * self.scale
    }
    /// How much rounding made a probability's term larger.
    #[inline(always)]
    pub fn gained(self, x: T, e: T) -> T {
        e.mul_add(self.whole(), -self.lifted(x)) * self.inverse
    }
    /// A sum of probabilities in two parts as one of terms.
    #[inline(always)]
    pub fn of_terms(self, (sum, low): (T, T)) -> (T, T) {
        let quotient = sum * self.inverse;
        let rest = (-quotient).mul_add(self.whole(), sum) + low;
        fast_two_sum(quotient, rest * self.inverse)
    }
}

/// The terms of some classes, given the maximum of each one's row: their probabilities over the maximum's.
///
/// `OWN`: the maximum's own is 1 whatever it is. Otherwise that of an infinite one is NaN, which is right where it has several.
#[inline(always)]
pub(super) fn terms<T: Float, const RAW: bool, const OWN: bool, const N: usize>(
    x: &[T; N],
    maximum: impl Fn(usize) -> Maximum<T>,
    e: &mut [T; N],
) {
    if !RAW {
        for i in 0..N {
            let maximum = maximum(i);
            e[i] = select(OWN & (x[i] == maximum.m), T::ONE, maximum.lifted(x[i]) * maximum.inverse);
        }
        return;
    }
    let (mut r, mut multiples) = ([T::ZERO; N], [T::ZERO; N]);
    for i in 0..N {
        (r[i], multiples[i]) = maximum(i).against.reduce(x[i]);
    }
    for i in 0..N {
        e[i] = select(OWN & (x[i] == maximum(i).m), T::ONE, Against::exp((r[i], multiples[i])));
    }
}

/// The maxima of 64 rows side by side.
#[repr(C, align(64))]
pub(super) struct Maxima<T> {
    m: [T; LANES],
    shift: [T; LANES],
    minus_m: [T; LANES],
    least: [T; LANES],
    scale: [T; LANES],
    inverse: [T; LANES],
}

impl<T: Float> Maxima<T> {
    #[inline(always)]
    pub fn of<const RAW: bool>(m: &[T; LANES]) -> Self {
        let zero = [T::ZERO; LANES];
        let mut maxima = Maxima { m: *m, shift: zero, minus_m: zero, least: zero, scale: zero, inverse: zero };
        if !RAW {
            for i in 0..LANES {
                let Maximum { scale, inverse, .. } = Maximum::new(m[i]);
                (maxima.scale[i], maxima.inverse[i]) = (scale, inverse);
            }
            return maxima;
        }
        for i in 0..LANES {
            let Against { shift, minus_m, least } = Against::new(m[i]);
            (maxima.shift[i], maxima.minus_m[i], maxima.least[i]) = (shift, minus_m, least);
        }
        maxima
    }
    #[inline(always)]
    pub fn row(&self, i: usize) -> Maximum<T> {
        let against = Against { shift: self.shift[i], minus_m: self.minus_m[i], least: self.least[i] };
        Maximum { m: self.m[i], against, scale: self.scale[i], inverse: self.inverse[i] }
    }
}

/// The logarithm of a class's term, and what has to be added to it.
#[inline(always)]
fn log_term<T: Float, const RAW: bool>(x: T, m: T) -> (T, T) {
    if RAW {
        return difference(x, m);
    }
    // Far below the maximum, the quotient may lose digits to underflow unless it is lifted.
    let (lift, exponent) = T::LIFT;
    let far = x < m * (T::ONE / lift);
    let quotient = select(far, x * lift, x) / m;
    (select(x == m, T::ZERO, f::log(quotient)), select(far, -(exponent * T::LN_2), T::ZERO))
}

/// A class's log-probability, given log1p(rest).
#[inline(always)]
pub(super) fn log_probability<T: Float, const RAW: bool>(x: T, m: T, log1p_rest: T) -> T {
    let (high, low) = log_term::<T, RAW>(x, m);
    high + (low - log1p_rest)
}

/// S − e: rest itself for the maximum.
#[inline(always)]
pub(super) fn others<T: Float>(e: T, rest: T) -> T {
    select(e == T::ONE, rest, T::ONE + (rest - e))
}

/// S − e with what rounding takes from it, `low` being what it took from rest.
#[inline(always)]
pub(super) fn others_parts<T: Float>(e: T, rest: T, low: T) -> (T, T) {
    let (less, error) = two_sum(rest, -e);
    let (sum, more) = two_sum(T::ONE, less);
    let error = error + more;
    let own = e == T::ONE;
    (select(own, rest, sum), select(own, low, error + low))
}

/// a/(1 + rest), with neither the rounding of 1 + rest nor that of rest.
#[inline(always)]
pub(super) fn over_sum<T: Float>(a: T, rest: T, low: T) -> T {
    over_sum_parts(a, rest, low).0
}

/// The same, and what its own rounding took from it.
#[inline(always)]
pub(super) fn over_sum_parts<T: Float>(a: T, rest: T, low: T) -> (T, T) {
    Whole::new(rest, low).divide(a)
}

/// 1 + rest, the sum of all terms, to divide by: with neither its rounding nor that of rest.
#[derive(Clone, Copy)]
pub(super) struct Whole<T> {
    sum: T,
    low: T,
    inverse: T,
}

impl<T: Float> Whole<T> {
    #[inline(always)]
    pub fn new(rest: T, low: T) -> Self {
        let (sum, lost) = two_sum(T::ONE, rest);
        Whole { sum, low: low + lost, inverse: T::ONE / sum }
    }
    /// A term over it, in two parts.
    #[inline(always)]
    pub fn divide(self, a: T) -> (T, T) {
        let remainder = |quotient: T| {
            let remainder = (-quotient).mul_add(self.low, (-quotient).mul_add(self.sum, a));
            select(remainder.abs() < T::INFINITY, remainder, T::ZERO)
        };
        let quotient = a * self.inverse;
        let quotient = remainder(quotient).mul_add(self.inverse, quotient);
        (quotient, remainder(quotient) * self.inverse)
    }
}

/// The probabilities of the classes of some rows, from their terms.
pub(super) struct Shares<T, const N: usize> {
    /// One over the sum of the terms, and what rounding took from that.
    inverse: [T; N],
    inverse_low: [T; N],
    /// That sum in two parts.
    sum: [T; N],
    sum_low: [T; N],
    /// What the maximum's lacks to 1.
    lacking: [T; N],
}

impl<T: Float, const N: usize> Shares<T, N> {
    #[inline(always)]
    pub fn new(rest: &[T; N], low: &[T; N]) -> Self {
        let zero = [T::ZERO; N];
        let mut shares = Shares { inverse: zero, inverse_low: zero, sum: zero, sum_low: zero, lacking: zero };
        for i in 0..N {
            let whole = Whole::new(rest[i], low[i]);
            (shares.inverse[i], shares.inverse_low[i]) = whole.divide(T::ONE);
            (shares.sum[i], shares.sum_low[i]) = (whole.sum, whole.low);
            let (lacking, more) = whole.divide(rest[i]);
            shares.lacking[i] = lacking + low[i].mul_add(shares.inverse[i], more);
        }
        shares
    }
    /// Those of one row, for each number of a block.
    #[inline(always)]
    pub fn all_alike<const M: usize>(&self) -> Shares<T, M> {
        Shares {
            inverse: [self.inverse[0]; M],
            inverse_low: [self.inverse_low[0]; M],
            sum: [self.sum[0]; M],
            sum_low: [self.sum_low[0]; M],
            lacking: [self.lacking[0]; M],
        }
    }
    /// q of a class of row i.
    #[inline(always)]
    pub fn q(&self, i: usize, e: T) -> T {
        e.mul_add(self.inverse[i], e * self.inverse_low[i])
    }
    /// How much rounding made q larger, given that of the term.
    #[inline(always)]
    pub fn gained(&self, i: usize, q: T, e: T, of_term: T) -> T {
        (q.mul_add(self.sum_low[i], q.mul_add(self.sum[i], -e)) + of_term) * self.inverse[i]
    }
    /// 1 − q of a class of row i: no other than the maximum has more than half of all, so of no other a digit is lost.
    #[inline(always)]
    pub fn others(&self, i: usize, e: T) -> T {
        let others = (-e).mul_add(self.inverse[i], T::ONE) - e * self.inverse_low[i];
        select(e == T::ONE, self.lacking[i], others)
    }
}

/// q and 1 − q of a class from its term.
#[inline(always)]
pub(super) fn share<T: Float>(e: T, rest: T, low: T) -> (T, T) {
    let (others, others_low) = others_parts(e, rest, low);
    (over_sum(e, rest, low), over_sum(others + others_low, rest, low))
}

/// How much rounding made a probability larger, as far as what it lacks of 1 tells.
#[inline(always)]
pub(super) fn gained<T: Float>(q: T, others: T) -> T {
    select(q > T::HALF, (q - T::ONE) + others, T::ZERO)
}

/// Sums of terms in lanes side by side.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Terms<T, const L: usize> {
    high: [f64; L],
    /// The rounding errors, of float64 terms; those of float32 terms do not matter in float64.
    low: [f64; L],
    term: PhantomData<T>,
}

impl<T: Float, const L: usize> Terms<T, L> {
    pub const NONE: Self = Terms { high: [0.0; L], low: [0.0; L], term: PhantomData };

    /// Adds terms, each to the lane of its index modulo the lanes.
    #[inline(always)]
    pub fn add<const N: usize>(&mut self, e: &[T; N]) {
        let Terms { high, low, .. } = self;
        for i in 0..L {
            for j in (i..N).step_by(L) {
                let value = e[j].to_f64();
                if T::SINGLE {
                    high[i] += value;
                } else {
                    (high[i], low[i]) = plus((high[i], low[i]), value);
                }
            }
        }
    }

    /// A lane's sum.
    #[inline(always)]
    pub fn lane(&self, i: usize) -> Sum {
        Sum { high: self.high[i], low: self.low[i] }
    }

    /// All lanes together.
    #[inline(always)]
    pub fn fold(self) -> Sum {
        let Terms { mut high, mut low, .. } = self;
        let mut width = L / 2;
        while width > 0 {
            for i in 0..width {
                let (sum, error) = two_sum(high[i], high[i + width]);
                high[i] = sum;
                low[i] += low[i + width] + error;
            }
            width /= 2;
        }
        Sum { high: high[0], low: low[0] }
    }
}

/// The sums of some lanes of classes, for each row beside others: joined as [`Terms::fold`] joins those of one row.
#[inline(always)]
pub(super) fn join<T: Float, const L: usize, const N: usize>(mut lanes: [Terms<T, L>; N]) -> Terms<T, L> {
    let mut width = N / 2;
    while width > 0 {
        let (to, from) = lanes[..2 * width].split_at_mut(width);
        for (to, from) in to.iter_mut().zip(from) {
            for i in 0..L {
                let (sum, error) = two_sum(to.high[i], from.high[i]);
                to.high[i] = sum;
                to.low[i] += from.low[i] + error;
            }
        }
        width /= 2;
    }
    lanes[0]
}

/// A sum of terms and what rounding took from it.
#[derive(Clone, Copy)]
pub(super) struct Sum {
    high: f64,
    low: f64,
}

impl Sum {
    /// Of nothing yet.
    pub const ZERO: Sum = Sum { high: 0.0, low: 0.0 };

    /// Adds another sum.
    #[inline(always)]
    pub fn plus(self, other: Sum) -> Sum {
        let (high, error) = two_sum(self.high, other.high);
        Sum { high, low: self.low + other.low + error }
    }
    /// Over a number.
    #[inline(always)]
    pub fn over(self, number: f64) -> Sum {
        let inverse = 1.0 / number;
        let high = self.high * inverse;
        let rest = (-high).mul_add(number, self.high) + self.low;
        Sum { high, low: rest * inverse }
    }
    /// The sum and a number, and what rounding takes from it.
    #[inline(always)]
    pub fn rounded<T: Float>(self, more: f64) -> (T, T) {
        let sum = if T::SINGLE {
            (self.high + more, 0.0)
        } else {
            let (high, error) = two_sum(self.high, more);
            // An infinite sum has lost nothing.
            two_sum(high, select(high.abs() == f64::INFINITY, 0.0, self.low + error))
        };
        let rest = T::lit(sum.0);
        (rest, T::lit(sum.0 - rest.to_f64() + sum.1))
    }
}

/// Whether a row with that maximum, so many times, has no softmax: several infinite logits.
#[inline(always)]
pub(super) fn is_void<T: Float>(m: T, times: T) -> bool {
    (m.abs() == T::INFINITY) & (times > T::ONE)
}

/// Whether a row with that maximum is one of probabilities that are all 0, which no sum divides.
#[inline(always)]
pub(super) fn is_empty<T: Float>(raw: bool, m: T, mut row: impl Iterator<Item = T>) -> bool {
    !raw && m == T::ZERO && row.all(|p| p == T::ZERO)
}

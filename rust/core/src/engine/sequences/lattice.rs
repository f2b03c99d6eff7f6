//! The sums over all alignments, forwards and backwards, with numbers whose exponents have no end.
//!
//! The probability of many frames is far below the smallest float, and its logarithm has lost as many digits as it has before the point.
//! So each number is a mantissa in [1, 2) and a power of two. Both are floats, whole rows of states become vector code, and no
//! exponential or logarithm is taken but of what was given.

use crate::number::select;
use crate::simd::Body;

/// The exponent of 0: below every other.
pub const NOTHING: f64 = -1e307;

/// A whole number that is added to this lies in the low bits of the sum.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

/// 2 to a whole power of at most 1; 0 below the normal numbers.
#[inline(always)]
pub fn power(exponent: f64) -> f64 {
    let exponent = select(exponent > -1023.0, exponent, -1023.0) + 1023.0;
    f64::from_bits((exponent + ROUNDER).to_bits() << 52)
}

/// A mantissa times 2 to a power of at most 1, also where that is subnormal.
#[inline(always)]
pub fn scaled(mantissa: f64, exponent: f64) -> f64 {
    let first = select(exponent > -1000.0, exponent, -1000.0);
    mantissa * power(first) * power(exponent - first)
}

/// A normal number of at least 0, times 2 to a power, as mantissa and exponent.
#[inline(always)]
pub fn normal(x: f64, exponent: f64) -> (f64, f64) {
    let bits = x.to_bits();
    let power = f64::from_bits((bits >> 52) | ROUNDER.to_bits()) - (ROUNDER + 1023.0);
    let mantissa = f64::from_bits(bits & ((1 << 52) - 1) | 1.0f64.to_bits());
    (select(x == 0.0, 0.0, mantissa), select(x == 0.0, NOTHING, exponent + power))
}

/// Sums side by side.
pub const WAYS: usize = 8;

/// The sum of some numbers.
#[inline(always)]
pub fn sum(numbers: &[f64]) -> f64 {
    let mut sums = [0.0; WAYS];
    for numbers in numbers.chunks(WAYS) {
        for (sum, &number) in sums.iter_mut().zip(numbers) {
            *sum += number;
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    ((a + e) + (b + f)) + ((c + g) + (d + h))
}

/// Numbers side by side: mantissas and exponents.
#[derive(Clone, Copy)]
pub struct Wide<'a>(pub &'a [f64], pub &'a [f64]);

impl Wide<'_> {
    /// One of them.
    pub fn at(&self, i: usize) -> (f64, f64) {
        (self.0[i], self.1[i])
    }
}

/// How many states nobody is in stand at either end.
pub const MARGIN: usize = 2;

/// One step of the sums: of each state, what comes from itself, from its neighbour and, where a state may be left out, from the one
/// after that. Forwards they come from the frame before, and are multiplied by what the frame says of the state; backwards from the
/// frame behind, multiplied by what that says of where they come from.
pub struct Step<'a> {
    pub backwards: bool,
    pub from: Wide<'a>,
    pub to: [&'a mut [f64]; 2],
    pub says: Wide<'a>,
    /// 1 for states that leave out the one before, otherwise 0.
    pub skips: &'a [f64],
}

impl Body for Step<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        if self.backwards { step::<true>(self) } else { step::<false>(self) }
    }
}

#[inline(always)]
fn step<const BACKWARDS: bool>(Step { from, to: [mantissas, exponents], says, skips, .. }: Step<'_>) {
    let n = skips.len() - 2 * MARGIN;
    let [near, far] = if BACKWARDS { [MARGIN + 1, MARGIN + 2] } else { [MARGIN - 1, MARGIN - 2] };
    let (m0, e0) = (&from.0[MARGIN..][..n], &from.1[MARGIN..][..n]);
    let (m1, e1) = (&from.0[near..][..n], &from.1[near..][..n]);
    let (m2, e2) = (&from.0[far..][..n], &from.1[far..][..n]);
    let (s0, k0) = (&says.0[MARGIN..][..n], &says.1[MARGIN..][..n]);
    let (s1, k1) = (&says.0[near..][..n], &says.1[near..][..n]);
    let (s2, k2) = (&says.0[far..][..n], &says.1[far..][..n]);
    let skips = &skips[if BACKWARDS { far } else { MARGIN }..][..n];
    let (mantissas, exponents) = (&mut mantissas[MARGIN..][..n], &mut exponents[MARGIN..][..n]);
    for i in 0..n {
        let [mut a, mut b, mut c] = [(m0[i], e0[i]), (m1[i], e1[i]), (m2[i] * skips[i], e2[i])];
        if BACKWARDS {
            (a, b, c) = ((a.0 * s0[i], a.1 + k0[i]), (b.0 * s1[i], b.1 + k1[i]), (c.0 * s2[i], c.1 + k2[i]));
        }
        c.1 = select(skips[i] == 0.0, NOTHING, c.1);
        let top = select(a.1 > b.1, a.1, b.1);
        let top = select(c.1 > top, c.1, top);
        let sum = a.0 * power(a.1 - top) + b.0 * power(b.1 - top) + c.0 * power(c.1 - top);
        let (times, plus) = if BACKWARDS { (1.0, 0.0) } else { (s0[i], k0[i]) };
        (mantissas[i], exponents[i]) = normal(sum * times, top + plus);
    }
}

/// What each state has of all alignments at a frame: its part of the sum over all states, which is the same at every frame but for
/// what exponents beyond 2⁵³ have lost.
pub struct Share<'a> {
    pub forwards: Wide<'a>,
    pub backwards: Wide<'a>,
    pub shares: &'a mut [f64],
}

impl Body for Share<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Share { forwards, backwards, shares } = self;
        let n = shares.len();
        let (a, ae) = (&forwards.0[MARGIN..][..n], &forwards.1[MARGIN..][..n]);
        let (b, be) = (&backwards.0[MARGIN..][..n], &backwards.1[MARGIN..][..n]);
        let mut top = f64::NEG_INFINITY;
        for i in 0..n {
            let exponent = ae[i] + be[i];
            top = select(exponent > top, exponent, top);
        }
        for i in 0..n {
            shares[i] = scaled(a[i] * b[i], ae[i] + be[i] - top);
        }
        let sum = sum(shares);
        if sum != 0.0 {
            for share in shares {
                *share /= sum;
            }
        }
    }
}

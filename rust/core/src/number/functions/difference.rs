//! Functions of a difference, where subtracting first would lose what matters.

use super::super::compensated::{fast_two_sum, two_sum};
use super::super::float::{Float, select};
use super::exp::{
    exp_and_expm1_negative, exp_negative_reduced, exp_negative_sum, exp_parts, expm1, reduce_negative_sum,
};
use super::log::{log_sum, log1p, split};

/// exp(z − m) for z ≤ m with the rounding error of the difference carried, ≤ 0.8 ULP; exactly 1 for z = m.
#[inline(always)]
pub fn exp_difference<T: Float>(z: T, m: T) -> T {
    let (difference, lost) = two_sum(z, -m);
    select(z == m, T::ONE, exp_negative_sum(difference, lost))
}

/// exp(z − m) for many z and one m that none exceeds, not NaN; ≤ 0.95 ULP. Exactly 1 for z = m, NaN where both are infinite.
///
/// In two steps, [`Against::reduce`] and [`Against::exp`], for loops of their own: in one, the instructions of a few elements
/// fill a processor's queue and wait for each other.
#[derive(Clone, Copy, Debug)]
pub struct Against<T> {
    /// What is subtracted first, exactly wherever the exponential is not 0: all of a large m, nothing of another.
    pub shift: T,
    /// The negative of what is left of m.
    pub minus_m: T,
    /// The least z that matters after the shift.
    pub least: T,
}

impl<T: Float> Against<T> {
    /// Against m.
    #[inline(always)]
    pub fn new(m: T) -> Self {
        let large = m.abs() >= -(T::EXP_MIN + T::EXP_MIN);
        let rest = select(large, T::ZERO, m);
        Against { shift: select(large, m, T::ZERO), minus_m: -rest, least: rest + T::EXP_MIN }
    }

    /// z − m without its multiples of ln 2, and their number in the form that [`Against::exp`] takes.
    #[inline(always)]
    pub fn reduce(self, z: T) -> (T, T) {
        let z = (z - self.shift).max(self.least);
        // Their sum is not positive, so the lesser has the larger magnitude.
        let (difference, lost) = fast_two_sum(z.min(self.minus_m), z.max(self.minus_m));
        reduce_negative_sum(difference, lost)
    }

    /// exp(z − m)
    #[inline(always)]
    pub fn exp((r, multiples): (T, T)) -> T {
        exp_negative_reduced(r, multiples)
    }
}

/// exp(x) − y, ≤ 1 ULP of it and 0.15 of a unit of exp(x), which is what shows where the two are close.
#[inline(always)]
pub fn exp_minus<T: Float>(x: T, y: T) -> T {
    let (high, low) = exp_parts(x);
    (high - y) + low
}

/// log(1 − exp(−a)) for a ≥ 0, ≤ 2 ULP; log(−expm1(−a)) near 0, log1p(−exp(−a)) far away (Mächler 2012).
#[inline(always)]
pub fn log1mexp<T: Float>(a: T) -> T {
    let (e, t, low) = exp_and_expm1_negative(-a);
    let y = log_sum(-low, -e, split(-t));
    select(a > T::ZERO, y, select(a == T::ZERO, -T::INFINITY, T::NAN))
}

/// x − log(1 + x), ≤ 3 ULP for x ≥ −½ and 5 below; x²/2 near 0, where the difference would lose everything.
#[inline(always)]
pub fn minus_log1p<T: Float>(x: T) -> T {
    // log(1 + x) = t + t³ w(t²), t = 2x/(2 + x), and x − t = t x/2.
    let t = (x + x) / (T::TWO + x);
    let near = t * (x * T::HALF - t * t * T::atanh_wide(t * t));
    let far = select(x == T::INFINITY, x, x - log1p(x));
    select(x >= -T::HALF && x <= T::ONE, near, far)
}

/// exp(x) − 1 − x, ≤ 5 ULP; x²/2 near 0.
#[inline(always)]
pub fn expm1_minus<T: Float>(x: T) -> T {
    // With h = x/4 small and g(h) = exp(h) − 1 − h: g(2h) = (exp(h) − 1)² + 2 g(h), in which nothing cancels.
    let small = x.abs() < T::lit(1.386);
    let h = select(small, x * T::lit(0.25), T::ZERO);
    let g = h * h * T::expm1_tail(h);
    let e = h + g;
    let g2 = e.mul_add(e, g + g);
    let e2 = (h + h) + g2;
    let near = e2.mul_add(e2, g2 + g2);
    let e = expm1(x);
    select(small, near, select(e == T::INFINITY, e, e - x))
}

/// What rounding takes from x − y.
#[inline(always)]
pub fn lost<T: Float>(x: T, y: T) -> T {
    two_sum(x, -y).1
}

/// (`a` + `a_low`)·(x − y) as an unevaluated sum: what rounding takes from it, an exponential would multiply by its size.
#[inline(always)]
pub fn scaled_difference<T: Float>(x: T, y: T, a: T, a_low: T) -> (T, T) {
    let (r, lost) = two_sum(x, -y);
    let u = r * a;
    let low = a.mul_add(lost, r.mul_add(a_low, r.mul_add(a, -u)));
    (u, select(low.abs() < T::ONE, low, T::ZERO))
}

/// t·log(t/q) − t + q ≥ 0 for t and q from 0 to 1, ≤ 6 ULP, where q is exp(`log_q`), which goes on where q is subnormal: nothing cancels
/// where the two are close.
#[inline(always)]
pub fn divergence<T: Float>(t: T, q: T, log_q: T) -> T {
    let d = q - t;
    let near = (q + q >= t) & (t + t >= q);
    // log(q/t) = k ln 2 + r + r³ w(r²), r = 2(a − b)/(a + b), for significands a and b, or q and t themselves where they are close.
    let lost = q < T::MIN_POSITIVE;
    let ((a, k), (b, l)) = (split(select(lost, T::ONE, q)), split(t));
    let (a, b) = (select(near, q, a), select(near, t, b));
    let s = (a - b) / (a + b);
    let r = s + s;
    let tail = r * r * r * T::atanh_wide(r * r);
    let exponent = k - l;
    let log = exponent.mul_add(T::LN_2_SHORT, r) + exponent.mul_add(T::LN_2_SHORT_LOW, tail);
    let far = d - t * (log + select(lost, log_q, T::ZERO));
    select(t == T::ZERO, q, select(near, d.mul_add(s, -(t * tail)), far))
}

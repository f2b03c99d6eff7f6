//! The quasi-likelihood of a variance that is a power of the mean, and its deviance; that at power 1 by itself.

use super::super::float::{Float, Rule, select};
use super::super::products::{times, times_plus};
use super::difference::{exp_minus, expm1_minus, lost, minus_log1p};
use super::exp::{Times, exp, exp_times, expm1};
use super::log::{log, log_distance, log_parts, log_ratio, log1p, over_square};

/// What a power p is given by: a = 2 − p and b = 1 − p in two parts each, and itself.
pub type Powers<T> = [T; 5];

/// mean^a/a − y·mean^b/b, which is what depends on the mean, with a logarithm for a power of 0; by x, the mean or its logarithm.
///
/// Where a term is large, both are lowered before they are subtracted: their difference may be within the numbers that there are.
#[inline(always)]
pub fn quasi_likelihood<T: Float>(log_input: bool, [a, a_low, b, b_low, power]: Powers<T>, y: T, x: T) -> Rule<T> {
    let (zero, one, infinity) = (T::ZERO, T::ONE, T::INFINITY);
    let log = if log_input { (x, zero) } else { log_parts(x) };
    let (upper, lower) = (raised(one, a, a_low, log), raised(y, b, b_low, log));
    let large = upper.is_large() || lower.is_large();
    let (u, l, raise) = (upper.lowered(large), lower.lowered(large), Times::<T>::raise(large));
    let of_upper = select(a == zero, log.0 / raise, u / a);
    let of_lower = select(b == zero, times(y, log.0) / raise, l / b);
    if log_input {
        // With d = x − log y: y·mean^b·(exp(d) − 1), which keeps its digits near the optimum.
        let (d, near) = log_distance(x, y);
        let excess = expm1(d);
        let value = difference(b == zero || excess > one / b, of_upper, of_lower) * raise;
        let above = d > zero;
        let slope = select(near, lower.times(excess), difference(above, u, l) * raise);
        let far = difference(above, times(u, a), times(l, b)) * raise;
        (value, slope, select(near, lower.times(a.mul_add(excess, one)), far))
    } else {
        let value = difference(b == zero || x > y * (a / b), of_upper, of_lower) * raise;
        // mean^−power·(mean − y), and at the ends of the means what one term alone tends to.
        let (alone, end) = (raised(one, b, b_low, log).product, x == infinity);
        let (c, c_low) = (b - one, lost(b, one) + b_low);
        let slope = select(end || (x == zero && y == zero), alone, raised(x - y, c, c_low, log).product);
        // (b·mean + power·y)·mean^(−power − 1), the larger of the mean and 1 taken out of the first factor.
        let large = x > one;
        let factor = select(large, power.mul_add(y / x, b), b.mul_add(x, power * y));
        let (d, d_low) = (select(large, c, c - one), select(large, c_low, lost(c, one) + c_low));
        let bend = raised(factor, d, d_low, log).product;
        let alone = raised(one, c, c_low, log).times(b);
        (value, slope, select(end || (x == zero && power * y == zero), alone, bend))
    }
}

/// Twice what its value is more than the least there is; 0 where the mean is y.
///
/// With d = log(mean/y) the half is y^a·(expm1(a·d)/a − expm1(b·d)/b). Either quotient is d and something that is never subtracted from the
/// other's for powers from 1 to 2: near the optimum d is left out.
#[inline(always)]
pub fn quasi_deviance<T: Float>(log_input: bool, powers: Powers<T>, y: T, x: T) -> Rule<T> {
    let (_, slope, bend) = quasi_likelihood(log_input, powers, y, x);
    let ([a, a_low, b, b_low, power], zero, infinity) = (powers, T::ZERO, T::INFINITY);
    let (log, d) = if log_input {
        ((x, zero), log_distance(x, y).0)
    } else {
        let (x, u) = (x.abs(), (x.abs() - y) / y); // no −0
        let far = select(y == zero, infinity, -log_ratio(y, x));
        (log_parts(x), select(u.abs() < T::HALF, log1p(u), far))
    };
    let (in_a, in_b) = (times(a, d), times(b, d));
    let (near_a, near_b) = (in_a.abs() < T::lit(CLOSE), in_b.abs() < T::lit(CLOSE));
    let (gain_a, gain_b) = (gain(near_a, in_a, a), gain(near_b, in_b, b));
    let near = near_a && near_b;
    // The best is multiplied by a small difference before it is a number, which it may be too large for.
    let best = raised(select(near, gain_a - gain_b, T::ONE), a, a_low, log_parts(y));
    let (upper, lower) = (raised(T::ONE, a, a_low, log), raised(y, b, b_low, log));
    let large = upper.is_large() || lower.is_large() || best.is_large();
    let (u, l, raise) = (upper.lowered(large), lower.lowered(large), Times::<T>::raise(large));
    let least = select(y > zero, best.lowered(large), select(power == zero, y * y / raise, zero));
    let excess = |near, gain, far: T, c| select(near, times(least, gain + d), (far - least) / c);
    let of_both = excess(near_a, gain_a, u, a) - excess(near_b, gain_b, l, b);
    let endless = u.abs() == infinity || l.abs() == infinity || least == infinity;
    let value = select(near, best.product, select(endless, infinity, of_both) * raise);
    (value * T::TWO, slope * T::TWO, bend * T::TWO)
}

/// mean − y·log(mean), by x, the mean or its logarithm. Products are not rounded before they are subtracted, lest they overflow.
#[inline(always)]
pub fn poisson_likelihood<T: Float>(log_input: bool, y: T, x: T) -> Rule<T> {
    if log_input {
        let e = exp(x);
        // An infinite mean outweighs its logarithm.
        let value = select(e == T::INFINITY, e, times_plus(-y, x, e));
        (value, exp_minus(x, y), e)
    } else {
        let p = x.abs(); // -0 is 0
        let end = p == T::INFINITY;
        let value = select(end, p, times_plus(-y, log(p), p));
        let slope = select(end || y == T::ZERO, T::ONE, (p - y) / p);
        (value, slope, over_square(y, p))
    }
}

/// mean − y − y·log(mean/y), which is 0 where the mean is y and positive elsewhere, by x, the mean or its logarithm; nothing cancels near
/// that. It is half the deviance at power 1.
#[inline(always)]
pub fn poisson_divergence<T: Float>(log_input: bool, y: T, x: T) -> Rule<T> {
    if log_input {
        // With d = x − log y it is y·(exp(d) − 1 − d), which keeps its digits near d = 0.
        let (d, near) = log_distance(x, y);
        let e = exp(x);
        let far = select(e == T::INFINITY, e, times_plus(-y, d, e - y));
        let value = select(near, y * expm1_minus(d), far);
        (value, select(near, y * expm1(d), exp_minus(x, y)), e)
    } else {
        // With u = (mean − y)/y it is y·(u − log(1 + u)).
        let x = x.abs(); // no −0
        let u = (x - y) / y;
        let near = u > -T::HALF && u < T::lit(1e3);
        let far = times_plus(y, log_ratio(y, x), x - y);
        let value = select(near, y * minus_log1p(u), select(x == T::INFINITY, x, far));
        let slope = select(x == T::INFINITY || y == T::ZERO, T::ONE, (x - y) / x);
        (value, slope, over_square(y, x))
    }
}

/// Up to which exponent exp(u) − 1 − u is taken as that.
const CLOSE: f64 = 1.386;

/// factor·exp(exponent·log), both in two parts: what is lost of their product would be multiplied by its size.
#[inline(always)]
fn raised<T: Float>(factor: T, exponent: T, exponent_low: T, (log, log_low): (T, T)) -> Times<T> {
    let high = times(exponent, log);
    let rest = exponent.mul_add(log_low, exponent.mul_add(log, -high) + exponent_low * log);
    exp_times(factor, high, rest)
}

/// The difference of two terms, and where both are infinite the first one, or what the second adds.
#[inline(always)]
fn difference<T: Float>(above: bool, first: T, second: T) -> T {
    let both = first.abs() == T::INFINITY && second.abs() == T::INFINITY;
    select(both, select(above, first, -second), first - second)
}

/// (exp(u) − 1 − u)/c for a u that is near 0.
#[inline(always)]
fn gain<T: Float>(near: bool, u: T, c: T) -> T {
    times(expm1_minus(select(near, u, T::ZERO)), T::ONE / c)
}

//! The quasi-likelihood of a variance that is a power of the mean, and its deviance; that at power 1 by itself.

use super::super::float::{Float, Rule, select};
use super::super::products::{over, times, times_plus};
use super::difference::{CLOSE, exp_minus, expm1_minus_near, lost, minus_log1p};
use super::distance::{Distance, log_distance};
use super::exp::{Times, UNRAISE, exp, exp_times, expm1};
use super::log::{log, log_parts, log_ratio, log1p, over_square};

/// What a power p is given by: a = 2 − p and b = 1 − p in two parts each, and itself.
pub type Powers<T> = [T; 5];

/// mean^a/a − y·mean^b/b, which is what depends on the mean, with a logarithm for a power of 0; by x, the mean or its logarithm.
///
/// Where a term is large, both are lowered before they are subtracted: their difference may be within the numbers that there are.
#[inline(always)]
pub fn quasi_likelihood<T: Float, const HOW: u8>(
    log_input: bool,
    [a, a_low, b, b_low, power]: Powers<T>,
    y: T,
    x: T,
) -> Rule<T> {
    let (zero, one, infinity) = (T::ZERO, T::ONE, T::INFINITY);
    let log = if log_input { (x, zero) } else { log_parts(x) };
    let (upper, lower) = (raised(one, a, a_low, log), raised(y, b, b_low, log));
    let large = upper.is_large() || lower.is_large();
    let (u, l, raise) = (upper.lowered(large), lower.lowered(large), Times::<T>::raise(large));
    let of_upper = select(a == zero, log.0 / raise, u / a);
    let of_lower = select(b == zero, times(y, log.0) / raise, l / b);
    if log_input {
        // With d = x − log y: y·mean^b·(exp(d) − 1), which keeps its digits near the optimum.
        let distance = log_distance::<T, HOW>(x, y);
        let (d, near, excess) = (distance.rough, distance.near, expm1(distance.rough));
        let value = difference(b == zero || excess > one / b, of_upper, of_lower) * raise;
        let above = d > zero;
        let slope = select(near, lower.times(excess), difference(above, u, l) * raise);
        let far = difference(above, times(u, a), times(l, b)) * raise;
        (
            value,
            select(near && distance.d.is_nan(), distance.d, slope),
            select(near, lower.times(a.mul_add(excess, one)), far),
        )
    } else {
        let value = difference(b == zero || x > y * (a / b), of_upper, of_lower) * raise;
        // mean^−power·(mean − y), and at the ends of the means what one term alone tends to.
        let (alone, end) = (raised(one, b, b_low, log).product, x == infinity);
        let (c, c_low) = (b - one, lost(b, one) + b_low);
        let slope = select(end || (x == zero && y == zero), alone, raised(x - y, c, c_low, log).product);
        // (b·mean + power·y)·mean^(−power − 1), the larger of the mean and 1 taken out of the first factor. That is divided by the power
        // where it would be too large, and raised where it would lack digits.
        let (large, least) = (x > one, T::MIN_POSITIVE / T::lit(UNRAISE));
        let (x_or_one, y) = (select(large, one, x), select(large, y / x, y));
        let of_power = (power * y).abs();
        let (small, huge) = (x < least && of_power < least, of_power == infinity);
        let up = select(small, one / T::lit(UNRAISE), one);
        let (of_x, of_y, back) =
            (select(huge, b / power, b * up), select(huge, one, power * up), select(huge, power, one / up));
        let (d, d_low) = (select(large, c, c - one), select(large, c_low, lost(c, one) + c_low));
        let bend = raised(of_x.mul_add(x_or_one, of_y * y), d, d_low, log).times(back);
        let alone = raised(one, c, c_low, log).times(b);
        (value, slope, select(end || (x == zero && power * y == zero), alone, bend))
    }
}

/// Twice what its value is more than the least there is; 0 where the mean is y.
///
/// With d = log(mean/y) and G(u) = exp(u) − 1 − u the half is a sum of two terms that are never negative: for powers from 1 to 2
/// y^a·(G(a·d)/a − G(b·d)/b), below y·mean^b·(G(−b·d) + b·G(d))/(a·b), above mean^a·(G(−a·d) − a·G(−d))/(a·b). Either term, where it is
/// not near the optimum, is the difference of two of these three products.
#[inline(always)]
pub fn quasi_deviance<T: Float, const HOW: u8>(log_input: bool, powers: Powers<T>, y: T, x: T) -> Rule<T> {
    let (_, slope, bend) = quasi_likelihood::<T, HOW>(log_input, powers, y, x);
    let ([a, a_low, b, b_low, power], zero, one, infinity) = (powers, T::ZERO, T::ONE, T::INFINITY);
    let (log, log_y, d) = if log_input {
        let distance = log_distance::<T, HOW>(x, y);
        ((x, zero), distance.log, distance.d)
    } else {
        let (x, u) = (x.abs(), (x.abs() - y) / y); // no −0
        let (log, log_y) = (log_parts(x), log_parts(y));
        let far = (log.0 - log_y.0) + (log.1 - log_y.1);
        (log, log_y, select(u.abs() < T::HALF, log1p(u), far))
    };
    let (below, above) = (power < one, power > T::TWO);
    let outside = below || above;
    let in_v = select(outside, d, times(b, d));
    let (in_u, in_v) = (times(select(below, -b, select(above, -a, a)), d), select(above, -in_v, in_v));
    let in_u = select(outside, in_u.min(T::MAX).max(-T::MAX), in_u);
    let (of_u, over_b) = (one / a, one / b);
    let (of_v, of_both) = (select(below, of_u, -over_b), select(outside, over_b, one));
    let (near_u, near_v) = (in_u.abs() < T::lit(CLOSE), in_v.abs() < T::lit(CLOSE));
    let (gain_u, gain_v) = (times(expm1_minus_near(in_u), of_u) * of_both, times(expm1_minus_near(in_v), of_v));
    let near = near_u && near_v;
    let gain = (gain_u + gain_v) * T::TWO;

    // What is multiplied by a small number is so before it is a number itself, which it may be too large for.
    let best = raised(select(near && !outside, gain, one), a, a_low, log_y);
    let (upper, lower) = (raised(one, a, a_low, log), raised(y, b, b_low, log));
    let gained = select(outside, Times::either(below, lower, upper).times(gain), best.product);
    let large = upper.is_large() || lower.is_large() || best.is_large();
    let (u, l, best, raise) =
        (upper.lowered(large), lower.lowered(large), best.lowered(large), Times::<T>::raise(large));
    let common = select(below, l, select(above, u, best));
    let (part_u, part_v) = (
        term(near_u, common, gain_u, select(outside, best, u), in_u, [of_u, of_both]),
        term(near_v, common, gain_v, select(below, u, l), in_v, [of_v, one]),
    );
    let endless = u.abs() == infinity || l.abs() == infinity || (best == infinity && y > zero);
    let square = select(power == zero, y * y / raise * T::HALF, zero);
    let apart = select(y > zero, part_u + part_v, (u * of_u - over(l, b)) + square);
    let value = select(near, gained, select(endless, infinity, apart) * raise * T::TWO);
    (select(d.is_nan() && y > zero, T::NAN, value), slope * T::TWO, bend * T::TWO)
}

/// common·G(u)·c, where common·exp(u) is `other` and c comes in two factors.
#[inline(always)]
fn term<T: Float>(near: bool, common: T, gain: T, other: T, u: T, [c, d]: [T; 2]) -> T {
    select(near, times(common, gain), (other - times(common, u + T::ONE)) * c * d)
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
pub fn poisson_divergence<T: Float, const HOW: u8>(log_input: bool, y: T, x: T) -> Rule<T> {
    if log_input {
        // With d = x − log y it is y·(exp(d) − 1 − d), which keeps its digits near d = 0.
        let Distance { d, near, .. } = log_distance::<T, HOW>(x, y);
        let e = exp(x);
        let far = select(e == T::INFINITY, e, times_plus(-y, d, e - y));
        let value = select(near, y * expm1_minus_near(d), far);
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

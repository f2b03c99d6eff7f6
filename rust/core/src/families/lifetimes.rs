//! Times that are known, or known to lie between bounds, under distributions of their logarithms ([`Lifetime`]).
//!
//! A probability between two bounds is no difference of two probabilities here, which would cancel far out and where bounds are near
//! each other: what is left of the nearer tail is factored out. Standardised bounds keep what rounding took from them, which an
//! exponential would multiply by their size.

use crate::loss::inverse;
use crate::number::compensated::two_sum;
use crate::number::functions as f;
use crate::number::real::times;

/// A number and what rounding took from it.
type Parts = (f64, f64);

/// ½ log 2π.
const HALF_LOG_2_PI: f64 = 0.9189385332046727;
/// Where there is no bound, so many scales away.
const FAR: f64 = 1e30;

/// A time's bounds, standardised: (log bound − location)/scale.
#[derive(Clone, Copy, Debug)]
pub struct Lifetime {
    lower: Parts,
    upper: Parts,
    /// Halfway between both; far out where there is one only.
    middle: Parts,
    /// From one to the other: 0 where the time is known, infinite where there is one only.
    width: f64,
    /// Whether there are both.
    bounded: bool,
    /// The logarithm of the scale times the time, where that is known.
    log: f64,
    /// One over the scale.
    inverse: f64,
}

/// The negative logarithm of a probability, or of a density, with its derivatives with respect to the location, in scales.
#[derive(Clone, Copy, Debug)]
pub struct Likelihood {
    /// Its value.
    pub value: f64,
    /// Its first derivative.
    pub first: f64,
    /// Its second derivative.
    pub second: f64,
}

impl Likelihood {
    /// That a logistic number lies between two bounds, given how far these are from its location and the logarithm of 1 − exp(−their
    /// distance), which is 0 where there is one only.
    #[inline(always)]
    #[must_use]
    pub fn between(lower: Parts, upper: Parts, log: f64) -> Likelihood {
        let (low, high) = (f::logistic_sum(lower.0, lower.1), f::logistic_sum(upper.0, upper.1));
        // F(b) − F(a) = F(b)·(1 − F(a))·(1 − exp(a − b)), and so is the slope 1 − F(b) − F(a) by the nearer tail.
        let (sum, lost) = two_sum(lower.0, upper.0);
        let (sum, _) = parts(sum, lost + (lower.1 + upper.1));
        let share = f::expm1(-sum.abs());
        let first = if sum < 0.0 {
            -(high.sigmoid_neg * low.sigmoid_neg) * share
        } else {
            (low.sigmoid * high.sigmoid) * share
        };
        Likelihood { value: high.softplus_neg + low.softplus - log, first, second: high.slope + low.slope }
    }
}

/// How far a bound is from a location, in two parts; far out where there is no bound.
#[inline(always)]
#[must_use]
pub fn distance(bound: f64, location: f64) -> Parts {
    let (d, lost) = two_sum(bound, -location);
    if bound.abs() < f64::INFINITY { parts(d, lost) } else { (if bound > 0.0 { FAR } else { -FAR }, 0.0) }
}

/// The logarithm of 1 − exp(−(upper − lower)); 0 where there is one bound only.
#[must_use]
pub fn log_share(lower: f64, upper: f64) -> f64 {
    f::log1mexp(upper - lower)
}

impl Lifetime {
    /// A time between two bounds, given location and scale of its logarithm.
    #[inline(always)]
    #[must_use]
    pub fn new([lower, upper]: [f64; 2], location: f64, scale: f64) -> Lifetime {
        let by = inverse(scale);
        let (has_lower, has_upper) = (lower > 0.0, upper < f64::INFINITY);
        let (low, high) = (f::log_parts(lower), f::log_parts(upper));
        let ratio = if upper <= 2.0 * lower { f::log1p((upper - lower) / lower) } else { f::log_ratio(upper, lower) };
        let (sum, lost) = two_sum(low.0, high.0);
        let halfway = (0.5 * sum, 0.5 * (lost + (low.1 + high.1)));
        let bounded = has_lower && has_upper;
        Lifetime {
            lower: if has_lower { standardised(low, location, by) } else { (-FAR, 0.0) },
            upper: if has_upper { standardised(high, location, by) } else { (FAR, 0.0) },
            middle: if bounded {
                standardised(halfway, location, by)
            } else {
                (if has_lower { FAR } else { -FAR }, 0.0)
            },
            width: if bounded { ratio * by[0] } else { f64::INFINITY },
            bounded,
            log: log_of_product(scale, lower),
            inverse: by[0],
        }
    }

    /// The factor of derivatives with respect to the location itself.
    #[inline(always)]
    #[must_use]
    pub fn inverse_scale(&self) -> f64 {
        self.inverse
    }

    #[inline(always)]
    fn is_known(&self) -> bool {
        self.width == 0.0
    }

    /// Under the logistic distribution.
    #[inline(always)]
    #[must_use]
    pub fn logistic(&self) -> Likelihood {
        if self.is_known() {
            let (z, lost) = self.lower;
            let l = f::logistic(z);
            let (value, turn, second) = (l.softplus + l.softplus_neg + self.log, l.turn(), 2.0 * l.slope);
            let (value, first) = (value - lost * turn, turn - second * lost);
            return Likelihood { value, first, second: second + second * (turn * lost) };
        }
        let between = if self.bounded { f::log1mexp(self.width) } else { 0.0 };
        Likelihood::between(self.lower, self.upper, between)
    }

    /// Under the distribution of the least of many, whose logarithm of the chance to be above z is −exp(z).
    #[inline(always)]
    #[must_use]
    pub fn extreme(&self) -> Likelihood {
        let (low, high) = (exponential(self.lower), exponential(self.upper));
        if low.0 == f64::INFINITY {
            return Likelihood { value: low.0, first: -low.0, second: low.0 };
        }
        if self.is_known() {
            let (z, lost) = self.lower;
            let first = -(f::expm1(z) + times(lost, low.0));
            return Likelihood { value: 1.0 + f::expm1_minus(z) - times(lost, first) + self.log, first, second: low.0 };
        }
        // With w = exp(z) and D the difference of both: exp(−a) − exp(−b) = exp(−a)·(1 − exp(−D)).
        let (d, lost) = if high.0 <= 2.0 * low.0 {
            (times(low.0, f::expm1(self.width)), 0.0)
        } else {
            let (d, lost) = two_sum(high.0, -low.0);
            (d, lost + (high.1 - low.1))
        };
        if d == f64::INFINITY {
            return Likelihood { value: low.0, first: -low.0, second: low.0 };
        }
        let short = d < 1e-8;
        let q = -f::expm1(-d);
        let e = f::exp_sum(-d, -lost);
        let between = if short {
            let log = if self.upper.0 < -1.0 && self.bounded {
                self.upper.0 + f::log1mexp(self.width)
            } else if self.upper.0 < -1.0 {
                self.upper.0
            } else {
                f::log(d)
            };
            log - 0.5 * d
        } else {
            f::log1mexp(d) + lost * (e / q)
        };
        let share = if d < 1e-300 { 1.0 } else { d * e / q };
        let bend = if d < 1e-300 { 0.5 * d } else { share * (f::expm1_minus(-d) / q) };
        Likelihood { value: low.0 - between, first: share - low.0, second: low.0 + bend }
    }

    /// Under the normal distribution.
    #[inline(always)]
    #[must_use]
    pub fn normal(&self) -> Likelihood {
        if self.is_known() {
            let (z, lost) = self.lower;
            let value = (0.5 * z * z + z * lost) + (HALF_LOG_2_PI + self.log);
            return Likelihood { value, first: -(z + lost), second: 1.0 };
        }
        // Seen from where the middle is not positive, the upper bound is the nearer one.
        let mirrored = self.middle.0 > 0.0;
        let sign = if mirrored { 1.0 } else { -1.0 };
        let middle = negated_if(mirrored, self.middle);
        let upper = negated_if(mirrored, if mirrored { self.lower } else { self.upper });
        let lower = negated_if(mirrored, if mirrored { self.upper } else { self.lower });
        let half = 0.5 * self.width;
        let Likelihood { value, first, second } = if half <= 0.4 && middle.0.abs() * half <= 1.0 {
            short_normal(middle, self.width)
        } else {
            long_normal(lower, upper, middle, if self.bounded { Some(self.width) } else { None })
        };
        Likelihood { value, first: sign * first, second }
    }
}

/// (log − location)/scale, the logarithm and one over the scale in two parts.
#[inline(always)]
fn standardised((log, log_low): Parts, location: f64, [by, by_low]: [f64; 2]) -> Parts {
    let (r, lost) = two_sum(log, -location);
    let z = r * by;
    parts(z, r.mul_add(by, -z) + (r * by_low + (lost + log_low) * by))
}

/// A sum of two numbers, the second small; where there is no such, the first.
#[inline(always)]
fn parts(high: f64, low: f64) -> Parts {
    let low = if low.abs() < f64::INFINITY && high.abs() < f64::INFINITY { low } else { 0.0 };
    if low == 0.0 { (high, low) } else { two_sum(high, low) }
}

/// log(a·b), to its last place where that is near 0.
#[inline(always)]
fn log_of_product(a: f64, b: f64) -> f64 {
    let product = a * b;
    if !(1e-290..=1e290).contains(&product) {
        return f::log(a) + f::log(b);
    }
    f::log(product) + a.mul_add(b, -product) / product
}

#[inline(always)]
fn negated_if(is: bool, (z, low): Parts) -> Parts {
    if is { (-z, -low) } else { (z, low) }
}

/// exp in two parts.
#[inline(always)]
fn exponential((z, low): Parts) -> Parts {
    let (e, e_low) = f::exp_parts(z);
    parts(e, e_low + e * low)
}

/// Between bounds that are near each other for their distance from the middle of the distribution: the density times the width and a
/// sum of Hermite polynomials, with the derivatives of −log with respect to the middle.
#[inline(always)]
fn short_normal((m, low): Parts, width: f64) -> Likelihood {
    // aₙ = Heₙ(m)·hⁿ; of Heₙ the derivative is n·Heₙ₋₁.
    let (h, mut factor) = (0.5 * width, 1.0);
    let (mh, square) = ((m + low) * h, h * h);
    let (mut before, mut a) = (1.0, mh);
    let (mut sum, mut slope, mut bend) = (0.0, 0.0, 0.0);
    let mut n = 1.0;
    while n < 18.0 {
        factor /= (n + 1.0) * (n + 2.0);
        slope += factor * (n + 1.0) * a;
        bend += factor * ((n + 1.0) * n) * before;
        let next = mh * a - n * square * before;
        sum += factor * next;
        (before, a) = (next, mh * next - (n + 1.0) * square * a);
        n += 2.0;
    }
    let (slope, bend) = (h * slope / (1.0 + sum), square * bend / (1.0 + sum));
    let value = (0.5 * m * m + m * low) + (HALF_LOG_2_PI - f::log(width) - f::log1p(sum));
    Likelihood { value, first: (m + low) - slope, second: 1.0 - bend + slope * slope }
}

/// Between bounds that are not, the upper one the nearer; below it, where there is no lower one.
#[inline(always)]
fn long_normal(lower: Parts, upper: Parts, (m, m_low): Parts, width: Option<f64>) -> Likelihood {
    let (log, hazard, bend) = f::log_ndtr(upper.0);
    let (log, hazard) = (log + times(hazard, upper.1), hazard + bend * upper.1);
    // On the right the second derivative is proportional to the density.
    let bend = if upper.0 > 0.0 { bend - bend * (upper.0 * upper.1) } else { bend };
    let Some(d) = width else { return Likelihood { value: 0.0 - log, first: -hazard, second: -bend } };
    let (_, far_hazard, far_bend) = f::log_ndtr(lower.0);
    // The ratio of the densities, and that of the probabilities below.
    let turned = m * d;
    let lost = m.mul_add(d, -turned) + m_low * d;
    let e = f::exp_sum(turned, lost);
    let ratio = e * (hazard / far_hazard);
    let value = 0.0 - log - f::log1p(-ratio);
    if upper.0 >= 0.0 {
        let a = hazard / (1.0 - ratio);
        let first = a * (f::expm1(turned) + e * lost);
        return Likelihood { value, first, second: a * (upper.0 - lower.0 * e) + first * first };
    }
    // As 1 less a variance, which is small far out: by Mills' ratio 1/hazard and what the hazard exceeds the distance by.
    let (mills, far_mills) = (1.0 / hazard, e / far_hazard);
    let (excess, far_excess) = (-bend / hazard, -far_bend / far_hazard);
    let (all, step) = (mills - far_mills, d + far_excess);
    let slope = (mills * excess - far_mills * step) / all;
    let curve = mills * (1.0 + upper.0 * excess) - far_mills * (step * step + (1.0 - far_hazard * far_excess));
    Likelihood { value, first: upper.0 - slope, second: 1.0 - curve / all + slope * slope }
}

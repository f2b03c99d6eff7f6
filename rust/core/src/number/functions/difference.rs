//! Functions of a difference, where subtracting first would lose what matters.

use super::super::compensated::{fast_two_sum, two_sum};
use super::super::float::{Float, select};
use super::super::products::times;
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
    let small = x.abs() < T::lit(CLOSE);
    let e = expm1(x);
    select(small, expm1_minus_near(select(small, x, T::ZERO)), select(e == T::INFINITY, e, e - x))
}

/// The same for |x| < [`CLOSE`].
#[inline(always)]
pub fn expm1_minus_near<T: Float>(x: T) -> T {
    // With h = x/4 small and g(h) = exp(h) − 1 − h: g(2h) = (exp(h) − 1)² + 2 g(h), in which nothing cancels.
    let h = x * T::lit(0.25);
    let g = h * h * T::expm1_tail(h);
    let e = h + g;
    let g2 = e.mul_add(e, g + g);
    let e2 = (h + h) + g2;
    e2.mul_add(e2, g2 + g2)
}

/// Up to which exponent exp(x) − 1 − x is taken as that.
pub const CLOSE: f64 = 1.386;

/// What rounding takes from x − y.
#[inline(always)]
pub fn lost<T: Float>(x: T, y: T) -> T {
    two_sum(x, -y).1
}

/// (a + low)² − b² as an unevaluated sum.
#[inline(always)]
pub fn difference_of_squares<T: Float>((a, low): (T, T), b: T) -> (T, T) {
    let (square, less) = (a * a, b * b);
    let (high, lost) = two_sum(square, -less);
    (high, lost + (a.mul_add(a, -square) + (a + a) * low - b.mul_add(b, -less)))
}

/// (`a` + `a_low`)·(x − y) as an unevaluated sum: what rounding takes from it, an exponential would multiply by its size.
#[inline(always)]
pub fn scaled_difference<T: Float>(x: T, y: T, a: T, a_low: T) -> (T, T) {
    let (r, lost) = two_sum(x, -y);
    let u = r * a;
    let low = a.mul_add(lost, r.mul_add(a_low, r.mul_add(a, -u)));
    (u, select(low.abs() < T::ONE, low, T::ZERO))
}

/// log(a/b) of two positive numbers: k ln 2 + r + r³ w(r²), r = 2(a − b)/(a + b), for their significands, or for themselves where they
/// are close.
#[derive(Clone, Copy)]
struct Quotient<T> {
    near: bool,
    /// r/2
    s: T,
    /// r³ w(r²)
    tail: T,
    log: T,
}

impl<T: Float> Quotient<T> {
    /// Given a − b, and whether they are within a factor of two.
    #[inline(always)]
    fn new(near: bool, a: T, b: T, d: T) -> Self {
        let ((m, k), (n, l)) = (split(a), split(b));
        let (d, sum) = (select(near, d, m - n), select(near, a + b, m + n));
        let s = d / sum;
        let r = s + s;
        let tail = r * r * r * T::atanh_wide(r * r);
        let exponent = select(near, T::ZERO, k - l);
        let log = exponent.mul_add(T::LN_2_SHORT, r) + exponent.mul_add(T::LN_2_SHORT_LOW, tail);
        Quotient { near, s, tail, log }
    }
    /// Of q, which is exp(`log_q`) also where it is subnormal.
    #[inline(always)]
    fn of(q: T, log_q: T, t: T, d: T) -> Self {
        let near = are_near(q, t);
        let lost = (q < T::MIN_POSITIVE) & !near;
        let quotient = Quotient::new(near, select(lost, T::ONE, q), t, d);
        Quotient { log: quotient.log + select(lost, log_q, T::ZERO), ..quotient }
    }
    /// b·log(b/a) − b + a, for a and b that are close; of b/a from the other side, a·log(a/b) − a + b is that of −a.
    #[inline(always)]
    fn divergence(self, b: T, d: T) -> T {
        d.mul_add(self.s, -(b * self.tail))
    }
}

#[inline(always)]
fn are_near<T: Float>(a: T, b: T) -> bool {
    (a + a >= b) & (b + b >= a)
}

/// t·log(t/q) − t + q ≥ 0 for t and q from 0 to 1, ≤ 6 ULP, where q is exp(`log_q`), which goes on where q is subnormal, and d is q − t:
/// nothing cancels where the two are close.
#[inline(always)]
pub fn divergence<T: Float>(t: T, q: T, log_q: T, d: T) -> T {
    let quotient = Quotient::of(q, log_q, t, d);
    select(t == T::ZERO, q, select(quotient.near, quotient.divergence(t, d), d - t * quotient.log))
}

/// log(q/t) for t and q from 0 to 1, ≤ 4 ULP, with q as in [`divergence`]; ∞ where t is 0.
#[inline(always)]
pub fn log_quotient<T: Float>(q: T, log_q: T, t: T, d: T) -> T {
    select(t == T::ZERO, T::INFINITY, Quotient::of(q, log_q, t, d).log)
}

/// b·t·log(t/m) + c·q·log(q/m) ≥ 0 where m = b·t + c·q and c = 1 − b, and log(q/m): for t and q from 0 to 1, with q as in
/// [`divergence`]. Nothing cancels where the two are close.
#[inline(always)]
pub fn mixed_divergence<T: Float>([b, c]: [T; 2], t: T, q: T, log_q: T, d: T) -> (T, T) {
    let (d, m) = (-d, b.mul_add(t, c * q));
    // Of two zeros, the limit from q above.
    let (q_or_one, m_or_c, less) =
        (select(m == T::ZERO, T::ONE, q), select(m == T::ZERO, c, m), select(m == T::ZERO, -T::ONE, d));
    let of_q = Quotient::of(q_or_one, log_q, m_or_c, -(b * less));
    let of_t = Quotient::new(are_near(t, m), t, m, c * d);
    // b·D(t, m) + c·D(q, m), D being the divergence, if all are close.
    let close = of_q.near & of_t.near & are_near(t, q) & (t > T::ZERO);
    let near = b * of_t.divergence(-t, c * d) + c * of_q.divergence(-q, -(b * d));
    let far = times(b * t, of_t.log) + times(c * q, of_q.log);
    (select(close, near, far), of_q.log)
}

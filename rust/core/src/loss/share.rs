//! What a formula of rows knows of a class.

use crate::number::functions as f;
use crate::number::real::times;
use crate::number::{Float, Real, select};

/// A class's probability q, each number good to its own last place: formulas that took q from its rounded logarithm would lose
/// |log q|/2 units. The variable is log q, or q itself in the form for that.
#[derive(Clone, Copy, Debug)]
pub struct Share<R: Real> {
    /// log q.
    pub log_q: R,
    /// q.
    pub q: R,
    /// 1 − q.
    pub others: R,
    /// How much rounding made q larger; 0 where that is not known.
    gained: R::Scalar,
    in_q: bool,
}

impl<R: Real> Share<R> {
    /// Of log q, of q, 1 − q and how much rounding made q larger; whether the variable is q.
    #[inline(always)]
    pub fn new(log_q: R::Scalar, [q, others, gained]: [R::Scalar; 3], in_q: bool) -> Self {
        if in_q {
            let (one, variable) = (R::Scalar::ONE, R::variable(q));
            let slope = one / q;
            let log_q = variable.chain((log_q, slope, -(slope * slope)));
            return Share { log_q, q: variable, others: variable.chain((others, -one, R::Scalar::ZERO)), gained, in_q };
        }
        let log_q = R::variable(log_q);
        Share { log_q, q: log_q.chain((q, q, q)), others: log_q.chain((others, -q, -q)), gained, in_q }
    }

    /// q − t, with the digits that rounding took from q, and 0 where nothing but what it took from these is left.
    #[inline(always)]
    pub fn beyond(self, t: R::Scalar) -> R::Scalar {
        let (q, others, eps) = (self.q.primal(), self.others.primal(), R::Scalar::EPSILON);
        // What the parts have of their sum has an error of eps² of q; beside a class that all is in, of eps of the others.
        let noise = (eps * q).min(others) * (eps + eps);
        let d = (q - t) - self.gained;
        select(d.abs() <= noise, R::Scalar::ZERO, d)
    }

    /// A function of q from its value and its first two derivatives: with respect to log q, and with respect to q.
    #[inline(always)]
    pub fn term(self, value: R::Scalar, in_log_q: [R::Scalar; 2], in_q: [R::Scalar; 2]) -> R {
        let (variable, [first, second]) = if self.in_q { (self.q, in_q) } else { (self.log_q, in_log_q) };
        variable.chain((value, first, second))
    }

    /// q·x, also where q is subnormal and x brings to light what that has lost; 0 where q is 0.
    #[inline(always)]
    pub fn times(self, x: R::Scalar) -> R::Scalar {
        let (q, root) = (self.q.primal(), f::exp(self.log_q.primal() * R::Scalar::HALF));
        let lost = q < R::Scalar::MIN_POSITIVE;
        times(select(lost, root, q), select(lost, root * x, x))
    }
}

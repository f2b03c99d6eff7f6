//! Negative binomial: the negative log-likelihood of counts that vary more than Poisson's.

use crate::loss::{CONSTANTS, Constants, Curvature, Domain, Formula, Info, Link, Param, Start, Value, constants};
use crate::number::real::times;
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

const LOG_INPUT: usize = Loss::INFO.form("log_input");
const FULL: usize = Loss::INFO.form("full");

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The negative log-likelihood of an overdispersed count.",
        use_when: "Counts whose variance exceeds their mean: large counts pull less than in a Poisson likelihood.",
        formula: "where(log_input, (y_true + 1/dispersion)*log1p(dispersion*exp(y_pred)) - y_true*y_pred, \
                  (y_true + 1/dispersion)*log1p(dispersion*y_pred) - xlogy(y_true, y_pred)) \
                  + where(full, lgamma(y_true + 1) + lgamma(1/dispersion) - lgamma(y_true + 1/dispersion) \
                  - y_true*log(dispersion), 0)",
        params: &[
            Param::positive("dispersion", 1.0, "The variance is mean + dispersion*mean**2."),
            Param::LOG_INPUT,
            Param::switch("full", false, "Whether to add the terms that no derivative sees."),
        ],
        aliases: &["negative_binomial_nll"],
        target: Domain::NonNegative,
        link: Link::Log,
        start: Start::Mean,
        curvature: Curvature::AFFINE,
        source: "Hilbe 2011, doi:10.1017/CBO9780511973420",
        ..Info::DEFAULT
    };

    /// The dispersion, its inverse, and of both the terms of `full` that the target does not enter.
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        let dispersion = params[0].number();
        constants([dispersion, 1.0 / dispersion, f::ln_gamma(1.0 / dispersion), dispersion.ln()])
    }

    #[inline(always)]
    fn in_form<const FORM: usize, R: Real>([a, by_a, gamma, log_a, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        let (p, zero, one) = (x.primal(), R::Scalar::ZERO, R::Scalar::ONE);
        let count = y + by_a;
        let (value, slope, bend) = if FORM & LOG_INPUT != 0 {
            // log(1 + a·exp(f)) is f + log a where the product is enormous, and the product itself where that is tiny.
            let (mean, above) = (f::exp(p), p > zero);
            let (odds, e) = (a * mean, f::exp(-p.abs()));
            let log = select(odds < R::Scalar::lit(1e30), f::log1p(odds), p + log_a);
            let tiny = odds < R::Scalar::EPSILON;
            let term = select(tiny, a.mul_add(y, one) * mean, count * log);
            let value = select(above && term == R::Scalar::INFINITY, term, term - times(y, p));
            // The derivatives in e = exp(−|f|) ≤ 1, with which nothing overflows.
            let (high, low) = f::exp_parts(-p.abs());
            let excess = y.mul_add(high, -one);
            let excess = select(excess < one, y.mul_add(low, excess), excess);
            let below = one / select(above, a + e, a.mul_add(e, one));
            (value, select(above, -excess, (high - y) + low) * below, e * a.mul_add(y, one) * (below * below))
        } else {
            let p = p.abs(); // no −0
            let (by, both) = (one / p, one / a.mul_add(p, one));
            // y/m² − a (a y + 1)/(1 + a m)²
            let bend = times(y, by * by) - a * both * (a.mul_add(y, one) * both);
            let term = select(a * p < R::Scalar::EPSILON, a.mul_add(y, one) * p, count * f::log1p(a * p));
            let value = term - times(y, f::log(p));
            let (is_empty, is_beyond) = (y == zero, p == R::Scalar::INFINITY);
            let slope = select(is_empty, one, select(is_beyond, zero, (p - y) / p)) * both;
            (select(is_beyond, p, value), slope, bend)
        };
        let rest = if FORM & FULL != 0 {
            (f::ln_gamma(y + one) - times(y, log_a)) + (gamma - f::ln_gamma(count))
        } else {
            zero
        };
        x.chain((value + rest, slope, bend))
    }
}

//! Negative binomial: the negative log-likelihood of counts that vary more than Poisson's.

use crate::loss::{CONSTANTS, Constants, Curvature, Domain, Formula, Info, Link, Param, Start, Value, constants};
use crate::number::compensated::two_sum;
use crate::number::real::times;
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

const LOG_INPUT: usize = Loss::INFO.form("log_input");

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The negative log-likelihood of an overdispersed count, up to terms of the target.",
        use_when: "For counts whose variance exceeds their mean: large counts pull less than in a Poisson likelihood, the \
                   less the larger the dispersion.",
        formula: "where(log_input, (y_true + 1/dispersion)*log1p(dispersion*exp(y_pred)) - y_true*y_pred, \
                  (y_true + 1/dispersion)*log1p(dispersion*y_pred) - xlogy(y_true, y_pred))",
        params: &[
            Param::positive("dispersion", 1.0, "The variance is mean + dispersion*mean**2; towards 0 this is Poisson."),
            Param::LOG_INPUT,
        ],
        aliases: &["negative_binomial_nll"],
        target: Domain::NonNegative,
        link: Link::Log,
        start: Start::Mean,
        relations: &[("poisson", "the limit of it as dispersion goes to 0")],
        curvature: Curvature::AFFINE,
        convex: false, // not in the mean itself
        source: "Hilbe 2011, doi:10.1017/CBO9780511973420",
        ..Info::DEFAULT
    };

    const PAIRS: usize = 1;

    /// log(dispersion) in two parts, 1/dispersion and the dispersion.
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        let dispersion = params[0].number();
        let (log, log_low) = f::log_parts(dispersion);
        constants([log, log_low, 1.0 / dispersion, dispersion])
    }

    /// By hand: With dispersion = 1, y = 0 and a mean of 1 the loss is log 2, its slope by the logarithm of the mean ½.
    #[inline(always)]
    fn in_form<const FORM: usize, R: Real>([log_a, log_a_low, n, a, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        let (zero, infinity) = (R::Scalar::ZERO, R::Scalar::INFINITY);
        let p = if FORM & LOG_INPUT == 0 { x.primal().abs() } else { x.primal() }; // no mean of −0
        // With L = log(1 + dispersion·mean), the value is y·(L − log mean) + n·L, n = 1/dispersion.
        // Where dispersion·mean is large, L − log mean is log(dispersion) + log(1 + 1/(dispersion·mean)), of which nothing cancels.
        // Where both terms are beyond the largest number, their sum is that of small parts of them.
        let total = |above: R::Scalar, n: R::Scalar, log: R::Scalar| {
            let part = R::Scalar::lit(1.0 / 1024.0);
            let sum = times(y, above) + n * log;
            let lowered = (times(y * part, above) + n * part * log) / part;
            select(p == infinity, p, select(sum.is_nan(), lowered, sum))
        };
        if FORM & LOG_INPUT != 0 {
            // L is softplus(u) of u = f + log dispersion, in two parts; where exp(u) is nothing beside 1, it is exp(u).
            let (u, lost) = two_sum(p, log_a);
            let low = select(u.abs() < infinity, lost + log_a_low, zero);
            let (l, mean, odds) = (f::logistic(u), f::exp(p), f::exp_times(y, u, low).product);
            let few = u < R::Scalar::lit(if R::Scalar::SINGLE { -17.5 } else { -37.5 });
            let (shift, log) = (low * l.slope, low.mul_add(l.sigmoid, l.softplus));
            let large = (log_a + log_a_low) + low.mul_add(-l.sigmoid_neg, l.softplus_neg);
            let above = select(u > zero, large, select(few, a * mean, log) - p);
            let value = total(above, select(few, R::Scalar::ONE, n), select(few, mean, log));
            let slope = n * (l.sigmoid + shift) - y * (l.sigmoid_neg - shift);
            let (_, _, bend) = l.weighted_softplus(y + n);
            let bend = bend + bend * (low * (l.sigmoid_neg - l.sigmoid));
            x.chain((value, select(few, f::exp_minus(p, y), slope), select(few, odds + mean, bend)))
        } else {
            // 1/(1 + a m), also where a m is beyond the largest number: 2⁻²⁰ of numerator and denominator.
            let (small, odds, log_mean) = (R::Scalar::lit(1.0 / 1048576.0), a * p, f::log(p));
            let rest = small / (a * small).mul_add(p, small);
            let few = odds < R::Scalar::EPSILON * R::Scalar::lit(0.125);
            let log = select(odds > R::Scalar::lit(1e30), log_mean + log_a, f::log1p(odds));
            let large = (log_a + log_a_low) + f::log1p(R::Scalar::ONE / odds);
            let above = select(odds > R::Scalar::ONE, large, select(few, odds, log) - log_mean);
            let value = total(above, select(few, R::Scalar::ONE, n), select(few, p, log));
            let slope = select(p == infinity, zero, select(y == zero, rest, (p - y) * rest / p));
            // y/m² − a (a y + 1)/(1 + a m)², the terms of y taken together.
            let bend = f::over_square(y * rest, p) * (R::Scalar::TWO - rest) - rest * (a * rest);
            x.chain((value, slope, select(p == infinity, zero, bend)))
        }
    }
}

//! Gamma: the negative log-likelihood of positive, right-skewed amounts, without the terms that the mean does not enter.

use crate::loss::{Constants, Domain, Formula, Info, Link, Param, Start};
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

const LOG_INPUT: usize = Loss::INFO.form("log_input");

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The negative log-likelihood of a gamma variable, up to terms of the target and the shape.",
        use_when: "Errors count relative to the prediction, so small and large amounts weigh alike: for positive, \
                   right-skewed targets such as the size of claims or durations.",
        formula: "where(log_input, y_pred + y_true*exp(-y_pred), log(y_pred) + y_true/y_pred)",
        params: &[Param::LOG_INPUT],
        aliases: &["gamma_nll", "half_gamma"],
        target: Domain::Positive,
        link: Link::Log,
        start: Start::Mean,
        relations: &[("tweedie", "equal to it at power=2")],
        source: "McCullagh and Nelder 1989, Generalized Linear Models, ch. 8",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn in_form<const FORM: usize, R: Real>(_: Constants<R>, y: R::Scalar, x: R) -> R {
        let (p, one) = (x.primal(), R::Scalar::ONE);
        if FORM & LOG_INPUT != 0 {
            // The slope 1 − y·exp(−p) from the exponential in two parts: little is lost near exp(p) = y.
            let (high, low) = f::exp_parts(-p);
            let excess = y.mul_add(high, -one);
            let slope = select(excess < one, y.mul_add(low, excess), excess);
            // An infinite ratio outweighs the infinite logarithm.
            x.chain((y.mul_add(high, p.max(-R::Scalar::MAX)), -slope, y * high))
        } else {
            let (ratio, inverse, log) = (y / p, one / p, f::log(p).max(-R::Scalar::MAX));
            let slope = select(p < R::Scalar::INFINITY, (p - y) * inverse * inverse, inverse);
            x.chain((log + ratio, slope, (ratio + ratio - one) * inverse * inverse))
        }
    }
}

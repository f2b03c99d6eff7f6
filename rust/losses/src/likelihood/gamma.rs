//! Gamma: the negative log-likelihood of positive, right-skewed amounts, without the terms that the mean does not enter.

use crate::loss::{Constants, Curvature, Domain, Formula, Info, Link, Param, Start};
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
        aliases: &["gamma_nll", "half_gamma", "half_gamma_loss"],
        target: Domain::Positive,
        link: Link::Log,
        start: Start::Mean,
        relations: &[("tweedie", "equal to it at power=2")],
        curvature: Curvature::AFFINE,
        source: "McCullagh and Nelder 1989, Generalized Linear Models, ch. 8",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn in_form<const FORM: usize, R: Real>(_: Constants<R>, y: R::Scalar, x: R) -> R {
        let (p, one) = (x.primal(), R::Scalar::ONE);
        if FORM & LOG_INPUT != 0 {
            // y·exp(−p) overflows where the product does, and little of the slope 1 − y·exp(−p) is lost near exp(p) = y.
            let ratio = f::exp_times(y, -p, R::Scalar::ZERO);
            // An infinite ratio outweighs the infinite logarithm.
            x.chain((ratio.product + p.max(-R::Scalar::MAX), -ratio.minus_one(), ratio.product))
        } else {
            let p = p.abs(); // no −0
            let (ratio, log) = (y / p, f::log(p).max(-R::Scalar::MAX));
            let slope = select(p < R::Scalar::INFINITY, (p - y) / p / p, one / p);
            x.chain((log + ratio, slope, (ratio - R::Scalar::HALF) / p / p * R::Scalar::TWO))
        }
    }
}

//! Gamma deviance: twice the likelihood's distance to the best there is.

use crate::loss::{Constants, Curvature, Domain, Formula, Info, Link, Param, Start};
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

const LOG_INPUT: usize = Loss::INFO.form("log_input");

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "Twice the difference of a positive amount's negative log-likelihood to the least there is.",
        use_when: "Trains as gamma with every number doubled, and reads as a goodness of fit: 0 where the mean is the amount.",
        formula: "where(log_input, 2*(y_true*exp(-y_pred) + y_pred - log(y_true) - 1), \
                  2*(y_true/y_pred + log(y_pred) - log(y_true) - 1))",
        params: &[Param::LOG_INPUT],
        aliases: &["mean_gamma_deviance"],
        target: Domain::Positive,
        link: Link::Log,
        start: Start::Mean,
        relations: &[("gamma", "twice it, up to terms of the target")],
        curvature: Curvature::AFFINE,
        source: "McCullagh and Nelder 1989, Generalized Linear Models, ch. 8",
        ..Info::DEFAULT
    };

    const ANEW: bool = true;

    #[inline(always)]
    fn told<const FORM: usize, const HOW: u8, R: Real>(_: Constants<R>, y: R::Scalar, x: R) -> R {
        let (p, one, two) = (x.primal(), R::Scalar::ONE, R::Scalar::TWO);
        if FORM & LOG_INPUT != 0 {
            // With d = log y − f the half is exp(d) − 1 − d, which keeps its digits near d = 0.
            let f::Distance { d, near, .. } = f::log_distance::<_, HOW>(p, y);
            let ratio = f::exp_times(y, -p, R::Scalar::ZERO);
            let far = select(ratio.product == R::Scalar::INFINITY, ratio.product, ratio.product - one + d);
            let value = select(near, f::expm1_minus_near(-d), far);
            let slope = select(near, -f::expm1(-d), -ratio.minus_one());
            x.chain((two * value, two * slope, two * ratio.product))
        } else {
            // With u = (y − m)/m the half is u − log(1 + u).
            let p = p.abs(); // no −0
            let (ratio, u) = (y / p, (y - p) / p);
            let near = u > R::Scalar::lit(-0.5) && u < R::Scalar::lit(1e3);
            let far = ratio - one - f::log_ratio(y, p).min(R::Scalar::MAX);
            let value = select(near, f::minus_log1p(u), far);
            let slope = select(p < R::Scalar::INFINITY, (p - y) / p / p, one / p);
            let bend = (ratio - R::Scalar::HALF) / p / p * two;
            x.chain((two * value, two * slope, two * bend))
        }
    }
}

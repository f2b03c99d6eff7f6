//! Poisson deviance: twice the likelihood's distance to the best there is.

use crate::loss::{Constants, Curvature, Domain, Formula, Info, Link, Param, Start};
use crate::number::real::times;
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

const LOG_INPUT: usize = Loss::INFO.form("log_input");

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "Twice the difference of a count's negative log-likelihood to the least there is.",
        use_when: "Trains as poisson with every number doubled, and reads as a goodness of fit: 0 where the mean is the count.",
        formula: "where(log_input, 2*(xlogy(y_true, y_true) - y_true*y_pred - y_true + exp(y_pred)), \
                  2*(xlogy(y_true, y_true) - xlogy(y_true, y_pred) - y_true + y_pred))",
        params: &[Param::LOG_INPUT],
        aliases: &["mean_poisson_deviance"],
        target: Domain::NonNegative,
        link: Link::Log,
        start: Start::Mean,
        relations: &[("poisson", "twice it, up to terms of the target")],
        curvature: Curvature::AFFINE,
        source: "McCullagh and Nelder 1989, Generalized Linear Models, ch. 6",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn in_form<const FORM: usize, R: Real>(_: Constants<R>, y: R::Scalar, x: R) -> R {
        let (p, one, two) = (x.primal(), R::Scalar::ONE, R::Scalar::TWO);
        if FORM & LOG_INPUT != 0 {
            // With d = f − log y the half is y·(exp(d) − 1 − d), which keeps its digits near d = 0.
            let (d, near) = f::log_distance(p, y);
            let e = f::exp(p);
            let far = select(e == R::Scalar::INFINITY, e, e - y - times(y, d));
            let value = select(near, y * f::expm1_minus(d), far);
            let slope = select(near, y * f::expm1(d), f::exp_minus(p, y));
            x.chain((two * value, two * slope, two * e))
        } else {
            // With u = (m − y)/y the half is y·(u − log(1 + u)).
            let p = p.abs(); // no −0
            let u = (p - y) / y;
            let near = u > R::Scalar::lit(-0.5) && u < R::Scalar::lit(1e3);
            let far = (p - y) + times(y, f::log_ratio(y, p));
            let value = select(near, y * f::minus_log1p(u), select(p == R::Scalar::INFINITY, p, far));
            let slope = select(p == R::Scalar::INFINITY || y == R::Scalar::ZERO, one, (p - y) / p);
            x.chain((two * value, two * slope, two * f::over_square(y, p)))
        }
    }
}

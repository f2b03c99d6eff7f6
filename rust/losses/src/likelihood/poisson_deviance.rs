//! Poisson deviance: twice the likelihood's distance to the best there is.

use crate::loss::{Constants, Curvature, Domain, Formula, Info, Link, Param, Start};
use crate::number::{Float, Real, functions as f};

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
        relations: &[
            ("poisson", "twice it, up to terms of the target"),
            ("generalized_kl", "twice its term of a class"),
        ],
        curvature: Curvature::AFFINE,
        source: "McCullagh and Nelder 1989, Generalized Linear Models, ch. 6",
        ..Info::DEFAULT
    };

    const ANEW: bool = true;

    #[inline(always)]
    fn told<const FORM: usize, const HOW: u8, R: Real>(_: Constants<R>, y: R::Scalar, x: R) -> R {
        let (two, log_input) = (R::Scalar::TWO, FORM & LOG_INPUT != 0);
        let (value, first, second) = f::poisson_divergence::<_, HOW>(log_input, y, x.primal());
        x.chain((two * value, two * first, two * second))
    }
}

//! Poisson: the negative log-likelihood of counts.

use crate::loss::{Constants, Curvature, Domain, Formula, Info, Link, Param, Rule, Start};
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

const LOG_INPUT: usize = Loss::INFO.form("log_input");
const FULL: usize = Loss::INFO.form("full");

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The negative log-likelihood of a Poisson count.",
        use_when: "Errors count relative to the square root of the prediction, as those of counts do: for counts and \
                   rates, with the logarithm of the exposure added to the raw score.",
        formula: "where(log_input, exp(y_pred) - y_true*y_pred, y_pred - xlogy(y_true, y_pred)) \
                  + where(full, lgamma(y_true + 1), 0)",
        params: &[Param::LOG_INPUT, Param::switch("full", false, "Whether to add log(y!), which no derivative sees.")],
        aliases: &["poisson_nll", "poisson_nll_loss", "half_poisson_loss"],
        target: Domain::NonNegative,
        link: Link::Log,
        start: Start::Mean,
        relations: &[
            ("tweedie", "equal to it at power=1"),
            ("negative_binomial", "the limit of it as dispersion goes to 0"),
        ],
        curvature: Curvature::AFFINE.ruled(&[("lightgbm", Rule::Times(2.0137527074704766))]), // exp(0.7)
        source: "McCullagh and Nelder 1989, Generalized Linear Models, ch. 6",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn in_form<const FORM: usize, R: Real>(_: Constants<R>, y: R::Scalar, x: R) -> R {
        let log_input = FORM & LOG_INPUT != 0;
        let (value, slope, bend) = f::poisson_likelihood(log_input, y, x.primal());
        if FORM & FULL == 0 {
            return x.chain((value, slope, bend));
        }
        // Large terms cancel: the distance to the best there is and what that costs are at least 0 instead.
        let (distance, _, _) = f::poisson_divergence::<_, { f::ROUGH }>(log_input, y, x.primal());
        x.chain((select(y == R::Scalar::INFINITY, y, distance + f::poisson_least(y)), slope, bend))
    }
}

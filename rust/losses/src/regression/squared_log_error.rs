//! Squared logarithmic error: the squared difference of log(1 + amount).

use crate::loss::{Constants, Domain, Formula, Info};
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The squared difference of the logarithms of one plus the amounts.",
        use_when: "Ratios count instead of differences, and overestimates less than underestimates: 3 for 1 costs log²2 \
                   = 0.48, as 0 for 1 does.",
        formula: "(log1p(y_pred) - log1p(y_true))**2",
        aliases: &["msle", "mean_squared_logarithmic_error", "mean_squared_log_error"],
        target: Domain::AboveMinusOne,
        raw: Domain::AboveMinusOne,
        convex: false,
        source: "Törnqvist, Vartia and Vartia 1985, doi:10.1080/00031305.1985.10479385",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>(_: Constants<R>, y: R::Scalar, x: R) -> R {
        let (p, one, two) = (x.primal(), R::Scalar::ONE, R::Scalar::TWO);
        // The logarithm of the larger of the two amounts over the smaller, less 1: exact near p = y, and nothing cancels far off.
        let d = f::ratio((p - y).abs(), one + p.min(y));
        let apart = f::log1p(p) - f::log1p(y);
        let log = select(d == R::Scalar::INFINITY, apart, f::log1p(d).copysign(p - y));
        let by = one / (one + p);
        let slope = two * log * by;
        x.chain((log * log, slope, two * by * ((one - log) * by)))
    }
}

//! The least squares generator: fakes at 1.

use crate::loss::{Constants, Cost, Curvature, Family, Formula, Info, Side};
use crate::number::{Float, Real};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        family: Family::Adversarial(&[Side::Fake]),
        summary: "Half the squared distance of the scores of fakes from 1.",
        use_when: "Fakes far from the decision pull hardest, also those that pass for real already.",
        formula: "0.5*(fake_scores - 1)**2",
        aliases: &["lsgan_generator", "least_squares_generator_loss"],
        curvature: Curvature::UNKNOWN.bounded(|_| Some(1.0)),
        cost: Cost::Light,
        source: "Mao et al. 2017, doi:10.1109/ICCV.2017.304",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>(_: Constants<R>, _real: R::Scalar, score: R) -> R {
        let r = score - R::Scalar::ONE;
        let (p, half) = (r.primal(), R::Scalar::HALF);
        r.chain((p * half * p, p, R::Scalar::ONE))
    }
}

//! The least squares discriminator: real samples at 1, fakes at 0.

use crate::loss::{Constants, Cost, Curvature, Family, Formula, Info, Side};
use crate::number::{Float, Real};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        family: Family::Adversarial(&[Side::Real, Side::Fake]),
        summary: "Half the squared distance of scores from 1 for real samples and from 0 for fakes.",
        use_when: "Scores that are right but too sure pull as well, which keeps gradients for the generator alive.",
        formula: "0.5*(real_scores - 1)**2 + 0.5*fake_scores**2",
        aliases: &["lsgan_discriminator", "least_squares_discriminator_loss"],
        curvature: Curvature::UNKNOWN.bounded(|_| Some(1.0)),
        cost: Cost::Light,
        source: "Mao et al. 2017, doi:10.1109/ICCV.2017.304",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>(_: Constants<R>, real: R::Scalar, score: R) -> R {
        let r = score - real;
        let (p, half) = (r.primal(), R::Scalar::HALF);
        r.chain((p * half * p, p, R::Scalar::ONE))
    }
}

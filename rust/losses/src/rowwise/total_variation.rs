//! Total variation: half the sum of absolute differences of probabilities.

use crate::loss::{Constants, Domain, Family, Formula, Info, Link, Param, Share};
use crate::number::{Float, Real};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        family: Family::RowWise,
        summary: "The largest difference that two distributions make for any event.",
        use_when: "A bounded distance for distillation: classes pull by sign, however far off, so few wrong probabilities cannot dominate.",
        formula: "sum(0.5*abs(q - y_true))",
        params: &[Param::FROM_LOGITS, Param::AXIS],
        aliases: &["tvd", "total_variation_distance"],
        target: Domain::Probability,
        link: Link::Softmax,
        kinks: "where a probability equals its target its term has slope and curvature 0",
        convex: false,
        zero_share_is_nothing: false,
        source: "Levin and Peres 2017, Markov Chains and Mixing Times, ch. 4",
        ..Info::DEFAULT
    };

    const SHARES: bool = true;

    #[inline(always)]
    fn of_share<const FORM: usize, const ARM: usize, R: Real>(_: Constants<R>, t: R::Scalar, share: Share<R>) -> R {
        // Beside 1 the difference is that of what both lack to 1.
        let (half, one) = (R::Scalar::HALF, R::Scalar::ONE);
        R::select(t > half, share.others - (one - t), share.q - t).abs() * half
    }
}

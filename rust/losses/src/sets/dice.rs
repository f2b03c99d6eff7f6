//! Dice: what share of a predicted region and its target they do not have in common.

use crate::families::{SUMS, Sums, Whole, share_constants};
use crate::loss::{CONSTANTS, Domain, Family, Info, Link, Param, Start, Value};
use crate::number::Real;

pub struct Loss;

impl Sums for Loss {
    const INFO: Info = Info {
        family: Family::SetWise,
        summary: "One minus twice the overlap of target and prediction over their sizes: 1 − F1 of probabilities.",
        use_when: "Few elements are positive, as in segmentation: background that is predicted as such counts for nothing, however much \
                   there is.",
        formula: "(sum(y_true*(1 - p) + (1 - y_true)*p) + epsilon)/(sum(y_true + p) + smooth + epsilon)",
        params: &[Param::SMOOTH, Param::EPSILON, Param::FROM_LOGITS, Param::AXES],
        aliases: &["dice_loss", "soft_dice"],
        target: Domain::Probability,
        link: Link::Logit,
        start: Start::None,
        relations: &[
            ("tversky", "with alpha=beta=0.5 and half of smooth and epsilon, equal to it"),
            ("jaccard", "2·j/(1 + j) for the similarity j of that"),
        ],
        convex: false,
        source: "Milletari, Navab and Ahmadi 2016, doi:10.1109/3DV.2016.79",
        ..Info::DEFAULT
    };

    type Near = Self;

    /// What only one of the two has, what both have, and the two.
    #[inline(always)]
    fn terms<R: Real<Scalar = f64>>(_: &[f64; CONSTANTS], y: f64, p: R, rest: R) -> [R; SUMS] {
        [p * (1.0 - y) + rest * y, p * (y + y), p + y]
    }

    #[inline(always)]
    fn whole([smooth, epsilon, of_nothing, ..]: &[f64; CONSTANTS], [apart, common, _]: [f64; SUMS]) -> Whole {
        Whole::share(apart + epsilon, common + smooth, *of_nothing)
    }

    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        share_constants(&Self::INFO, params, [1.0, 1.0])
    }
}

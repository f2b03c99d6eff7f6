//! Jaccard: what share of the union of a predicted region and its target they do not have in common.

use crate::families::{SUMS, Sums, Whole, share_constants};
use crate::loss::{CONSTANTS, Domain, Family, Info, Link, Param, Start, Value};
use crate::number::Real;

pub struct Loss;

impl Sums for Loss {
    const INFO: Info = Info {
        family: Family::SetWise,
        summary: "One minus the overlap of target and prediction over their union: 1 − IoU of probabilities.",
        use_when: "A segmentation is judged by its intersection over union. It orders predictions of one set as Dice does and is stricter \
                   in the mean over sets, for a bad one costs more.",
        formula: "(sum(y_true*(1 - p) + (1 - y_true)*p) + epsilon)/(sum(y_true + (1 - y_true)*p) + smooth + epsilon)",
        params: &[Param::SMOOTH, Param::EPSILON, Param::FROM_LOGITS, Param::AXES],
        aliases: &["jaccard_loss", "soft_jaccard"],
        target: Domain::Probability,
        link: Link::Logit,
        start: Start::None,
        relations: &[("dice", "d/(2 − d) for the similarity d of that"), ("tversky", "that with alpha=beta=1")],
        convex: false,
        source: "Rahman and Wang 2016, doi:10.1007/978-3-319-50835-1_22",
        ..Info::DEFAULT
    };

    type Near = Self;

    /// What only one of the two has, what both have, and what any has.
    #[inline(always)]
    fn terms<R: Real<Scalar = f64>>(_: &[f64; CONSTANTS], y: f64, p: R, rest: R) -> [R; SUMS] {
        [p * (1.0 - y) + rest * y, p * y, p * (1.0 - y) + y]
    }

    #[inline(always)]
    fn whole([smooth, epsilon, of_nothing, ..]: &[f64; CONSTANTS], [apart, common, _]: [f64; SUMS]) -> Whole {
        Whole::share(apart + epsilon, common + smooth, *of_nothing)
    }

    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        share_constants(&Self::INFO, params, [1.0, 1.0])
    }
}

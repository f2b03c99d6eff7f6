//! Tversky: Dice with a price for what is predicted wrongly and another for what is missed.

use crate::families::{SUMS, Sums, Whole, share_constants};
use crate::loss::{CONSTANTS, Domain, Family, Info, Link, Param, Start, Value};
use crate::number::Real;

pub struct Loss;

impl Sums for Loss {
    const INFO: Info = Info {
        family: Family::SetWise,
        summary: "One minus the overlap of target and prediction over it plus what is wrongly predicted and what is missed, each at \
                  its own price.",
        use_when: "Misses and false alarms of a segmentation are not equally bad: beta above alpha finds more, alpha above beta is \
                   more often right.",
        formula: "(sum(alpha*(1 - y_true)*p + beta*y_true*(1 - p)) + epsilon)\
                  /(sum(y_true*p + alpha*(1 - y_true)*p + beta*y_true*(1 - p)) + smooth + epsilon)",
        params: &[
            Param::non_negative("alpha", 0.5, "The price of what is wrongly predicted (false positives)."),
            Param::non_negative("beta", 0.5, "The price of what is missed (false negatives)."),
            Param::SMOOTH,
            Param::EPSILON,
            Param::FROM_LOGITS,
            Param::AXES,
        ],
        aliases: &["tversky_loss"],
        target: Domain::Probability,
        link: Link::Logit,
        start: Start::None,
        relations: &[
            ("dice", "with alpha=beta=0.5, equal to it but for smooth and epsilon, which are halved there"),
            ("jaccard", "equal to it with alpha=beta=1"),
        ],
        convex: false,
        source: "Salehi, Erdogmus and Gholipour 2017, doi:10.1007/978-3-319-67389-9_44",
        ..Info::DEFAULT
    };

    type Near = Self;

    /// Where nothing is added and what is missed costs nothing.
    fn faint([_, beta, smooth, epsilon, ..]: &[f64; CONSTANTS]) -> bool {
        [beta, smooth, epsilon].iter().all(|&&constant| constant == 0.0)
    }

    /// What only one of the two has at its price, what both have, and all of that.
    #[inline(always)]
    fn terms<R: Real<Scalar = f64>>([alpha, beta, ..]: &[f64; CONSTANTS], y: f64, p: R, rest: R) -> [R; SUMS] {
        let (apart, common) = (p * (alpha * (1.0 - y)) + rest * (beta * y), p * y);
        [apart, common, apart + common]
    }

    #[inline(always)]
    fn whole([_, _, smooth, epsilon, of_nothing, ..]: &[f64; CONSTANTS], [apart, common, _]: [f64; SUMS]) -> Whole {
        Whole::share(apart + epsilon, common + smooth, *of_nothing)
    }

    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        share_constants(&Self::INFO, params, [params[0].number(), params[1].number()])
    }
}

//! `RankNet`: pairs of items in the wrong order.

use crate::families::{List, Lists, PAIRED};
use crate::loss::{CONSTANTS, Domain, Family, Info, Kind, Param, Start};

pub struct Loss;

impl Lists for Loss {
    const INFO: Info = Info {
        family: Family::SetWise,
        summary: "How uncertain scores are about each pair of items of different relevance.",
        use_when: "Items of a query are to be ranked and each pair in the wrong order counts alike: y_true is how relevant an item is, \
                   each list is a query. It is smooth and convex, and of the relevances only their order matters.",
        formula: "sum(softplus(sigma*(y_pred[j] - y_pred[i])) for i, j in pairs)",
        params: &[
            Param {
                kind: Kind::Number { low: 0.0, low_open: true, high: 1e9, high_open: false, optional: false },
                ..Param::positive("sigma", 1.0, "How steep the logistic loss of a pair is.")
            },
            Param { doc: "The axis or the axes of a list's items; None: all axes.", ..Param::VECTOR_AXIS },
        ],
        aliases: &["ranknet", "pairwise_logistic"],
        target: Domain::Real,
        start: Start::None,
        relations: &[
            ("lambda_rank", "each pair weighs what exchanging its items would change of the NDCG"),
            ("binary_cross_entropy", "the loss of a pair is that of the difference of its scores"),
        ],
        kinks: "none; a list of which all items are equally relevant costs 0",
        source: "Burges et al. 2005, doi:10.1145/1102351.1102363",
        ..Info::DEFAULT
    };

    const NUMBERS: usize = PAIRED;

    #[inline(always)]
    fn list([sigma, ..]: &[f64; CONSTANTS], list: List<'_>) -> f64 {
        list.pairs(*sigma)
    }
}

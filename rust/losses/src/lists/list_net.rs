//! `ListNet`: the cross-entropy of two chances to be first in a ranking, by relevance and by score.

use crate::families::{List, Lists, SHARED};
use crate::loss::{CONSTANTS, Family, Info, Param, Start};
use crate::number::wide::Lanes;

pub struct Loss;

impl Lists for Loss {
    const INFO: Info = Info {
        family: Family::SetWise,
        summary: "How far the chances of a list's items to be ranked first are by their scores from what they are by their relevance.",
        use_when: "Items of a query are to be ranked and the top matters most: each list is one problem of choosing its first item, \
                   softmax of relevances against softmax of scores, smooth and convex whatever the relevances are.",
        formula: "sum(exp(y_true)/sum(exp(y_true))*(log(sum(exp(y_pred))) - y_pred))",
        params: &[Param { doc: "The axis or the axes of a list's items; None: all axes.", ..Param::VECTOR_AXIS }],
        aliases: &["listnet", "list_net_loss", "listwise_softmax", "list_mle_top_one"],
        start: Start::None,
        relations: &[
            ("categorical_cross_entropy", "the same with the shares of the items in the place of relevances"),
            ("nt_xent", "labels divided by their sum in the place of softmax of relevances"),
        ],
        source: "Cao et al. 2007, doi:10.1145/1273496.1273513",
        ..Info::DEFAULT
    };

    const NUMBERS: usize = SHARED;

    #[inline(always)]
    fn list(_: &[f64; CONSTANTS], list: List<'_>) -> f64 {
        list.chances_to_be_first()
    }

    const BESIDE: bool = true;

    #[inline(always)]
    fn beside(_: &[f64; CONSTANTS], lists: List<'_>) -> Lanes {
        lists.all_chances()
    }
}

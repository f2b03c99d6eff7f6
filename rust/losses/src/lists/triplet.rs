//! Triplet: the farthest positive of an anchor against its nearest other, with a margin between them.

use crate::families::{List, Lists, SHARED};
use crate::loss::{CONSTANTS, Domain, Family, Info, Param, Start};
use crate::number::wide::Lanes;

pub struct Loss;

impl Lists for Loss {
    const INFO: Info = Info {
        family: Family::SetWise,
        summary: "How much farther an anchor's farthest positive is than its nearest other, and a margin more.",
        use_when: "Embeddings of one thing are to be nearer to each other than to any others by a margin: y_true says which pairs of an \
                   anchor are positive, y_pred how far apart they are. Only the hardest pair of either kind is moved; with one of \
                   each it is the classic triplet.",
        formula: "maximum(0, max(y_pred[y_true > 0]) - min(y_pred[y_true <= 0]) + margin)",
        params: &[
            Param::non_negative(
                "margin",
                1.0,
                "How much nearer the positive pairs have to be before nothing is moved.",
            ),
            Param { doc: "The axis or the axes of an anchor's pairs; None: all axes.", ..Param::VECTOR_AXIS },
        ],
        aliases: &["triplet_margin", "triplet_margin_loss", "triplet_loss", "batch_hard_triplet", "triplet_hard"],
        target: Domain::Probability,
        start: Start::None,
        relations: &[
            ("nt_xent", "looks at all candidates, through softmax of their similarities"),
            ("circle", "smooth, of similarities, each of which is weighed"),
        ],
        kinks: "0 where the margin is just kept; of several pairs that are equally hard the first is moved; an anchor without pairs of \
                both kinds costs 0",
        source: "Hermans, Beyer and Leibe 2017, arXiv:1703.07737; Schroff et al. 2015, doi:10.1109/CVPR.2015.7298682",
        ..Info::DEFAULT
    };

    const NUMBERS: usize = SHARED;

    #[inline(always)]
    fn list([margin, ..]: &[f64; CONSTANTS], list: List<'_>) -> f64 {
        list.hardest_pairs(*margin)
    }

    const BESIDE: bool = true;

    #[inline(always)]
    fn beside([margin, ..]: &[f64; CONSTANTS], lists: List<'_>) -> Lanes {
        lists.all_hardest_pairs(*margin)
    }
}

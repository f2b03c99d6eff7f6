//! NT-Xent: the cross-entropy of telling an anchor's positive candidates from all of them.

use crate::families::{List, Lists, SHARED};
use crate::loss::{CONSTANTS, Domain, Family, Info, Param, Start, Value, constants, inverse};
use crate::number::wide::Lanes;

pub struct Loss;

impl Lists for Loss {
    const INFO: Info = Info {
        family: Family::SetWise,
        summary: "How hard an anchor's positive candidates are to tell from all candidates by their similarities, through softmax.",
        use_when: "Embeddings of one thing are to be more alike than any others, as in contrastive training: y_true says which \
                   candidates of an anchor are positive, y_pred how similar they are (cosines); a small temperature lets the most \
                   similar ones decide. The anchor itself is no candidate: leave it out, or give it -inf and the label 0.",
        formula: "sum(y_true*(log(sum(exp(y_pred/temperature))) - y_pred/temperature))/sum(y_true)",
        params: &[
            Param::at_least("temperature", 1e-9, 0.07, "What similarities are divided by before softmax."),
            Param { doc: "The axis or the axes of an anchor's candidates; None: all axes.", ..Param::VECTOR_AXIS },
        ],
        aliases: &["ntxent", "nt_xent_loss", "info_nce", "simclr", "supcon", "supervised_contrastive"],
        target: Domain::Probability,
        start: Start::None,
        relations: &[
            ("categorical_cross_entropy", "the same of y_pred/temperature and of labels divided by their sum"),
            ("circle", "weighs each similarity by how far it is from its optimum"),
            ("triplet", "looks at the worst positive and the worst other candidate only"),
        ],
        kinks: "none; an anchor without a positive candidate costs 0, and its gradient is 0",
        source: "Chen et al. 2020, arXiv:2002.05709; Khosla et al. 2020, arXiv:2004.11362",
        ..Info::DEFAULT
    };

    const NUMBERS: usize = SHARED;

    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        constants(inverse(params[0].number()))
    }

    #[inline(always)]
    fn list([by, by_low, ..]: &[f64; CONSTANTS], list: List<'_>) -> f64 {
        list.contrast([*by, *by_low])
    }

    const BESIDE: bool = true;

    #[inline(always)]
    fn beside([by, by_low, ..]: &[f64; CONSTANTS], lists: List<'_>) -> Lanes {
        lists.contrasts([*by, *by_low])
    }
}

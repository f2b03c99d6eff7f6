//! Connectionist temporal classification: labels in order, wherever in time they are.

use crate::families::{Alignments, State};
use crate::loss::{CONSTANTS, Curvature, Default, Domain, Family, Info, Kind, Link, Param, Role, Start, Value};

pub struct Loss;

impl Alignments for Loss {
    const INFO: Info = Info {
        family: Family::Sequence,
        summary: "The negative logarithm of the probability that frames spell the labels, over all their alignments.",
        use_when: "Labels have an order but no times, as in speech and handwriting: every frame says a class or a blank, what is said \
                   twice without a blank between counts once.",
        formula: "-log(sum(prod(q for q in path) for path in alignments(softmax(y_pred), y_true, blank)))",
        params: &[Param {
            name: "blank",
            kind: Kind::Integer { optional: false },
            default: Default::Integer(0),
            doc: "The class that spells nothing. Among the labels it, and every negative number, is padding.",
            role: Role::Constant,
            special: &[],
        }],
        aliases: &["ctc_loss", "connectionist_temporal_classification"],
        target: Domain::ClassIndex,
        link: Link::Softmax,
        start: Start::None,
        relations: &[("sparse_categorical_cross_entropy", "its sum over frames where there is one alignment only")],
        kinks: "none; where no alignment is possible, because there are fewer frames than labels, the loss is infinite and its gradient 0",
        convex: false,
        curvature: Curvature { linear_in_logs: true, ..Curvature::UNKNOWN },
        source: "Graves et al. 2006, doi:10.1145/1143844.1143891",
        ..Info::DEFAULT
    };

    fn states([blank, ..]: &[f64; CONSTANTS], labels: &[usize]) -> Vec<State> {
        let blank = State { class: *blank as usize, skips: false };
        let said = |(i, &class): (usize, &usize)| [State { class, skips: i > 0 && labels[i - 1] != class }, blank];
        std::iter::once(blank).chain(labels.iter().enumerate().flat_map(said)).collect()
    }

    fn filler([blank, ..]: &[f64; CONSTANTS]) -> f64 {
        *blank
    }

    fn refusal(params: &[Value]) -> Option<&'static str> {
        (params[0].number() < 0.0).then_some("blank is negative; wanted the index of a class")
    }
}

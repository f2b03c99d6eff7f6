//! `LambdaRank`: pairs of items in the wrong order, each by what exchanging the two would change of the ranking's gain.

use crate::families::{List, Lists, RANKED};
use crate::loss::{CONSTANTS, Default, Domain, Family, Info, Kind, Param, Role, Start, Value, constants};

pub struct Loss;

impl Lists for Loss {
    const INFO: Info = Info {
        family: Family::SetWise,
        summary: "How uncertain scores are about each pair of items of different relevance, by how much it matters to the NDCG.",
        use_when: "Items of a query are to be ranked and the top matters most: y_true is how relevant an item is, each list is a query. \
                   A pair pulls by what exchanging its items in the ranking by scores would change of the NDCG; derivatives hold these \
                   weights constant, as rankings are no smooth functions.",
        formula: "sum(abs(gain[i] - gain[j])*abs(discount[i] - discount[j])*softplus(sigma*(y_pred[j] - y_pred[i])) \
                  for i, j in pairs)/ideal",
        params: &[
            Param {
                name: "truncation",
                kind: Kind::Integer { optional: true },
                default: Default::None,
                doc: "Pairs count of which one item is among so many first, and the ideal is that of so many; None: all.",
                role: Role::Constant,
                special: &[1.0, 3.0],
            },
            Param {
                kind: Kind::Number { low: 0.0, low_open: true, high: 1e9, high_open: false, optional: false },
                ..Param::positive("sigma", 1.0, "How steep the logistic loss of a pair is.")
            },
            Param { doc: "The axis or the axes of a list's items; None: all axes.", ..Param::VECTOR_AXIS },
        ],
        aliases: &["lambdarank", "lambdamart", "rank_ndcg", "lambda_loss", "ndcg_loss"],
        target: Domain::NonNegative,
        start: Start::None,
        relations: &[("list_net", "smooth, and without pairs")],
        kinks: "where two scores are equal the first of the two is ranked first; weights of pairs are constants of the derivatives; a \
                list of which all items are equally relevant costs 0",
        convex: false,
        source: "Burges 2010, MSR-TR-2010-82; Wang et al. 2018, doi:10.1145/3269206.3271784",
        ..Info::DEFAULT
    };

    const NUMBERS: usize = RANKED;
    const ORDERS: bool = true;

    fn refusal(params: &[Value]) -> Option<&'static str> {
        (params[0].number() < 1.0).then_some("truncation is below 1; wanted None or how many items of a ranking matter")
    }

    /// Without a truncation as many as there are.
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        let [truncation, sigma] = [&params[0], &params[1]].map(Value::number);
        constants([if truncation.is_nan() { 0.0 } else { truncation }, sigma])
    }

    #[inline(always)]
    fn list([truncation, sigma, ..]: &[f64; CONSTANTS], list: List<'_>) -> f64 {
        list.exchanges(if *truncation == 0.0 { usize::MAX } else { *truncation as usize }, *sigma)
    }
}

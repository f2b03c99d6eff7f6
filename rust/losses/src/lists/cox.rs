//! Cox: the partial likelihood of who has an event, of all who were at risk when it happened.

use crate::families::{AT_RISK, List, Lists};
use crate::loss::{CONSTANTS, Domain, Family, Info, Param, Start};

pub struct Loss;

impl Lists for Loss {
    const INFO: Info = Info {
        family: Family::SetWise,
        summary: "How unlikely it was that of all subjects then at risk those had their events who had them, by their log hazards.",
        use_when: "Times until an event are known for some subjects and bounded from below for others: y_true is the time, negative \
                   where a subject left without an event; y_pred is the logarithm of its hazard relative to others, which is all \
                   that is learnt. Events at one time are each against all at risk then (Breslow). Each set is a stratum.",
        formula: "sum((y_true > 0)*(log(at_risk(exp(y_pred))) - y_pred))",
        params: &[Param { doc: "The axis or the axes of the subjects of a set; None: all axes.", ..Param::AXES }],
        aliases: &["cox_ph", "cox_ph_loss", "survival_cox", "cox_partial_likelihood", "coxph", "breslow"],
        target: Domain::Time,
        start: Start::None,
        relations: &[
            ("aft", "predicts the time itself, and takes times that are bounded from above too"),
            ("nt_xent", "of one event, the same with the subject that has it positive and the temperature 1"),
        ],
        kinks: "none; a set without events costs 0",
        source: "Cox 1972, doi:10.1111/j.2517-6161.1972.tb00899.x; Breslow 1974, doi:10.2307/2529620",
        ..Info::DEFAULT
    };

    const NUMBERS: usize = AT_RISK;
    const ORDERS: bool = true;

    #[inline(always)]
    fn list(_: &[f64; CONSTANTS], list: List<'_>) -> f64 {
        list.partial_likelihood()
    }
}

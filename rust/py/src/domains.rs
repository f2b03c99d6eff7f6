//! Domains by the names of `lossreg.info.Domain`.

use lossreg_core::loss::Domain;

/// What the engine looks for where a class names a member.
pub fn named(name: &str) -> Option<Domain> {
    Some(match name {
        "real" | "raw" | "none" => Domain::Real,
        "non-negative" | "unnormalized" => Domain::NonNegative,
        "positive" => Domain::Positive,
        "above -1" => Domain::AboveMinusOne,
        "label" => Domain::Label,
        "soft label" => Domain::SoftLabel,
        "probability" => Domain::Probability,
        "time" => Domain::Time,
        "class index" => Domain::ClassIndex,
        "class index or probability" => Domain::ClassIndexOrProbability,
        _ => return None,
    })
}

/// What the numbers of a target of several are together, or each of them.
pub fn of_columns(name: &str) -> Option<Domain> {
    match name {
        "box" => Some(Domain::Box),
        "interval" => Some(Domain::Interval),
        _ => named(name),
    }
}

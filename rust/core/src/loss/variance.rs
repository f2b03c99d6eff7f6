//! What a variance that is a power of the mean asks of a loss.

use super::{CONSTANTS, Domain, Param, Value, constants};

/// The power, the first parameter.
pub const POWER: Param =
    Param::real("power", 1.5, "The exponent of the variance: 1 Poisson, 2 gamma, 1 to 2 amounts with exact zeros.")
        .special(&[0.0, 1.0, 2.0, 3.0]);

/// Powers up to 0 are of distributions over all numbers, those below 2 have mass at 0, the others are of positive ones.
#[must_use]
pub fn target(params: &[Value]) -> Domain {
    match params[0].number() {
        power if power <= 0.0 => Domain::Real,
        power if power < 2.0 => Domain::NonNegative,
        _ => Domain::Positive,
    }
}

/// Why there is no loss of a power.
#[must_use]
pub fn refusal(params: &[Value]) -> Option<&'static str> {
    let power = params[0].number();
    let reason =
        "no distribution has a variance of mean**power with a power between 0 and 1; wanted 0 or less, or 1 or more";
    (power > 0.0 && power < 1.0).then_some(reason)
}

/// How many of the constants come in two parts.
pub const PAIRS: usize = 2;

/// 2 − power and 1 − power in two parts, and the power.
#[must_use]
pub fn constants_of(params: &[Value]) -> [f64; CONSTANTS] {
    let power = params[0].number();
    let (a, b) = (2.0 - power, 1.0 - power);
    constants([a, (2.0 - a) - power, b, (1.0 - b) - power, power])
}

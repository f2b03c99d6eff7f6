//! The elementary functions, written once for both types as branch-free scalar code.
//!
//! Each is meant for the body of an element loop: there is no call, no table and no branch in it, so the loop becomes
//! full-width vector code of whatever CPU it is compiled for, with the same bits everywhere (every multiply-add is
//! fused by name, nothing is reassociated). NaN gives NaN, infinities give limits, subnormal numbers are kept. The
//! bound in each comment is in units in the last place and is what the tests hold the function to.

mod angle;
mod cross_entropy;
mod difference;
mod distance;
mod exp;
pub mod fading;
mod hyperbolic;
mod log;
mod logistic;
mod normal;
mod polynomials;
mod power;
mod quasi;
mod root;
mod special;

pub use angle::atan2;
pub use cross_entropy::{Excess, Lift, mixed_softplus, weighted_softplus};
pub use difference::{
    Against, difference_of_squares, divergence, exp_difference, exp_minus, expm1_minus, expm1_minus_near, log_quotient,
    log1mexp, lost, minus_log1p, mixed_divergence, scaled_difference,
};
pub use distance::{ASKED, Distance, EXACT, ROUGH, log_distance, power_of_two};
pub use exp::{Exponent, Times, exp, exp_against, exp_parts, exp_sum, exp_times, expm1};
pub use hyperbolic::{log_cosh, tanh};
pub use log::{log, log_parts, log_ratio, log1p, log1p_unit, over_square};
pub use logistic::{Exponential, Logistic, logistic, logistic_of, logistic_sum, logit, sigmoid, softplus};
pub use normal::log_ndtr;
pub use power::{Power, faded_log, faded_softplus, log_of_base, logs, pow, sigmoid_pow, xlogy};
pub use quasi::{Powers, poisson_divergence, poisson_likelihood, quasi_deviance, quasi_likelihood};
pub use root::{hypot1, log1p_square, log1p_square_parts, log1p_square_ratio, ratio};
pub use special::{ln_factorial, ln_gamma, poisson_least};

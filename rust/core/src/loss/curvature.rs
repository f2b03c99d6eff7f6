//! What is known of a loss's second derivative in the raw score: data for approximations of it that are made around the kernels.
//!
//! | kind | made from |
//! |---|---|
//! | Gauss–Newton (Fisher) | the Hessian with the model's own mean for the target, where it is affine in the target |
//! | majorizer | a curvature w(x) whose parabola through (x, f(x)) with the slope there lies above f: from [`Even`], or [`Curvature::bound`] |

use super::Value;

/// What is known of a loss's second derivative.
#[derive(Clone, Copy, Debug)]
pub struct Curvature {
    /// Whether the Hessian of a raw score is affine in the target: then its expectation is the Hessian at the mean.
    pub affine_in_target: bool,
    /// In what the loss is even with a slope that grows more slowly than proportionally.
    pub even_concave: fn(&[Value]) -> Even,
    /// The least number that no second derivative in the raw score exceeds, where there is one.
    pub bound: fn(&[Value]) -> Option<f64>,
    /// Row-wise: whether the loss is linear in the log-probabilities, a class's slope being the negative of its target, so that softmax
    /// alone bends it. One that reads no shares besides is −t·log q and nothing else.
    pub linear_in_logs: bool,
    /// What trainers take for the second derivative, by their names, where it is another.
    pub rules: &'static [(&'static str, Rule)],
}

/// What a trainer takes for the second derivative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// The second derivative times a number.
    Times(f64),
    /// The second derivative times K/(K − 1), for K classes.
    TimesClasses,
    /// 1.
    Unit,
}

/// Where a loss is f = φ(u²) plus something linear, φ concave: f′(u)/u is the curvature of a parabola that touches f at u and −u
/// and lies above it everywhere else (Huber 1981; for the logistic function Jaakkola and Jordan 2000).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Even {
    /// It is not, or not known to be.
    Not,
    /// u = `y_pred` − `y_true`: the curvature is gradient/u, and the second derivative itself at 0.
    InResidual,
    /// u = `y_pred`, with the gradient taken at the target ½, where the linear part is 0.
    InScore,
}

impl Curvature {
    /// Nothing is known.
    pub const UNKNOWN: Curvature = Curvature {
        affine_in_target: false,
        even_concave: |_| Even::Not,
        bound: |_| None,
        linear_in_logs: false,
        rules: &[],
    };

    /// Even and concave in the square of the residual.
    pub const IN_RESIDUAL: Curvature = Curvature { even_concave: |_| Even::InResidual, ..Curvature::UNKNOWN };

    /// The same with a bound of 1.
    pub const UNIT_IN_RESIDUAL: Curvature = Curvature { bound: |_| Some(1.0), ..Curvature::IN_RESIDUAL };

    /// A Hessian that is affine in the target.
    pub const AFFINE: Curvature = Curvature { affine_in_target: true, ..Curvature::UNKNOWN };

    /// A cross-entropy of softmax.
    pub const SOFTMAX: Curvature = Curvature { linear_in_logs: true, ..Curvature::AFFINE };

    /// With what trainers take.
    #[must_use]
    pub const fn ruled(self, rules: &'static [(&'static str, Rule)]) -> Curvature {
        Curvature { rules, ..self }
    }

    /// With this bound.
    #[must_use]
    pub const fn bounded(self, bound: fn(&[Value]) -> Option<f64>) -> Curvature {
        Curvature { bound, ..self }
    }
}

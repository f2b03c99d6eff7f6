//! Approximations of the second derivative, made around the kernels: no loss is compiled once more for them.
//!
//! | kind | what it is |
//! |---|---|
//! | `exact` | the second derivative |
//! | `majorizer` | a curvature whose parabola through a point, with the slope there, lies above the loss: Newton steps descend |
//! | `gauss_newton` | the expected second derivative, were the model right (Fisher); for rows, that of softmax before a convex loss |
//! | `unit` | 1 |
//! | a trainer's name | what that trainer takes for this loss, where it is another |

use super::entry::{Entry, Settings};
use super::wanted::Wanted;
use crate::loss::{Domain, Even, Family, Info, Link, Rule, Start, Value};
use crate::number::{Float, functions as f, select};

/// What second derivatives are made from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Curve {
    /// The second derivative, times a number.
    Exact(f64),
    /// A number.
    Constant(f64),
    /// Row-wise: a number times the sum of the row's targets and their class weights.
    PerRow(f64),
    /// Slope over residual, and the second derivative where that is 0.
    InResidual,
    /// Slope over score for a target of ½, and the second derivative where the score is 0.
    InScore,
    /// The second derivative for the model's own mean as the target, which the link maps back.
    AtMean(Link),
}

impl Curve {
    /// The second derivative itself.
    pub const EXACT: Curve = Curve::Exact(1.0);

    /// What all second derivatives are, if they are one number.
    #[must_use]
    pub fn constant(self) -> Option<f64> {
        if let Curve::Constant(number) = self { Some(number) } else { None }
    }

    /// What the kernel has to compute of the loss and its target.
    #[must_use]
    pub fn computed(self, wanted: Wanted) -> Wanted {
        match self {
            _ if !wanted.hess => wanted,
            Curve::Exact(_) | Curve::PerRow(_) => wanted,
            Curve::InResidual => Wanted { grad: true, ..wanted },
            Curve::Constant(_) | Curve::InScore | Curve::AtMean(_) => Wanted { hess: false, ..wanted },
        }
    }
}

impl Entry {
    /// The kinds of second derivative of the loss with these parameters, and whether each is known to be at least 0.
    #[must_use]
    pub fn kinds(&self, params: &[Value], settings: &Settings) -> Vec<(&'static str, bool)> {
        let curvature = &self.info.curvature;
        let [_, bends] = settings.derivatives();
        let mut kinds = if bends { vec![("exact", self.info.convex)] } else { Vec::new() };
        if settings.raw {
            let bounded = (curvature.even_concave)(params) != Even::Not || (curvature.bound)(params).is_some();
            if bounded || curvature.linear_in_logs {
                kinds.push(("majorizer", true));
            }
            if self.has_mean() {
                // Where the mean is the best prediction, the loss of the mean bends upwards there.
                let is_fisher = self.info.family == Family::Columns;
                kinds.push(("gauss_newton", is_fisher || self.info.convex || self.info.start == Start::Mean));
            }
            for &(name, rule) in curvature.rules {
                kinds.push((name, self.info.convex || matches!(rule, Rule::Unit)));
            }
        }
        kinds.push(("unit", true));
        kinds
    }

    /// What a kind of second derivative is made from, for rows of so many classes; none where the loss has no such kind.
    #[must_use]
    pub fn curve(&self, kind: &str, params: &[Value], settings: &Settings, classes: usize) -> Option<Curve> {
        let curvature = &self.info.curvature;
        let classes = classes.max(1) as f64;
        match kind {
            "exact" => settings.derivatives()[1].then_some(Curve::EXACT),
            "unit" => Some(Curve::Constant(1.0)),
            _ if !settings.raw => None,
            // Böhning 1992: softmax bends by no more than ½(1 − 1/K) in any direction of a single class.
            "majorizer" if curvature.linear_in_logs => Some(Curve::PerRow(0.5 * (1.0 - classes.recip()))),
            "majorizer" => match (curvature.even_concave)(params) {
                Even::InResidual => Some(Curve::InResidual),
                Even::InScore => Some(Curve::InScore),
                Even::Not => (curvature.bound)(params).map(Curve::Constant),
            },
            "gauss_newton" if !self.has_mean() => None,
            "gauss_newton" if self.info.family == Family::RowWise => Some(Curve::EXACT),
            // That of softmax alone: what alignments add is subtracted from it.
            "gauss_newton" if self.info.family == Family::Sequence => Some(Curve::AtMean(Link::Softmax)),
            "gauss_newton" => Some(Curve::AtMean(self.info.link)),
            name => curvature.rules.iter().find(|(known, _)| *known == name).map(|(_, rule)| match rule {
                Rule::Times(factor) => Curve::Exact(*factor),
                Rule::TimesClasses => Curve::Exact(classes / (classes - 1.0)),
                Rule::Unit => Curve::Constant(1.0),
            }),
        }
    }

    /// Whether the expected second derivative is known: that of the mean, where the link leads to it and the loss takes it.
    fn has_mean(&self) -> bool {
        let Info { curvature, family, target, link, .. } = self.info;
        let takes_means = *family == Family::Columns
            || *family == Family::Pointwise && !(target.has_labels() && *link == Link::Identity);
        curvature.linear_in_logs || takes_means && *target != Domain::Label && curvature.affine_in_target
    }
}

/// The mean that a raw score stands for, as a target: finite.
#[inline(always)]
pub fn mean<T: Float>(link: Link, raw: T) -> T {
    let mean = match link {
        Link::Identity | Link::Softmax | Link::CumulativeLogit => raw,
        Link::Logit => f::sigmoid(raw),
        Link::Log => f::exp(raw),
    };
    mean.min(T::MAX)
}

/// A score as the divisor of its slope: 0 where the slope, a difference, has lost more digits than the second derivative differs by.
#[inline(always)]
pub fn divisor<T: Float>(score: T) -> T {
    let near = T::lit(if T::SINGLE { 7e-3 } else { 1.1e-5 });
    select(score.abs() < near, T::ZERO, score)
}

/// Slope over `u`, both multiplied by the same scale as `second`, which it is where `u` is 0 or infinite.
#[inline(always)]
pub fn ratio<T: Float>(slope: T, u: T, second: T) -> T {
    let ratio = slope / u;
    select((u == T::ZERO) | (u.abs() == T::INFINITY), second, ratio)
}

//! What targets and predictions may be, looked at a block at a time.

use super::block::LANES;
use crate::loss::{Domain, Info, Link};
use crate::number::{Float, select};

/// What labels may be, where an array holds two kinds of them.
pub const MIXED: &str = "labels 0 and 1, or -1 and 1, not both in one array: -1 is often a missing label, \
                         which where=(y_true != -1) leaves out";

impl Domain {
    /// What may be there, for an error.
    #[must_use]
    pub fn wanted(self) -> &'static str {
        match self {
            Domain::Real => "any number",
            Domain::NonNegative => "numbers of at least 0",
            Domain::Positive => "numbers above 0",
            Domain::Label => "labels 0 and 1, or -1 and 1",
            Domain::SoftLabel => "labels 0 and 1, -1 and 1, or anything from 0 to 1",
            Domain::Probability => "probabilities from 0 to 1",
            Domain::ClassIndex => "class indices",
            Domain::ClassIndexOrProbability => "class indices, or probabilities from 0 to 1",
        }
    }

    /// Whether a number lies outside. NaN never does.
    #[inline(always)]
    #[must_use]
    pub fn excludes<T: Float>(self, x: T) -> bool {
        let (zero, one) = (T::ZERO, T::ONE);
        match self {
            Domain::Real | Domain::ClassIndex => false,
            Domain::NonNegative => x < zero,
            Domain::Positive => x <= zero,
            Domain::Probability | Domain::ClassIndexOrProbability => (x < zero) | (x > one),
            Domain::Label => (x != zero) & (x.abs() != one) & !x.is_nan(),
            Domain::SoftLabel => (x > one) | ((x < zero) & (x != -one)),
        }
    }

    /// Whether labels of −1 stand for 0.
    #[must_use]
    pub fn has_labels(self) -> bool {
        matches!(self, Domain::Label | Domain::SoftLabel)
    }
}

impl Info {
    /// What predictions may be, raw or on the scale of the target.
    #[must_use]
    pub fn prediction(&self, raw: bool) -> Domain {
        match self.link {
            _ if raw => Domain::Real,
            Link::Identity => Domain::Real,
            Link::Logit => Domain::Probability,
            Link::Log | Link::Softmax => Domain::NonNegative,
        }
    }
}

/// What a look at some blocks found.
#[derive(Clone, Copy, Default)]
pub struct Found {
    /// A number outside of the domain.
    pub outside: bool,
    /// A label of −1.
    pub negative: bool,
    /// A label that is neither 0 nor 1.
    pub soft: bool,
}

/// Looks for numbers outside of a domain and, among labels, for those that are not 0 or 1.
#[inline(always)]
pub fn look<T: Float>(domain: Domain, blocks: &[[T; LANES]]) -> Found {
    match domain {
        Domain::Real | Domain::ClassIndex => Found::default(),
        Domain::Label | Domain::SoftLabel => {
            let soft = any(blocks, |x| (x != T::ZERO) & (x != T::ONE));
            if !soft {
                return Found::default();
            }
            Found { outside: any(blocks, |x| domain.excludes(x)), negative: any(blocks, |x| x < T::ZERO), soft }
        }
        _ => Found { outside: any(blocks, |x| domain.excludes(x)), ..Found::default() },
    }
}

#[inline(always)]
fn any<T: Float>(blocks: &[[T; LANES]], test: impl Fn(T) -> bool) -> bool {
    let mut found = [T::ZERO; LANES];
    for block in blocks {
        for i in 0..LANES {
            found[i] = select(test(block[i]), T::ONE, found[i]);
        }
    }
    let mut all = T::ZERO;
    for lane in found {
        all = all.max(lane);
    }
    all != T::ZERO
}

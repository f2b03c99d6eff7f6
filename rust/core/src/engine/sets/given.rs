//! What is the same for all sets of a request, and what is known of one whose sums are.

use super::super::request::Request;
use super::kernels::{Code, Kernels};
use crate::families::Whole;
use crate::loss::{CONSTANTS, Domain, Link};

/// What targets and predictions are multiplied by in general.
pub(super) const PLAIN: [f64; 2] = [1.0, 1.0];

/// What is the same for all sets.
pub(super) struct Given<'a> {
    pub request: &'a Request<'a>,
    pub kernels: Kernels,
    pub constants: &'a [f64; CONSTANTS],
    pub target: Domain,
    pub prediction: Domain,
    /// Whether predictions are scores of probabilities.
    pub raw: bool,
    /// What second derivatives are, where they are all alike.
    pub constant: Option<f64>,
    /// The floor under them.
    pub floor: f64,
}

impl<'a> Given<'a> {
    /// Of a request.
    pub fn of(request: &'a Request<'a>, kernels: Kernels) -> Self {
        let (settings, entry) = (request.settings, request.entry);
        Given {
            request,
            kernels,
            constants: &settings.double,
            target: settings.target,
            prediction: settings.prediction,
            raw: settings.raw && entry.info.link == Link::Logit,
            constant: request.curve.constant(),
            floor: request.min_hessian.unwrap_or(f64::NEG_INFINITY),
        }
    }

    /// How sets are computed in general.
    pub fn way(&self) -> Way {
        Way { code: self.kernels.own, constants: *self.constants, factors: PLAIN }
    }
}

/// How a set is computed.
#[derive(Clone, Copy)]
pub(super) struct Way {
    pub code: Code,
    pub constants: [f64; CONSTANTS],
    /// What its targets and its predictions are multiplied by when they are read.
    pub factors: [f64; 2],
}

/// A set whose sums are known.
#[derive(Clone, Copy)]
pub(super) struct Solved {
    pub whole: Whole,
    pub way: Way,
    /// What its derivatives are multiplied by; 0 where it does not count.
    pub scale: f64,
    /// What its value is multiplied by.
    pub weight: f64,
}

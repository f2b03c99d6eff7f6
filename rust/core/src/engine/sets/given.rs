//! What is the same for all sets of a request, and what is known of one whose sums are.

use super::super::request::Request;
use super::kernels::{Code, Kernels};
use crate::families::Whole;
use crate::loss::{CONSTANTS, Domain, Link};

/// How numbers are changed when they are read.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Reading {
    /// What targets and predictions are multiplied by.
    pub factors: [f64; 2],
    /// The logit that becomes [`FAINT`], where logits are moved.
    pub from: Option<f64>,
}

/// Numbers as they are.
pub(super) const PLAIN: Reading = Reading { factors: [1.0, 1.0], from: None };

/// A logit whose probability is its exponential, to the last place.
pub(super) const FAINT: f64 = -64.0;

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
        Way { code: self.kernels.own, constants: *self.constants, reading: PLAIN }
    }
}

/// How a set is computed.
#[derive(Clone, Copy)]
pub(super) struct Way {
    pub code: Code,
    pub constants: [f64; CONSTANTS],
    pub reading: Reading,
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

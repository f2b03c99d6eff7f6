//! Links: from raw scores to the scale of the target.

use super::Domain;

/// From raw scores to the scale of the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// The raw score is the prediction.
    Identity,
    /// log(p / (1 − p)).
    Logit,
    /// log(mean).
    Log,
    /// log-probabilities of the classes up to a constant.
    Softmax,
    /// For each threshold, log(p / (1 − p)) of the probability to be above it, and the threshold.
    CumulativeLogit,
}

impl Link {
    /// Its name in Python.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Link::Identity => "identity",
            Link::Logit => "logit",
            Link::Log => "log",
            Link::Softmax => "softmax",
            Link::CumulativeLogit => "cumulative_logit",
        }
    }

    /// What predictions on the scale of the target may be.
    #[must_use]
    pub fn image(self) -> Domain {
        match self {
            Link::Identity => Domain::Real,
            Link::Logit => Domain::Probability,
            Link::Log | Link::Softmax | Link::CumulativeLogit => Domain::NonNegative,
        }
    }
}

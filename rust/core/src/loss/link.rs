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
}

impl Link {
    /// What predictions on the scale of the target may be.
    #[must_use]
    pub fn image(self) -> Domain {
        match self {
            Link::Identity => Domain::Real,
            Link::Logit => Domain::Probability,
            Link::Log | Link::Softmax => Domain::NonNegative,
        }
    }
}

//! Start values: the constant raw score with the least loss.

/// How the constant raw score with the least loss is found. Closed forms are those of the default parameters; where others move
/// the value, a search goes on from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Where the link maps the mean of the targets.
    Mean,
    /// The median of the targets.
    Median,
    /// The quantile of the targets at the parameter `quantile`.
    Quantile,
    /// Half the log-odds of the positive labels.
    HalfLogit,
    /// The logarithms of the mean probabilities of the classes.
    ClassProbabilities,
    /// By a search.
    Search,
    /// There are no targets.
    None,
}

"""Names that other libraries give losses and that are no aliases here: one of several losses, or no identifier.

Aliases stand beside each loss; a name in the capitals of a class, such as ``BCEWithLogitsLoss``, is read as its alias.
"""

from __future__ import annotations

__all__ = ["AMBIGUOUS", "SPELLED"]

# What has several meanings, and the losses that it may mean.
AMBIGUOUS = {
    "cross_entropy": ("binary_cross_entropy", "categorical_cross_entropy", "sparse_categorical_cross_entropy"),
    "crossentropy": ("binary_cross_entropy", "categorical_cross_entropy", "sparse_categorical_cross_entropy"),
    "cross_entropy_loss": ("sparse_categorical_cross_entropy", "categorical_cross_entropy"),
    "softmax": ("sparse_categorical_cross_entropy", "categorical_cross_entropy"),
    "softmax_loss": ("sparse_categorical_cross_entropy", "categorical_cross_entropy"),
    "deviance": ("binary_cross_entropy", "poisson_deviance", "gamma_deviance"),
    "rmse": ("squared_error", "half_squared_error"),
    "root_mean_squared_error": ("squared_error", "half_squared_error"),
    "gan": ("minimax_discriminator", "minimax_generator"),
    "minimax": ("minimax_discriminator", "minimax_generator"),
    "lsgan": ("least_squares_discriminator", "least_squares_generator"),
    "least_squares_gan": ("least_squares_discriminator", "least_squares_generator"),
    "wgan": ("wasserstein_discriminator", "wasserstein_generator"),
    "wasserstein": ("wasserstein_discriminator", "wasserstein_generator"),
    "hinge_gan": ("hinge_discriminator", "hinge_generator"),
    "ragan": ("relativistic_discriminator", "relativistic_generator"),
    "relativistic": ("relativistic_discriminator", "relativistic_generator"),
    "query_softmax": ("list_net", "categorical_cross_entropy"),
    "ranking_softmax_loss": ("list_net", "categorical_cross_entropy"),
}

# XGBoost's names and one of LightGBM's, with the loss whose derivatives these are.
SPELLED = {
    "reg:squarederror": "half_squared_error",
    "reg:linear": "half_squared_error",
    "reg:absoluteerror": "absolute_error",
    "reg:pseudohubererror": "pseudo_huber",
    "reg:squaredlogerror": "squared_log_error",
    "reg:quantileerror": "pinball",
    "reg:expectileerror": "expectile",
    "reg:gamma": "gamma",
    "reg:tweedie": "tweedie",
    "reg:logistic": "binary_cross_entropy",
    "binary:logistic": "binary_cross_entropy",
    "binary:logitraw": "binary_cross_entropy",
    "binary:hinge": "hinge",
    "count:poisson": "poisson",
    "survival:aft": "aft",
    "survival:cox": "cox",
    "rank:ndcg": "lambda_rank",
    "rank:pairwise": "rank_net",
    "multi:softmax": "sparse_categorical_cross_entropy",
    "multi:softprob": "sparse_categorical_cross_entropy",
    "multiclass": "sparse_categorical_cross_entropy",
}

"""Every peer's name of a loss that lossreg has leads to it, or names the losses that it could be."""

from __future__ import annotations

import pytest

import lossreg
from lossreg.registry.peers import AMBIGUOUS, SPELLED

# Loss → what Keras, PyTorch, optax, scikit-learn, XGBoost, LightGBM, CatBoost and others call it.
NAMES = {
    "squared_error": "MeanSquaredError mean_squared_error MSELoss mse_loss squared_error mse l2 brier_score_loss",
    "half_squared_error": "l2_loss HalfSquaredError reg:squarederror reg:linear regression",
    "absolute_error": "MeanAbsoluteError L1Loss l1_loss l1 mae AbsoluteError reg:absoluteerror regression_l1",
    "huber": "Huber HuberLoss huber_loss",
    "smooth_l1": "SmoothL1Loss smooth_l1_loss smooth_l1",
    "pseudo_huber": "reg:pseudohubererror",
    "log_cosh": "LogCosh log_cosh logcosh",
    "pinball": "PinballLoss mean_pinball_loss reg:quantileerror quantile Quantile",
    "expectile": "Expectile reg:expectileerror",
    "epsilon_insensitive": "epsilon_insensitive",
    "squared_epsilon_insensitive": "squared_epsilon_insensitive",
    "power_error": "Lq",
    "fair": "fair FairLoss",
    "absolute_percentage_error": "MeanAbsolutePercentageError mape MAPE",
    "squared_log_error": "MeanSquaredLogarithmicError mean_squared_log_error reg:squaredlogerror MSLE",
    "poisson": "PoissonNLLLoss poisson_nll_loss HalfPoissonLoss count:poisson poisson Poisson",
    "gamma": "HalfGammaLoss reg:gamma gamma",
    "tweedie": "HalfTweedieLoss reg:tweedie tweedie Tweedie",
    "poisson_deviance": "mean_poisson_deviance",
    "gamma_deviance": "mean_gamma_deviance",
    "tweedie_deviance": "mean_tweedie_deviance",
    "binary_cross_entropy": "BinaryCrossentropy BCEWithLogitsLoss binary_cross_entropy_with_logits BCELoss log_loss "
    "sigmoid_binary_cross_entropy HalfBinomialLoss binary:logistic reg:logistic binary:logitraw binary Logloss "
    "binary_log_loss SoftMarginLoss soft_margin_loss",
    "hinge": "Hinge hinge_loss binary:hinge HingeLoss",
    "squared_hinge": "SquaredHinge squared_hinge",
    "perceptron": "perceptron_loss",
    "modified_huber": "modified_huber",
    "exponential": "ExponentialLoss",
    "binary_focal": "BinaryFocalCrossentropy sigmoid_focal_loss",
    "binary_sparsemax": "sparsemax_loss",
    "categorical_cross_entropy": "CategoricalCrossentropy softmax_cross_entropy safe_softmax_cross_entropy",
    "sparse_categorical_cross_entropy": "SparseCategoricalCrossentropy HalfMultinomialLoss multi:softmax multi:softprob "
    "softmax_cross_entropy_with_integer_labels multiclass MultiClass",
    "categorical_focal": "CategoricalFocalCrossentropy",
    "poly1": "poly_loss_cross_entropy",
    "kl_divergence": "KLDivergence KLDivLoss kl_div kldiv kl_divergence kullback_leibler_divergence",
    "categorical_hinge": "CategoricalHinge multiclass_hinge_loss multiclass_perceptron",
    "multi_margin": "MultiMarginLoss multi_margin_loss",
    "multiclass_sparsemax": "multiclass_sparsemax_loss",
    "one_vs_rest_cross_entropy": "multiclassova MultiClassOneVsAll MultiLabelSoftMarginLoss multilabel_soft_margin_loss "
    "MultiLogloss MultiCrossEntropy",
    "generalized_kl": "generalized_kl_divergence convex_kl_divergence",
    "nll": "NLLLoss nll_loss",
    "circle": "Circle CircleLoss",
    "aft": "survival:aft",
    "cox": "survival:cox Cox CoxPHLoss cox_ph",
    "lambda_rank": "rank:ndcg lambdarank LambdaMart",
    "list_net": "ListNet",
    "rank_net": "rank:pairwise RankNet",
    "ordinal_logistic": "OrdinalLogistic",
    "nt_xent": "NTXentLoss ntxent SimCLR SupCon InfoNCE",
    "triplet": "TripletMarginLoss triplet_margin_loss",
    "relativistic_discriminator": "relativistic_discriminator_loss",
    "relativistic_generator": "relativistic_generator_loss",
    "minimax_discriminator": "minimax_discriminator_loss modified_discriminator_loss",
    "minimax_generator": "minimax_generator_loss",
    "least_squares_discriminator": "least_squares_discriminator_loss",
    "least_squares_generator": "least_squares_generator_loss",
    "wasserstein_discriminator": "wasserstein_discriminator_loss",
    "wasserstein_generator": "wasserstein_generator_loss",
    "hinge_discriminator": "wasserstein_hinge_discriminator_loss",
    "hinge_generator": "wasserstein_hinge_generator_loss",
}


@pytest.mark.parametrize(("loss", "names"), NAMES.items(), ids=NAMES)
def test_a_peers_name_leads_to_the_loss(loss: str, names: str) -> None:
    for name in names.split():
        assert lossreg.get(name).name == lossreg.describe(name).name == loss, name


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_a_name_of_several_losses_names_them(name: str) -> None:
    with pytest.raises(lossreg.UnknownLossError, match="name the one you mean") as raised:
        lossreg.get(name)
    assert raised.value.suggestions == AMBIGUOUS[name]
    assert len({lossreg.get(one) for one in AMBIGUOUS[name]}) > 1
    of_a_class = "".join(map(str.capitalize, name.split("_")))
    with pytest.raises(lossreg.UnknownLossError, match=f"^'{of_a_class}' may be {AMBIGUOUS[name][0]}"):
        lossreg.get(of_a_class)


def test_what_is_spelled_otherwise_is_no_name_of_a_loss_already() -> None:
    assert {*SPELLED.values()} <= {*lossreg.names()}
    with pytest.raises(lossreg.UnknownLossError, match="no loss is called 'multi:softmacks'"):
        lossreg.get("multi:softmacks")

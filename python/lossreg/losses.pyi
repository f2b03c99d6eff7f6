# Written by `python tools/generate_stubs.py` from the losses' own data; change those, not this file.
from collections.abc import Sequence
from typing import Literal, overload

from numpy.typing import ArrayLike

from lossreg import Loss
from lossreg.typing import Array, HessianKind, Reduced, Reduction

__all__ = [
    "absolute_error",
    "absolute_percentage_error",
    "aft",
    "asymmetric",
    "barron",
    "binary_cross_entropy",
    "binary_focal",
    "binary_sparsemax",
    "categorical_cross_entropy",
    "categorical_focal",
    "categorical_hinge",
    "cauchy",
    "ciou",
    "circle",
    "cosine_distance",
    "cox",
    "ctc",
    "dice",
    "diou",
    "dpo",
    "epsilon_insensitive",
    "expectile",
    "exponential",
    "fair",
    "gamma",
    "gamma_deviance",
    "gaussian_nll",
    "geman_mcclure",
    "generalized_cross_entropy",
    "generalized_kl",
    "giou",
    "half_squared_error",
    "hinge",
    "hinge_discriminator",
    "hinge_generator",
    "huber",
    "jaccard",
    "jensen_shannon",
    "kl_divergence",
    "lambda_rank",
    "laplace_nll",
    "least_squares_discriminator",
    "least_squares_generator",
    "linex",
    "list_net",
    "log_cosh",
    "minimax_discriminator",
    "minimax_generator",
    "modified_huber",
    "multi_margin",
    "multiclass_sparsemax",
    "negative_binomial",
    "nll",
    "nt_xent",
    "one_vs_rest_cross_entropy",
    "ordinal_logistic",
    "perceptron",
    "pinball",
    "poisson",
    "poisson_deviance",
    "poly1",
    "power_error",
    "probit",
    "pseudo_huber",
    "rank_net",
    "relativistic_discriminator",
    "relativistic_generator",
    "reverse_kl",
    "smooth_l1",
    "smooth_pinball",
    "sparse_categorical_cross_entropy",
    "squared_epsilon_insensitive",
    "squared_error",
    "squared_hinge",
    "squared_log_error",
    "student_t_nll",
    "symmetric_cross_entropy",
    "total_variation",
    "triplet",
    "tukey",
    "tversky",
    "tweedie",
    "tweedie_deviance",
    "wasserstein_discriminator",
    "wasserstein_generator",
    "welsch",
    "wing",
]

class _LossOfElements(Loss):
    def init_score(
        self,
        y_true: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        n_classes: int | None = None,
    ) -> float: ...
    def replace(self, **params: object) -> _LossOfElements: ...

class _LossOfRows(Loss):
    def init_score(
        self,
        y_true: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        n_classes: int | None = None,
    ) -> Array: ...
    def replace(self, **params: object) -> _LossOfRows: ...

class _LossOfFakeScores(Loss):
    @overload  # type: ignore[override]
    def __call__(
        self,
        fake_scores: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        where: ArrayLike | None = None,
        reduction: Reduced = "mean",
        out: Array | None = None,
        n_threads: int | None = None,
    ) -> float: ...
    @overload
    def __call__(
        self,
        fake_scores: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        where: ArrayLike | None = None,
        reduction: Literal["none"],
        out: Array | None = None,
        n_threads: int | None = None,
    ) -> Array: ...
    @overload  # type: ignore[override]
    def value(
        self,
        fake_scores: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        where: ArrayLike | None = None,
        reduction: Reduced = "mean",
        out: Array | None = None,
        n_threads: int | None = None,
    ) -> float: ...
    @overload
    def value(
        self,
        fake_scores: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        where: ArrayLike | None = None,
        reduction: Literal["none"],
        out: Array | None = None,
        n_threads: int | None = None,
    ) -> Array: ...
    def grad(  # type: ignore[override]
        self,
        fake_scores: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        where: ArrayLike | None = None,
        reduction: Reduction = "mean",
        out: Array | None = None,
        n_threads: int | None = None,
    ) -> Array: ...
    @overload  # type: ignore[override]
    def value_and_grad(
        self,
        fake_scores: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        where: ArrayLike | None = None,
        reduction: Reduced = "mean",
        out: Array | None = None,
        n_threads: int | None = None,
    ) -> tuple[float, Array]: ...
    @overload
    def value_and_grad(
        self,
        fake_scores: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        where: ArrayLike | None = None,
        reduction: Literal["none"],
        out: Array | None = None,
        n_threads: int | None = None,
    ) -> tuple[Array, Array]: ...
    def hess(  # type: ignore[override]
        self,
        fake_scores: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        where: ArrayLike | None = None,
        reduction: Reduction = "mean",
        out: Array | None = None,
        n_threads: int | None = None,
        hessian: HessianKind = "exact",
        min_hessian: float | None = None,
    ) -> Array: ...
    def grad_and_hess(  # type: ignore[override]
        self,
        fake_scores: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        where: ArrayLike | None = None,
        reduction: Reduction = "mean",
        out: tuple[Array, Array] | None = None,
        n_threads: int | None = None,
        hessian: HessianKind = "exact",
        min_hessian: float | None = None,
    ) -> tuple[Array, Array]: ...
    @overload  # type: ignore[override]
    def value_grad_hess(
        self,
        fake_scores: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        where: ArrayLike | None = None,
        reduction: Reduced = "mean",
        out: tuple[Array, Array] | None = None,
        n_threads: int | None = None,
        hessian: HessianKind = "exact",
        min_hessian: float | None = None,
    ) -> tuple[float, Array, Array]: ...
    @overload
    def value_grad_hess(
        self,
        fake_scores: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        where: ArrayLike | None = None,
        reduction: Literal["none"],
        out: tuple[Array, Array] | None = None,
        n_threads: int | None = None,
        hessian: HessianKind = "exact",
        min_hessian: float | None = None,
    ) -> tuple[Array, Array, Array]: ...
    def replace(self, **params: object) -> _LossOfFakeScores: ...

class _LossOfRealScoresAndFakeScores(Loss):
    @overload
    def __call__(
        self,
        real_scores: ArrayLike,
        fake_scores: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: Reduced = "mean",
        out: Array | None = None,
        n_threads: int | None = None,
    ) -> float: ...
    @overload
    def __call__(
        self,
        real_scores: ArrayLike,
        fake_scores: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: Literal["none"],
        out: Array | None = None,
        n_threads: int | None = None,
    ) -> Array: ...
    @overload
    def value(
        self,
        real_scores: ArrayLike,
        fake_scores: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: Reduced = "mean",
        out: Array | None = None,
        n_threads: int | None = None,
    ) -> float: ...
    @overload
    def value(
        self,
        real_scores: ArrayLike,
        fake_scores: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: Literal["none"],
        out: Array | None = None,
        n_threads: int | None = None,
    ) -> Array: ...
    def grad(  # type: ignore[override]
        self,
        real_scores: ArrayLike,
        fake_scores: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: Reduction = "mean",
        out: tuple[Array, Array] | None = None,
        n_threads: int | None = None,
    ) -> tuple[Array, Array]: ...
    @overload  # type: ignore[override]
    def value_and_grad(
        self,
        real_scores: ArrayLike,
        fake_scores: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: Reduced = "mean",
        out: tuple[Array, Array] | None = None,
        n_threads: int | None = None,
    ) -> tuple[float, tuple[Array, Array]]: ...
    @overload
    def value_and_grad(
        self,
        real_scores: ArrayLike,
        fake_scores: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: Literal["none"],
        out: tuple[Array, Array] | None = None,
        n_threads: int | None = None,
    ) -> tuple[Array, tuple[Array, Array]]: ...
    def hess(  # type: ignore[override]
        self,
        real_scores: ArrayLike,
        fake_scores: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: Reduction = "mean",
        out: tuple[Array, Array] | None = None,
        n_threads: int | None = None,
        hessian: HessianKind = "exact",
        min_hessian: float | None = None,
    ) -> tuple[Array, Array]: ...
    def grad_and_hess(  # type: ignore[override]
        self,
        real_scores: ArrayLike,
        fake_scores: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: Reduction = "mean",
        out: tuple[tuple[Array, Array], tuple[Array, Array]] | None = None,
        n_threads: int | None = None,
        hessian: HessianKind = "exact",
        min_hessian: float | None = None,
    ) -> tuple[tuple[Array, Array], tuple[Array, Array]]: ...
    @overload  # type: ignore[override]
    def value_grad_hess(
        self,
        real_scores: ArrayLike,
        fake_scores: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: Reduced = "mean",
        out: tuple[tuple[Array, Array], tuple[Array, Array]] | None = None,
        n_threads: int | None = None,
        hessian: HessianKind = "exact",
        min_hessian: float | None = None,
    ) -> tuple[float, tuple[Array, Array], tuple[Array, Array]]: ...
    @overload
    def value_grad_hess(
        self,
        real_scores: ArrayLike,
        fake_scores: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: Literal["none"],
        out: tuple[tuple[Array, Array], tuple[Array, Array]] | None = None,
        n_threads: int | None = None,
        hessian: HessianKind = "exact",
        min_hessian: float | None = None,
    ) -> tuple[Array, tuple[Array, Array], tuple[Array, Array]]: ...
    def replace(self, **params: object) -> _LossOfRealScoresAndFakeScores: ...

def absolute_error() -> _LossOfElements: ...
def absolute_percentage_error(*, floor: float = 2.220446049250313e-16) -> _LossOfElements: ...
def aft(*, distribution: Literal["normal", "logistic", "extreme"] = "normal", scale: float = 1.0) -> Loss: ...
def asymmetric(
    *,
    gamma_pos: float = 0.0,
    gamma_neg: float = 4.0,
    clip: float = 0.05,
    from_logits: bool = True,
) -> _LossOfElements: ...
def barron(*, alpha: float = 1.0, scale: float = 1.0) -> _LossOfElements: ...
def binary_cross_entropy(
    *,
    from_logits: bool = True,
    label_smoothing: float = 0.0,
    pos_weight: float = 1.0,
) -> _LossOfElements: ...
def binary_focal(
    *,
    gamma: float = 2.0,
    alpha: float | None = None,
    from_logits: bool = True,
    label_smoothing: float = 0.0,
) -> _LossOfElements: ...
def binary_sparsemax() -> _LossOfElements: ...
def categorical_cross_entropy(
    *,
    from_logits: bool = True,
    label_smoothing: float = 0.0,
    class_weight: Sequence[float] | None = None,
    axis: int = -1,
) -> _LossOfRows: ...
def categorical_focal(
    *,
    gamma: float = 2.0,
    alpha: float | Sequence[float] | None = None,
    from_logits: bool = True,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> _LossOfRows: ...
def categorical_hinge(
    *,
    margin: float = 1.0,
    class_weight: Sequence[float] | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
) -> _LossOfRows: ...
def cauchy(*, scale: float = 1.0) -> _LossOfElements: ...
def ciou() -> Loss: ...
def circle(*, gamma: float = 80.0, margin: float = 0.4, axis: int | Sequence[int] | None = -1) -> Loss: ...
def cosine_distance(*, axis: int | Sequence[int] | None = -1) -> Loss: ...
def cox(*, axis: int | Sequence[int] | None = None) -> Loss: ...
def ctc(*, blank: int = 0) -> Loss: ...
def dice(
    *,
    smooth: float = 0.0,
    epsilon: float = 1e-07,
    from_logits: bool = True,
    axis: int | Sequence[int] | None = None,
) -> Loss: ...
def diou() -> Loss: ...
def dpo(*, beta: float = 0.1, label_smoothing: float = 0.0) -> Loss: ...
def epsilon_insensitive(*, epsilon: float = 0.1) -> _LossOfElements: ...
def expectile(*, level: float = 0.5) -> _LossOfElements: ...
def exponential() -> _LossOfElements: ...
def fair(*, scale: float = 1.0) -> _LossOfElements: ...
def gamma(*, log_input: bool = True) -> _LossOfElements: ...
def gamma_deviance(*, log_input: bool = True) -> _LossOfElements: ...
def gaussian_nll(*, full: bool = False) -> Loss: ...
def geman_mcclure(*, scale: float = 1.0) -> _LossOfElements: ...
def generalized_cross_entropy(
    *,
    power: float = 0.7,
    from_logits: bool = True,
    label_smoothing: float = 0.0,
    class_weight: Sequence[float] | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
) -> _LossOfRows: ...
def generalized_kl(*, log_input: bool = True, axis: int = -1) -> _LossOfRows: ...
def giou() -> Loss: ...
def half_squared_error() -> _LossOfElements: ...
def hinge(*, margin: float = 1.0) -> _LossOfElements: ...
def hinge_discriminator() -> _LossOfRealScoresAndFakeScores: ...
def hinge_generator() -> _LossOfFakeScores: ...
def huber(*, delta: float = 1.0) -> _LossOfElements: ...
def jaccard(
    *,
    smooth: float = 0.0,
    epsilon: float = 1e-07,
    from_logits: bool = True,
    axis: int | Sequence[int] | None = None,
) -> Loss: ...
def jensen_shannon(
    *,
    beta: float = 0.5,
    from_logits: bool = True,
    ignore_index: int | None = None,
    axis: int = -1,
) -> _LossOfRows: ...
def kl_divergence(*, from_logits: bool = True, axis: int = -1) -> _LossOfRows: ...
def lambda_rank(
    *,
    truncation: int | None = None,
    sigma: float = 1.0,
    axis: int | Sequence[int] | None = -1,
) -> Loss: ...
def laplace_nll(*, full: bool = False) -> Loss: ...
def least_squares_discriminator() -> _LossOfRealScoresAndFakeScores: ...
def least_squares_generator() -> _LossOfFakeScores: ...
def linex(*, a: float = 1.0) -> _LossOfElements: ...
def list_net(*, axis: int | Sequence[int] | None = -1) -> Loss: ...
def log_cosh() -> _LossOfElements: ...
def minimax_discriminator(*, label_smoothing: float = 0.0) -> _LossOfRealScoresAndFakeScores: ...
def minimax_generator(*, saturating: bool = True) -> _LossOfFakeScores: ...
def modified_huber() -> _LossOfElements: ...
def multi_margin(
    *,
    power: float = 1.0,
    margin: float = 1.0,
    class_weight: Sequence[float] | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
) -> _LossOfRows: ...
def multiclass_sparsemax(*, ignore_index: int | None = None, axis: int = -1) -> _LossOfRows: ...
def negative_binomial(*, dispersion: float = 1.0, log_input: bool = True) -> _LossOfElements: ...
def nll(
    *,
    class_weight: Sequence[float] | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
) -> _LossOfRows: ...
def nt_xent(*, temperature: float = 0.07, axis: int | Sequence[int] | None = -1) -> Loss: ...
def one_vs_rest_cross_entropy(
    *,
    from_logits: bool = True,
    class_weight: Sequence[float] | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
) -> _LossOfRows: ...
def ordinal_logistic(
    *,
    thresholds: Sequence[float] = (-1.0, 1.0),
    ignore_index: int | None = None,
) -> _LossOfElements: ...
def perceptron() -> _LossOfElements: ...
def pinball(*, quantile: float = 0.5) -> _LossOfElements: ...
def poisson(*, log_input: bool = True, full: bool = False) -> _LossOfElements: ...
def poisson_deviance(*, log_input: bool = True) -> _LossOfElements: ...
def poly1(
    *,
    epsilon: float = 1.0,
    from_logits: bool = True,
    label_smoothing: float = 0.0,
    class_weight: Sequence[float] | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
) -> _LossOfRows: ...
def power_error(*, power: float = 1.5) -> _LossOfElements: ...
def probit() -> _LossOfElements: ...
def pseudo_huber(*, delta: float = 1.0) -> _LossOfElements: ...
def rank_net(*, sigma: float = 1.0, axis: int | Sequence[int] | None = -1) -> Loss: ...
def relativistic_discriminator() -> _LossOfRealScoresAndFakeScores: ...
def relativistic_generator() -> _LossOfRealScoresAndFakeScores: ...
def reverse_kl(*, from_logits: bool = True, axis: int = -1) -> _LossOfRows: ...
def smooth_l1(*, beta: float = 1.0) -> _LossOfElements: ...
def smooth_pinball(*, quantile: float = 0.5, bandwidth: float = 0.1) -> _LossOfElements: ...
def sparse_categorical_cross_entropy(
    *,
    from_logits: bool = True,
    label_smoothing: float = 0.0,
    class_weight: Sequence[float] | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
) -> _LossOfRows: ...
def squared_epsilon_insensitive(*, epsilon: float = 0.1) -> _LossOfElements: ...
def squared_error() -> _LossOfElements: ...
def squared_hinge(*, margin: float = 1.0) -> _LossOfElements: ...
def squared_log_error() -> _LossOfElements: ...
def student_t_nll(*, df: float = 4.0, scale: float = 1.0) -> _LossOfElements: ...
def symmetric_cross_entropy(
    *,
    alpha: float = 0.1,
    beta: float = 1.0,
    log_floor: float = -4.0,
    from_logits: bool = True,
    label_smoothing: float = 0.0,
    class_weight: Sequence[float] | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
) -> _LossOfRows: ...
def total_variation(*, from_logits: bool = True, ignore_index: int | None = None, axis: int = -1) -> _LossOfRows: ...
def triplet(*, margin: float = 1.0, axis: int | Sequence[int] | None = -1) -> Loss: ...
def tukey(*, scale: float = 4.685) -> _LossOfElements: ...
def tversky(
    *,
    alpha: float = 0.5,
    beta: float = 0.5,
    smooth: float = 0.0,
    epsilon: float = 1e-07,
    from_logits: bool = True,
    axis: int | Sequence[int] | None = None,
) -> Loss: ...
def tweedie(*, power: float = 1.5, log_input: bool = True) -> _LossOfElements: ...
def tweedie_deviance(*, power: float = 1.5, log_input: bool = True) -> _LossOfElements: ...
def wasserstein_discriminator() -> _LossOfRealScoresAndFakeScores: ...
def wasserstein_generator() -> _LossOfFakeScores: ...
def welsch(*, scale: float = 1.0) -> _LossOfElements: ...
def wing(*, width: float = 5.0, curvature: float = 0.5) -> _LossOfElements: ...

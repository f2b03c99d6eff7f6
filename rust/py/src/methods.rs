//! The methods of `lossreg.Loss`: ordinary code, one for each of Python's.

#![allow(clippy::doc_markdown, clippy::needless_pass_by_value)] // Docs are Python's; references into it are handed on.

use crate::author::Author;
use crate::error::{Kind, raise};
use crate::evaluator::Catalogued;
use crate::formula::Formula;
use crate::front::call::{Call, Given, Unknown, Wanted};
use crate::front::outputs::Results;
use crate::guard::guarded;
use crate::kernel::Kernel;
use crate::loss::{Loss, evaluator};
use crate::{catalog, params, run};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

/// Evaluates a loss and hands back what `give` takes of the results.
#[inline(always)]
fn evaluate<'py>(
    loss: &Bound<'py, Loss>,
    call: &Call<'_, 'py>,
    wanted: Wanted,
    give: impl FnOnce(&mut Results<'py>) -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    guarded(loss.py(), || {
        give(&mut run::evaluate(loss.py(), &evaluator(loss, [wanted.grad, wanted.hess])?, call, wanted)?)
    })
}

fn pair<'py>(a: Bound<'py, PyAny>, b: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    Ok(PyTuple::new(a.py(), [&a, &b])?.into_any())
}

/// What a loss is made of that others have defined.
#[derive(FromPyObject)]
enum Definition<'py> {
    Formula(Bound<'py, Formula>),
    Kernel(Bound<'py, Kernel>),
}

#[pymethods]
impl Loss {
    #[new]
    #[classmethod]
    #[pyo3(signature = (name=None, params=None, definition=None, terms=None, /))]
    fn new(
        class: &Bound<'_, PyType>,
        name: Option<&str>,
        params: Option<&Bound<'_, PyDict>>,
        definition: Option<Definition<'_>>,
        terms: Option<Vec<(f64, Py<Loss>)>>,
    ) -> PyResult<Self> {
        let py = class.py();
        let terms = terms.unwrap_or_default();
        if let (Some(definition), Some(params)) = (definition, params) {
            return guarded(py, || {
                let native = match definition {
                    Definition::Formula(formula) => formula.get().with(py, params)?,
                    Definition::Kernel(kernel) => kernel.get().with(params)?,
                };
                Ok(Loss { native: Some(native), terms })
            });
        }
        let Some(name) = name else {
            if class.is(py.get_type::<Loss>()) {
                return Err(raise(py, Kind::Type, Author::NO_FORMULA));
            }
            return Ok(Loss { native: None, terms });
        };
        guarded(py, || {
            let entry = catalog::entry(py, name)?;
            let params = params::checked(py, entry, params)?;
            let settings = entry.settings(&params);
            Ok(Loss { native: Some(Catalogued { entry, params, settings, defined: None }), terms })
        })
    }

    /// The loss, as ``value``.
    ///
    /// Examples
    /// --------
    /// >>> import lossreg
    /// >>> lossreg.get("squared_error")([1.0, 2.0], [1.5, 2.0])
    /// 0.125
    #[pyo3(signature = (
        y_true=None, y_pred=None, sample_weight=None, *, r#where=None, reduction=None, out=None, n_threads=None,
        real_scores=None, fake_scores=None, **unknown
    ))]
    fn __call__<'py>(
        slf: &Bound<'py, Self>,
        y_true: Given<'_, 'py>,
        y_pred: Given<'_, 'py>,
        sample_weight: Given<'_, 'py>,
        r#where: Given<'_, 'py>,
        reduction: Given<'_, 'py>,
        out: Given<'_, 'py>,
        n_threads: Given<'_, 'py>,
        real_scores: Given<'_, 'py>,
        fake_scores: Given<'_, 'py>,
        unknown: Option<Unknown<'_, 'py>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let call = Call::of(
            [y_true, y_pred, sample_weight, r#where, reduction, out, n_threads, real_scores, fake_scores],
            unknown,
        );
        evaluate(slf, &call, Wanted::VALUE, |results| Ok(results.value()))
    }

    /// The loss.
    ///
    /// Parameters
    /// ----------
    /// y_true : array_like
    ///     Targets. Row-wise losses take class indices of shape (...) or rows of probabilities of shape (..., K).
    ///     Adversarial losses take ``(real_scores, fake_scores)`` or ``(fake_scores)`` instead.
    /// y_pred : array_like
    ///     Predictions in the shape of `y_true`; for row-wise losses (..., K). Nothing is broadcast.
    /// sample_weight : array_like, optional
    ///     Weights in the shape of the unreduced loss or of its leading axes.
    /// where : array_like of bool, optional
    ///     Which elements count, in the same shapes. Others contribute exactly 0, whatever they hold.
    /// reduction : {'mean', 'sum', 'weighted_mean', 'none'}, default 'mean'
    ///     ``mean`` divides by the number of elements that count, ``weighted_mean`` by the sum of their weights.
    /// out : numpy.ndarray, optional
    ///     Where the unreduced loss goes, with ``reduction='none'``; it may be `y_pred` itself, which errors leave as it is.
    /// n_threads : int, optional
    ///     How many threads may work, by default ``lossreg.get_num_threads()``. More than four for each CPU, or 16, are never started.
    ///
    /// Returns
    /// -------
    /// float or numpy.ndarray
    ///     The reduced loss, or with ``reduction='none'`` an array in the dtype of `y_pred`.
    ///
    /// Raises
    /// ------
    /// ShapeError, DtypeError, DomainError, AliasError, EmptyError
    ///     Each names the argument, what came, what was wanted and the fix.
    ///
    /// Examples
    /// --------
    /// >>> import lossreg
    /// >>> lossreg.get("squared_error").value([1.0, 2.0], [1.5, 2.0])
    /// 0.125
    #[pyo3(signature = (
        y_true=None, y_pred=None, sample_weight=None, *, r#where=None, reduction=None, out=None, n_threads=None,
        real_scores=None, fake_scores=None, **unknown
    ), text_signature = "($self, y_true, y_pred, sample_weight=None, *, where=None, reduction='mean', out=None, n_threads=None)")]
    fn value<'py>(
        slf: &Bound<'py, Self>,
        y_true: Given<'_, 'py>,
        y_pred: Given<'_, 'py>,
        sample_weight: Given<'_, 'py>,
        r#where: Given<'_, 'py>,
        reduction: Given<'_, 'py>,
        out: Given<'_, 'py>,
        n_threads: Given<'_, 'py>,
        real_scores: Given<'_, 'py>,
        fake_scores: Given<'_, 'py>,
        unknown: Option<Unknown<'_, 'py>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let call = Call::of(
            [y_true, y_pred, sample_weight, r#where, reduction, out, n_threads, real_scores, fake_scores],
            unknown,
        );
        evaluate(slf, &call, Wanted::VALUE, |results| Ok(results.value()))
    }

    /// The derivative of the reduced loss with respect to `y_pred`, in its shape and dtype; with ``reduction='none'`` that of each element.
    ///
    /// The parameters are those of ``value``; `out` takes the array for the result. For an adversarial loss of two arguments
    /// the result is a pair.
    ///
    /// Examples
    /// --------
    /// >>> import lossreg
    /// >>> lossreg.get("squared_error").grad([1.0, 2.0], [1.5, 2.0])
    /// array([0.5, 0. ])
    #[pyo3(signature = (
        y_true=None, y_pred=None, sample_weight=None, *, r#where=None, reduction=None, out=None, n_threads=None,
        real_scores=None, fake_scores=None, **unknown
    ), text_signature = "($self, y_true, y_pred, sample_weight=None, *, where=None, reduction='mean', out=None, n_threads=None)")]
    fn grad<'py>(
        slf: &Bound<'py, Self>,
        y_true: Given<'_, 'py>,
        y_pred: Given<'_, 'py>,
        sample_weight: Given<'_, 'py>,
        r#where: Given<'_, 'py>,
        reduction: Given<'_, 'py>,
        out: Given<'_, 'py>,
        n_threads: Given<'_, 'py>,
        real_scores: Given<'_, 'py>,
        fake_scores: Given<'_, 'py>,
        unknown: Option<Unknown<'_, 'py>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let call = Call::of(
            [y_true, y_pred, sample_weight, r#where, reduction, out, n_threads, real_scores, fake_scores],
            unknown,
        );
        evaluate(slf, &call, Wanted::GRAD, Results::grad)
    }

    /// The loss and its derivative in one pass; `out` takes the array for the derivative.
    ///
    /// Examples
    /// --------
    /// >>> import lossreg
    /// >>> lossreg.get("squared_error").value_and_grad([1.0, 2.0], [1.5, 2.0])
    /// (0.125, array([0.5, 0. ]))
    #[pyo3(signature = (
        y_true=None, y_pred=None, sample_weight=None, *, r#where=None, reduction=None, out=None, n_threads=None,
        real_scores=None, fake_scores=None, **unknown
    ), text_signature = "($self, y_true, y_pred, sample_weight=None, *, where=None, reduction='mean', out=None, n_threads=None)")]
    fn value_and_grad<'py>(
        slf: &Bound<'py, Self>,
        y_true: Given<'_, 'py>,
        y_pred: Given<'_, 'py>,
        sample_weight: Given<'_, 'py>,
        r#where: Given<'_, 'py>,
        reduction: Given<'_, 'py>,
        out: Given<'_, 'py>,
        n_threads: Given<'_, 'py>,
        real_scores: Given<'_, 'py>,
        fake_scores: Given<'_, 'py>,
        unknown: Option<Unknown<'_, 'py>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let call = Call::of(
            [y_true, y_pred, sample_weight, r#where, reduction, out, n_threads, real_scores, fake_scores],
            unknown,
        );
        evaluate(slf, &call, Wanted::VALUE_AND_GRAD, |results| pair(results.value(), results.grad()?))
    }

    /// The diagonal of the second derivative; `min_hessian` floors it before weights.
    ///
    /// Examples
    /// --------
    /// >>> import lossreg
    /// >>> lossreg.get("squared_error").hess([1.0, 2.0], [1.5, 2.0], reduction="sum")
    /// array([2., 2.])
    #[pyo3(signature = (
        y_true=None, y_pred=None, sample_weight=None, *, r#where=None, reduction=None, out=None, n_threads=None,
        hessian=None, min_hessian=None, real_scores=None, fake_scores=None, **unknown
    ), text_signature = "($self, y_true, y_pred, sample_weight=None, *, where=None, reduction='mean', out=None, n_threads=None, \
        hessian='exact', min_hessian=None)")]
    fn hess<'py>(
        slf: &Bound<'py, Self>,
        y_true: Given<'_, 'py>,
        y_pred: Given<'_, 'py>,
        sample_weight: Given<'_, 'py>,
        r#where: Given<'_, 'py>,
        reduction: Given<'_, 'py>,
        out: Given<'_, 'py>,
        n_threads: Given<'_, 'py>,
        hessian: Given<'_, 'py>,
        min_hessian: Given<'_, 'py>,
        real_scores: Given<'_, 'py>,
        fake_scores: Given<'_, 'py>,
        unknown: Option<Unknown<'_, 'py>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let call = Call::of(
            [y_true, y_pred, sample_weight, r#where, reduction, out, n_threads, real_scores, fake_scores],
            unknown,
        )
        .with_curvature(hessian, min_hessian);
        evaluate(slf, &call, Wanted::HESS, Results::hess)
    }

    /// The first derivative and the diagonal of the second in one pass; `out` takes a pair of arrays.
    ///
    /// Examples
    /// --------
    /// >>> import lossreg
    /// >>> lossreg.get("huber").grad_and_hess([0.0, 0.0], [0.5, 3.0], reduction="sum")
    /// (array([0.5, 1. ]), array([1., 0.]))
    #[pyo3(signature = (
        y_true=None, y_pred=None, sample_weight=None, *, r#where=None, reduction=None, out=None, n_threads=None,
        hessian=None, min_hessian=None, real_scores=None, fake_scores=None, **unknown
    ), text_signature = "($self, y_true, y_pred, sample_weight=None, *, where=None, reduction='mean', out=None, n_threads=None, \
        hessian='exact', min_hessian=None)")]
    fn grad_and_hess<'py>(
        slf: &Bound<'py, Self>,
        y_true: Given<'_, 'py>,
        y_pred: Given<'_, 'py>,
        sample_weight: Given<'_, 'py>,
        r#where: Given<'_, 'py>,
        reduction: Given<'_, 'py>,
        out: Given<'_, 'py>,
        n_threads: Given<'_, 'py>,
        hessian: Given<'_, 'py>,
        min_hessian: Given<'_, 'py>,
        real_scores: Given<'_, 'py>,
        fake_scores: Given<'_, 'py>,
        unknown: Option<Unknown<'_, 'py>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let call = Call::of(
            [y_true, y_pred, sample_weight, r#where, reduction, out, n_threads, real_scores, fake_scores],
            unknown,
        )
        .with_curvature(hessian, min_hessian);
        evaluate(slf, &call, Wanted::GRAD_AND_HESS, |results| pair(results.grad()?, results.hess()?))
    }

    /// The loss, its derivative and the diagonal of its second derivative in one pass; `out` takes a pair of arrays.
    ///
    /// Examples
    /// --------
    /// >>> import lossreg
    /// >>> lossreg.get("squared_error").value_grad_hess([0.0], [3.0])
    /// (9.0, array([6.]), array([2.]))
    #[pyo3(signature = (
        y_true=None, y_pred=None, sample_weight=None, *, r#where=None, reduction=None, out=None, n_threads=None,
        hessian=None, min_hessian=None, real_scores=None, fake_scores=None, **unknown
    ), text_signature = "($self, y_true, y_pred, sample_weight=None, *, where=None, reduction='mean', out=None, n_threads=None, \
        hessian='exact', min_hessian=None)")]
    fn value_grad_hess<'py>(
        slf: &Bound<'py, Self>,
        y_true: Given<'_, 'py>,
        y_pred: Given<'_, 'py>,
        sample_weight: Given<'_, 'py>,
        r#where: Given<'_, 'py>,
        reduction: Given<'_, 'py>,
        out: Given<'_, 'py>,
        n_threads: Given<'_, 'py>,
        hessian: Given<'_, 'py>,
        min_hessian: Given<'_, 'py>,
        real_scores: Given<'_, 'py>,
        fake_scores: Given<'_, 'py>,
        unknown: Option<Unknown<'_, 'py>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let call = Call::of(
            [y_true, y_pred, sample_weight, r#where, reduction, out, n_threads, real_scores, fake_scores],
            unknown,
        )
        .with_curvature(hessian, min_hessian);
        evaluate(slf, &call, Wanted::VALUE_GRAD_HESS, |results| {
            let all = [results.value(), results.grad()?, results.hess()?];
            Ok(PyTuple::new(results.py, all)?.into_any())
        })
    }

    /// The second derivatives with respect to every two classes of a row, for row-wise losses: symmetric matrices (..., K, K).
    ///
    /// The parameters are those of ``value``. Classes come last wherever `y_pred` has them; the diagonals are ``hess``, and
    /// derivatives by classes of different rows are 0. Of other losses ``hess`` is the whole Hessian: a ``TypeError`` says so.
    ///
    /// Examples
    /// --------
    /// >>> import lossreg
    /// >>> lossreg.get("sparse_categorical_cross_entropy").full_hessian([0], [[0.0, 0.0]]).tolist()
    /// [[[0.25, -0.25], [-0.25, 0.25]]]
    #[pyo3(signature = (y_true=None, y_pred=None, sample_weight=None, *, r#where=None, reduction=None, n_threads=None, **unknown),
        text_signature = "($self, y_true, y_pred, sample_weight=None, *, where=None, reduction='mean', n_threads=None)")]
    fn full_hessian<'py>(
        slf: &Bound<'py, Self>,
        y_true: Given<'_, 'py>,
        y_pred: Given<'_, 'py>,
        sample_weight: Given<'_, 'py>,
        r#where: Given<'_, 'py>,
        reduction: Given<'_, 'py>,
        n_threads: Given<'_, 'py>,
        unknown: Option<Unknown<'_, 'py>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let call = Call::of([y_true, y_pred, sample_weight, r#where, reduction, None, n_threads, None, None], unknown);
        evaluate(slf, &call, Wanted::FULL_HESSIAN, Results::hess)
    }

    /// The canonical name.
    ///
    /// Examples
    /// --------
    /// >>> import lossreg
    /// >>> lossreg.get("mse").name
    /// 'squared_error'
    #[getter]
    fn name(&self, py: Python<'_>) -> PyResult<&'static str> {
        Ok(self.native(py)?.entry.name)
    }

    /// Every parameter by name.
    ///
    /// Examples
    /// --------
    /// >>> import lossreg
    /// >>> lossreg.get("huber").params
    /// {'delta': 1.0}
    #[getter]
    fn params<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let native = self.native(py)?;
        params::dict(py, native.entry, &native.params)
    }

    /// The canonical name, as functions have one; that of a sum in words, for XGBoost and others read spaces as their own.
    #[getter(__name__)]
    fn function_name(slf: &Bound<'_, Self>) -> PyResult<String> {
        let name: String = slf.getattr("name")?.extract()?;
        let spoken = name.replace('+', " plus ").replace('-', " minus ");
        let words = spoken.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
        let joined = words.collect::<Vec<_>>().join("_");
        Ok(if joined.starts_with(|c: char| c.is_ascii_digit()) { format!("_{joined}") } else { joined })
    }

    /// The same.
    #[getter(__qualname__)]
    fn qualified_name(slf: &Bound<'_, Self>) -> PyResult<String> {
        Self::function_name(slf)
    }

    /// What there is to know that depends on the parameters: items of `lossreg.LossInfo`.
    fn _facts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let native = self.native(py)?;
        catalog::facts(py, native.entry, &native.params, &native.settings)
    }
}

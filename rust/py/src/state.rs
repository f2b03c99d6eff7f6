//! `lossreg.State`: the sums of a loss over data that come in parts, as if they had come at once.
//!
//! How a state is written and read again is in `lossreg/state.py`. The lock is only held where no code of others runs, so that
//! whoever holds it is never waited for long.

#![allow(clippy::doc_markdown)] // Docs are Python's.

use crate::error::{Kind, raise, raise_for, shown};
use crate::evaluator::Catalogued;
use crate::front::call::{self, Call, Given, Unknown};
use crate::guard::guarded;
use crate::loss::{Loss, evaluator};
use crate::run;
use crate::sums::State;
use lossreg_core::engine::divisor::reduced;
use lossreg_core::engine::request::Reduction;
use lossreg_core::engine::sums::Totals;
use lossreg_core::error::Error;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use std::sync::Mutex;

/// What a state asks a loss for: no derivative.
const VALUE_ALONE: [bool; 2] = [false; 2];

impl State {
    fn name(&self) -> &'static str {
        call::name_of(self.reduction)
    }

    /// Whether the other is of the same loss and reduction. That two built-ins are the same needs no Python.
    fn is_like(&self, other: &State, py: Python<'_>) -> PyResult<bool> {
        let same = match (self.built_in(py), other.built_in(py)) {
            _ if self.loss.is(&other.loss) => true,
            (Some(a), Some(b)) if std::ptr::eq(a.entry, b.entry) => a.params == b.params,
            _ => self.loss.bind(py).eq(other.loss.bind(py))?,
        };
        Ok(same && self.reduction == other.reduction)
    }

    fn built_in(&self, py: Python<'_>) -> Option<&Catalogued> {
        let plain = self.loss.bind(py).is_exact_instance_of::<Loss>();
        self.loss.get().native.as_ref().filter(|_| plain)
    }

    /// Adds the sums of other data, or nothing.
    fn add(&self, py: Python<'_>, more: &[Totals]) -> PyResult<()> {
        let added = self.exchange(|sides| {
            let mut sums = sides.to_vec();
            sums.iter_mut().zip(more).all(|(sum, more)| sum.merge(more)).then_some(sums)
        });
        let full = || raise(py, Kind::Parameter, "the states have seen 2**64 losses or more, which no state counts");
        added.ok_or_else(full)
    }

    /// Puts other sums in the place of these, where there are some. What makes them runs under the lock, and must not be Python.
    fn exchange(&self, others: impl FnOnce(&[Totals]) -> Option<Vec<Totals>>) -> Option<()> {
        let mut sides = self.sides();
        *sides = others(&sides)?;
        Some(())
    }

    fn add_state(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = other.py();
        let Ok(other) = other.cast::<State>().map(Bound::get) else {
            return Err(raise(py, Kind::Type, &format!("other is {}; wanted a lossreg.State", shown(other))));
        };
        if !self.is_like(other, py)? {
            let of = |state: &State| -> PyResult<String> {
                Ok(format!("the {} of {}", state.name(), shown(state.loss.bind(py).as_any())))
            };
            let message = format!(
                "other is a state of {}, and this is one of {}; only states of one loss and one reduction can be merged",
                of(other)?,
                of(self)?
            );
            return Err(raise_for(py, Kind::Parameter, "other", &message));
        }
        let more = other.sides().clone();
        self.add(py, &more)
    }

    /// Takes the sums that bytes hold.
    fn take(&self, py: Python<'_>, mut packed: &[u8]) -> PyResult<()> {
        let taken = self.exchange(|sides| {
            let read: Option<Vec<_>> = sides.iter().map(|_| Totals::unpack(&mut packed)).collect();
            read.filter(|_| packed.is_empty())
        });
        taken.ok_or_else(|| raise_for(py, Kind::Parameter, "data", "data holds sums that no data have"))
    }

    /// The sums as bytes, the same for the same sums.
    fn packed(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.sides().iter().for_each(|totals| totals.pack(&mut bytes));
        bytes
    }

    /// A number of each side: alone, or as a pair.
    fn each<'py, N: IntoPyObject<'py>>(
        &self,
        py: Python<'py>,
        of: impl Fn(&Totals) -> N,
    ) -> PyResult<Bound<'py, PyAny>> {
        let numbers: Vec<N> = self.sides().iter().map(of).collect();
        let tuple = PyTuple::new(py, numbers)?;
        if tuple.len() == 1 { tuple.get_item(0) } else { Ok(tuple.into_any()) }
    }
}

#[pymethods]
impl State {
    #[new]
    #[pyo3(signature = (loss, reduction=None), text_signature = "(loss, reduction='mean')")]
    fn new(py: Python<'_>, loss: &Bound<'_, Loss>, reduction: Given<'_, '_>) -> PyResult<Self> {
        guarded(py, || {
            let kind = call::reduction(py, reduction)?;
            if kind == Reduction::None {
                let message = "reduction is 'none', which keeps every loss, and a state keeps their sum; wanted one of 'mean', 'sum', 'weighted_mean'";
                return Err(raise_for(py, Kind::Parameter, "reduction", message));
            }
            let of = evaluator(loss, VALUE_ALONE)?;
            if of.is_coupled() {
                let message = format!(
                    "{} sees each score relative to the mean of the other side, which no part of the data tells: it has \
                     no state; evaluate all scores in one call",
                    of.name()
                );
                return Err(raise_for(py, Kind::Parameter, "loss", &message));
            }
            let sides = Mutex::new(vec![Totals::default(); of.sides()]);
            Ok(State { loss: loss.clone().unbind(), reduction: kind, sides })
        })
    }

    /// Adds the losses of more data; of nothing where this raises an error.
    ///
    /// Parameters
    /// ----------
    /// y_true, y_pred : array_like
    ///     Targets and predictions, or scores, as the loss takes them. There may be none.
    /// sample_weight, where : array_like, optional
    ///     Weights and mask, as in ``loss.value``.
    /// n_threads : int, optional
    ///     How many threads may work, by default ``lossreg.get_num_threads()``.
    ///
    /// Returns
    /// -------
    /// State
    ///     This state.
    ///
    /// Raises
    /// ------
    /// ShapeError, DtypeError, DomainError
    ///     As ``loss.value``; the state is then as it was.
    ///
    /// Examples
    /// --------
    /// >>> import lossreg
    /// >>> state = lossreg.get("absolute_error").state()
    /// >>> for y_true, y_pred in (([1.0, 2.0], [1.5, 2.0]), ([], []), ([3.0], [4.0])):
    /// ...     state = state.update(y_true, y_pred)
    /// >>> state.result()
    /// 0.5
    #[pyo3(signature = (
        y_true=None, y_pred=None, sample_weight=None, *, r#where=None, n_threads=None, real_scores=None, fake_scores=None,
        **unknown
    ), text_signature = "($self, y_true, y_pred, sample_weight=None, *, where=None, n_threads=None)")]
    fn update<'py>(
        slf: Bound<'py, Self>,
        y_true: Given<'_, 'py>,
        y_pred: Given<'_, 'py>,
        sample_weight: Given<'_, 'py>,
        r#where: Given<'_, 'py>,
        n_threads: Given<'_, 'py>,
        real_scores: Given<'_, 'py>,
        fake_scores: Given<'_, 'py>,
        unknown: Option<Unknown<'_, 'py>>,
    ) -> PyResult<Bound<'py, Self>> {
        let (py, this) = (slf.py(), slf.get());
        let call = Call::of(
            [y_true, y_pred, sample_weight, r#where, None, None, n_threads, real_scores, fake_scores],
            unknown,
        );
        guarded(py, || this.add(py, &run::totals(py, &evaluator(this.loss.bind(py), VALUE_ALONE)?, &call)?))?;
        Ok(slf)
    }

    /// Adds what another state has seen, and returns this one. The other is left as it is.
    ///
    /// Parameters
    /// ----------
    /// other : State
    ///     A state of the same loss and reduction.
    ///
    /// Returns
    /// -------
    /// State
    ///     This state.
    ///
    /// Raises
    /// ------
    /// ParameterError
    ///     If the other is of another loss or reduction.
    ///
    /// Examples
    /// --------
    /// >>> import lossreg
    /// >>> loss = lossreg.get("huber")
    /// >>> total = loss.state("sum")
    /// >>> for y in (1.0, 2.0, 3.0):
    /// ...     total = total.merge(loss.state("sum").update([y], [0.0]))
    /// >>> total.result()
    /// 4.5
    fn merge<'py>(slf: Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Self>> {
        guarded(slf.py(), || slf.get().add_state(other))?;
        Ok(slf)
    }

    fn __add__(slf: &Bound<'_, Self>, other: &Bound<'_, State>) -> PyResult<State> {
        let py = slf.py();
        guarded(py, || {
            let sum = slf.get().__copy__(py);
            sum.add_state(other)?;
            Ok(sum)
        })
    }

    /// Where `sum` begins.
    fn __radd__<'py>(slf: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        if other.extract::<i64>().is_ok_and(|zero| zero == 0) {
            return Ok(Bound::new(py, slf.get().__copy__(py))?.into_any());
        }
        Ok(py.NotImplemented().into_bound(py))
    }

    /// The reduced loss of everything seen: to the last bit that of one call over all of it.
    ///
    /// Returns
    /// -------
    /// float
    ///     The exact sum or quotient, rounded once. That of a loss of two arrays of scores is the sum of both sides' values.
    ///
    /// Raises
    /// ------
    /// EmptyError
    ///     If it is a mean over nothing, or over weights that sum to zero.
    ///
    /// Examples
    /// --------
    /// >>> import lossreg
    /// >>> state = lossreg.get("squared_error").state("weighted_mean")
    /// >>> state.update([0.0, 0.0], [1.0, 2.0], sample_weight=[3.0, 1.0]).result()
    /// 1.75
    /// >>> lossreg.get("squared_error").state("sum").result()
    /// 0.0
    fn result(&self, py: Python<'_>) -> PyResult<f64> {
        guarded(py, || {
            let sides = self.sides().clone();
            let mut value = 0.0;
            for totals in &sides {
                let reduced = reduced(totals, self.reduction).map_err(|error| match error {
                    Error::Empty(message) => raise(py, Kind::Empty, &message),
                    error => raise(py, Kind::Internal, &format!("{error:?}")),
                })?;
                value = if sides.len() == 1 { reduced } else { value + reduced };
            }
            Ok(value)
        })
    }

    /// How many losses are valid of those seen: neither masked nor ignored. Of a loss of two arrays of scores, a pair.
    ///
    /// Examples
    /// --------
    /// >>> import lossreg
    /// >>> lossreg.get("huber").state().update([1.0, 2.0], [1.0, 2.0], where=[True, False]).count
    /// 1
    #[getter]
    fn count<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.each(py, |totals| totals.count)
    }

    /// The sum of their weights, which are 1 where none were given. Of a loss of two arrays of scores, a pair.
    ///
    /// Examples
    /// --------
    /// >>> import lossreg
    /// >>> lossreg.get("huber").state().update([1.0, 2.0], [1.0, 2.0], sample_weight=[0.5, 2.0]).weight
    /// 2.5
    #[getter]
    fn weight<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.each(py, |totals| totals.weights.rounded())
    }

    /// The loss.
    ///
    /// Examples
    /// --------
    /// >>> import lossreg
    /// >>> lossreg.get("huber").state().loss
    /// huber()
    #[getter]
    fn loss(&self, py: Python<'_>) -> Py<Loss> {
        self.loss.clone_ref(py)
    }

    /// How the losses become one number: ``'mean'``, ``'sum'`` or ``'weighted_mean'``.
    ///
    /// Examples
    /// --------
    /// >>> import lossreg
    /// >>> lossreg.get("huber").state().reduction
    /// 'mean'
    #[getter]
    fn reduction(&self) -> &'static str {
        self.name()
    }

    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, State>) -> PyResult<bool> {
        guarded(py, || {
            if !self.is_like(other.get(), py)? {
                return Ok(false);
            }
            let others = other.get().sides().clone();
            Ok(*self.sides() == others)
        })
    }

    fn __copy__(&self, py: Python<'_>) -> State {
        State { loss: self.loss.clone_ref(py), reduction: self.reduction, sides: Mutex::new(self.sides().clone()) }
    }

    fn __deepcopy__(&self, py: Python<'_>, _memo: &Bound<'_, PyAny>) -> State {
        self.__copy__(py)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let this = slf.get();
        let (loss, count) = (this.loss.bind(slf.py()).repr()?, this.count(slf.py())?);
        Ok(format!("State({loss}, '{}', count={count})", this.name()))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let (py, this) = (slf.py(), slf.get());
        let sealed =
            py.import("lossreg.state")?.call_method1("sealed", (this.name(), PyBytes::new(py, &this.packed())))?;
        (slf.get_type(), (this.loss.clone_ref(py), this.name()), sealed).into_pyobject(py)
    }

    /// Takes what `__reduce__` has sealed.
    fn __setstate__(&self, data: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = data.py();
        let sums: Vec<u8> = py.import("lossreg.state")?.call_method1("unsealed", (self.name(), data))?.extract()?;
        self.take(py, &sums)
    }

    /// The state as bytes, for ``from_bytes`` on this or another machine.
    ///
    /// They hold the name and the parameters of the loss, not its code: one written in Python must be registered where they are
    /// read, or be given there. A pickle has the loss as its own pickle does.
    ///
    /// Returns
    /// -------
    /// bytes
    ///     At most 2 kB besides the loss; equal sums have equal bytes.
    ///
    /// Examples
    /// --------
    /// >>> import lossreg
    /// >>> state = lossreg.get("huber").state().update([1.0], [3.0])
    /// >>> lossreg.State.from_bytes(state.to_bytes()) == state
    /// True
    fn to_bytes<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let (py, this) = (slf.py(), slf.get());
        py.import("lossreg.state")?
            .call_method1("to_bytes", (this.loss.clone_ref(py), this.name(), PyBytes::new(py, &this.packed())))
    }

    /// Makes a state again from what ``to_bytes`` returned.
    ///
    /// Parameters
    /// ----------
    /// data : bytes, bytearray or memoryview
    ///     The bytes.
    /// loss : Loss, optional
    ///     The loss, where ``lossreg.get`` does not know it; its name and parameters must be those in the bytes.
    ///
    /// Returns
    /// -------
    /// State
    ///     The state.
    ///
    /// Raises
    /// ------
    /// ParameterError
    ///     If the bytes are no state, or damaged, or of a version or a loss that is not known here; it is a ``ValueError``.
    ///
    /// Examples
    /// --------
    /// >>> import lossreg
    /// >>> lossreg.State.from_bytes(b"something else")
    /// Traceback (most recent call last):
    /// lossreg.errors.ParameterError: data is no state of lossreg: it does not begin with b'lossreg.state'
    #[staticmethod]
    #[pyo3(signature = (data, *, loss=None))]
    fn from_bytes(data: &Bound<'_, PyAny>, loss: Option<&Bound<'_, Loss>>) -> PyResult<State> {
        let py = data.py();
        // The module is below the registry, so that look-ups are handed to it.
        let get = py.import("lossreg")?.getattr("get")?;
        let parts: (Bound<'_, Loss>, Bound<'_, PyAny>, Vec<u8>) =
            py.import("lossreg.state")?.call_method1("from_bytes", (data, loss, get))?.extract()?;
        let state = State::new(py, &parts.0, Some(&parts.1))?;
        state.take(py, &parts.2).map(|()| state)
    }
}

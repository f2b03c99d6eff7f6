//! What there is to know about the built-ins, as Python data: the items of `lossreg.LossInfo`.

use crate::error::{Kind, raise};
use crate::guard::guarded;
use crate::params;
use lossreg_core::engine::entry::{Code, Entry, Settings};
use lossreg_core::loss::{Family, Link, Role, Side, Start, Value};
use lossreg_losses::{CATALOG, find};
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict, PyList, PyTuple};

/// The entry of a canonical name, or an error.
pub fn entry(py: Python<'_>, name: &str) -> PyResult<&'static Entry> {
    find(name).ok_or_else(|| raise(py, Kind::UnknownLoss, &format!("there is no built-in loss {name:?}")))
}

/// Every built-in loss as a dict, sorted by name.
#[pyfunction]
pub fn catalog(py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
    let list = PyList::empty(py);
    for entry in CATALOG {
        let info = entry.info;
        let dict = PyDict::new(py);
        dict.set_item("name", entry.name)?;
        dict.set_item("family", family(info.family))?;
        dict.set_item("summary", info.summary)?;
        dict.set_item("use_when", info.use_when)?;
        dict.set_item("formula", info.formula)?;
        dict.set_item("params", params::described(py, entry)?)?;
        dict.set_item("columns", PyTuple::new(py, info.columns)?)?;
        dict.set_item("target_columns", PyTuple::new(py, info.target_columns)?)?;
        dict.set_item("aliases", PyTuple::new(py, info.aliases)?)?;
        dict.set_item("sides", PyTuple::new(py, sides(info.family))?)?;
        dict.set_item("coupled", matches!(entry.code, Code::Opposed(_)))?;
        let raw_switch = info.params.iter().find(|param| param.role == Role::RawInput);
        dict.set_item("raw_switch", raw_switch.map(|param| param.name))?;
        dict.set_item("link", info.link.name())?;
        let start = if matches!(info.family, Family::Adversarial(_)) { "none" } else { start(info.start) };
        dict.set_item("start", start)?; // without targets there is nothing to start from
        dict.set_item("relations", info.relations.iter().copied().into_py_dict(py)?)?;
        dict.set_item("kinks", info.kinks)?;
        dict.set_item("source", info.source)?;
        let defaults: Vec<_> = info.params.iter().map(|param| param.default.into()).collect();
        dict.update(facts(py, entry, &defaults, &entry.settings(&defaults))?.as_mapping())?;
        list.append(dict)?;
    }
    Ok(list)
}

/// What depends on the parameters.
pub fn facts<'py>(
    py: Python<'py>,
    entry: &Entry,
    params: &[Value],
    settings: &Settings,
) -> PyResult<Bound<'py, PyDict>> {
    let info = entry.info;
    let dict = PyDict::new(py);
    let adversarial = matches!(info.family, Family::Adversarial(_));
    let prediction = match info.link {
        Link::Identity if !adversarial => settings.prediction.name(),
        _ if settings.raw => "raw",
        Link::Softmax => "unnormalized",
        _ => settings.prediction.name(),
    };
    dict.set_item("target", if adversarial { "none" } else { settings.target.name() })?;
    dict.set_item("prediction", prediction)?;
    dict.set_item("convex", info.convex)?;
    let hessians = entry.kinds(params, settings).into_py_dict(py)?;
    dict.set_item("hessians", hessians)?;
    Ok(dict)
}

/// All parameters of a built-in, checked, with the defaults of those not given.
#[pyfunction]
pub fn check_params<'py>(py: Python<'py>, name: &str, params: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyDict>> {
    guarded(py, || {
        let entry = entry(py, name)?;
        params::dict(py, entry, &params::checked(py, entry, Some(params))?)
    })
}

fn family(family: Family) -> &'static str {
    match family {
        Family::Pointwise => "pointwise",
        Family::RowWise => "row-wise",
        Family::Adversarial(_) => "adversarial",
        Family::SetWise => "set-wise",
        Family::Columns => "column-wise",
        Family::Sequence => "sequence",
    }
}

/// The names of the array arguments.
fn sides(family: Family) -> Vec<&'static str> {
    match family {
        Family::Adversarial(sides) => sides
            .iter()
            .map(|side| match side {
                Side::Real => "real_scores",
                Side::Fake => "fake_scores",
            })
            .collect(),
        _ => vec!["y_true", "y_pred"],
    }
}

/// A member of `lossreg.info.Start`.
fn start(start: Start) -> &'static str {
    match start {
        Start::Mean => "target-mean",
        Start::Median => "target-median",
        Start::Quantile => "target-quantile",
        Start::HalfLogit => "half-logit",
        Start::ClassProbabilities => "class-probabilities",
        Start::Search => "search",
        Start::None => "none",
    }
}

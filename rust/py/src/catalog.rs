//! What there is to know about the built-ins, as Python data.

use crate::author::DOMAINS;
use crate::error::{Kind, raise};
use crate::params;
use lossreg_core::engine::entry::Entry;
use lossreg_core::loss::{Domain, Family, Link};
use lossreg_losses::{CATALOG, find};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

/// The entry of a canonical name, or an error.
pub fn entry(py: Python<'_>, name: &str) -> PyResult<&'static Entry> {
    find(name).ok_or_else(|| raise(py, Kind::UnknownLoss, &format!("there is no built-in loss {name:?}")))
}

/// A link's name.
pub fn link(entry: &Entry, raw: bool) -> &'static str {
    match entry.info.link {
        _ if !raw => "identity",
        Link::Identity => "identity",
        Link::Logit => "logit",
        Link::Log => "log",
        Link::Softmax => "softmax",
    }
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
        dict.set_item("formula", info.formula)?;
        dict.set_item("params", params::described(py, entry)?)?;
        dict.set_item("aliases", info.aliases)?;
        dict.set_item("target", target(info.family, info.target))?;
        let prediction = match (info.family, info.link) {
            (Family::Adversarial(_), _) => "scores of any size".to_owned(),
            (_, Link::Identity) => "any number".to_owned(),
            (_, link) => format!("raw scores; {} where the parameter says so", on_scale(info.prediction(false), link)),
        };
        dict.set_item("prediction", prediction)?;
        dict.set_item("link", link(entry, true))?;
        dict.set_item("kinks", info.kinks)?;
        dict.set_item("convex", info.convex)?;
        let hessians = PyDict::new(py);
        hessians.set_item("exact", info.convex)?;
        dict.set_item("hessians", hessians)?;
        dict.set_item("source", info.source)?;
        list.append(dict)?;
    }
    Ok(list)
}

/// The domains that a loss written in Python may name, with what is in each.
#[pyfunction]
pub fn domains(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let dict = PyDict::new(py);
    for (name, domain) in DOMAINS {
        dict.set_item(name, domain.wanted())?;
    }
    Ok(dict)
}

/// All parameters of a built-in, checked, with the defaults of those not given.
#[pyfunction]
pub fn check_params<'py>(py: Python<'py>, name: &str, params: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyDict>> {
    let entry = entry(py, name)?;
    params::dict(py, entry, &params::checked(py, entry, Some(params))?, true)
}

fn family(family: Family) -> &'static str {
    match family {
        Family::Pointwise => "pointwise",
        Family::RowWise => "row-wise",
        Family::Adversarial(_) => "adversarial",
    }
}

fn target(family: Family, domain: Domain) -> &'static str {
    match family {
        Family::Adversarial(_) => "none: the sides are known by their arguments",
        _ => domain.wanted(),
    }
}

/// What predictions on the scale of the target are.
fn on_scale(domain: Domain, link: Link) -> &'static str {
    if link == Link::Softmax { "rows of numbers of at least 0, divided by their sum," } else { domain.wanted() }
}

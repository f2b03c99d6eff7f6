//! Parameters of a loss: from Python's objects, checked, and back.

use crate::error::{Kind, raise_with, shown};
use lossreg_core::engine::entry::Entry;
use lossreg_core::engine::memory::NO_INDEX;
use lossreg_core::loss::{Kind as Allowed, Param, Value};
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

/// All parameters in order: those given, checked, and the defaults of the others.
pub fn checked(py: Python<'_>, entry: &Entry, given: Option<&Bound<'_, PyDict>>) -> PyResult<Vec<Value>> {
    let params = entry.info.params;
    let mut values: Vec<Value> = params.iter().map(|param| param.default.into()).collect();
    // A copy, because converting a value may run code of its own, which may change the dict.
    let given = given.map(PyDictMethods::copy).transpose()?;
    for (name, object) in given.iter().flatten() {
        let key = name.extract::<String>().unwrap_or_default();
        let Some(i) = params.iter().position(|param| param.name == key) else {
            let names: Vec<_> = params.iter().map(|param| param.name).collect();
            let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            let message = format!("{} has no parameter {}; it has: {known}", entry.name, shown(&name));
            return Err(refused(py, entry, &name, &object, &message));
        };
        values[i] = value(entry, &params[i], &object)?.ok_or_else(|| {
            let wanted = wanted(params[i].kind, object.is_instance_of::<PyInt>() && !object.is_instance_of::<PyBool>());
            let message = format!("{}: {key} is {}; wanted {wanted}", entry.name, shown(&object));
            refused(py, entry, &name, &object, &message)
        })?;
    }
    if let Some(reason) = (entry.refusal)(&values) {
        let facts = [("loss", PyString::new(py, entry.name).into_any())];
        return Err(raise_with(py, Kind::Parameter, &format!("{}: {reason}", entry.name), facts));
    }
    Ok(values)
}

#[cold]
fn refused<'py>(
    py: Python<'py>,
    entry: &Entry,
    name: &Bound<'py, PyAny>,
    value: &Bound<'py, PyAny>,
    message: &str,
) -> PyErr {
    let loss = PyString::new(py, entry.name).into_any();
    let facts = [("loss", loss), ("parameter", name.clone()), ("value", value.clone())];
    raise_with(py, Kind::Parameter, message, facts)
}

/// The value, or none where it is not allowed.
fn value(entry: &Entry, param: &Param, object: &Bound<'_, PyAny>) -> PyResult<Option<Value>> {
    let number = || number(object);
    Ok(match param.kind {
        Allowed::Switch => {
            if object.is_instance_of::<PyBool>() || is_bool(object) {
                Some(Value::Switch(object.is_truthy()?))
            } else {
                None
            }
        }
        Allowed::Number { optional: true, .. }
        | Allowed::Integer { optional: true }
        | Allowed::PerClass { .. }
        | Allowed::Axes
            if object.is_none() =>
        {
            Some(Value::None)
        }
        Allowed::Number { low, low_open, high, high_open, .. } => number()
            .filter(|&x| if low_open { x > low } else { x >= low })
            .filter(|&x| if high_open { x < high } else { x <= high })
            .map(Value::Number),
        Allowed::Integer { .. } => {
            if object.is_instance_of::<PyBool>() {
                None
            } else {
                // The least of 64 bits stands for what is no index of a class, and so cannot be one to ignore.
                object.extract::<i64>().ok().filter(|&integer| integer != NO_INDEX).map(Value::Integer)
            }
        }
        Allowed::Axes => axes(object)?,
        Allowed::Choice(words) => {
            let word = object.cast::<PyString>().map(ToString::to_string).unwrap_or_default();
            words.iter().position(|known| *known == word).map(Value::Choice)
        }
        Allowed::PerClass { scalar } => match number().filter(|&x| x >= 0.0) {
            Some(x) if scalar => Some(Value::Number(x)),
            Some(_) => None,
            None => numbers(entry, param, object, |x, _| x >= 0.0)?.map(Value::List),
        },
        Allowed::Thresholds => {
            let above = |x: f64, before: Option<&f64>| before.is_none_or(|&before| x > before);
            numbers(entry, param, object, above)?.map(Value::List)
        }
    })
}

/// One axis or several.
fn axes(object: &Bound<'_, PyAny>) -> PyResult<Option<Value>> {
    let axis = |object: &Bound<'_, PyAny>| {
        let axis = if object.is_instance_of::<PyBool>() { None } else { object.extract::<i64>().ok() };
        axis.filter(|axis| axis.abs() <= MOST_AXES)
    };
    if let Some(axis) = axis(object) {
        return Ok(Some(Value::Integer(axis)));
    }
    if !is_listed(object)? {
        return Ok(None);
    }
    let Ok(items) = object.try_iter() else { return Ok(None) };
    let mut axes = Vec::new();
    for item in items {
        match axis(&item?) {
            Some(axis) if axes.len() < MOST_AXES as usize => axes.push(axis as f64),
            _ => return Ok(None),
        }
    }
    Ok((!axes.is_empty()).then_some(Value::List(axes)))
}

/// The most axes that an array of NumPy's has.
const MOST_AXES: i64 = 64;

/// A finite number.
pub fn number(object: &Bound<'_, PyAny>) -> Option<f64> {
    let refused = object.is_instance_of::<PyBool>() || object.is_instance_of::<PyString>() || is_bool(object);
    if refused { None } else { object.extract::<f64>().ok().filter(|x| x.is_finite()).map(plain_zero) }
}

/// The most numbers per class: what claims more is no list of weights, and what claims less may have more.
const MOST: usize = 1 << 24;

/// One finite number after the other, of a sequence or an array, each of which may be there after the one before. Its claim of a length
/// is not trusted with memory.
fn numbers(
    entry: &Entry,
    param: &Param,
    object: &Bound<'_, PyAny>,
    allows: impl Fn(f64, Option<&f64>) -> bool,
) -> PyResult<Option<Vec<f64>>> {
    let too_many = || {
        let message = format!("{}: {} has more than {MOST} numbers; wanted one per class", entry.name, param.name);
        Err(refused(object.py(), entry, &PyString::new(object.py(), param.name), object, &message))
    };
    if !is_listed(object)? {
        return Ok(None);
    }
    match object.len() {
        Ok(0) => return Ok(None),
        Ok(len) if len > MOST => return too_many(),
        Err(error) if error.is_instance_of::<PyOverflowError>(object.py()) => return too_many(),
        _ => {}
    }
    let mut numbers = Vec::new();
    let Ok(items) = object.try_iter() else { return Ok(None) };
    for item in items {
        if numbers.len() == MOST {
            return too_many();
        }
        match number(&item?).filter(|&x| allows(x, numbers.last())) {
            Some(x) => numbers.push(x),
            None => return Ok(None),
        }
    }
    Ok((!numbers.is_empty()).then_some(numbers))
}

/// Whether this has one thing after the other: a sequence, or an array or a column of whatever library, but no text and no mapping.
fn is_listed(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    let text = object.is_instance_of::<PyString>() || object.is_instance_of::<PyBytes>();
    let has = |name| object.hasattr(name);
    Ok(!text && has("__getitem__")? && has("__len__")? && (has("tolist")? || !has("keys")?))
}

/// The number, 0 for −0: equal parameters are written and hashed alike.
fn plain_zero(x: f64) -> f64 {
    x + 0.0
}

/// Whether this is NumPy's bool.
fn is_bool(object: &Bound<'_, PyAny>) -> bool {
    object.get_type().name().is_ok_and(|name| name == "bool" || name == "bool_")
}

/// What is allowed, in words; of whole numbers also where they end, for one that is beyond.
fn wanted(kind: Allowed, is_whole: bool) -> String {
    match kind {
        Allowed::Switch => "True or False".to_owned(),
        Allowed::Integer { optional } => {
            let range = if is_whole { " between -2**63 and 2**63, both excluded," } else { "" };
            format!("a whole number{range}{}", if optional { " or None" } else { "" }).trim_end_matches(',').to_owned()
        }
        Allowed::Axes => "None, an axis or several axes".to_owned(),
        Allowed::Choice(words) => {
            format!("one of {}", words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", "))
        }
        Allowed::PerClass { scalar } => {
            let number = "a finite number of at least 0";
            if scalar {
                format!("None, {number}, or a list with one for each class")
            } else {
                format!("None, or a list with {number} for each class")
            }
        }
        Allowed::Thresholds => "a list of finite numbers, each above the one before".to_owned(),
        Allowed::Number { low, low_open, high, high_open, optional } => {
            let mut text = "a finite number".to_owned();
            if low.is_finite() {
                text = format!("{text} {} {low}", if low_open { "above" } else { "of at least" });
            }
            if high.is_finite() {
                text = format!("{text} and {} {high}", if high_open { "below" } else { "at most" });
            }
            if optional { text + ", or None" } else { text }
        }
    }
}

/// The value as a Python object.
pub fn object<'py>(py: Python<'py>, param: &Param, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::List(axes) if param.kind == Allowed::Axes => {
            PyList::new(py, axes.iter().map(|&axis| axis as i64))?.into_any()
        }
        Value::Choice(i) => match param.kind {
            Allowed::Choice(words) => PyString::new(py, words[*i]).into_any(),
            _ => py.None().into_bound(py),
        },
        Value::Number(x) => PyFloat::new(py, *x).into_any(),
        Value::Switch(on) => PyBool::new(py, *on).to_owned().into_any(),
        Value::Integer(i) => PyInt::new(py, *i).into_any(),
        Value::List(numbers) if param.kind == Allowed::Thresholds => PyTuple::new(py, numbers)?.into_any(),
        Value::List(numbers) => PyList::new(py, numbers)?.into_any(),
        Value::None => py.None().into_bound(py),
    })
}

/// Parameters by name.
pub fn dict<'py>(py: Python<'py>, entry: &Entry, values: &[Value]) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (param, value) in entry.info.params.iter().zip(values) {
        dict.set_item(param.name, object(py, param, value)?)?;
    }
    Ok(dict)
}

/// What may be said about the parameters, for documentation and stubs.
pub fn described<'py>(py: Python<'py>, entry: &Entry) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for param in entry.info.params {
        let dict = PyDict::new(py);
        dict.set_item("name", param.name)?;
        dict.set_item("default", object(py, param, &param.default.into())?)?;
        dict.set_item("doc", param.doc)?;
        dict.set_item("special", PyTuple::new(py, param.special)?)?;
        let (kind, optional) = match param.kind {
            Allowed::Switch => ("switch", false),
            Allowed::Number { low, low_open, high, high_open, optional } => {
                dict.set_item("low", low)?;
                dict.set_item("low_open", low_open)?;
                dict.set_item("high", high)?;
                dict.set_item("high_open", high_open)?;
                ("number", optional)
            }
            Allowed::Integer { optional } => ("integer", optional),
            Allowed::Axes => ("axes", true),
            Allowed::Choice(words) => {
                dict.set_item("choices", PyTuple::new(py, words)?)?;
                ("choice", false)
            }
            Allowed::PerClass { scalar } => {
                dict.set_item("scalar", scalar)?;
                ("per-class", true)
            }
            Allowed::Thresholds => ("thresholds", false),
        };
        dict.set_item("kind", kind)?;
        dict.set_item("optional", optional)?;
        list.append(dict)?;
    }
    Ok(list)
}

//! `lossreg._native.Formula`: the text of a loss, parsed; with numbers for its parameters it becomes a loss.

#![allow(clippy::needless_pass_by_value)] // Arguments come from Python.

use crate::domains;
use crate::error::{Kind, raise};
use crate::evaluator::{Catalogued, Defined};
use crate::guard::guarded;
use crate::twins::twin;
use lossreg_core::engine::entry::{Entry, Settings};
use lossreg_core::engine::program::Interpreted;
use lossreg_core::engine::programmed;
use lossreg_core::families::MOST;
use lossreg_core::loss::{Cost, Domain, Link, Value};
use lossreg_formula::{Columns, FUNCTIONS, Fault, Formula as Program, Meaning, Tree, variables};
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict};
use std::sync::Arc;

/// The text of a loss, parsed. `params` are the names of its parameters, `columns` and `target_columns` those of what its predictions
/// and targets consist of.
#[pyclass(frozen, module = "lossreg._native")]
pub struct Formula {
    text: String,
    tree: Tree,
    /// The names of its own parameters: without those of every formula of rows.
    params: Vec<String>,
    /// The names of the numbers of a target, and of those that predict it.
    columns: [Vec<String>; 2],
    domains: [Domain; 2],
    /// What each number of a target may be; none where the domain of the target says it of all.
    each: Vec<Domain>,
    defined: Arc<Defined>,
    compiled: bool,
}

#[pymethods]
impl Formula {
    /// `compiled=False` leaves a text that is a built-in's to the interpreter, for those who measure it.
    #[new]
    #[pyo3(signature = (name, text, params, columns, target_columns, target, prediction, compiled=true))]
    #[allow(clippy::too_many_arguments)] // as a definition has
    fn new(
        py: Python<'_>,
        name: &str,
        text: &str,
        params: Vec<String>,
        columns: Vec<String>,
        target_columns: Vec<String>,
        target: Vec<String>,
        prediction: &str,
        compiled: bool,
    ) -> PyResult<Self> {
        guarded(py, || {
            let names: Vec<&str> = params.iter().map(String::as_str).collect();
            if columns.len().max(target_columns.len()) > MOST {
                return Err(raise(py, Kind::Parameter, &format!("{name}: an element has at most {MOST} columns")));
            }
            let tree = Tree::parse(text, [&target_columns[..], &columns], &names)
                .map_err(|fault| refused(py, name, text, &fault))?;
            let domain = |name: &str| {
                domains::of_columns(name)
                    .ok_or_else(|| raise(py, Kind::Parameter, &format!("no domain is called {name:?}")))
            };
            let (target, each) = match &target[..] {
                [target] => (domain(target)?, Vec::new()),
                each => (Domain::Real, each.iter().map(|one| domain(one)).collect::<PyResult<_>>()?),
            };
            let domains = [target, domain(prediction)?];
            let of_rows: &[&str] = if tree.of_classes { &[FROM_LOGITS, AXIS] } else { &[] };
            let known = params.iter().cloned().chain(of_rows.iter().map(|&name| name.to_owned())).collect();
            let several = columns.len() > 1 || target_columns.len() > 1;
            let defined = Arc::new(Defined {
                name: name.to_owned(),
                params: known,
                columns: if several { columns.clone() } else { Vec::new() },
                target_columns: if target_columns.len() > 1 { target_columns.clone() } else { Vec::new() },
            });
            let columns = [target_columns, columns];
            Ok(Formula { text: text.to_owned(), tree, params, columns, domains, each, defined, compiled })
        })
    }

    /// With these parameters: the stable forms that take the place of what is written, the built-in that runs in its place, and
    /// which derivative is taken where there is none.
    fn explained(
        &self,
        py: Python<'_>,
        params: &Bound<'_, PyDict>,
    ) -> PyResult<(Vec<&'static str>, Option<&'static str>, String)> {
        guarded(py, || {
            let (meanings, numbers) = self.meanings(params)?;
            let program =
                Program::new(&self.tree, &fixed(&meanings, &numbers)).map_err(|fault| self.refused(py, &fault))?;
            let twin = self.twin(&meanings, &numbers, self.rows(params)?).map(|(entry, ..)| entry.name);
            Ok((program.rewrites().to_vec(), twin, program.kinks().to_owned()))
        })
    }

    /// Whether the text has a name.
    fn mentions(&self, name: &str) -> bool {
        self.tree.mentions(name)
    }
}

/// The parameters of every formula of rows.
const FROM_LOGITS: &str = "from_logits";
const AXIS: &str = "axis";

impl Formula {
    /// The loss with these parameters.
    ///
    /// # Errors
    /// Where the formula wants a number of what is none, or is too large.
    pub fn with(&self, py: Python<'_>, params: &Bound<'_, PyDict>) -> PyResult<Catalogued> {
        let (meanings, numbers) = self.meanings(params)?;
        let (defined, rows) = (Some(self.defined.clone()), self.rows(params)?);
        if let Some((entry, params, settings)) = self.twin(&meanings, &numbers, rows) {
            return Ok(Catalogued { entry, params, settings, defined });
        }
        let program =
            Program::new(&self.tree, &fixed(&meanings, &numbers)).map_err(|fault| self.refused(py, &fault))?;
        let (cost, widens) = (if program.heavy { Cost::Heavy } else { Cost::Light }, program.widens);
        let entry = programmed::entry(program.sees(), cost);
        let [target, prediction] = self.domains;
        let mut settings = programmed::settings(Arc::new(program), target, prediction, widens);
        settings.each.clone_from(&self.each);
        if let Some((raw, axis)) = rows {
            (settings.raw, settings.axes) = (raw, Some(vec![axis]));
            settings.prediction = if raw { prediction } else { Link::Softmax.image() };
        }
        Ok(Catalogued { entry, params: Vec::new(), settings, defined })
    }

    /// Of rows: whether predictions are logits, and the axis of the classes.
    fn rows(&self, params: &Bound<'_, PyDict>) -> PyResult<Option<(bool, i64)>> {
        let of = |name| params.get_item(name)?.ok_or_else(|| PyKeyError::new_err(name));
        Ok(if self.tree.of_classes { Some((of(FROM_LOGITS)?.is_truthy()?, of(AXIS)?.extract()?)) } else { None })
    }

    /// What names mean, numbers being symbols, and these numbers.
    fn meanings(&self, params: &Bound<'_, PyDict>) -> PyResult<Meanings<'_>> {
        // A parameter called r is that.
        let own = |name: &str| self.params.iter().any(|param| param == name);
        let variables = variables(self.tree.of_classes, self.columns());
        let mut meanings: Vec<_> = variables.into_iter().filter(|(name, _)| !own(name)).collect();
        let mut numbers = Vec::new();
        for name in &self.params {
            let meaning = match params.get_item(name)? {
                None => Meaning::Nothing,
                Some(value) if value.is_none() => Meaning::Nothing,
                Some(value) if value.is_instance_of::<PyBool>() => {
                    Meaning::Number(f64::from(u8::from(value.is_truthy()?)))
                }
                Some(value) => {
                    numbers.push(value.extract()?);
                    Meaning::Symbol((numbers.len() - 1) as u8)
                }
            };
            meanings.push((name, meaning));
        }
        Ok((meanings, numbers))
    }

    fn columns(&self) -> Columns<'_, String> {
        let [targets, predictions] = &self.columns;
        [targets, predictions]
    }

    fn twin(&self, meanings: &[(&str, Meaning)], numbers: &[f64], rows: Option<(bool, i64)>) -> Option<Twin> {
        let sizes = self.columns().map(<[String]>::len);
        let may_be = self.compiled && self.each.is_empty();
        if may_be { twin(&self.tree, meanings, numbers, (sizes, self.domains), rows) } else { None }
    }

    #[cold]
    fn refused(&self, py: Python<'_>, fault: &Fault) -> PyErr {
        refused(py, &self.defined.name, &self.text, fault)
    }
}

/// What names mean, and the numbers that symbols stand for.
type Meanings<'a> = (Vec<(&'a str, Meaning)>, Vec<f64>);

/// A built-in with its parameters.
type Twin = (&'static Entry, Vec<Value>, Settings);

/// Meanings with numbers in the place of symbols.
fn fixed<'a>(meanings: &[(&'a str, Meaning)], numbers: &[f64]) -> Vec<(&'a str, Meaning)> {
    let number = |meaning| match meaning {
        Meaning::Symbol(i) => Meaning::Number(numbers[usize::from(i)]),
        other => other,
    };
    meanings.iter().map(|&(name, meaning)| (name, number(meaning))).collect()
}

#[cold]
fn refused(py: Python<'_>, name: &str, text: &str, fault: &Fault) -> PyErr {
    raise(py, Kind::Parameter, &format!("{name}: {}", fault.pointed(text)))
}

/// Whether a text is about the classes of rows, if it is a formula.
#[pyfunction]
pub fn is_of_classes(text: &str) -> bool {
    Tree::is_of_classes(text)
}

/// The names of the functions that formulas may call, with the number of their arguments.
#[pyfunction]
pub fn formula_functions() -> Vec<(&'static str, usize)> {
    FUNCTIONS.iter().map(|&(name, _, arguments)| (name, arguments)).collect()
}

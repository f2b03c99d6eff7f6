//! Who evaluates a loss, and what a call has to know of it. Every kind of loss is an arm here, behind one front door.

use crate::author::Author;
use lossreg_core::engine::curvature::Curve;
use lossreg_core::engine::entry::{Entry, Settings};
use lossreg_core::loss::{Cost, Domain, Family, Role, Value};
use std::sync::Arc;

/// Who evaluates a loss.
pub enum Evaluator<'a, 'py> {
    /// The engine, by a compiled formula of the catalogue or the program of a formula that was given as text.
    Catalogue(&'a Catalogued),
    /// Methods written in Python, between the engine's checks and its sums.
    Python(Author<'a, 'py>),
}

/// A loss of the catalogue with given parameters, or one that a formula defined.
#[derive(Clone)]
pub struct Catalogued {
    pub entry: &'static Entry,
    pub params: Vec<Value>,
    pub settings: Settings,
    /// What it is to others, where it was defined by a formula.
    pub defined: Option<Arc<Defined>>,
}

/// A loss that was defined by a formula, to others.
pub struct Defined {
    pub name: String,
    /// The names of its parameters.
    pub params: Vec<String>,
}

impl Catalogued {
    pub fn name(&self) -> &str {
        self.defined.as_ref().map_or(self.entry.name, |defined| &defined.name)
    }

    fn has_parameter(&self, name: &str) -> bool {
        match &self.defined {
            Some(defined) => defined.params.iter().any(|param| param == name),
            None => self.entry.info.params.iter().any(|param| param.name == name),
        }
    }
}

impl Evaluator<'_, '_> {
    pub fn name(&self) -> &str {
        match self {
            Evaluator::Catalogue(loss) => loss.name(),
            Evaluator::Python(author) => &author.name,
        }
    }

    #[inline(always)]
    pub fn family(&self) -> Family {
        match self {
            Evaluator::Catalogue(loss) => loss.entry.info.family,
            Evaluator::Python(author) => author.family,
        }
    }

    /// What targets may be.
    #[inline(always)]
    pub fn target(&self) -> Domain {
        match self {
            Evaluator::Catalogue(loss) => loss.settings.target,
            Evaluator::Python(author) => author.target,
        }
    }

    /// Whether its parameters make float32 predictions be computed in float64.
    #[inline(always)]
    pub fn widens(&self) -> bool {
        matches!(self, Evaluator::Catalogue(loss) if loss.settings.widens)
    }

    /// Of a row-wise loss: whether it takes a class index a row, and whether a row of numbers a row.
    pub fn takes(&self) -> (bool, bool) {
        match self.target() {
            Domain::ClassIndex => (true, false),
            Domain::ClassIndexOrProbability => (true, true),
            _ => (matches!(self, Evaluator::Python(_)), true),
        }
    }

    /// Of a row-wise loss: where `y_pred` has its classes.
    pub fn axis(&self) -> i64 {
        match self {
            Evaluator::Catalogue(loss) => loss.settings.axis,
            Evaluator::Python(_) => -1,
        }
    }

    /// The parameter that has a number for each class, and how many it has.
    pub fn per_class(&self) -> Option<(&'static str, usize)> {
        let Evaluator::Catalogue(loss) = self else { return None };
        let mut params = loss.entry.info.params.iter().zip(&loss.params);
        params.find_map(|(param, value)| match (param.role, value) {
            (Role::ClassWeight, Value::List(weights)) => Some((param.name, weights.len())),
            _ => None,
        })
    }

    /// Whether it has a parameter of that name.
    pub fn has_parameter(&self, name: &str) -> bool {
        match self {
            Evaluator::Catalogue(loss) => loss.has_parameter(name),
            Evaluator::Python(author) => author.has_parameter(name),
        }
    }

    /// The kinds of second derivative, and whether each is known to be at least 0.
    pub fn kinds(&self) -> Vec<(&'static str, bool)> {
        match self {
            Evaluator::Catalogue(loss) => loss.entry.kinds(&loss.params, &loss.settings),
            Evaluator::Python(_) => vec![("exact", false), ("unit", true)],
        }
    }

    /// What a kind of second derivative is made from, for rows of so many classes.
    pub fn curve(&self, kind: &str, classes: usize) -> Option<Curve> {
        match self {
            Evaluator::Catalogue(loss) => loss.entry.curve(kind, &loss.params, &loss.settings, classes),
            Evaluator::Python(_) => match kind {
                "exact" => Some(Curve::EXACT),
                "unit" => Some(Curve::Constant(1.0)),
                _ => None,
            },
        }
    }

    /// Nanoseconds that the engine needs for an element, about.
    #[inline(always)]
    pub fn nanoseconds(&self, double: bool) -> f64 {
        match self {
            Evaluator::Catalogue(loss) => match (loss.entry.info.cost, double) {
                (Cost::Light, _) => 0.2,
                (Cost::Heavy, false) => 1.0,
                (Cost::Heavy, true) => 3.0,
            },
            Evaluator::Python(_) => 1.0,
        }
    }
}

//! Who evaluates a loss, and what a call has to know of it. Every kind of loss is an arm here, behind one front door.

use crate::author::Author;
use lossreg_core::engine::curvature::Curve;
use lossreg_core::engine::entry::{Code, Entry, Settings};
use lossreg_core::loss::{Cost, Domain, Family, Role, Value};

/// Who evaluates a loss.
pub enum Evaluator<'a, 'py> {
    /// The engine, by a compiled formula of the catalogue.
    Catalogue(&'a Catalogued),
    /// Methods written in Python, between the engine's checks and its sums.
    Python(Author<'a, 'py>),
}

/// A loss of the catalogue with given parameters.
#[derive(Clone)]
pub struct Catalogued {
    pub entry: &'static Entry,
    pub params: Vec<Value>,
    pub settings: Settings,
}

impl Evaluator<'_, '_> {
    pub fn name(&self) -> &str {
        match self {
            Evaluator::Catalogue(loss) => loss.entry.name,
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

    /// Where `y_pred` has its classes, or the elements of a set; none where these are on all axes.
    pub fn axes(&self) -> Option<&[i64]> {
        match self {
            Evaluator::Catalogue(loss) => loss.settings.axes.as_deref(),
            Evaluator::Python(_) => Some(&[-1]),
        }
    }

    /// The names of the numbers that predict an element, where these are more than one.
    pub fn columns(&self) -> &[&str] {
        match self {
            Evaluator::Catalogue(loss) => loss.entry.info.columns,
            Evaluator::Python(_) => &[],
        }
    }

    /// Of a loss of sequences: how many classes there must be at least.
    pub fn least_classes(&self) -> usize {
        match self {
            Evaluator::Catalogue(Catalogued {
                entry: Entry { code: Code::Alignments(topology), .. },
                settings,
                ..
            }) => (topology.filler)(&settings.double) as usize + 1,
            _ => 1,
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
            Evaluator::Catalogue(loss) => loss.entry.info.params.iter().any(|param| param.name == name),
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

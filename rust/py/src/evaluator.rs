//! Who evaluates a loss, and what a call has to know of it. Every kind of loss is an arm here, behind one front door.

use crate::author::Author;
use lossreg_core::engine::curvature::Curve;
use lossreg_core::engine::entry::{Code, Entry, Settings};
use lossreg_core::engine::memory::Dtype;
use lossreg_core::loss::{Cost, Domain, Family, Role, Value};
use std::sync::Arc;

/// Who evaluates a loss.
pub enum Evaluator<'a, 'py> {
    /// The engine, by a compiled formula of the catalogue or the program of a formula that was given as text.
    Catalogue(&'a Catalogued),
    /// Methods written in Python, between the engine's checks and its sums.
    Python(Author<'a, 'py>),
    /// A weighted sum of other losses of the same arguments. Where some are of rows or of sets, those of elements count with their
    /// means over each.
    Sum(Vec<Term<'a, 'py>>),
}

/// A loss in a weighted sum.
pub struct Term<'a, 'py> {
    pub weight: f64,
    pub loss: Evaluator<'a, 'py>,
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
    /// Of columns: the names of the numbers that predict an element,
    pub columns: Vec<String>,
    /// and of those of a target, where these are more than one.
    pub target_columns: Vec<String>,
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
    pub fn name(&self) -> String {
        match self {
            Evaluator::Catalogue(loss) => loss.name().to_owned(),
            Evaluator::Python(author) => author.name.clone(),
            Evaluator::Sum(terms) => terms.iter().map(|term| term.loss.name()).collect::<Vec<_>>().join(" + "),
        }
    }

    /// How many arrays have losses of their own: two where an adversarial loss has two players.
    pub fn sides(&self) -> usize {
        if let Family::Adversarial(sides) = self.family() { sides.len() } else { 1 }
    }

    /// Whether the loss of a score depends on all others, so that parts of the data do not tell that of the whole.
    pub fn is_coupled(&self) -> bool {
        matches!(self, Evaluator::Catalogue(loss) if matches!(loss.entry.code, Code::Opposed(_)))
    }

    #[inline(always)]
    pub fn family(&self) -> Family {
        match self {
            Evaluator::Catalogue(loss) => loss.entry.info.family,
            Evaluator::Python(author) => author.family,
            Evaluator::Sum(terms) => {
                of_terms(terms, |terms| widest(terms).map_or(Family::Pointwise, |term| term.loss.family()))
            }
        }
    }

    /// Whether targets of that dtype make float32 predictions be computed in float64: float64 does, and so do whole numbers that
    /// float32 does not hold, where they are no labels.
    #[inline(always)]
    pub fn needs_double(&self, y: Dtype) -> bool {
        match self {
            Evaluator::Catalogue(loss) => needs_double(loss.settings.target, y),
            Evaluator::Python(author) => needs_double(author.target, y),
            Evaluator::Sum(terms) => of_terms(terms, |terms| terms.iter().any(|term| term.loss.needs_double(y))),
        }
    }

    /// Whether its parameters make float32 predictions be computed in float64.
    #[inline(always)]
    pub fn widens(&self) -> bool {
        match self {
            Evaluator::Catalogue(loss) => loss.settings.widens,
            Evaluator::Python(_) => false,
            Evaluator::Sum(terms) => of_terms(terms, |terms| terms.iter().any(|term| term.loss.widens())),
        }
    }

    /// Of a row-wise loss: whether it takes a class index a row, and whether a row of numbers a row.
    pub fn takes(&self) -> (bool, bool) {
        match self {
            Evaluator::Catalogue(loss) => match loss.settings.target {
                Domain::ClassIndex => (true, false),
                Domain::ClassIndexOrProbability => (true, true),
                _ => (false, true),
            },
            Evaluator::Python(author) => (true, author.target != Domain::ClassIndex),
            Evaluator::Sum(terms) => {
                let takes = || terms.iter().map(|term| term.loss.takes());
                (takes().all(|(indices, _)| indices), takes().all(|(_, rows)| rows))
            }
        }
    }

    /// Where `y_pred` has its classes, or the elements of a set; none where these are on all axes.
    pub fn axes(&self) -> Option<&[i64]> {
        match self {
            Evaluator::Catalogue(loss) => loss.settings.axes.as_deref(),
            Evaluator::Python(_) => Some(&[-1]),
            Evaluator::Sum(terms) => widest(terms).map_or(Some(&[-1]), |term| term.loss.axes()),
        }
    }

    /// The names of the numbers that predict an element, where these are more than one.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            Evaluator::Catalogue(Catalogued { defined: Some(defined), .. }) => borrowed(&defined.columns),
            Evaluator::Catalogue(loss) => loss.entry.info.columns.to_vec(),
            Evaluator::Python(_) => Vec::new(),
            Evaluator::Sum(terms) => terms.first().map_or_else(Vec::new, |term| term.loss.columns()),
        }
    }

    /// The names of the numbers of a target, where these are more than one.
    pub fn target_columns(&self) -> Vec<&str> {
        match self {
            Evaluator::Catalogue(Catalogued { defined: Some(defined), .. }) => borrowed(&defined.target_columns),
            Evaluator::Catalogue(loss) => loss.entry.info.target_columns.to_vec(),
            Evaluator::Python(_) => Vec::new(),
            Evaluator::Sum(terms) => terms.first().map_or_else(Vec::new, |term| term.loss.target_columns()),
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
            Evaluator::Sum(terms) => terms.iter().map(|term| term.loss.least_classes()).max().unwrap_or(1),
            _ => 1,
        }
    }

    /// The class index that removes its row.
    pub fn ignore_index(&self) -> Option<i64> {
        match self {
            Evaluator::Catalogue(loss) => loss.settings.ignore_index,
            Evaluator::Python(_) => None,
            Evaluator::Sum(terms) => terms.iter().find_map(|term| term.loss.ignore_index()),
        }
    }

    /// The parameters that have a number for each class, and how many they have.
    pub fn per_class(&self) -> Vec<(&'static str, usize)> {
        match self {
            Evaluator::Catalogue(loss) => {
                let params = loss.entry.info.params.iter().zip(&loss.params);
                let lists = params.filter_map(|(param, value)| match (param.role, value) {
                    (Role::ClassWeight, Value::List(weights)) => Some((param.name, weights.len())),
                    _ => None,
                });
                lists.collect()
            }
            Evaluator::Python(_) => Vec::new(),
            Evaluator::Sum(terms) => terms.iter().flat_map(|term| term.loss.per_class()).collect(),
        }
    }

    /// Whether it has a parameter of that name.
    pub fn has_parameter(&self, name: &str) -> bool {
        match self {
            Evaluator::Catalogue(loss) => loss.has_parameter(name),
            Evaluator::Python(author) => author.has_parameter(name),
            Evaluator::Sum(terms) => terms.iter().all(|term| term.loss.has_parameter(name)),
        }
    }

    /// The kinds of second derivative, and whether each is known to be at least 0.
    ///
    /// A sum has those that all its terms have. What lies above a loss lies below it where the weight is negative.
    pub fn kinds(&self) -> Vec<(&'static str, bool)> {
        match self {
            Evaluator::Catalogue(loss) => loss.entry.kinds(&loss.params, &loss.settings),
            Evaluator::Python(_) => vec![("exact", false), ("unit", true)],
            Evaluator::Sum(terms) => {
                let upwards = terms.iter().all(|term| term.weight >= 0.0);
                let each: Vec<_> = terms.iter().map(|term| term.loss.kinds()).collect();
                let mut kinds = each.first().cloned().unwrap_or_default();
                kinds.retain_mut(|(kind, positive)| {
                    let mut others = each.iter().map(|kinds| kinds.iter().find(|(other, _)| other == kind));
                    *positive &= *kind == UNIT || upwards && others.clone().flatten().all(|(_, positive)| *positive);
                    others.all(|other| other.is_some()) && (upwards || *kind != MAJORIZER)
                });
                kinds
            }
        }
    }

    /// What a kind of second derivative is made from, for rows of so many classes. Each term of a sum has its own, which this does
    /// not tell, except that of the kind that is 1 whatever the loss.
    pub fn curve(&self, kind: &str, classes: usize) -> Option<Curve> {
        match self {
            Evaluator::Catalogue(loss) => loss.entry.curve(kind, &loss.params, &loss.settings, classes),
            _ if kind == UNIT => Some(Curve::Constant(1.0)),
            Evaluator::Python(_) => (kind == "exact").then_some(Curve::EXACT),
            Evaluator::Sum(_) => self.kinds().iter().any(|(known, _)| *known == kind).then_some(Curve::EXACT),
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
                (Cost::Heaviest, _) => 8.0,
            },
            Evaluator::Python(_) => 1.0,
            Evaluator::Sum(terms) => {
                of_terms(terms, |terms| terms.iter().map(|term| term.loss.nanoseconds(double)).sum())
            }
        }
    }
}

fn borrowed(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// The kind of second derivative that is 1, and the one that lies above the loss.
const UNIT: &str = "unit";
const MAJORIZER: &str = "majorizer";

/// A loss of a sum that has as many elements together as any other has.
fn widest<'b, 'a, 'py>(terms: &'b [Term<'a, 'py>]) -> Option<&'b Term<'a, 'py>> {
    terms.iter().find(|term| term.loss.family() != Family::Pointwise).or(terms.first())
}

/// What the losses of a sum say: beside the callers' code for the other kinds, which is compiled into theirs.
#[cold]
#[inline(never)]
fn of_terms<'a, 'b, 'py, R>(terms: &'b [Term<'a, 'py>], say: impl FnOnce(&'b [Term<'a, 'py>]) -> R) -> R {
    say(terms)
}

/// Whether targets of a domain and a dtype make float32 predictions be computed in float64.
#[inline(always)]
pub fn needs_double(target: Domain, y: Dtype) -> bool {
    match y {
        Dtype::F64 => true,
        Dtype::I32 | Dtype::I64 | Dtype::U32 | Dtype::U64 => {
            let numbers =
                matches!(target, Domain::Real | Domain::NonNegative | Domain::Positive | Domain::AboveMinusOne);
            numbers || matches!(target, Domain::Box | Domain::Interval | Domain::Time)
        }
        _ => false,
    }
}

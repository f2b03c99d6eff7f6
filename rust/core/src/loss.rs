//! What a loss is: one formula ([`Formula`]) and what there is to know about it as data ([`Info`]).
//!
//! The three families share the formula's shape `f(y, x)` and differ in what the engine gives it and does with the result:
//!
//! | family | `y` | `x` | the loss |
//! |---|---|---|---|
//! | pointwise | the target | the prediction | f |
//! | row-wise | the target's share of a class | the log-probability of the class | Σ f over the classes of a row |
//! | adversarial | 1 for a real sample, 0 for a fake | the score | Σ f over the sides |
//!
//! So links, softmax, weights, masks, class weights, smoothing of rows and reductions are the engine's, once, and a file under
//! `losses/` holds nothing but the formula and its data.

use crate::engine::block::Kernel;
use crate::number::Real;

/// How many constants a formula can have.
pub const CONSTANTS: usize = 4;

/// One loss, as a formula over floats or jets.
pub trait Formula: 'static {
    /// What there is to know about it.
    const INFO: Info;

    /// The loss of one element.
    ///
    /// `FORM` has a bit for each switch among the parameters, in their order (bit 0 the first), set where the switch is on, and above
    /// them [`Info::hard_labels`]'s bit, set where every label of the block is 0 or 1. Forms are compiled apart.
    fn value<const FORM: usize, R: Real>(constants: [R::Scalar; CONSTANTS], y: R::Scalar, x: R) -> R;

    /// The constants that the formula reads, from the parameters. By default the numbers among them, in order.
    #[must_use]
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        let mut constants = [0.0; CONSTANTS];
        let numbers = Self::INFO.params.iter().zip(params).filter(|(p, _)| p.role == Role::Constant);
        for (slot, (_, value)) in constants.iter_mut().zip(numbers) {
            *slot = value.number();
        }
        constants
    }
}

/// What there is to know about a loss, read by validation, documentation, tests and benchmarks alike.
#[derive(Clone, Copy, Debug)]
pub struct Info {
    /// Which data the formula is applied to.
    pub family: Family,
    /// One line: what it measures.
    pub summary: &'static str,
    /// The formula as NumPy text, evaluated by the tests as the oracle.
    pub formula: &'static str,
    /// The parameters, in the order of the signature.
    pub params: &'static [Param],
    /// Other names, unique across the registry.
    pub aliases: &'static [&'static str],
    /// What a target may be.
    pub target: Domain,
    /// From raw scores to the scale of the target; the identity when the loss is told that its input is on that scale already.
    pub link: Link,
    /// Which derivative is returned where there is none.
    pub kinks: &'static str,
    /// Whether the loss is convex in the raw score.
    pub convex: bool,
    /// Whether hard labels (0 and 1 only) have a form of their own.
    pub hard_labels: bool,
    /// How much arithmetic an element takes: it decides about threads and about streaming stores.
    pub cost: Cost,
    /// The paper or book.
    pub source: &'static str,
}

impl Info {
    /// What most losses have, for `..Info::DEFAULT`.
    pub const DEFAULT: Info = Info {
        family: Family::Pointwise,
        summary: "",
        formula: "",
        params: &[],
        aliases: &[],
        target: Domain::Real,
        link: Link::Identity,
        kinks: "none",
        convex: true,
        hard_labels: false,
        cost: Cost::Heavy,
        source: "",
    };

    /// How many forms are compiled.
    #[must_use]
    pub const fn forms(&self) -> usize {
        let (mut forms, mut i) = (1, 0);
        while i < self.params.len() {
            if matches!(self.params[i].role, Role::Switch | Role::RawInput) {
                forms *= 2;
            }
            i += 1;
        }
        if self.hard_labels { 2 * forms } else { forms }
    }
}

/// Which data a formula is applied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Each element of the prediction with its target.
    Pointwise,
    /// Each row of class scores, through softmax.
    RowWise,
    /// One or two arrays of scores. The first named side comes first among the arguments.
    Adversarial(&'static [Side]),
}

/// A side of the game.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Scores of samples from the data.
    Real,
    /// Scores of samples from the generator.
    Fake,
}

/// How much arithmetic an element takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// Bound by memory: a few additions and products.
    Light,
    /// At least one exponential, logarithm or power.
    Heavy,
}

/// What a target (or a prediction) may be. NaN is let through everywhere and gives NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Any number.
    Real,
    /// x ≥ 0.
    NonNegative,
    /// x > 0.
    Positive,
    /// A label: −1 or 0, and 1.
    Label,
    /// A label or anything from 0 to 1; −1 counts as 0.
    SoftLabel,
    /// From 0 to 1.
    Probability,
    /// The index of a class, for each row.
    ClassIndex,
    /// The index of a class for each row, or a row of probabilities.
    ClassIndexOrProbability,
}

/// From raw scores to the scale of the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// The raw score is the prediction.
    Identity,
    /// log(p / (1 − p)).
    Logit,
    /// log(mean).
    Log,
    /// log-probabilities of the classes up to a constant.
    Softmax,
}

/// A parameter of a loss.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its name, the field's standard term.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// What it is if nothing is said.
    pub default: Default,
    /// What it does, for the user.
    pub doc: &'static str,
    /// Who reads it.
    pub role: Role,
}

/// What a parameter may be.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)] // The variants say what their fields are.
pub enum Kind {
    /// True or false.
    Switch,
    /// A finite number between two bounds; the flags say whether a bound is excluded.
    Number { low: f64, low_open: bool, high: f64, high_open: bool, optional: bool },
    /// A whole number, or None where `optional`.
    Integer { optional: bool },
    /// None, or a non-negative number per class; `scalar`: one number for all is fine too.
    PerClass { scalar: bool },
}

/// A parameter's default.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Default {
    /// A number.
    Number(f64),
    /// True or false.
    Switch(bool),
    /// A whole number.
    Integer(i64),
    /// None.
    None,
}

/// Who reads a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The formula, as a constant.
    Constant,
    /// The formula, as a form.
    Switch,
    /// The formula as a form, and the link: on, the prediction is a raw score; off, it is on the scale of the target.
    RawInput,
    /// The engine: smoothing of labels.
    Smoothing,
    /// The engine: weights of the classes.
    ClassWeight,
    /// The engine: the label that removes a row.
    IgnoreIndex,
    /// The engine: where the classes are.
    Axis,
}

/// A parameter's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number.
    Number(f64),
    /// True or false.
    Switch(bool),
    /// A whole number.
    Integer(i64),
    /// One number per class.
    List(Vec<f64>),
    /// Not given.
    None,
}

impl Value {
    /// The number, or NaN where there is none.
    #[must_use]
    pub fn number(&self) -> f64 {
        if let Value::Number(x) = self { *x } else { f64::NAN }
    }
    /// Whether a switch is on.
    #[must_use]
    pub fn is_on(&self) -> bool {
        matches!(self, Value::Switch(true))
    }
}

impl From<Default> for Value {
    fn from(default: Default) -> Value {
        match default {
            Default::Number(x) => Value::Number(x),
            Default::Switch(on) => Value::Switch(on),
            Default::Integer(i) => Value::Integer(i),
            Default::None => Value::None,
        }
    }
}

impl Param {
    const fn number(name: &'static str, low: f64, low_open: bool, high: f64, default: f64, doc: &'static str) -> Param {
        let kind = Kind::Number { low, low_open, high, high_open: low_open && high == 1.0, optional: false };
        Param { name, kind, default: Default::Number(default), doc, role: Role::Constant }
    }
    /// A finite number.
    #[must_use]
    pub const fn real(name: &'static str, default: f64, doc: &'static str) -> Param {
        Param::number(name, f64::NEG_INFINITY, true, f64::INFINITY, default, doc)
    }
    /// A number above 0.
    #[must_use]
    pub const fn positive(name: &'static str, default: f64, doc: &'static str) -> Param {
        Param::number(name, 0.0, true, f64::INFINITY, default, doc)
    }
    /// A number of at least 0.
    #[must_use]
    pub const fn non_negative(name: &'static str, default: f64, doc: &'static str) -> Param {
        Param::number(name, 0.0, false, f64::INFINITY, default, doc)
    }
    /// A number above 0 and below 1.
    #[must_use]
    pub const fn inside_unit(name: &'static str, default: f64, doc: &'static str) -> Param {
        Param::number(name, 0.0, true, 1.0, default, doc)
    }
    /// A number from 0 to 1.
    #[must_use]
    pub const fn unit(name: &'static str, default: f64, doc: &'static str) -> Param {
        Param::number(name, 0.0, false, 1.0, default, doc)
    }
    /// None, or a number from 0 to 1.
    #[must_use]
    pub const fn optional_unit(name: &'static str, doc: &'static str) -> Param {
        let kind = Kind::Number { low: 0.0, low_open: false, high: 1.0, high_open: false, optional: true };
        Param { name, kind, default: Default::None, doc, role: Role::Constant }
    }
    /// A switch.
    #[must_use]
    pub const fn switch(name: &'static str, default: bool, doc: &'static str) -> Param {
        Param { name, kind: Kind::Switch, default: Default::Switch(default), doc, role: Role::Switch }
    }
    /// Logits or probabilities: one convention for every loss.
    pub const FROM_LOGITS: Param = Param {
        role: Role::RawInput,
        ..Param::switch("from_logits", true, "Whether predictions are logits; if not, they are probabilities.")
    };
    /// Logarithm of the mean or the mean: one convention for every likelihood.
    pub const LOG_INPUT: Param = Param {
        role: Role::RawInput,
        ..Param::switch(
            "log_input",
            true,
            "Whether predictions are the logarithm of the mean; if not, the mean itself.",
        )
    };
    /// Smoothing of labels towards the uniform distribution over their classes (two for a binary label).
    pub const LABEL_SMOOTHING: Param = Param {
        role: Role::Smoothing,
        ..Param::unit(
            "label_smoothing",
            0.0,
            "Moves targets towards uniform: t becomes (1 − a)·t + a/K for K classes (K = 2 for binary labels).",
        )
    };
    /// Weights of the classes.
    pub const CLASS_WEIGHT: Param = Param {
        name: "class_weight",
        kind: Kind::PerClass { scalar: false },
        default: Default::None,
        doc: "One factor per class, on that class's term; it does not enter the divisor of a mean.",
        role: Role::ClassWeight,
    };
    /// The label that removes a row.
    pub const IGNORE_INDEX: Param = Param {
        name: "ignore_index",
        kind: Kind::Integer { optional: true },
        default: Default::None,
        doc: "A label whose rows count for nothing.",
        role: Role::IgnoreIndex,
    };
    /// Where the classes are.
    pub const AXIS: Param = Param {
        name: "axis",
        kind: Kind::Integer { optional: false },
        default: Default::Integer(-1),
        doc: "The axis of the classes.",
        role: Role::Axis,
    };
}

/// A loss of the catalogue: its name, its data and its compiled code.
#[derive(Clone, Copy)]
pub struct Entry {
    /// The canonical name: that of its file.
    pub name: &'static str,
    /// What there is to know about it.
    pub info: &'static Info,
    /// The constants of its formula, from the parameters.
    pub constants: fn(&[Value]) -> [f64; CONSTANTS],
    /// Its formula compiled for float32, a kernel per form.
    pub single: &'static [Kernel<f32>],
    /// Its formula compiled for float64, a kernel per form.
    pub double: &'static [Kernel<f64>],
}

/// Everything that the engine has to know about a loss with given parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The compiled form, without the bit of hard labels.
    pub form: usize,
    /// The compiled form for blocks whose labels are all 0 or 1.
    pub hard_form: usize,
    /// The formula's constants.
    pub constants: [f64; CONSTANTS],
    /// Whether the prediction is a raw score, so that the link applies.
    pub raw: bool,
    /// Smoothing of labels.
    pub smoothing: f64,
    /// Row-wise: one factor per class, or a single one for all.
    pub class_weight: Option<Vec<f64>>,
    /// Row-wise: the label that removes a row.
    pub ignore_index: Option<i64>,
    /// Row-wise: where the classes are.
    pub axis: i64,
}

impl Entry {
    /// What the engine has to know, from the values of the parameters (checked, in order).
    #[must_use]
    pub fn settings(&self, params: &[Value]) -> Settings {
        let constants = (self.constants)(params);
        let mut settings = Settings {
            form: 0,
            hard_form: 0,
            constants,
            raw: true,
            smoothing: 0.0,
            class_weight: None,
            ignore_index: None,
            axis: -1,
        };
        let mut bit = 1;
        for (param, value) in self.info.params.iter().zip(params) {
            match (param.role, value) {
                (Role::Switch | Role::RawInput, _) => {
                    settings.form |= if value.is_on() { bit } else { 0 };
                    settings.raw &= param.role == Role::Switch || value.is_on();
                    bit *= 2;
                }
                (Role::Smoothing, _) => settings.smoothing = value.number(),
                (Role::ClassWeight, Value::List(weights)) => settings.class_weight = Some(weights.clone()),
                (Role::ClassWeight, Value::Number(weight)) => settings.class_weight = Some(vec![*weight]),
                (Role::IgnoreIndex, Value::Integer(i)) => settings.ignore_index = Some(*i),
                (Role::Axis, Value::Integer(i)) => settings.axis = *i,
                _ => {}
            }
        }
        // Smoothing leaves no label hard.
        let hard = self.info.hard_labels && settings.smoothing == 0.0;
        settings.hard_form = settings.form | if hard { bit } else { 0 };
        settings
    }
}

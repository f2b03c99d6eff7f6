//! Parameters: what each may be, what it is if nothing is said, and who reads it.

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
    /// Values at which its formula has a case or a limit of its own: tables of truth and tests visit them.
    pub special: &'static [f64],
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
    /// None for all axes, one axis, or several.
    Axes,
    /// One of some words; formulas read its number.
    Choice(&'static [&'static str]),
    /// None, or a non-negative number per class; `scalar`: one number for all is fine too.
    PerClass { scalar: bool },
    /// Numbers between the classes, each above the one before: there is one class more.
    Thresholds,
}

impl Kind {
    const REAL: Kind = Kind::at_least(f64::NEG_INFINITY);

    const fn at_least(low: f64) -> Kind {
        Kind::Number { low, low_open: false, high: f64::INFINITY, high_open: false, optional: false }
    }
    const fn above(low: f64) -> Kind {
        Kind::Number { low, low_open: true, high: f64::INFINITY, high_open: false, optional: false }
    }
    const fn at_most(self, high: f64) -> Kind {
        self.to(high, false)
    }
    const fn below(self, high: f64) -> Kind {
        self.to(high, true)
    }
    const fn to(self, high: f64, high_open: bool) -> Kind {
        match self {
            Kind::Number { low, low_open, optional, .. } => Kind::Number { low, low_open, high, high_open, optional },
            other => other,
        }
    }
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
    /// The word of that number.
    Choice(usize),
    /// Some numbers.
    List(&'static [f64]),
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
    /// Smoothing of labels: by the engine for rows, by the formula for labels of one number.
    Smoothing,
    /// The engine: weights of the classes.
    ClassWeight,
    /// The engine: the label that removes a row.
    IgnoreIndex,
    /// The engine: where the classes are, or the elements of a set.
    Axis,
    /// The loss, which is given numbers of its own for each class ([`Columns::of_classes`](crate::families::Columns::of_classes)).
    Thresholds,
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
    /// The word of that number.
    Choice(usize),
    /// Some numbers, such as one per class.
    List(Vec<f64>),
    /// Not given.
    None,
}

impl Value {
    /// The number, or NaN where there is none.
    #[must_use]
    pub fn number(&self) -> f64 {
        match self {
            Value::Number(x) => *x,
            Value::Integer(i) => *i as f64,
            Value::Choice(i) => *i as f64,
            _ => f64::NAN,
        }
    }
    /// The largest of the numbers of classes, at least 0; 1 where there are none.
    #[must_use]
    pub fn largest(&self) -> f64 {
        match self {
            Value::List(numbers) => numbers.iter().copied().fold(0.0, f64::max),
            _ => 1.0,
        }
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
            Default::Choice(i) => Value::Choice(i),
            Default::List(numbers) => Value::List(numbers.to_vec()),
            Default::None => Value::None,
        }
    }
}

impl Param {
    /// Whether it is a switch, which forms are compiled for.
    #[must_use]
    pub const fn is_switch(&self) -> bool {
        matches!(self.role, Role::Switch | Role::RawInput)
    }
    const fn number(name: &'static str, kind: Kind, default: f64, doc: &'static str) -> Param {
        Param { name, kind, default: Default::Number(default), doc, role: Role::Constant, special: &[] }
    }
    /// Any number.
    #[must_use]
    pub const fn real(name: &'static str, default: f64, doc: &'static str) -> Param {
        Param::number(name, Kind::REAL, default, doc)
    }
    /// A number above 0.
    #[must_use]
    pub const fn positive(name: &'static str, default: f64, doc: &'static str) -> Param {
        Param::number(name, Kind::above(0.0), default, doc)
    }
    /// A number of at least 0.
    #[must_use]
    pub const fn non_negative(name: &'static str, default: f64, doc: &'static str) -> Param {
        Param::number(name, Kind::at_least(0.0), default, doc)
    }
    /// A number of at least some bound.
    #[must_use]
    pub const fn at_least(name: &'static str, low: f64, default: f64, doc: &'static str) -> Param {
        Param::number(name, Kind::at_least(low), default, doc)
    }
    /// A number between two bounds, which belong to it.
    #[must_use]
    pub const fn between(name: &'static str, (low, high): (f64, f64), default: f64, doc: &'static str) -> Param {
        Param::number(name, Kind::at_least(low).at_most(high), default, doc)
    }
    /// A number above 0 and below 1.
    #[must_use]
    pub const fn inside_unit(name: &'static str, default: f64, doc: &'static str) -> Param {
        Param::number(name, Kind::above(0.0).below(1.0), default, doc)
    }
    /// A number above 0 and at most 1.
    #[must_use]
    pub const fn up_to_one(name: &'static str, default: f64, doc: &'static str) -> Param {
        Param::number(name, Kind::above(0.0).at_most(1.0), default, doc)
    }
    /// A number from 0 to 1.
    #[must_use]
    pub const fn unit(name: &'static str, default: f64, doc: &'static str) -> Param {
        Param::between(name, (0.0, 1.0), default, doc)
    }
    /// None, or a number from 0 to 1.
    #[must_use]
    pub const fn optional_unit(name: &'static str, doc: &'static str) -> Param {
        let kind = Kind::Number { low: 0.0, low_open: false, high: 1.0, high_open: false, optional: true };
        Param { kind, default: Default::None, ..Param::unit(name, 0.0, doc) }
    }
    /// The same with the values at which its formula has a case or a limit of its own.
    #[must_use]
    pub const fn special(self, special: &'static [f64]) -> Param {
        Param { special, ..self }
    }
    /// A switch.
    #[must_use]
    pub const fn switch(name: &'static str, default: bool, doc: &'static str) -> Param {
        Param { name, kind: Kind::Switch, default: Default::Switch(default), doc, role: Role::Switch, special: &[] }
    }
    /// One of some words, the first if nothing is said.
    #[must_use]
    pub const fn choice(name: &'static str, words: &'static [&'static str], doc: &'static str) -> Param {
        let (kind, default) = (Kind::Choice(words), Default::Choice(0));
        Param { name, kind, default, doc, role: Role::Constant, special: &[] }
    }
    /// The numbers between classes that have an order.
    #[must_use]
    pub const fn thresholds(default: &'static [f64], doc: &'static str) -> Param {
        let (kind, default) = (Kind::Thresholds, Default::List(default));
        Param { name: "thresholds", kind, default, doc, role: Role::Thresholds, special: &[] }
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
    /// Of a likelihood: its constants.
    pub const FULL: Param = Param::switch("full", false, "Whether terms that depend on no prediction are added.");
    /// Of an overlap: what is added to it and to what it is divided by.
    pub const SMOOTH: Param =
        Param::non_negative("smooth", 0.0, "Added above and below: sets of which nothing is positive then cost less.");
    /// Of an overlap: what is added to what it is divided by.
    pub const EPSILON: Param = Param::non_negative(
        "epsilon",
        1e-7,
        "Added below only: without it and smooth, a set of which nothing is positive costs 0.",
    );
    /// Weights of the classes.
    pub const CLASS_WEIGHT: Param = Param {
        name: "class_weight",
        kind: Kind::PerClass { scalar: false },
        default: Default::None,
        doc: "One factor per class, on that class's term; it does not enter the divisor of a mean.",
        role: Role::ClassWeight,
        special: &[],
    };
    /// The label that removes a row.
    pub const IGNORE_INDEX: Param = Param {
        name: "ignore_index",
        kind: Kind::Integer { optional: true },
        default: Default::None,
        doc: "A label whose rows count for nothing.",
        role: Role::IgnoreIndex,
        special: &[],
    };
    /// Where the classes are.
    pub const AXIS: Param = Param {
        name: "axis",
        kind: Kind::Integer { optional: false },
        default: Default::Integer(-1),
        doc: "The axis of the classes.",
        role: Role::Axis,
        special: &[],
    };
    /// Where the elements of a set are.
    pub const AXES: Param = Param {
        name: "axis",
        kind: Kind::Axes,
        default: Default::None,
        doc: "The axis or the axes of a set's elements, of which there is one loss; None: all axes.",
        role: Role::Axis,
        special: &[],
    };
    /// Where the elements of a vector are.
    pub const VECTOR_AXIS: Param = Param {
        default: Default::Integer(-1),
        doc: "The axis or the axes of a vector; None: all axes.",
        ..Param::AXES
    };
}

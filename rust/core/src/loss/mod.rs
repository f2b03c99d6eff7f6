//! What a loss is: one formula ([`Formula`]) and what there is to know about it as data ([`Info`]).
//!
//! Three families share the formula's shape `f(y, x)` and differ in what the engine gives it and does with the result:
//!
//! | family | `y` | `x` | the loss |
//! |---|---|---|---|
//! | pointwise | the target | the prediction | f |
//! | row-wise | the target's share of a class | the log-probability of the class | Σ f over the classes of a row |
//! | adversarial | 1 for a real sample, 0 for a fake | the score | Σ f over the sides |
//!
//! A loss of a whole set of elements that is no sum of such terms is a function of sums instead ([`Sums`](crate::families::Sums)) or
//! of the set as a list ([`Lists`](crate::families::Lists)), as are those of rows that softmax does not make, and one of sequences a
//! sum over alignments ([`Alignments`](crate::families::Alignments)); where more than one number predicts an element, it is a formula
//! over all of them ([`Columns`](crate::families::Columns)).
//!
//! So links, softmax, weights, masks, class weights, smoothing of rows and reductions are the engine's, once, and a file under
//! `losses/` holds nothing but the formula and its data.

mod curvature;
mod domain;
mod label;
mod link;
mod param;
mod share;
mod start;
pub mod variance;

pub use curvature::{Curvature, Even, Rule};
pub use domain::{Domain, MIXED_LABELS};
pub use label::Label;
pub use link::Link;
pub use param::{Default, Kind, Param, Role, Value};
pub use share::Share;
pub use start::Start;

use crate::number::functions::ASKED;
use crate::number::{Float, Real};

/// How many constants a formula can have.
pub const CONSTANTS: usize = 6;

/// The constants of a formula, in the precision of its numbers.
pub type Constants<R> = [<R as Real>::Scalar; CONSTANTS];

/// Some numbers as constants.
#[must_use]
pub fn constants<const N: usize>(numbers: [f64; N]) -> [f64; CONSTANTS] {
    let mut constants = [0.0; CONSTANTS];
    constants[..N].copy_from_slice(&numbers);
    constants
}

/// 1/x in two parts, for [`Formula::PAIRS`].
#[must_use]
pub fn inverse(x: f64) -> [f64; 2] {
    let inverse = 1.0 / x;
    let low = (-x).mul_add(inverse, 1.0) * inverse;
    [inverse, if low.is_finite() { low } else { 0.0 }]
}

/// What rounding to a type takes from a constant, given in two parts: `(rounded, the rest)`.
#[inline(always)]
#[must_use]
pub fn in_parts<T: Float>(high: f64, low: f64) -> (T, T) {
    let rounded = T::lit(high);
    (rounded, T::lit((high - rounded.to_f64()) + low))
}

/// How many arms a formula can have.
pub const ARMS: usize = 4;

/// One loss, as a formula over floats or jets.
///
/// A loss writes [`value`](Formula::value), or [`in_form`](Formula::in_form) where it has switches, or
/// [`in_arm`](Formula::in_arm) where it has arms too: each by default calls the one before.
pub trait Formula: 'static {
    /// What there is to know about it.
    const INFO: Info;

    /// How many arms it has: cases of its constants that are compiled apart, like forms, because one costs less than another.
    const ARMS: usize = 1;

    /// How many of the first constants come in two parts, each followed by what rounding took from it: in float32 both parts
    /// together have the digits of float64.
    const PAIRS: usize = 0;

    /// How many it has in float32, which may have more.
    const SINGLE_ARMS: usize = Self::ARMS;

    /// The bits of the switches that are on in every form in which arms differ.
    const ARMED: usize = 0;

    /// The loss of one element.
    #[inline(always)]
    fn value<R: Real>(constants: Constants<R>, y: R::Scalar, x: R) -> R {
        Self::in_form::<0, R>(constants, y, x)
    }

    /// The loss of one element in a form: [`Info::form`] gives the bit of each switch, set where the switch is on, and
    /// [`Info::hard_form`] that of hard labels, set where every label of the block is 0 or 1.
    #[inline(always)]
    fn in_form<const FORM: usize, R: Real>(constants: Constants<R>, y: R::Scalar, x: R) -> R {
        if const { Self::ANEW } { Self::told::<FORM, ASKED, R>(constants, y, x) } else { Self::value(constants, y, x) }
    }

    /// The loss of one element in a form and an arm.
    #[inline(always)]
    fn in_arm<const FORM: usize, const ARM: usize, R: Real>(constants: Constants<R>, y: R::Scalar, x: R) -> R {
        Self::in_form::<FORM, R>(constants, y, x)
    }

    /// Whether elements of raw scores are computed anew: those whose slope, or whose value where no slope is wanted, is NaN though no input
    /// is. So a formula tells what it cannot in the time that all others take.
    const ANEW: bool = false;

    /// The loss of one element in a form, where some are computed anew: with NaN for these ([`ASKED`]), or however long it takes
    /// ([`EXACT`](crate::number::functions::EXACT)).
    #[inline(always)]
    fn told<const FORM: usize, const HOW: u8, R: Real>(constants: Constants<R>, y: R::Scalar, x: R) -> R {
        Self::in_form::<FORM, R>(constants, y, x)
    }

    /// The loss of one element in a form and an arm, where there are hard labels: of a label that may be smoothed, with
    /// [`exponential`](Formula::exponential) of x. The first two constants are the smoothing in two parts.
    ///
    /// A kernel makes either of a block in a loop of its own. What follows from an exponential is some thirty operations more, each
    /// waiting for the one before; in two loops a CPU finds more to do meanwhile than it can look ahead for in one.
    #[inline(always)]
    fn of_label<const FORM: usize, const ARM: usize, R: Real>(
        constants: Constants<R>,
        label: Label<R::Scalar>,
        x: R,
        _exponential: [R::Scalar; 3],
    ) -> R {
        Self::in_arm::<FORM, ARM, R>(constants, label.yes, x)
    }

    /// exp(−|x|) in such parts as the form and the arm take.
    #[inline(always)]
    fn exponential<const FORM: usize, const ARM: usize, T: Float>(_x: T) -> [T; 3] {
        [T::ZERO; 3]
    }

    /// Row-wise: whether it reads probabilities besides their logarithms, in [`of_share`](Formula::of_share).
    const SHARES: bool = false;

    /// Row-wise: whether it gives derivatives with respect to q too ([`Share::term`]), in a form of their own: a class of probability 0 may
    /// have a slope where q times that is 0.
    const IN_Q: bool = false;

    /// Row-wise: the term of a class of which there is more to know than the logarithm of its probability.
    #[inline(always)]
    fn of_share<const FORM: usize, const ARM: usize, R: Real>(
        constants: Constants<R>,
        y: R::Scalar,
        share: Share<R>,
    ) -> R {
        Self::in_arm::<FORM, ARM, R>(constants, y, share.log_q)
    }

    /// The arm for these constants, below the number of arms.
    #[must_use]
    fn arm<T: Float>(_constants: &[T; CONSTANTS]) -> usize {
        0
    }

    /// What a target may be for these values of the parameters: by default [`Info::target`] whatever they are.
    #[must_use]
    fn target(_params: &[Value]) -> Domain {
        Self::INFO.target
    }

    /// Why there is no such loss, where each parameter is within its bounds and still they make none.
    #[must_use]
    fn refusal(_params: &[Value]) -> Option<&'static str> {
        None
    }

    /// The constants that the formula reads, from the parameters. By default the numbers among them, in order.
    #[must_use]
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        formula_constants(Self::INFO.params, params)
    }
}

/// The numbers among parameters that formulas read, in order.
#[must_use]
pub fn formula_constants(params: &[Param], values: &[Value]) -> [f64; CONSTANTS] {
    let mut constants = [0.0; CONSTANTS];
    let numbers = params.iter().zip(values).filter(|(param, _)| param.role == Role::Constant);
    for (slot, (_, value)) in constants.iter_mut().zip(numbers) {
        *slot = value.number();
    }
    constants
}

/// What there is to know about a loss, read by validation, documentation, tests and benchmarks alike.
#[derive(Clone, Copy, Debug)]
pub struct Info {
    /// Which data the formula is applied to.
    pub family: Family,
    /// One line: what it measures.
    pub summary: &'static str,
    /// One sentence: what it does to training, and so when to use it.
    pub use_when: &'static str,
    /// The formula as NumPy text, evaluated by the tests as the oracle.
    pub formula: &'static str,
    /// The parameters, in the order of the signature.
    pub params: &'static [Param],
    /// Of columns: the names of the numbers that predict an element.
    pub columns: &'static [&'static str],
    /// Of columns: the names of the numbers of its target, where these are more than one.
    pub target_columns: &'static [&'static str],
    /// Other names, unique across the registry.
    pub aliases: &'static [&'static str],
    /// What a target may be with the default parameters.
    pub target: Domain,
    /// From raw scores to the scale of the target; the identity when the loss is told that its input is on that scale already.
    pub link: Link,
    /// What raw scores may be.
    pub raw: Domain,
    /// How the start value is found.
    pub start: Start,
    /// Other losses by name, and how this one is related to each.
    pub relations: &'static [(&'static str, &'static str)],
    /// Which derivative is returned where there is none.
    pub kinks: &'static str,
    /// Whether the loss is convex in the raw score.
    pub convex: bool,
    /// Row-wise: whether a class whose target is 0 adds nothing, so that of a row with one true class only that has to be looked at.
    /// Where it is false, class indices are made rows of 0 and 1.
    pub zero_share_is_nothing: bool,
    /// What is known of the second derivative.
    pub curvature: Curvature,
    /// Whether hard labels (0 and 1 only) have a form of their own, and others may be smoothed: [`Formula::of_label`] takes both.
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
        use_when: "",
        formula: "",
        params: &[],
        columns: &[],
        target_columns: &[],
        aliases: &[],
        target: Domain::Real,
        link: Link::Identity,
        raw: Domain::Real,
        start: Start::Search,
        relations: &[],
        kinks: "none",
        convex: true,
        zero_share_is_nothing: true,
        curvature: Curvature::UNKNOWN,
        hard_labels: false,
        cost: Cost::Heavy,
        source: "",
    };

    /// What predictions may be, raw or on the scale of the target.
    #[must_use]
    pub fn prediction(&self, raw: bool) -> Domain {
        if raw { self.raw } else { self.link.image() }
    }

    /// The bit of a switch, by its name.
    ///
    /// # Panics
    /// Where there is no such switch, when the loss is compiled.
    #[must_use]
    pub const fn form(&self, name: &str) -> usize {
        let (mut bit, mut i) = (1, 0);
        while i < self.params.len() {
            if self.params[i].is_switch() {
                if same(self.params[i].name, name) {
                    return bit;
                }
                bit *= 2;
            }
            i += 1;
        }
        panic!("the loss has no switch of this name")
    }

    /// The bit of the switch that says whether predictions are raw scores; none where there is no such switch.
    #[must_use]
    pub const fn raw_form(&self) -> usize {
        let mut i = 0;
        while i < self.params.len() {
            if matches!(self.params[i].role, Role::RawInput) {
                return self.form(self.params[i].name);
            }
            i += 1;
        }
        0
    }

    /// The bit of hard labels.
    #[must_use]
    pub const fn hard_form(&self) -> usize {
        self.beyond_switches()
    }

    /// The bit of derivatives with respect to q, of a loss that gives them.
    #[must_use]
    pub const fn in_q_form(&self) -> usize {
        self.beyond_switches()
    }

    const fn beyond_switches(&self) -> usize {
        let (mut bit, mut i) = (1, 0);
        while i < self.params.len() {
            if self.params[i].is_switch() {
                bit *= 2;
            }
            i += 1;
        }
        bit
    }

    /// How many forms are compiled.
    #[must_use]
    pub const fn forms(&self) -> usize {
        if self.hard_labels { 2 * self.hard_form() } else { self.hard_form() }
    }
}

/// Whether two names are the same, when a loss is compiled.
const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
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
    /// Each set of elements along some axes, through sums over it.
    SetWise,
    /// Each element with the numbers that predict it, which are on the last axis.
    Columns,
    /// Each sequence of frames of class scores, through its alignments with a sequence of labels.
    Sequence,
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
    /// Several powers: value and all derivatives are computed together, by AVX2 code at most, for there would be too much of it.
    Heaviest,
}

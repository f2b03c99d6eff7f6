//! A loss of a set of elements: a function of a few sums over them ([`Sums`]).

use crate::loss::{CONSTANTS, Domain, Info, Role, Value, formula_constants};
use crate::number::{Float, Real};

/// How many sums there are; a loss with fewer leaves the others at 0.
pub const SUMS: usize = 3;

/// A function of the sums at a point, with what the derivatives of an element are made of: from its terms' first derivatives d and
/// second ones e, its own first derivative is slope·d, and its second slope·e + (turn·d)(slope·d) + bend·d².
#[derive(Clone, Copy, Debug)]
pub struct Whole {
    /// Its value.
    pub value: f64,
    /// Its derivatives with respect to the sums.
    pub slope: [f64; SUMS],
    /// Of its second derivatives what is a product with the first.
    pub turn: [f64; SUMS],
    /// What else there is on their diagonal.
    pub bend: [f64; SUMS],
}

impl Whole {
    /// One that no sum changes.
    #[must_use]
    pub const fn constant(value: f64) -> Whole {
        Whole { value, slope: [0.0; SUMS], turn: [0.0; SUMS], bend: [0.0; SUMS] }
    }

    /// The share a/(a + b) of a first sum in the first two, both at least 0, and what it is where both are 0. The terms of the third sum
    /// are those of both, added where that costs no digits.
    ///
    /// No derivative subtracts: a sum's own terms are of one sign.
    #[inline(always)]
    #[must_use]
    pub fn share(a: f64, b: f64, of_nothing: f64) -> Whole {
        // Sums beyond the range are as large as there is room for.
        let (a, b) = (Float::min(a, f64::MAX / 4.0), Float::min(b, f64::MAX / 4.0));
        let total = a + b;
        if total == 0.0 {
            return Whole::constant(of_nothing);
        }
        let (value, rest) = (a / total, b / total);
        let turn = [0.0, 0.0, -2.0 / total];
        Whole { value, slope: [rest / total, -value / total, 0.0], turn, bend: [0.0; SUMS] }
    }
}

/// The constants of a share of predictions among what these and targets have, prices of both given, and behind them what it is of
/// nothing at all: of probabilities, 0; those of logits are never 0, but round to it, and where no target is they are all wrong.
#[must_use]
pub fn share_constants(info: &Info, params: &[Value], [wrong, missed]: [f64; 2]) -> [f64; CONSTANTS] {
    let mut constants = formula_constants(info.params, params);
    let given = info.params.iter().filter(|param| param.role == Role::Constant).count();
    let raw = info.params.iter().zip(params).any(|(param, value)| param.role == Role::RawInput && value.is_on());
    constants[given] = f64::from(u8::from(raw && wrong > 0.0 && missed > 0.0));
    constants
}

/// A loss of a set, as a function of sums of terms of its elements. Its arithmetic is in float64 for both dtypes.
pub trait Sums: 'static {
    /// What there is to know about it.
    const INFO: Info;

    /// Whether it stays the same where all predictions, or all targets, of a set are multiplied by a positive number; its second and
    /// third sums are those of their squares, which may leave the range of floats.
    const SCALE_FREE: bool = false;

    /// Whether it stays the same where all probabilities of a set are multiplied by a positive number and nearly 0: so that of logits far
    /// below 0 only their differences matter. Its third sum is of all that its whole is made of.
    #[must_use]
    fn faint(_constants: &[f64; CONSTANTS]) -> bool {
        false
    }

    /// How it is computed for sets whose sums have lost what matters: by itself where there are none such.
    type Near: Sums;

    /// Whether a set of these sums is such a one, and then the constants that this other way of computing it has.
    #[must_use]
    fn near(_constants: &[f64; CONSTANTS], _sums: [f64; SUMS]) -> Option<[f64; CONSTANTS]> {
        None
    }

    /// Whether what is found of a set is not sums, but the largest of each term: what its exponentials are to be divided by.
    const PEAKS: bool = false;

    /// What an element adds to the sums: of its target, its prediction and 1 minus its prediction, which has its own last place where
    /// predictions are probabilities.
    fn terms<R: Real<Scalar = f64>>(constants: &[f64; CONSTANTS], y: f64, x: R, rest: R) -> [R; SUMS];

    /// The loss from the sums.
    fn whole(constants: &[f64; CONSTANTS], sums: [f64; SUMS]) -> Whole;

    /// What a target may be.
    #[must_use]
    fn target(_params: &[Value]) -> Domain {
        Self::INFO.target
    }

    /// The constants, from the parameters. By default the numbers among them, in order.
    #[must_use]
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        formula_constants(Self::INFO.params, params)
    }
}

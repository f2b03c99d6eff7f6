//! What the names in a formula stand for.

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Meaning {
    /// One of the numbers of the target.
    Target(u8),
    /// One of the numbers that predict it.
    Prediction(u8),
    /// Prediction − target, of these two.
    Residual {
        /// Which prediction.
        prediction: u8,
        /// Which number of the target.
        target: u8,
    },
    /// The probability of a class, of which the prediction is the logarithm.
    Share,
    /// A number.
    Number(f64),
    /// A parameter that has no value yet.
    Symbol(u8),
    /// None: it may only be asked whether it is.
    Nothing,
}

/// The names of the numbers of a target, and of those that predict it.
pub type Columns<'a, S> = [&'a [S]; 2];

/// What a target and a prediction are called that are one number each.
pub const ONE: Columns<'static, &'static str> = [&[TARGET], &[PREDICTION]];

const TARGET: &str = "y_true";
const PREDICTION: &str = "y_pred";
/// The difference of these two, where there are both.
const RESIDUAL: &str = "r";

/// What a formula may name besides its parameters: one of elements its columns, one of classes what there is of a class.
pub fn variables<'a, S: AsRef<str>>(
    of_classes: bool,
    [targets, predictions]: Columns<'a, S>,
) -> Vec<(&'a str, Meaning)> {
    if of_classes {
        return vec![(TARGET, Meaning::Target(0)), ("q", Meaning::Share), ("log_q", Meaning::Prediction(0))];
    }
    let named = |names: &'a [S], of: fn(u8) -> Meaning| names.iter().map(AsRef::as_ref).zip((0..).map(of));
    let mut all: Vec<_> = named(targets, Meaning::Target).chain(named(predictions, Meaning::Prediction)).collect();
    let place = |names: &[S], name| names.iter().position(|own| own.as_ref() == name).map(|place| place as u8);
    if let (Some(target), Some(prediction)) = (place(targets, TARGET), place(predictions, PREDICTION)) {
        all.push((RESIDUAL, Meaning::Residual { prediction, target }));
    }
    all
}

/// How many numbers of a target there are and how many predict it, by what names mean.
pub(crate) fn counts(meanings: &[(&str, Meaning)]) -> [usize; 2] {
    let count = |is: fn(&Meaning) -> bool| meanings.iter().filter(|(_, meaning)| is(meaning)).count();
    [count(|one| matches!(one, Meaning::Target(_))), count(|one| matches!(one, Meaning::Prediction(_)))]
}

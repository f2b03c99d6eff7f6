//! What is written elsewhere, in Python, NumPy, other libraries or on paper, and what to write here.

use crate::fault::nearest;
use crate::functions::FUNCTIONS;

const OF_ELEMENTS: &str =
    "a formula is the loss of one element, and reduction= of the call makes a mean or a sum of all";
const MORE: &str = "write maximum(a, b)";
const LESS: &str = "write minimum(a, b)";
const CHOICE: &str = "write where(condition, a, b)";
const POWER: &str = "a power is written a**b";
const SOFTMAX: &str = "in a formula of rows, sum(...) or -sum(...), q is a class's softmax and log_q its logarithm";
const FINITE: &str = "a formula has finite numbers only";

const AND: &str = "conditions are 0 or 1: write (a)*(b) for 'a and b'";
const OR: &str = "conditions are 0 or 1: write maximum(a, b) for 'a or b'";
pub(crate) const NOT: &str = "conditions are 0 or 1: write 1 - (a) for 'not a'";

/// Names of functions and of numbers.
const NAMES: [(&str, &str); 37] = [
    ("arcsinh", "write log(a + sqrt(a**2 + 1))"),
    ("average", OF_ELEMENTS),
    ("cond", CHOICE),
    ("e", "a power of e is written exp(a)"),
    ("expit", "write sigmoid(a)"),
    ("fabs", "write abs(a)"),
    ("float", "numbers stand alone"),
    ("fmax", MORE),
    ("fmin", LESS),
    ("gammaln", "write lgamma(a)"),
    ("heaviside", "write where(a > 0, 1, 0)"),
    ("if_else", CHOICE),
    ("ifelse", CHOICE),
    ("inf", FINITE),
    ("ln", "write log(a)"),
    ("log10", "write log(a)/log(10)"),
    ("log2", "write log(a)/log(2)"),
    ("log_softmax", SOFTMAX),
    ("logsigmoid", "write log_sigmoid(a)"),
    ("logsumexp", "write logaddexp(a, b)"),
    ("max", MORE),
    ("mean", OF_ELEMENTS),
    ("median", OF_ELEMENTS),
    ("min", LESS),
    ("nan", FINITE),
    ("nanmean", OF_ELEMENTS),
    ("nansum", OF_ELEMENTS),
    ("pow", POWER),
    ("power", POWER),
    ("reduce_mean", OF_ELEMENTS),
    ("reduce_sum", OF_ELEMENTS),
    ("relu", "write maximum(a, 0)"),
    ("return", "the last line is the loss itself"),
    ("select", CHOICE),
    ("sgn", "write sign(a)"),
    ("softmax", SOFTMAX),
    ("sqr", "write square(a)"),
];

/// What other libraries call the two arguments.
const ARGUMENTS: [(&str, &[&str]); 2] = [
    ("y_true", &["actual", "label", "labels", "t", "target", "targets", "true", "y"]),
    (
        "y_pred",
        &[
            "f",
            "input",
            "logits",
            "output",
            "p",
            "pred",
            "prediction",
            "predictions",
            "preds",
            "score",
            "y_hat",
            "yhat",
        ],
    ),
];

/// Words that stand where an operator is wanted.
const BETWEEN: [(&str, &str); 4] = [
    ("and", AND),
    ("else", "write where(a, b, c) for 'b if a else c'"),
    ("if", "write where(a, b, c) for 'b if a else c'"),
    ("or", OR),
];

/// Signs of one character.
const SIGNS: [(char, &str); 20] = [
    ('^', "a power is written **"),
    ('²', "a power is written **"),
    ('³', "a power is written **"),
    ('&', AND),
    ('|', "a magnitude is abs(a), and of conditions, which are 0 or 1, write maximum(a, b) for 'a or b'"),
    ('~', NOT),
    ('!', NOT),
    ('?', "a choice is where(condition, a, b)"),
    ('[', "a formula is about one element; it has no indices"),
    ('%', "there is no remainder"),
    ('@', "there is no product of matrices"),
    (':', "a formula has no blocks; a choice is where(condition, a, b), and a function of Python is passed itself"),
    ('"', "a formula has no texts"),
    ('\'', "a formula has no texts"),
    ('×', "a product is written *"),
    ('·', "a product is written *"),
    ('÷', "a quotient is written /"),
    ('−', "a difference is written -"),
    ('√', "a root is written sqrt(a)"),
    ('½', "a half is written 0.5"),
];

/// What to write for a name that there is not.
pub(crate) fn name(word: &str) -> Option<&'static str> {
    said(&NAMES, word)
}

/// What is wrong with a name that is none of those known.
pub(crate) fn unknown(word: &str, known: &[&str]) -> String {
    let meant = ARGUMENTS.into_iter().find(|(own, others)| others.contains(&word) && known.contains(own));
    let hint = match (name(word), meant) {
        (Some(here), _) => format!("; {here}"),
        (None, Some((own, _))) => format!("; did you mean {own}?"),
        _ => nearest(word, known.iter().copied().chain(FUNCTIONS.iter().map(|(name, ..)| *name))),
    };
    if !hint.is_empty() {
        return format!("{word} is not known{hint}");
    }
    let declared = match word {
        "y_true" | "y_pred" | "r" => String::new(),
        _ => format!(", and a parameter is declared, as in params={{'{word}': 1.0}}"),
    };
    format!("{word} is not known; there are {}{declared}", known.join(", "))
}

/// What is wrong with a name or a sign, as an error shows it, behind an operand, where an operator or something else is wanted.
pub(crate) fn between(word: &str, or: &str) -> String {
    let compares = ["'<'", "'<='", "'>'", "'>='", "'=='", "'!='"].contains(&word);
    match said(&BETWEEN, word) {
        Some(here) => format!("'{word}' does not occur in a formula: {here}"),
        None if compares => {
            format!("{word} compares what is a comparison already; write (a < b)*(b < c) for 'a < b < c'")
        }
        None => format!("{word} stands where an operator or {or} is wanted; a product is written *"),
    }
}

/// What to write for a sign that there is not.
pub(crate) fn sign(c: char) -> Option<&'static str> {
    SIGNS.into_iter().find(|(foreign, _)| *foreign == c).map(|(_, here)| here)
}

fn said(table: &'static [(&str, &str)], word: &str) -> Option<&'static str> {
    table.iter().find(|(foreign, _)| *foreign == word).map(|(_, here)| *here)
}

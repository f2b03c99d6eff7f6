//! The functions that a formula may call.

/// A function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // Each is what its name says.
pub enum Function {
    Abs,
    BoxcoxExp,
    BoxcoxPow,
    Clip,
    Cosh,
    Exp,
    Expm1,
    Lgamma,
    Log,
    Log1p,
    LogCosh,
    LogNdtr,
    LogSigmoid,
    Logaddexp,
    Logit,
    Maximum,
    Minimum,
    Sigmoid,
    Sign,
    Sinh,
    Softplus,
    Sqrt,
    Square,
    Tanh,
    Where,
    Xlog1py,
    Xlogy,
}

/// The functions by name, with how many arguments they take.
pub const FUNCTIONS: [(&str, Function, usize); 28] = [
    ("abs", Function::Abs, 1),
    ("boxcox_exp", Function::BoxcoxExp, 2),
    ("boxcox_pow", Function::BoxcoxPow, 2),
    ("clip", Function::Clip, 3),
    ("cosh", Function::Cosh, 1),
    ("exp", Function::Exp, 1),
    ("expm1", Function::Expm1, 1),
    ("lgamma", Function::Lgamma, 1),
    ("log", Function::Log, 1),
    ("log1p", Function::Log1p, 1),
    ("log_cosh", Function::LogCosh, 1),
    ("log_ndtr", Function::LogNdtr, 1),
    ("log_sigmoid", Function::LogSigmoid, 1),
    ("logaddexp", Function::Logaddexp, 2),
    ("logcosh", Function::LogCosh, 1),
    ("logit", Function::Logit, 1),
    ("maximum", Function::Maximum, 2),
    ("minimum", Function::Minimum, 2),
    ("sigmoid", Function::Sigmoid, 1),
    ("sign", Function::Sign, 1),
    ("sinh", Function::Sinh, 1),
    ("softplus", Function::Softplus, 1),
    ("sqrt", Function::Sqrt, 1),
    ("square", Function::Square, 1),
    ("tanh", Function::Tanh, 1),
    ("where", Function::Where, 3),
    ("xlog1py", Function::Xlog1py, 2),
    ("xlogy", Function::Xlogy, 2),
];

/// A function and the number of its arguments, by its name.
pub(crate) fn named(name: &str) -> Option<(Function, usize)> {
    FUNCTIONS.iter().find(|(known, ..)| *known == name).map(|&(_, function, arguments)| (function, arguments))
}

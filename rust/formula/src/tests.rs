//! Whole formulas: what they are worth, with derivatives, and that nothing that is written makes them panic.

use crate::fault::Fault;
use crate::formula::Formula;
use crate::parser::Tree;
use crate::variables::{Columns, Meaning, ONE, variables};
use lossreg_core::engine::blocks::LANES;
use lossreg_core::engine::kernel::{Blocks, no_shares};
use lossreg_core::engine::program::{Interpreted, Sees};
use lossreg_core::engine::wanted::Wanted;
use lossreg_core::number::{Jet, Real};
use lossreg_core::simd::Level;

mod columns;
mod powers;

const ALL: Wanted = Wanted { value: true, grad: true, hess: true };

fn formula(text: &str) -> Result<Formula, Fault> {
    of_columns(text, ONE)
}

fn of_columns(text: &str, columns: Columns<'_, &str>) -> Result<Formula, Fault> {
    let tree = Tree::parse(text, columns, &["delta", "nothing"])?;
    let params = vec![("delta", Meaning::Number(1.5)), ("nothing", Meaning::Nothing)];
    Formula::new(&tree, &[variables(tree.of_classes, columns), params].concat())
}

/// Value, gradient and Hessian of a formula.
fn at(text: &str, y: f64, x: f64, wanted: Wanted, level: Level) -> [f64; 3] {
    let formula = formula(text).unwrap_or_else(|fault| panic!("{}", fault.pointed(text)));
    // More blocks than go through together, the last of them few.
    let (y, x) = (vec![[y; LANES]; 6], vec![[x; LANES]; 6]);
    let (mut value, mut grad, mut hess) = (vec![[0.0; LANES]; 6], vec![[0.0; LANES]; 6], vec![[0.0; LANES]; 6]);
    let mut blocks =
        Blocks { y: &y, x: &x, shares: no_shares(), value: &mut value, sum: None, grad: &mut grad, hess: &mut hess };
    formula.double().run(level, wanted, 1.0, &mut blocks).unwrap();
    let results = [value[5][LANES - 1], grad[5][LANES - 1], hess[5][LANES - 1]];
    assert_eq!([value[0][0], grad[0][0], hess[0][0]].map(f64::to_bits), results.map(f64::to_bits));
    results
}

/// The same of a class with this share of the target and this probability, with derivatives by log q or by q.
fn at_class(text: &str, t: f64, q: f64, by_share: bool) -> [f64; 3] {
    let formula = formula(text).unwrap_or_else(|fault| panic!("{}", fault.pointed(text)));
    let [t, log_q, others, q] = [t, q.ln(), 1.0 - q, q].map(|number| [[number; LANES]]);
    let [mut value, mut grad, mut hess] = [[[0.0; LANES]]; 3];
    let mut blocks = Blocks {
        y: &t,
        x: &log_q,
        shares: [&q, &others, &[]],
        value: &mut value,
        sum: None,
        grad: &mut grad,
        hess: &mut hess,
    };
    let program = if by_share { formula.double_in_q().unwrap() } else { formula.double() };
    program.run(Level::best(), ALL, 1.0, &mut blocks).unwrap();
    [value[0][0], grad[0][0], hess[0][0]]
}

/// The loss of a class: of its share, log q and q.
type OfClass = fn(f64, Jet<f64>, Jet<f64>) -> Jet<f64>;

#[test]
fn a_sum_is_about_classes() {
    for t in [0.0, 0.25, 1.0] {
        for q in [1e-3, 0.3, 0.999] {
            let (log, one) =
                (Jet { value: f64::ln(q), first: 1.0, second: 0.0 }, Jet { value: q, first: q, second: q });
            let (log_by_q, by_q) = (
                Jet { value: f64::ln(q), first: 1.0 / q, second: -1.0 / (q * q) },
                Jet { value: q, first: 1.0, second: 0.0 },
            );
            let cases: [(&str, OfClass); 5] = [
                ("-sum(y_true*log_q)", |t, log_q, _| log_q.weighted(-t)),
                ("sum(q*(log_q - y_true))", |t, log_q, q| q * (log_q + -t)),
                ("sum(-y_true*(1 - q)**2*log(q))", |t, log_q, q| ((-q + 1.0).square() * log_q).weighted(-t)),
                ("p = exp(log_q)\nsum((p - y_true)**2)", |t, _, q| (q + -t).square()),
                ("sum(xlogy(0.5*q, q) + expm1(log_q))", |_, log_q, q| q * log_q * 0.5 + (q + -1.0)),
            ];
            for (text, of) in cases {
                for (by_share, wanted) in [(false, of(t, log, one)), (true, of(t, log_by_q, by_q))] {
                    let got = at_class(text, t, q, by_share);
                    for (got, wanted) in got.into_iter().zip([wanted.value, wanted.first, wanted.second]) {
                        let near = (got - wanted).abs() <= 1e-12 * wanted.abs().max(1.0);
                        assert!(near, "{text} at {t}, {q}, by q: {by_share}: {got} for {wanted}");
                    }
                }
            }
        }
    }
    // Of 1 - q nothing is lost where q is all but 1.
    assert_eq!(at_class("sum((q - y_true)**2)", 1.0, 1.0 - 1e-12, false)[0], f64::powi(1.0 - (1.0 - 1e-12), 2));
    // A class without probability or share is nothing, whatever the logarithm.
    assert_eq!(at_class("-sum(y_true*log_q + q*log_q)", 0.0, 0.0, false), [0.0; 3]);
    let nothing =
        |text| formula(text).is_ok_and(|formula| formula.sees() == Sees::Classes { zero_share_is_nothing: true });
    assert!(nothing("-sum(y_true*(1 - q)**delta*log_q)") && !nothing("sum(y_true - q)"));
    assert_eq!(formula("y_true").map(|formula| formula.sees()).ok(), Some(Sees::Elements));
}

/// The same by jets, which have the rules of the built-ins.
fn against(text: &str, of: impl Fn(f64, Jet<f64>) -> Jet<f64>) {
    for y in [-2.0, 0.0, 0.3, 1.0] {
        for x in [-3.1, -0.7, 0.2, 1.0, 2.4] {
            let Jet { value, first, second } = of(y, Jet::variable(x));
            for level in Level::available() {
                let got = at(text, y, x, ALL, *level);
                for (got, wanted) in got.into_iter().zip([value, first, second]) {
                    let near = (got - wanted).abs() <= 1e-14 * wanted.abs().max(1.0) || got.is_nan() && wanted.is_nan();
                    assert!(near, "{text} at {y}, {x}: {got} for {wanted}");
                }
            }
        }
    }
}

#[test]
fn operators_read_as_in_python() {
    for (text, wanted) in [
        ("1 + 2*3", 7.0),
        ("-2**2", -4.0),
        ("2**-1", 0.5),
        ("2**3**2", 512.0),
        ("(1 + 2)*3 - 4/2/2", 8.0),
        ("1e-3 + .5 + 1_000", 1000.501),
        ("where(1 < 2, 3, 4) + (2 > 1)", 4.0),
        ("where(nothing is None, 1, nothing)", 1.0),
        ("where(delta is not None, delta, 2)", 1.5),
        ("u = delta + 1\nv = u*u; v - 1", 5.25),
        ("maximum(1,\n  2)", 2.0),
        ("+-+1", -1.0),
        ("2*pi", std::f64::consts::TAU),
        ("(1 != 2) + (1 == 1)", 2.0),
    ] {
        assert_eq!(at(text, 0.0, 0.0, ALL, Level::best()), [wanted, 0.0, 0.0], "{text}");
    }
}

#[test]
fn derivatives_are_those_of_jets() {
    against("r**2", |y, x| (x - y).square());
    against("softplus(y_pred) - y_true*y_pred", |y, x| x.softplus() + x.weighted(-y));
    against("exp(-r)*r", |y, x| (-(x - y)).exp() * (x - y));
    against("y_pred/(1 + r**2)", |y, x| x / ((x - y).square() + 1.0));
    against("tanh(r)**3", |y, x| {
        let t = (x - y).tanh();
        t * t * t
    });
}

#[test]
fn a_flat_side_has_the_slope_of_a_kink() {
    for (text, slope) in [
        ("abs(r)", 0.0),
        ("maximum(0, r)", 0.0),
        ("maximum(r, -r)", 0.0),
        ("maximum(2*r, r)", 1.0),
        ("minimum(-3*r, r)", 1.0),
        ("where(y_true >= y_pred, 0.7*(y_true - y_pred), 0.3*(y_pred - y_true))", 0.3),
        ("where(r > 0, r, -r)", 0.0),
        ("where(r > 0, r, 1)", 0.0),
        ("abs(r)/2 + log1p(abs(r))", 0.0),
    ] {
        assert_eq!(at(text, 1.0, 1.0, ALL, Level::best())[1], slope, "{text}");
    }
    // Smooth at 0 but for the magnitudes that it is written with.
    assert_eq!(at("delta**2*(abs(r)/delta - log1p(abs(r)/delta))", 1.0, 1.0, ALL, Level::best()), [0.0, 0.0, 1.0]);
}

#[test]
fn stable_forms_keep_their_digits() {
    let tiny = 1e-9;
    for (text, x, value) in [
        ("log(cosh(y_pred))", tiny, tiny * tiny / 2.0),
        ("log(sigmoid(y_pred))", 800.0, 0.0),
        ("log(1 + exp(y_pred))", 800.0, 800.0),
        ("log(1 - sigmoid(y_pred))", 800.0, -800.0),
        ("-log(1/(1 + exp(-y_pred)))", -800.0, 800.0),
        ("exp(y_pred) - 1", 1e-20, 1e-20),
        ("log(1 + y_pred)", 1e-20, 1e-20),
        ("y_pred - log1p(y_pred)", tiny, tiny * tiny / 2.0),
        ("exp(y_pred) - 1 - y_pred", tiny, tiny * tiny / 2.0),
        ("sqrt(1 + y_pred**2) - 1", tiny, tiny * tiny / 2.0),
        ("logaddexp(0, y_pred)", 800.0, 800.0),
        ("logaddexp(y_pred, y_pred + 1)", 1000.0, 1001.3132616875182),
        ("y_pred*log(y_pred)", 0.0, 0.0),
    ] {
        let got = at(text, 0.0, x, ALL, Level::best())[0];
        assert!((got - value).abs() <= 2e-9 * value.abs(), "{text}: {got} for {value}");
        assert!(
            !formula(text).is_ok_and(|formula| formula.rewrites().is_empty()) || text.starts_with("logaddexp"),
            "{text}"
        );
    }
}

#[test]
fn a_label_that_is_zero_removes_its_term() {
    assert_eq!(at("y_true*softplus(-y_pred)", 0.0, f64::NEG_INFINITY, ALL, Level::best()), [0.0; 3]);
    assert!(at("0*y_pred", 0.0, f64::NAN, ALL, Level::best()).iter().all(|number| number.is_nan()));
}

#[test]
fn outputs_are_the_same_whatever_else_is_wanted() {
    let text = "where(abs(r) <= delta, 0.5*r**2, delta*(abs(r) - 0.5*delta)) + softplus(r)*sigmoid(-r) + exp(r)";
    let all = at(text, 0.3, 1.1, ALL, Level::best());
    for set in 1..8 {
        let wanted = Wanted { value: set & 1 != 0, grad: set & 2 != 0, hess: set & 4 != 0 };
        let got = at(text, 0.3, 1.1, wanted, Level::best());
        for (i, there) in [wanted.value, wanted.grad, wanted.hess].into_iter().enumerate() {
            assert_eq!(got[i].to_bits(), if there { all[i].to_bits() } else { 0 }, "{wanted:?}");
        }
    }
}

#[test]
fn faults_point_at_the_character() {
    for (text, at, words) in [
        ("1 +", 3, "the end stands where a number, a name, a function, '(' or '-' is wanted"),
        ("", 0, "the end stands where"),
        ("1 2", 2, "2 stands where an operator"),
        ("(1 + 2", 6, "the end stands where ')' or an operator is wanted"),
        ("1 + 2)", 5, "')' has no '('"),
        ("y_pred^2", 6, "a power is written **"),
        ("y_prd - 1", 0, "y_prd is not known; did you mean y_pred?"),
        ("softpluss(r)", 0, "did you mean softplus?"),
        ("max(r, 0)", 0, "write maximum(a, b)"),
        ("ln(r)", 0, "ln is no function of formulas; write log(a)"),
        ("mean(r)", 0, "the loss of one element, and reduction="),
        (
            "1 + np.mean(r)",
            4,
            "np.mean has a dot; names and functions stand alone: a formula is the loss of one element",
        ),
        ("r.sum()", 0, "a sum over the elements is reduction='sum' of the call"),
        ("abs(r).mean()", 6, ".mean has a dot"),
        ("2r", 1, "r stands where an operator or the end is wanted; a product is written *"),
        ("2(r + 1)", 1, "a product is written *"),
        ("exp(2 r)", 6, "r stands where an operator or ',' or ')' is wanted; a product is written *"),
        ("y - y_pred", 0, "y is not known; did you mean y_true?"),
        ("logits", 0, "did you mean y_pred?"),
        ("e**r", 0, "e is not known; a power of e is written exp(a)"),
        ("scale*r", 0, "a parameter is declared, as in params={'scale': 1.0}"),
        ("r²", 1, "a power is written **"),
        ("r > 0 and r < 1", 6, "'and' does not occur in a formula: conditions are 0 or 1: write (a)*(b) for 'a and b'"),
        ("where(not r > 0, 1, 2)", 6, "write 1 - (a) for 'not a'"),
        (
            "where(0 < r < 1, r, 0)",
            12,
            "'<' compares what is a comparison already; write (a < b)*(b < c) for 'a < b < c'",
        ),
        ("delta(1 + r)", 0, "'*' multiplies"),
        ("exp", 0, "exp is a function: write exp(...)"),
        ("exp(1, 2)", 0, "exp takes 1 argument, not 2"),
        ("where(r, 1)", 0, "where takes 3 arguments, not 2"),
        ("1 < r < 2", 6, "write (a < b)*(b < c)"),
        ("r if r > 0 else 0", 2, "'if' does not occur in a formula: write where(a, b, c) for 'b if a else c'"),
        ("1 + if", 4, "a choice is where(condition, a, b)"),
        ("nothing + 1", 0, "nothing is None"),
        ("lgamma(y_pred)", 0, "lgamma has no derivative"),
        ("r = 1\nr", 0, "r means something already"),
        ("u = 1", 5, "the end stands where a line with the loss itself"),
        ("1\n2", 1, "goes on after the loss"),
        ("r & 1", 2, "write (a)*(b) for 'a and b'"),
        ("1e999", 0, "no number of float64"),
        ("1.2.3", 0, "1.2.3 is no number"),
        ("1 + np.abs(r)", 4, "np.abs has a dot; names and functions stand alone: write abs"),
        ("y_pred.", 6, "no number"),
        ("exp(x=1)", 4, "without names"),
        ("r == None", 5, "this is None"),
        ("2*sum(q)", 0, "sum(...) or -sum(...)"),
        ("sum(q)*2", 6, "goes into it"),
        ("sum(q) + sum(q)", 7, "goes into it"),
        ("sum(sum(q))", 4, "what is outermost"),
        ("sum(y_pred)", 4, "about q, the probability of a class"),
        ("sum(q, 1)", 5, "',' stands where ')'"),
        ("u = sum(q)\nsum(u)", 4, "what is outermost"),
    ] {
        let Err(fault) = formula(text) else { panic!("{text} is no formula") };
        assert!(fault.message.contains(words), "{text}: {}", fault.message);
        assert_eq!(fault.at, at, "{text}: {}", fault.message);
    }
}

#[test]
fn size_and_depth_have_limits() {
    let deep = format!("{}1{}", "(".repeat(3000), ")".repeat(3000));
    let chain = format!("1{}", "+r".repeat(6000));
    let powers = format!("r{}", "**r".repeat(200));
    let doubling =
        (0..60).fold("u0 = r".to_owned(), |text, i| format!("{text}\nu{} = u{i}*u{i} + exp(u{i})", i + 1)) + "\nu60";
    for text in [deep, chain, powers, "-".repeat(5000)] {
        assert!(
            formula(&text).is_err_and(|fault| fault.message.contains("more than") || fault.message.contains("at most"))
        );
    }
    assert!(formula(&doubling).is_ok(), "what is shared is there once");
}

/// Texts made by chance of the words of formulas: none panics, and those that are formulas run.
#[test]
fn no_text_panics() {
    let words = [
        "r",
        "y_true",
        "y_pred",
        "delta",
        "nothing",
        "1",
        "0",
        "2.5",
        "1e300",
        "+",
        "-",
        "*",
        "/",
        "**",
        "(",
        ")",
        ",",
        "where(",
        "exp(",
        "log(",
        "abs(",
        "sigmoid(",
        "maximum(",
        "softplus(",
        "sqrt(",
        "xlogy(",
        "tanh(",
        "<",
        ">=",
        "==",
        "is None",
        "\n",
        ";",
        "u = ",
        "u",
        "-1",
        "log1p(",
        "expm1(",
        "cosh(",
        "0.5",
        "lgamma(",
        "sum(",
        "q",
        "log_q",
        "é",
        "$",
    ];
    let mut state = 1u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as usize % below
    };
    let mut formulas = 0;
    for _ in 0..30_000 {
        let text: String = (0..=next(14)).map(|_| words[next(words.len())]).collect();
        if formula(&text).is_ok() {
            at(&text, 0.5, -0.25, ALL, Level::best());
            formulas += 1;
        }
    }
    assert!(formulas > 300, "{formulas}");
}

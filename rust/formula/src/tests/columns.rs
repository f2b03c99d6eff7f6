//! Formulas of several columns: their derivatives by each, and the names that they have.

use super::{ALL, of_columns};
use crate::variables::Columns;
use lossreg_core::engine::blocks::LANES;
use lossreg_core::engine::columns::Points;
use lossreg_core::engine::program::{Interpreted, Sees};
use lossreg_core::engine::wanted::Wanted;
use lossreg_core::number::{Jet, Real};
use lossreg_core::simd::Level;

/// More elements than go through a program together, the last of them few.
const LEN: usize = 6 * LANES;

/// A loss of three predictions, by jets.
type By<'a> = &'a dyn Fn([Jet<f64>; 3]) -> Jet<f64>;

/// The outputs of a formula of two numbers of a target, `y` and `scale`, and three predictions, `a`, `b` and `c`.
fn at_columns(text: &str, y: [f64; 2], x: [f64; 3], wanted: Wanted, level: Level) -> [f64; 7] {
    let columns: Columns<'_, &str> = [&["y", "scale"], &["a", "b", "c"]];
    let formula = of_columns(text, columns).unwrap_or_else(|fault| panic!("{}", fault.pointed(text)));
    assert_eq!(formula.sees(), Sees::Columns { targets: 2, predictions: 3 });
    // Outputs begin as what is left of others, and inputs are longer than them.
    let (y, x) = (y.map(|number| vec![number; LEN + LANES]), x.map(|number| vec![number; LEN + LANES]));
    let mut outputs = [(); 7].map(|()| vec![f64::NAN; LEN]);
    let [value, a, b, c, aa, bb, cc] = outputs.each_mut();
    let points = Points {
        y: [&y[0], &y[1], &[], &[]],
        x: [&x[0], &x[1], &x[2], &[]],
        value,
        first: [a, b, c, &mut []],
        second: [aa, bb, cc, &mut []],
    };
    formula.of_columns().expect("it has several columns").run(level, wanted, points);
    outputs.map(|output| {
        assert!(output.iter().all(|number| number.to_bits() == output[0].to_bits()));
        output[0]
    })
}

#[test]
fn each_column_has_its_derivatives() {
    let (y, x) = ([0.7, 1.5], [0.2, -0.4, 1.1]);
    let cases: [(&str, By<'_>); 6] = [
        ("0.5*(b + (a - y)**2*exp(-b)) + c", &|[a, b, c]| ((a + -0.7).square() * (-b).exp() + b) * 0.5 + c),
        ("softplus(a - b - y)*scale", &|[a, b, _]| (a - b + -0.7).softplus().weighted(1.5)),
        ("a*b*c/scale", &|[a, b, c]| a * b * c * (1.0 / 1.5)),
        ("u = (a - y)/b\ntanh(u)*c + log1p(u**2)", &|[a, b, c]| {
            let u = (a + -0.7) / b;
            u.tanh() * c + u.log1p_square()
        }),
        ("exp(c*c)", &|[_, _, c]| c.square().exp()),
        ("where(a > c, abs(b), maximum(a, b)*c)", &|[a, _, c]| a * c),
    ];
    for (text, of) in cases {
        let mut truth = [0.0; 7];
        for column in 0..3 {
            let mut jets = x.map(|number| Jet { value: number, first: 0.0, second: 0.0 });
            jets[column].first = 1.0;
            let Jet { value, first, second } = of(jets);
            (truth[0], truth[1 + column], truth[4 + column]) = (value, first, second);
        }
        for &level in Level::available() {
            let all = at_columns(text, y, x, ALL, level);
            for (got, wanted) in all.into_iter().zip(truth) {
                assert!((got - wanted).abs() <= 4e-15 * wanted.abs(), "{text}: {got} for {wanted} in {all:?}");
            }
            // What else is wanted changes no bit, and what is not is left as it is.
            for set in 1..8 {
                let wanted = Wanted { value: set & 1 != 0, grad: set & 2 != 0, hess: set & 4 != 0 };
                let got = at_columns(text, y, x, wanted, level);
                for (i, (got, all)) in got.into_iter().zip(all).enumerate() {
                    let there = [wanted.value, wanted.grad, wanted.hess][i.div_ceil(3)];
                    assert!(if there { got.to_bits() == all.to_bits() } else { got.is_nan() }, "{text}: {i}");
                }
            }
        }
        for place in 0..5 {
            let mut given = [y[0], y[1], x[0], x[1], x[2]];
            given[place] = f64::NAN;
            let [y0, y1, a, b, c] = given;
            let lost = at_columns(text, [y0, y1], [a, b, c], ALL, Level::best());
            assert!(lost.iter().all(|number| number.is_nan()), "{text}: {lost:?}");
        }
    }
}

#[test]
fn columns_have_their_names() {
    let columns: Columns<'_, &str> = [&["y_true", "weight"], &["y_pred"]];
    assert!(of_columns("weight*r**2", columns).is_ok(), "r is there with both that it is made of");
    for (text, columns, words) in [
        ("r*mean", [&["y_true"][..], &["mean", "b"]], "r is not known; there are y_true, mean, b, delta, nothing"),
        ("y_true*men", [&["y_true"][..], &["mean", "b"]], "men is not known; did you mean mean?"),
        ("mean = 1\nb", [&["y_true"][..], &["mean", "b"]], "mean means something already"),
        ("lgamma(b)", [&["y_true"][..], &["mean", "b"]], "lgamma has no derivative"),
    ] {
        let Err(fault) = of_columns(text, columns) else { panic!("{text} is no formula") };
        assert!(fault.message.contains(words), "{text}: {}", fault.message);
    }
}

//! Derivatives at the ends of the numbers: limits rather than NaN, and nothing lost to underflow on the way.

use lossreg_core::engine::engine;
use lossreg_core::engine::entry::Entry;
use lossreg_core::engine::memory::{Sink, View};
use lossreg_core::engine::request::{Outputs, Reduction, Request};
use lossreg_core::engine::rowwise::full;
use lossreg_core::engine::wanted::Wanted;
use lossreg_core::engine::working::Working;
use lossreg_core::error::Error;
use lossreg_core::loss::Value;
use lossreg_losses::find;

/// A loss of that name and values for its parameters, where they differ from the defaults.
fn with(name: &str, given: &[(&str, Value)]) -> (&'static Entry, Vec<Value>) {
    let entry = find(name).expect("a loss of that name");
    let value = |name: &str| given.iter().find(|(given, _)| *given == name).map(|(_, value)| value.clone());
    (entry, entry.info.params.iter().map(|param| value(param.name).unwrap_or(param.default.into())).collect())
}

/// Gradient and Hessian, unreduced.
fn derivatives<T: Working>(
    (entry, params): &(&'static Entry, Vec<Value>),
    classes: usize,
    y: &[T],
    x: &[T],
) -> Result<[Vec<T>; 2], Error> {
    let settings = entry.settings(params);
    let mut results = [vec![T::ZERO; x.len()], vec![T::ZERO; x.len()]];
    let [grad, hess] = &mut results;
    let request = Request {
        classes,
        reduction: Reduction::Sum,
        wanted: Wanted { value: false, grad: true, hess: true },
        outputs: Outputs { grad: Some(Sink::of(grad)), hess: Some(Sink::of(hess)), ..Outputs::default() },
        ..Request::new(entry, &settings, View::of(y), View::of(x))
    };
    engine(entry).run(request, !T::SINGLE, &mut || false)?;
    Ok(results)
}

#[test]
fn focal_without_focus_has_infinite_curvature_where_cross_entropy_has() {
    let focal = with("binary_focal", &[("gamma", Value::Number(0.0)), ("from_logits", Value::Switch(false))]);
    for (y, x) in [(1.0, 0.0), (0.0, 1.0)] {
        let [_, hess] = derivatives::<f64>(&focal, 1, &[y], &[x]).expect("a probability");
        assert_eq!(hess, [f64::INFINITY], "label {y} at {x}");
    }
}

#[test]
fn rows_of_subnormal_probabilities_have_limits() {
    let loss = with("sparse_categorical_cross_entropy", &[("from_logits", Value::Switch(false))]);
    let tiny = f32::from_bits(1);
    for (row, label, expected) in [
        // −log(p₀/P): the curvature 1/p₀² − 1/P² of the true class, −1/P² of the other.
        ([0.0, tiny], 0.0, [f32::INFINITY, f32::NEG_INFINITY]),
        ([tiny, tiny], 0.0, [f32::INFINITY, f32::NEG_INFINITY]),
        ([tiny, 0.0], 0.0, [0.0, f32::NEG_INFINITY]),
    ] {
        let [grad, hess] = derivatives::<f32>(&loss, 2, &[label], &row).expect("probabilities");
        assert_eq!(hess, expected, "{row:?}");
        assert!(grad.iter().all(|grad| !grad.is_nan()), "{row:?}: {grad:?}");
    }
}

#[test]
fn an_infinite_probability_is_refused() {
    let loss = with("kl_divergence", &[("from_logits", Value::Switch(false))]);
    for classes in [3, 100] {
        let (mut x, y) = (vec![0.5; 2 * classes], vec![1.0 / classes as f64; 2 * classes]);
        x[classes + 2] = f64::INFINITY;
        let Err(Error::Domain { argument, index, value, wanted }) = derivatives(&loss, classes, &y, &x) else {
            panic!("an infinite probability was taken")
        };
        assert_eq!((argument, index, value), ("y_pred", classes + 2, f64::INFINITY));
        assert!(wanted.starts_with("finite"), "{wanted}");
    }
}

/// In a confident row the runner-up's curvature comes from the true class's f″, which for exponents below 1 is as large as the
/// runner-up's probability is small.
fn runners_up<T: Working>(far: f64) {
    let focal = with("categorical_focal", &[("gamma", Value::Number(0.5))]);
    for classes in [2, 5, 70] {
        let mut x = vec![T::lit(2.0 * far); classes];
        (x[0], x[1]) = (T::ZERO, T::lit(far));
        let mut y = vec![T::ZERO; classes];
        y[0] = T::ONE;
        let [_, by_row] = derivatives(&focal, classes, &y, &x).expect("logits");
        let [_, by_index] = derivatives(&focal, classes, &[T::ZERO], &x).expect("logits");
        // With w = 1 − q the loss is −w^½·log(1 − w), about w^1.5, and w′ is about w for the runner-up.
        let truth = 2.25 * (1.5 * far).exp();
        for hess in [&by_row, &by_index] {
            let found = hess[1].to_f64();
            assert!((found - truth).abs() < 1e-4 * truth, "{classes} classes: {found}, not {truth}");
        }
    }
}

#[test]
fn a_runner_up_keeps_its_curvature() {
    runners_up::<f32>(-55.0);
    runners_up::<f64>(-440.0);
}

#[test]
fn mixed_derivatives_do_not_underflow_on_the_way() {
    let (entry, params) =
        with("categorical_focal", &[("gamma", Value::Number(0.5)), ("label_smoothing", Value::Number(0.1))]);
    let settings = entry.settings(&params);
    let (x, y) = ([0.0, -450.0, -450.0], [1.0, 0.0, 0.0]);
    let mut matrix = vec![0.0f64; 9];
    let (diagonal, rest) = Sink::of(&mut matrix).diagonals_and_rest(3);
    let request = Request {
        classes: 3,
        reduction: Reduction::Sum,
        wanted: Wanted { value: false, grad: false, hess: true },
        outputs: Outputs { hess: Some(diagonal), ..Outputs::default() },
        ..Request::new(entry, &settings, View::of(&y), View::of(&x))
    };
    full::run::<f64>(request, rest, &mut || false).expect("logits");
    for row in matrix.chunks(3) {
        // A shift of all logits changes nothing, so rows sum to 0: none of their terms may be lost.
        let (sum, size): (f64, f64) = (row.iter().sum(), row.iter().map(|x| x.abs()).sum());
        assert!(sum.abs() <= 1e-12 * size && row.iter().all(|&second| second != 0.0), "{matrix:?}");
    }
}

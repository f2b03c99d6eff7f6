//! Matrices of second derivatives against the textbook, for every number of threads and CPU level.

use lossreg_core::engine::memory::{Sink, View};
use lossreg_core::engine::request::{Outputs, Reduction, Request};
use lossreg_core::engine::rowwise::full;
use lossreg_core::engine::wanted::Wanted;
use lossreg_core::engine::working::Working;
use lossreg_core::error::Error;
use lossreg_core::loss::Value;
use lossreg_core::simd::Level;
use lossreg_losses::find;

/// Cross-entropy with shares `y`.
fn matrices<T: Working>(
    classes: usize,
    x: &[T],
    y: &[T],
    threads: usize,
    level: Level,
    interrupt: &mut dyn FnMut() -> bool,
) -> Result<Vec<T>, Error> {
    let entry = find("categorical_cross_entropy").expect("a loss of that name");
    let params: Vec<Value> = entry.info.params.iter().map(|param| param.default.into()).collect();
    let settings = entry.settings(&params);
    let mut matrices = vec![T::ONE; x.len() * classes];
    let (diagonals, rest) = Sink::of(&mut matrices).diagonals_and_rest(classes);
    let request = Request {
        classes,
        reduction: Reduction::None,
        wanted: Wanted { value: false, grad: false, hess: true },
        outputs: Outputs { hess: Some(diagonals), ..Outputs::default() },
        threads,
        level,
        ..Request::new(entry, &settings, View::of(y), View::of(x))
    };
    full::run::<T>(request, rest, interrupt)?;
    Ok(matrices)
}

fn drawn<T: Working>(rows: usize, classes: usize) -> (Vec<T>, Vec<T>) {
    let elements = 0..rows * classes;
    let x = elements.clone().map(|i| T::lit((i * 37 % 101) as f64 / 20.0 - 2.5)).collect();
    let y = elements.map(|i| T::lit((i * 53 % 97) as f64 / 128.0)).collect();
    (x, y)
}

fn is_the_textbook<T: Working>(rows: usize, classes: usize, bound: f64) {
    let (x, y) = drawn::<T>(rows, classes);
    let matrices = matrices(classes, &x, &y, 1, Level::best(), &mut || false).expect("all is within its domain");
    for row in 0..rows {
        let exp: Vec<f64> = x[row * classes..(row + 1) * classes].iter().map(|z| z.to_f64().exp()).collect();
        let (sum, mass): (f64, f64) =
            (exp.iter().sum(), y[row * classes..(row + 1) * classes].iter().map(|t| t.to_f64()).sum());
        for i in 0..classes {
            for j in 0..classes {
                let (qi, qj) = (exp[i] / sum, exp[j] / sum);
                let truth = mass * if i == j { qi * (1.0 - qi) } else { -qi * qj };
                let found = matrices[(row * classes + i) * classes + j].to_f64();
                assert!((found - truth).abs() <= bound * truth.abs(), "row {row}, {i}, {j}: {found}, not {truth}");
            }
        }
    }
}

#[test]
fn matrices_are_the_textbook() {
    for (rows, classes) in [(0, 3), (3, 1), (70, 2), (5, 7), (2, 65)] {
        is_the_textbook::<f32>(rows, classes, 4e-7);
        is_the_textbook::<f64>(rows, classes, 4e-15);
    }
}

#[test]
fn bits_do_not_depend_on_threads_or_instructions() {
    let (rows, classes) = if cfg!(miri) { (2, 3) } else { (2, 600) };
    let (x, y) = drawn::<f64>(rows, classes);
    let alone = matrices(classes, &x, &y, 1, Level::BASELINE, &mut || false);
    for threads in [1, 3] {
        assert_eq!(matrices(classes, &x, &y, threads, Level::best(), &mut || false), alone);
    }
}

#[test]
fn the_caller_may_stop_it() {
    // It is asked every 25 ms, so the work has to take several times that on any machine.
    let (x, y) = drawn::<f64>(12_000, 40);
    let stopped = matrices(40, &x, &y, 1, Level::BASELINE, &mut || true);
    assert!(matches!(stopped, Err(Error::Interrupted)), "it went on to the end");
}

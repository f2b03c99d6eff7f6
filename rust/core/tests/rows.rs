//! What the row engine owes to formulas of any kind: classes without a share, probabilities beside their logarithms, and an end
//! when the caller wants one.
#![allow(unsafe_code, clippy::undocumented_unsafe_blocks)] // A view of labels that outlive it.

use lossreg_core::engine::entry::Entry;
use lossreg_core::engine::memory::{Axis, Dtype, Sink, View};
use lossreg_core::engine::request::{Outputs, Reduction, Request};
use lossreg_core::engine::wanted::Wanted;
use lossreg_core::engine::working::Working;
use lossreg_core::engine::{pointwise, rowwise};
use lossreg_core::error::Error;
use lossreg_core::loss::{Constants, Domain, Family, Formula, Info, Link, Share};
use lossreg_core::number::{Float, Real};

/// −t·log q + (1 − t)·q: what a class without a share has of the probability is lost too.
struct Jealous;

impl Formula for Jealous {
    const INFO: Info = Info {
        family: Family::RowWise,
        target: Domain::ClassIndexOrProbability,
        link: Link::Softmax,
        zero_share_is_nothing: false,
        ..Info::DEFAULT
    };

    fn value<R: Real>(_: Constants<R>, t: R::Scalar, log_q: R) -> R {
        log_q.weighted(-t) + log_q.exp().weighted(R::Scalar::ONE - t)
    }
}

/// t·(1 − q), of the engine's own 1 − q.
struct Miss;

impl Formula for Miss {
    const INFO: Info =
        Info { family: Family::RowWise, target: Domain::ClassIndexOrProbability, link: Link::Softmax, ..Info::DEFAULT };
    const SHARES: bool = true;

    fn of_share<const FORM: usize, const ARM: usize, R: Real>(_: Constants<R>, t: R::Scalar, share: Share<R>) -> R {
        share.others.weighted(t)
    }
}

/// x − y.
struct Difference;

impl Formula for Difference {
    const INFO: Info = Info::DEFAULT;

    fn value<R: Real>(_: Constants<R>, y: R::Scalar, x: R) -> R {
        x - y
    }
}

static JEALOUS: Entry = Entry::of::<Jealous>("jealous");
static MISS: Entry = Entry::of::<Miss>("miss");
static DIFFERENCE: Entry = Entry::of::<Difference>("difference");

fn labels(labels: &[i64]) -> View<'_> {
    unsafe { View::new(labels.as_ptr().cast(), Dtype::I64, false, &[Axis { len: labels.len(), stride: 8 }]) }
}

/// Value, gradient and Hessian of each row.
fn evaluate<T: Working>(entry: &Entry, classes: usize, x: &[T], y: View<'_>) -> [Vec<T>; 3] {
    let settings = entry.settings(&[]);
    let mut results = [vec![T::NAN; x.len() / classes], vec![T::NAN; x.len()], vec![T::NAN; x.len()]];
    let [value, grad, hess] = &mut results;
    let request = Request {
        classes,
        reduction: Reduction::None,
        wanted: Wanted { value: true, grad: true, hess: true },
        outputs: Outputs {
            value: Some(Sink::of(value)),
            grad: Some(Sink::of(grad)),
            hess: Some(Sink::of(hess)),
            ..Outputs::default()
        },
        ..Request::new(entry, &settings, y, View::of(x))
    };
    rowwise::run::<T>(request, &mut || false).expect("all is within its domain");
    results
}

/// Logits of some rows, a label for each, and the same as rows of 0 and 1.
fn drawn<T: Working>(rows: usize, classes: usize) -> (Vec<T>, Vec<i64>, Vec<T>) {
    let x = (0..rows * classes).map(|i| T::lit((i * 37 % 101) as f64 / 10.0 - 5.0)).collect();
    let labels: Vec<i64> = (0..rows).map(|row| (row * 7 % classes) as i64).collect();
    let mut shares = vec![T::ZERO; rows * classes];
    for (row, &label) in labels.iter().enumerate() {
        shares[row * classes + label as usize] = T::ONE;
    }
    (x, labels, shares)
}

fn class_indices_are_rows<T: Working>() {
    for classes in if cfg!(miri) { [2, 3, 70] } else { [2, 10, 2100] } {
        let (x, indices, shares) = drawn::<T>(5, classes);
        let by_index = evaluate(&JEALOUS, classes, &x, labels(&indices));
        let by_row = evaluate(&JEALOUS, classes, &x, View::of(&shares));
        assert_eq!(by_index, by_row, "{classes} classes");
        for row in 0..5 {
            let logits: Vec<f64> = x[row * classes..(row + 1) * classes].iter().map(|x| x.to_f64()).collect();
            let sum: f64 = logits.iter().map(|x| x.exp()).sum();
            let q = logits[indices[row] as usize].exp() / sum;
            let (truth, found) = ((1.0 - q) - q.ln(), by_index[0][row].to_f64());
            assert!((found - truth).abs() <= 1e-6 * truth, "{classes} classes, row {row}: {found}, not {truth}");
        }
    }
}

#[test]
fn class_indices_are_rows_where_a_class_without_a_share_counts() {
    class_indices_are_rows::<f32>();
    class_indices_are_rows::<f64>();
}

/// Of a confident row 1 − q is a few units in the last place of 1, and every one of its digits has to be right; of a hopeless
/// class q is, whose logarithm is large.
fn shares_keep_their_digits<T: Working>() {
    for classes in [2usize, 10, 100] {
        let (far, unit) = (T::lit(-0.75 * if T::SINGLE { 30.0 } else { 70.0 }), T::EPSILON.to_f64());
        let mut x = vec![far; 2 * classes];
        (x[1], x[classes + 1]) = (T::ZERO, T::ZERO);
        let rest = (classes - 1) as f64 * far.to_f64().exp();
        let (wrong, q) = (rest / (1.0 + rest), far.to_f64().exp() / (1.0 + rest));
        let indices = [1, 0];
        let mut shares = vec![T::ZERO; 2 * classes];
        (shares[1], shares[classes]) = (T::ONE, T::ONE);
        for y in [labels(&indices), View::of(&shares)] {
            let [value, grad, hess] = evaluate(&MISS, classes, &x, y);
            let close = |found: T, truth: f64| (found.to_f64() - truth).abs() <= 4.0 * unit * truth.abs();
            assert!(close(value[0], wrong), "{classes} classes: {:?}, not {wrong}", value[0]);
            assert!(close(grad[1], -wrong * (1.0 - wrong)), "{classes} classes: {:?}", grad[1]);
            let truth = -q * (1.0 - q) * (1.0 - 2.0 * q);
            assert!(close(hess[classes], truth), "{classes} classes: {:?}, not {truth}", hess[classes]);
        }
    }
}

#[test]
fn rows_hand_over_probabilities_to_the_last_place() {
    shares_keep_their_digits::<f32>();
    shares_keep_their_digits::<f64>();
}

#[test]
#[cfg_attr(miri, ignore = "a large row")]
fn the_caller_is_heard_within_a_row() {
    // It is asked every 25 ms, so the row has to take several times that on any machine.
    let (classes, x) = (1 << 24, vec![0.5f32; 1 << 24]);
    for y in [labels(&[3]), View::of(&x)] {
        let settings = JEALOUS.settings(&[]);
        let request = Request { classes, ..Request::new(&JEALOUS, &settings, y, View::of(&x)) };
        assert_eq!(rowwise::run::<f32>(request, &mut || true), Err(Error::Interrupted));
    }
}

#[test]
fn the_caller_is_heard_among_any_number_of_tasks() {
    // What would take days, and whose list of tasks no memory could hold, is over as soon as the caller is asked.
    let (y, x, settings) = (0.0, 1.0, DIFFERENCE.settings(&[]));
    let views = [&y, &x].map(|number| View::repeated(number, 1 << 52));
    let [y, x] = views;
    for threads in [1, 2] {
        let request = Request { threads, ..Request::new(&DIFFERENCE, &settings, y.clone(), x.clone()) };
        assert_eq!(pointwise::run::<f64>(request, &mut || true), Err(Error::Interrupted));
    }
}

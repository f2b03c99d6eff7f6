//! The block kernels of the losses of one prediction against the mpmath tables `tests/truth/*.txt`, at every CPU level, and
//! the laws that hold bit for bit.
//!
//! Errors are in units in the last place of the truth, with no absolute tolerance; where terms cancel, the bound is multiplied
//! by the table's condition. `--nocapture` prints what was measured.

use lossreg_core::engine::blocks::LANES;
use lossreg_core::engine::entry::{Code, Entry, Settings};
use lossreg_core::engine::kernel::{Blocks, Kernels};
use lossreg_core::engine::wanted::Wanted;
use lossreg_core::loss::{CONSTANTS, Family, Kind, Value};
use lossreg_core::number::Float;
use lossreg_core::simd::Level;
use lossreg_losses::{CATALOG, find};
use std::fs;
use std::sync::LazyLock;

/// The losses of one prediction with their tables: whatever there is in `tests/truth`.
static TABLES: LazyLock<Vec<(&'static Entry, &'static str)>> = LazyLock::new(|| {
    let of_one = |entry: &&Entry| matches!(entry.info.family, Family::Pointwise | Family::Adversarial(_));
    let tables = CATALOG.iter().filter(of_one).filter(|entry| matches!(entry.code, Code::Formula));
    tables.map(|entry| (entry, truth(entry.name))).collect()
});
static BOUNDS: LazyLock<&'static str> = LazyLock::new(|| truth("bounds"));

/// A file of `tests/truth`, which stays for as long as the tests run.
fn truth(name: &str) -> &'static str {
    let path = format!("{}/../../tests/truth/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    text.leak()
}

const QUANTITIES: [&str; 3] = ["value", "gradient", "Hessian"];
/// Miri looks for undefined behaviour; one row in 32 takes every path.
const STRIDE: usize = if cfg!(miri) { 32 } else { 1 };

/// A truth: its nearest float, what is left in units of its last place, its condition.
type Truth = (f64, f64, f64);

struct Row {
    line: &'static str,
    single: bool,
    params: &'static str,
    y: f64,
    x: f64,
    truth: [Truth; 3],
}

fn rows(name: &str) -> impl Iterator<Item = Row> {
    let (_, table) = TABLES.iter().find(|(entry, _)| entry.name == name).expect("a table");
    table.lines().filter(|line| !line.starts_with('#')).step_by(STRIDE).map(|line| {
        let cells: Vec<_> = line.split(';').collect();
        let bits = |i: usize| f64::from_bits(u64::from_str_radix(cells[i], 16).expect("16 hexadecimal digits"));
        let number = |i: usize| cells[i].parse().expect("a number");
        let truth = [4, 7, 10].map(|i| (bits(i), number(i + 1), number(i + 2)));
        Row { line, single: cells[0] == "float32", params: cells[1], y: bits(2), x: bits(3), truth }
    })
}

/// The bounds on value, gradient and Hessian of a row of that loss.
fn bounds(name: &str, row: &Row) -> [f64; 3] {
    let mut lines = BOUNDS.lines().map(|line| line.split(';').collect::<Vec<_>>()).filter(|cells| cells.len() == 4);
    let fits = |cells: &Vec<&str>| [name, "*"].contains(&cells[0]) && row.params.contains(cells[1]);
    let cells = lines.find(fits).expect("the last line fits every row");
    let mut numbers = cells[if row.single { 2 } else { 3 }].split(' ').map(|number| number.parse().expect("a number"));
    [(); 3].map(|()| numbers.next().expect("three numbers"))
}

/// The parameters of a table's row, in the order of the signature.
fn params(entry: &Entry, text: &str) -> Vec<Value> {
    let value = |param: &lossreg_core::loss::Param| {
        let given = text.split(',').filter_map(|pair| pair.split_once('=')).find(|(name, _)| *name == param.name);
        match (given, param.kind) {
            (None, _) => param.default.into(),
            (Some((_, "none")), _) => Value::None,
            (Some((_, text)), Kind::Switch) => Value::Switch(text == "true"),
            (Some((_, text)), _) => Value::Number(text.parse().expect("a number")),
        }
    };
    entry.info.params.iter().map(value).collect()
}

/// What is there of both types, with `FORM`s chosen as the engine does.
trait Working: Float {
    fn kernels(entry: &Entry) -> &Kernels<Self>;
    fn bits(self) -> u64;
}
impl Working for f32 {
    fn kernels(entry: &Entry) -> &Kernels<f32> {
        &entry.single
    }
    fn bits(self) -> u64 {
        self.to_bits().into()
    }
}
impl Working for f64 {
    fn kernels(entry: &Entry) -> &Kernels<f64> {
        &entry.double
    }
    fn bits(self) -> u64 {
        self.to_bits()
    }
}

/// Every set of outputs.
const WANTED: [Wanted; 7] = {
    let mut all = [Wanted { value: true, grad: true, hess: true }; 7];
    let mut i = 0;
    while i < 7 {
        all[i] = Wanted { value: (i + 1) & 1 != 0, grad: (i + 1) & 2 != 0, hess: (i + 1) & 4 != 0 };
        i += 1;
    }
    all
};

/// Value, gradient and Hessian in that form. Every lane, every set of outputs and every CPU level must give the same bits.
fn evaluate<T: Working>(entry: &Entry, settings: &Settings, form: usize, y: T, x: T) -> [T; 3] {
    let constants: [T; CONSTANTS] = T::kernels(entry).constants(&settings.constants);
    let (ys, xs) = ([[y; LANES]], [[x; LANES]]);
    // Of a row-wise loss x is log q, and the engine knows q and 1 − q besides.
    let (qs, others) = ([[T::lit(x.to_f64().exp()); LANES]], [[T::lit(-x.to_f64().exp_m1()); LANES]]);
    let mut first: [Option<T>; 3] = [None; 3];
    for &level in Level::available() {
        for wanted in WANTED {
            let mut outputs = [[[T::ZERO; LANES]; 1]; 3];
            let [value, grad, hess] = &mut outputs;
            T::kernels(entry).choose(form, &constants).run(
                level,
                wanted,
                &constants,
                T::ONE,
                &mut Blocks { y: &ys, x: &xs, shares: [&qs, &others, &[]], value, sum: None, grad, hess },
            );
            for (i, is_wanted) in [wanted.value, wanted.grad, wanted.hess].into_iter().enumerate() {
                for number in outputs[i][0].into_iter().filter(|_| is_wanted) {
                    let before = *first[i].get_or_insert(number);
                    let same = before.bits() == number.bits() || (before.is_nan() && number.is_nan());
                    let (name, quantity) = (entry.name, QUANTITIES[i]);
                    assert!(
                        same,
                        "{name}, {quantity} at ({y:?}, {x:?}): {before:?} or {number:?} at {level:?}, {wanted:?}"
                    );
                }
            }
        }
    }
    first.map(|number| number.expect("every quantity is wanted once"))
}

/// The form of hard labels where the engine would take it.
fn hard_bit(entry: &Entry, settings: &Settings, y: f64) -> usize {
    let hard = entry.info.hard_labels && settings.smoothing == 0.0 && (y == 0.0 || y == 1.0);
    if hard { entry.info.forms() / 2 } else { 0 }
}

/// The distance from a finite float to the next larger magnitude of its type.
fn unit<T: Float>(x: f64) -> f64 {
    if T::SINGLE {
        let x = x as f32;
        f64::from(f32::from_bits(x.abs().to_bits() + 1)) - f64::from(x.abs())
    } else {
        x.abs().next_up() - x.abs()
    }
}

fn error<T: Float>(actual: T, (high, residual, _): Truth) -> f64 {
    let actual = actual.to_f64();
    if actual == high {
        return residual.abs();
    }
    if !actual.is_finite() || !high.is_finite() {
        return f64::INFINITY;
    }
    ((actual - high) / unit::<T>(high) - residual).abs()
}

/// The largest error in units of the bound, and what there is to say about it.
#[derive(Clone)]
struct Worst {
    share: f64,
    error: f64,
    condition: f64,
    bound: f64,
    actual: f64,
    line: &'static str,
}

fn measure<T: Working>(name: &str) -> [Worst; 3] {
    let entry = find(name).expect("a loss of the catalogue");
    let nothing = Worst { share: 0.0, error: 0.0, condition: 1.0, bound: 0.0, actual: 0.0, line: "" };
    let mut worst = [nothing.clone(), nothing.clone(), nothing];
    let mut count = 0;
    for row in rows(name).filter(|row| row.single == T::SINGLE) {
        let params = params(entry, row.params);
        let settings = entry.settings(&params);
        // The engine hands labels of −1 over as 0.
        let y = if entry.info.target.has_labels() { row.y.max(0.0) } else { row.y };
        let form = settings.form | hard_bit(entry, &settings, y);
        let actual = evaluate(entry, &settings, form, T::lit(y), T::lit(row.x));
        let bounds = bounds(name, &row);
        for i in 0..3 {
            let (error, condition) = (error(actual[i], row.truth[i]), row.truth[i].2);
            let bound = bounds[i];
            let share = error / (bound * condition.max(1.0));
            if share > worst[i].share {
                worst[i] = Worst { share, error, condition, bound, actual: actual[i].to_f64(), line: row.line };
            }
        }
        count += 1;
    }
    assert!(count > if cfg!(miri) { 0 } else { 40 }, "{count} rows of {name}");
    worst
}

fn check<T: Working>() {
    let mut failures = Vec::new();
    for (entry, _) in TABLES.iter() {
        let name = entry.name;
        print!("{name:28}");
        for (worst, quantity) in measure::<T>(name).into_iter().zip(QUANTITIES) {
            print!("{:10.3}/{:<4}", worst.error / worst.condition.max(1.0), worst.bound);
            if worst.share.is_nan() || worst.share > 1.0 {
                let Worst { error, bound, condition, actual, line, .. } = worst;
                failures.push(format!(
                    "{name}, {quantity}: {error:.4e} ULP, bound {bound}, condition {condition:.3e}, got {actual:e} ({:016x}): {line}",
                    actual.to_bits()
                ));
            }
        }
        println!();
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn float32_keeps_its_bounds() {
    check::<f32>();
}

#[test]
fn float64_keeps_its_bounds() {
    check::<f64>();
}

#[test]
fn a_wrong_value_is_seen() {
    assert!(error(0.0, (4e-18, 0.0, 1.0)) > 1e15, "an absolute tolerance hides in the measure");
    assert_eq!(error(1.0f64.next_up(), (1.0, 0.25, 1.0)), 0.75);
    assert_eq!(error(0.0, (5e-324, 0.0, 1.0)), 1.0);
    assert_eq!(error(f64::NAN, (1.0, 0.0, 1.0)), f64::INFINITY);
    assert_eq!(error(f64::INFINITY, (f64::INFINITY, 0.0, 1.0)), 0.0);
}

/// The scores of a loss's table.
fn scores<T: Working>(name: &str) -> Vec<T> {
    rows(name)
        .filter(|row| row.single == T::SINGLE && !row.params.contains("from_logits=false"))
        .map(|row| T::lit(row.x))
        .collect()
}

fn same<T: Working>(a: T, b: T) -> bool {
    a.bits() == b.bits() || (a == T::ZERO && b == T::ZERO) || (a.is_nan() && b.is_nan())
}

/// A loss's entry with the settings of these parameters.
fn with(name: &str, text: &str) -> (&'static Entry, Settings) {
    let entry = find(name).expect("a loss of the catalogue");
    (entry, entry.settings(&params(entry, text)))
}

fn mirrored<T: Working>() {
    let (entry, settings) = with("binary_cross_entropy", "");
    for z in scores::<T>(entry.name) {
        let positive = evaluate(entry, &settings, settings.form, T::ONE, z);
        let negative = evaluate(entry, &settings, settings.form, T::ZERO, -z);
        let negative = [negative[0], -negative[1], negative[2]];
        assert!((0..3).all(|i| same(positive[i], negative[i])), "{z:?}: {positive:?}, {negative:?}");
    }
}

#[test]
fn mirrored_labels_are_the_same_bits() {
    mirrored::<f32>();
    mirrored::<f64>();
}

fn plain_focal<T: Working>() {
    let (bce, plain) = with("binary_cross_entropy", "");
    let (focal, settings) = with("binary_focal", "gamma=0");
    for z in scores::<T>(bce.name) {
        for y in [0.0, 0.25, 1.0] {
            let wanted = evaluate(bce, &plain, plain.form, T::lit(y), z);
            for hard in [0, hard_bit(focal, &settings, y)] {
                let got = evaluate(focal, &settings, settings.form | hard, T::lit(y), z);
                assert!((0..3).all(|i| same(got[i], wanted[i])), "({y}, {z:?}), hard {hard}: {got:?}, {wanted:?}");
            }
        }
    }
}

#[test]
fn focal_without_focus_is_cross_entropy() {
    plain_focal::<f32>();
    plain_focal::<f64>();
}

fn forms<T: Working>() {
    for text in
        ["", "alpha=0.25", "gamma=0.5", "gamma=5,alpha=0.75", "from_logits=false", "from_logits=false,gamma=0.5"]
    {
        let (entry, settings) = with("binary_focal", text);
        for z in scores::<T>(entry.name) {
            let z = if settings.raw { z } else { z.abs().min(T::ONE) };
            for y in [0.0, 1.0] {
                let soft = evaluate(entry, &settings, settings.form, T::lit(y), z);
                let hard = evaluate(entry, &settings, settings.form | hard_bit(entry, &settings, y), T::lit(y), z);
                assert!((0..3).all(|i| same(soft[i], hard[i])), "{text} ({y}, {z:?}): {soft:?}, {hard:?}");
            }
        }
    }
}

#[test]
fn the_form_of_hard_labels_gives_the_bits_of_the_soft_one() {
    forms::<f32>();
    forms::<f64>();
}

fn nan<T: Working>() {
    for (entry, _) in TABLES.iter() {
        let name = entry.name;
        for row in rows(name).filter(|row| row.single == T::SINGLE).step_by(7) {
            let settings = entry.settings(&params(entry, row.params));
            for form in [settings.form, settings.form | hard_bit(entry, &settings, 1.0)] {
                for (y, x) in [(T::lit(row.y), T::NAN), (T::NAN, T::lit(row.x))] {
                    let got = evaluate(entry, &settings, form, y, x);
                    assert!(got.into_iter().all(T::is_nan), "{name} ({y:?}, {x:?}): {got:?}");
                }
            }
        }
    }
}

#[test]
fn nan_gives_nan() {
    nan::<f32>();
    nan::<f64>();
}

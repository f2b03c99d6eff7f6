//! Measures the one-argument functions on all 2³² float32 inputs and prints the largest errors as a Markdown table:
//! `RUSTFLAGS=-Ctarget-cpu=native cargo run --release -p lossreg-core --example exhaustive [-- FILE]`, some minutes.
//!
//! The reference is the standard library's float64, whose own errors are below 1e-8 units of float32. Each function
//! runs over blocks in plain loops, as it does inside a kernel.

use std::fmt::Write as _;
use std::thread;

use lossreg_core::number::functions as f;

const BLOCK: usize = 64;
const THREADS: u64 = 2;

/// A function of one argument: how it is measured, against what, and its bound.
struct Case {
    name: &'static str,
    bound: f64,
    block: fn(&[f32; BLOCK]) -> [f32; BLOCK],
    truth: fn(f64) -> f64,
}

/// The closure as a loop over a block.
macro_rules! case {
    ($name:literal, $bound:literal, $function:expr, $truth:expr) => {
        Case { name: $name, bound: $bound, block: |x| x.map($function), truth: $truth }
    };
}

/// The terms of the logistic loss.
fn term(x: f32) -> (f32, f32, f32) {
    f::weighted_softplus(1.0, f::Lift::of(1.0), x, f::Excess::of(x))
}

fn cases() -> [Case; 16] {
    [
        case!("binary cross-entropy, value", 1.5, |x| term(x).0, softplus),
        case!("binary cross-entropy, gradient", 1.5, |x| term(x).1, sigmoid),
        case!("binary cross-entropy, Hessian", 2.0, |x| term(x).2, slope),
        case!("exp", 0.8, f::exp, f64::exp),
        case!("expm1", 1.0, f::expm1, f64::exp_m1),
        case!("log", 0.9, f::log, f64::ln),
        case!("log1p", 1.0, f::log1p, f64::ln_1p),
        case!("log1mexp", 2.0, f::log1mexp, |a| {
            if a < 0.5 { (-(-a).exp_m1()).ln() } else { (-(-a).exp()).ln_1p() }
        }),
        case!("softplus", 1.0, f::softplus, softplus),
        case!("sigmoid", 1.0, f::sigmoid, sigmoid),
        case!("sigmoid slope", 1.0, |x| f::logistic(x).slope, slope),
        case!("tanh", 1.0, f::tanh, f64::tanh),
        case!("log cosh", 2.0, |x| f::log_cosh(x).0, |x| {
            let a = x.abs();
            if a < 1.0 {
                (2.0 * (0.5 * a).sinh().powi(2)).ln_1p()
            } else {
                a + (-2.0 * a).exp().ln_1p() - std::f64::consts::LN_2
            }
        }),
        case!("sech²", 3.0, |x| f::log_cosh(x).2, |x| {
            let e = (-2.0 * x.abs()).exp();
            4.0 * e / (1.0 + e).powi(2)
        }),
        case!("sigmoid squared", 1.2, |x| f::logistic(x).sigmoid_squared(), sigmoid_squared),
        case!("sigmoid squared by sigmoid_pow", 0.6, |x| f::sigmoid_pow(x, 2.0), sigmoid_squared),
    ]
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

fn sigmoid(x: f64) -> f64 {
    let e = (-x.abs()).exp();
    if x < 0.0 { e / (1.0 + e) } else { 1.0 / (1.0 + e) }
}

fn slope(x: f64) -> f64 {
    let e = (-x.abs()).exp();
    e / (1.0 + e).powi(2)
}

fn sigmoid_squared(x: f64) -> f64 {
    sigmoid(x).powi(2)
}

/// |got − truth| in units in the last place of the truth; denormal numbers have the unit of the smallest.
fn error(got: f32, truth: f64) -> f64 {
    let nearest = truth as f32;
    if !nearest.is_finite() || !got.is_finite() {
        let same = got == nearest || (got.is_nan() && nearest.is_nan());
        return if same { 0.0 } else { f64::INFINITY };
    }
    let exponent = ((truth.abs().to_bits() >> 52) as i64 - 1023 - 23).max(-149);
    (f64::from(got) - truth).abs() * f64::from_bits(((1023 - exponent) as u64) << 52)
}

/// Largest error and where, over the bit patterns from `start` to `end`.
fn sweep(case: &Case, start: u64, end: u64) -> (f64, f32) {
    let mut worst = (0.0, 0.0);
    for first in (start..end).step_by(BLOCK) {
        let x: [f32; BLOCK] = std::array::from_fn(|i| f32::from_bits((first + i as u64) as u32));
        let y = (case.block)(&x);
        for i in 0..BLOCK {
            let error = error(y[i], (case.truth)(f64::from(x[i])));
            if error > worst.0 {
                worst = (error, x[i]);
            }
        }
    }
    worst
}

fn main() -> std::io::Result<()> {
    let part = (1 << 32) / THREADS;
    let mut table = String::from("| function | largest error, ULP | at | bound |\n|---|---|---|---|\n");
    let mut kept = true;
    for case in &cases() {
        eprint!("{} …", case.name);
        let (error, x) = thread::scope(|scope| {
            let parts: Vec<_> =
                (0..THREADS).map(|i| scope.spawn(move || sweep(case, i * part, (i + 1) * part))).collect();
            let worst = parts.into_iter().map(|part| part.join().expect("no function panics"));
            worst.max_by(|a, b| a.0.total_cmp(&b.0)).expect("at least one part")
        });
        eprintln!(" {error:.4}");
        kept &= error <= case.bound;
        writeln!(table, "| {} | {error:.4} | {x:e} | {} |", case.name, case.bound).expect("a string takes it");
    }
    print!("{table}");
    if let Some(file) = std::env::args().nth(1) {
        let head = "# Accuracy, measured\n\nLargest errors of the float32 functions over all 2³² inputs, written by \
                    `rust/core/examples/exhaustive.rs`.\n\n";
        std::fs::write(file, format!("{head}{table}"))?;
    }
    assert!(kept, "a bound is broken");
    Ok(())
}

//! A fingerprint of everything that the losses compute, to compare CPUs by: the same lines come from every level and machine.
//!
//! `cargo run --release -p lossreg-losses --example bits`; `make elsewhere` runs it on emulated CPUs too.

use lossreg_core::engine::engine;
use lossreg_core::engine::entry::{Code, Entry, Settings};
use lossreg_core::engine::memory::{Sink, View};
use lossreg_core::engine::request::{Outputs, Reduction, Request};
use lossreg_core::engine::wanted::Wanted;
use lossreg_core::engine::working::Working;
use lossreg_core::loss::{Domain, Family, Value};
use lossreg_core::simd;
use lossreg_losses::CATALOG;

/// Elements of a case: some segments, and a rest.
const ELEMENTS: usize = 3000;
const ALL: Wanted = Wanted { value: true, grad: true, hess: true };

fn main() {
    eprintln!("{:?}", simd::active());
    // A game of both sides together is no request of one.
    for entry in CATALOG.iter().filter(|entry| !matches!(entry.code, Code::Opposed(_))) {
        let defaults: Vec<Value> = entry.info.params.iter().map(|param| param.default.into()).collect();
        let switches =
            entry.info.params.iter().enumerate().filter(|(_, p)| matches!(p.default.into(), Value::Switch(_)));
        let mut variants = vec![defaults.clone()];
        for (i, param) in switches {
            let mut turned = defaults.clone();
            turned[i] = Value::Switch(!Value::from(param.default).is_on());
            variants.push(turned);
        }
        for params in variants {
            let settings = entry.settings(&params);
            let widths = match entry.info.family {
                Family::RowWise => vec![2, 3, 10, 100, 3000],
                _ => vec![entry.info.columns.len().max(1)],
            };
            for classes in widths {
                let (single, double) = (run::<f32>(entry, &settings, classes), run::<f64>(entry, &settings, classes));
                println!("{} {} {classes}: {single:016x} {double:016x}", entry.name, settings.form);
            }
        }
    }
}

/// The fingerprint of the sum, the values and the derivatives.
fn run<T: Working>(entry: &'static Entry, settings: &Settings, classes: usize) -> u64 {
    let mut state = 7u64;
    let mut random = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as f64 / (1u64 << 31) as f64
    };
    let rows = ELEMENTS / classes;
    let (by_rows, shares) = (classes > 1, entry.info.target == Domain::Probability);
    let each =
        if entry.info.family == Family::RowWise && shares { classes } else { entry.info.target_columns.len().max(1) };
    // From ordinary numbers to the last tails.
    let x: Vec<T> = (0..rows * classes)
        .map(|i| {
            let uniform = random();
            let spread = [1.0, 20.0, 400.0][i % 3];
            T::lit(if settings.raw { spread * (2.0 * uniform - 1.0) } else { uniform })
        })
        .collect();
    let y: Vec<T> = (0..rows * each)
        .map(|i| {
            let uniform = random();
            T::lit(match entry.info.target {
                Domain::ClassIndex | Domain::ClassIndexOrProbability => (uniform * classes as f64).floor(),
                Domain::Label => uniform.round(),
                Domain::SoftLabel => [0.0, 1.0, uniform][(uniform * 100.0) as usize % 3],
                Domain::Real | Domain::Time => 8.0 * uniform - 4.0,
                Domain::Probability => uniform,
                Domain::NonNegative | Domain::Positive | Domain::AboveMinusOne => 5.0 * uniform + 0.1,
                // The upper ends after the lower ones.
                Domain::Box | Domain::Interval => uniform + f64::from(2 * (i % each) >= each),
            })
        })
        .collect();
    let losses = if by_rows { rows } else { x.len() };
    let (mut value, mut grad, mut hess) = (vec![T::ZERO; losses], vec![T::ZERO; x.len()], vec![T::ZERO; x.len()]);
    let mut hash = Hash(0xcbf2_9ce4_8422_2325);
    for reduction in [Reduction::Mean, Reduction::None] {
        let outputs = Outputs {
            value: (reduction == Reduction::None).then(|| Sink::of(&mut value)),
            grad: Some(Sink::of(&mut grad)),
            hess: Some(Sink::of(&mut hess)),
            ..Outputs::default()
        };
        let (y, x) = (View::of(&y), View::of(&x));
        let request =
            Request { classes, reduction, wanted: ALL, outputs, threads: 2, ..Request::new(entry, settings, y, x) };
        let total = engine(entry).run(request, !T::SINGLE, &mut || false);
        hash.add(total.expect("all is within its domain").unwrap_or(0.0));
        [&value, &grad, &hess].into_iter().flatten().for_each(|number| hash.add(number.to_f64()));
    }
    hash.0
}

/// Fowler, Noll and Vo's, over the bits of numbers; NaNs differ between CPUs in signs and payloads and count as one.
struct Hash(u64);

impl Hash {
    fn add(&mut self, number: f64) {
        let bits = if number.is_nan() { u64::MAX } else { number.to_bits() };
        for byte in bits.to_le_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
}

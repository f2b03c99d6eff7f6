//! The engine beside kernels written by hand for one case each, in one run: what generality costs.
//!
//! `cargo run --release -p lossreg-fused --example speed [part of a case's name]`
//!
//! The references: *triad*, the stores past the caches of two arrays combined into a third, which is what memory allows a
//! light loss; *copy*, a matrix copied; *by hand*, value and derivatives written out over the same elementary functions.
//! (They stand here because the losses' own crate is compiled for size.)
//!
//! Runs are interleaved and the minimum of each is kept; a line is `case, elements, threads, engine and reference in ns per
//! element, ratio, promised ratio`, separated by tabs.

use lossreg_core::engine::blocks::LANES;
use lossreg_core::engine::entry::Settings;
use lossreg_core::engine::memory::{Sink, View};
use lossreg_core::engine::request::{Outputs, Request};
use lossreg_core::engine::wanted::Wanted;
use lossreg_core::loss::{Domain, Value};
use lossreg_core::number::functions::{exp, logistic};
use lossreg_core::simd::{self, Body};
use lossreg_losses::find;
use std::hint::black_box;
use std::time::Instant;

const VALUE_GRAD: Wanted = Wanted { value: true, grad: true, hess: false };
const ALL: Wanted = Wanted { value: true, grad: true, hess: true };
/// Elements that stay in the innermost caches.
const CACHED: usize = 8192;
const LARGE: usize = 20_000_000;
const MATRIX: usize = 10_000_000;

/// What a loss is compared with.
#[derive(Clone, Copy)]
enum Reference {
    Triad,
    Copy,
    CrossEntropy,
    Focal,
}

struct Case {
    loss: &'static str,
    wanted: Wanted,
    elements: usize,
    classes: usize,
    threads: usize,
    reference: Reference,
    promised: f64,
}

fn main() {
    let only = std::env::args().nth(1).unwrap_or_default();
    let light = ["squared_error", "absolute_error", "huber", "hinge"];
    let pointwise = |loss, wanted, elements, threads, reference, promised| Case {
        loss,
        wanted,
        elements,
        classes: 1,
        threads,
        reference,
        promised,
    };
    let softmax = |classes, promised| Case {
        loss: "sparse_categorical_cross_entropy",
        wanted: VALUE_GRAD,
        elements: MATRIX / classes * classes,
        classes,
        threads: 2,
        reference: Reference::Copy,
        promised,
    };
    let mut cases: Vec<Case> =
        light.map(|loss| pointwise(loss, VALUE_GRAD, LARGE, 2, Reference::Triad, 1.15)).into_iter().collect();
    cases.push(pointwise("binary_cross_entropy", VALUE_GRAD, LARGE, 2, Reference::Triad, 1.6));
    cases.push(pointwise("binary_cross_entropy", VALUE_GRAD, CACHED, 1, Reference::CrossEntropy, 1.2));
    cases.push(pointwise("binary_focal", ALL, CACHED, 1, Reference::Focal, 1.15));
    cases.extend(
        [(2, 3.0), (10, 3.0), (1000, 1.6), (32_000, 1.6)].map(|(classes, promised)| softmax(classes, promised)),
    );

    println!("case\telements\tthreads\tlossreg ns\treference ns\tratio\tpromised");
    for case in cases.iter().filter(|case| name(case).contains(&only)) {
        let [engine, reference] = measure(case);
        let Case { elements, threads, promised, .. } = case;
        let ratio = engine / reference;
        println!("{}\t{elements}\t{threads}\t{engine:.3}\t{reference:.3}\t{ratio:.2}\t{promised}", name(case));
    }
}

fn name(case: &Case) -> String {
    let outputs = if case.wanted.hess { "value + gradient + Hessian" } else { "value + gradient" };
    let rows = if case.classes > 1 { format!(", {} classes", case.classes) } else { String::new() };
    let reference = match case.reference {
        Reference::Triad => "triad",
        Reference::Copy => "copy",
        Reference::CrossEntropy | Reference::Focal => "by hand",
    };
    format!("{}{rows}, {outputs}, against {reference}", case.loss)
}

/// Nanoseconds per element of the engine and of the reference.
fn measure(case: &Case) -> [f64; 2] {
    let entry = find(case.loss).expect("a loss of that name");
    let params: Vec<Value> = entry.info.params.iter().map(|param| param.default.into()).collect();
    let settings = entry.settings(&params);
    let mut state = 1u64;
    let mut random = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as f64 / (1u64 << 31) as f64
    };
    let x: Vec<f32> = (0..case.elements).map(|_| (8.0 * random() - 4.0) as f32).collect();
    let rows = case.elements / case.classes;
    let y: Vec<f32> = (0..rows)
        .map(|_| match entry.info.target {
            Domain::Real => (8.0 * random() - 4.0) as f32,
            _ => (random() * case.classes.max(2) as f64).floor() as f32,
        })
        .collect();
    let mut grad = vec![0.0f32; case.elements];
    let mut hess = vec![0.0f32; if case.wanted.hess { case.elements } else { 0 }];

    // Short cases are repeated within one measurement: a clock takes tens of nanoseconds.
    let repeats = (1_000_000 / case.elements).max(1);
    let rounds = (600_000_000 / (case.elements * repeats)).clamp(15, 300);
    let mut times = [f64::INFINITY; 2];
    for _ in 0..rounds {
        let engine = timed(repeats, || engine(case, &settings, &y, &x, &mut grad, &mut hess));
        let reference = timed(repeats, || reference(case, &y, &x, &mut grad, &mut hess));
        times = [times[0].min(engine), times[1].min(reference)];
    }
    times.map(|time| time / (repeats * case.elements) as f64)
}

fn timed(repeats: usize, mut run: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..repeats {
        run();
    }
    start.elapsed().as_nanos() as f64
}

fn engine(case: &Case, settings: &Settings, y: &[f32], x: &[f32], grad: &mut [f32], hess: &mut [f32]) {
    let entry = find(case.loss).expect("a loss of that name");
    let request = Request {
        classes: case.classes,
        wanted: case.wanted,
        outputs: Outputs {
            grad: Some(Sink::of(grad)),
            hess: case.wanted.hess.then(|| Sink::of(hess)),
            ..Outputs::default()
        },
        outputs_given: true,
        threads: case.threads,
        ..Request::new(entry, settings, View::of(y), View::of(x))
    };
    let _ = black_box(lossreg_core::engine::engine(entry).run(request, false, &mut || false));
}

fn reference(case: &Case, y: &[f32], x: &[f32], grad: &mut [f32], hess: &mut [f32]) {
    let level = simd::active();
    let share = x.len().div_ceil(case.threads).next_multiple_of(LANES);
    match case.reference {
        Reference::CrossEntropy => {
            black_box(simd::dispatch(level, CrossEntropy { y, x, grad }));
        }
        Reference::Focal => {
            black_box(simd::dispatch(level, Focal { gamma: black_box(2.0), y, x, grad, hess }));
        }
        Reference::Triad => std::thread::scope(|scope| {
            for ((y, x), grad) in y.chunks(share).zip(x.chunks(share)).zip(grad.chunks_mut(share)) {
                scope.spawn(move || simd::dispatch(level, Triad { y, x, grad }));
            }
        }),
        Reference::Copy => std::thread::scope(|scope| {
            for (x, grad) in x.chunks(share).zip(grad.chunks_mut(share)) {
                scope.spawn(move || grad.copy_from_slice(x));
            }
        }),
    }
}

/// Two arrays combined into a third, stored past the caches.
struct Triad<'a> {
    y: &'a [f32],
    x: &'a [f32],
    grad: &'a mut [f32],
}

impl Body for Triad<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let mut block = [0.0f32; LANES];
        for ((y, x), grad) in self.y.chunks(LANES).zip(self.x.chunks(LANES)).zip(self.grad.chunks_mut(LANES)) {
            for ((out, y), x) in block.iter_mut().zip(y).zip(x) {
                *out = y.mul_add(-2.0, *x);
            }
            simd::stream_copy(grad, &block[..grad.len()]);
        }
        simd::stream_fence();
    }
}

/// Adds lanes of a block up; what is left is joined at the end.
struct Total([f64; LANES]);

impl Total {
    #[inline(always)]
    fn add(&mut self, values: &[f32; LANES]) {
        for (sum, value) in self.0.iter_mut().zip(values) {
            *sum += f64::from(*value);
        }
    }
    fn sum(&self) -> f64 {
        self.0.iter().sum()
    }
}

/// Binary cross-entropy from logits, its value and gradient.
struct CrossEntropy<'a> {
    y: &'a [f32],
    x: &'a [f32],
    grad: &'a mut [f32],
}

impl Body for CrossEntropy<'_> {
    type Output = f64;
    #[inline(always)]
    fn run(self) -> f64 {
        let mut total = Total([0.0; LANES]);
        let scale = 1.0 / self.x.len() as f32;
        let blocks = self.y.as_chunks().0.iter().zip(self.x.as_chunks().0).zip(self.grad.as_chunks_mut().0);
        for ((y, x), grad) in blocks {
            let mut value = [0.0; LANES];
            cross_entropy(y, x, scale, &mut value, grad);
            total.add(&value);
        }
        total.sum() / self.x.len() as f64
    }
}

#[inline(always)]
fn cross_entropy(y: &[f32; LANES], x: &[f32; LANES], scale: f32, value: &mut [f32; LANES], grad: &mut [f32; LANES]) {
    for i in 0..LANES {
        let l = logistic(x[i]);
        value[i] = y[i].mul_add(l.softplus_neg, (1.0 - y[i]) * l.softplus);
        grad[i] = (1.0 - y[i]).mul_add(l.sigmoid, -y[i] * l.sigmoid_neg) * scale;
    }
}

/// Focal loss from logits with its gradient and Hessian.
struct Focal<'a> {
    gamma: f32,
    y: &'a [f32],
    x: &'a [f32],
    grad: &'a mut [f32],
    hess: &'a mut [f32],
}

impl Body for Focal<'_> {
    type Output = f64;
    #[inline(always)]
    fn run(self) -> f64 {
        let mut total = Total([0.0; LANES]);
        let scale = 1.0 / self.x.len() as f32;
        let outputs = self.grad.as_chunks_mut().0.iter_mut().zip(self.hess.as_chunks_mut().0);
        for ((y, x), (grad, hess)) in self.y.as_chunks().0.iter().zip(self.x.as_chunks().0).zip(outputs) {
            let mut value = [0.0; LANES];
            focal(self.gamma, y, x, scale, &mut value, grad, hess);
            total.add(&value);
        }
        total.sum() / self.x.len() as f64
    }
}

/// In u = ±x, the score of the label: σ(−u)^γ · softplus(−u), with the power as an exponential of what is there already.
#[inline(always)]
fn focal(
    gamma: f32,
    y: &[f32; LANES],
    x: &[f32; LANES],
    scale: f32,
    value: &mut [f32; LANES],
    grad: &mut [f32; LANES],
    hess: &mut [f32; LANES],
) {
    for i in 0..LANES {
        let sign = y[i] + y[i] - 1.0;
        let l = logistic(x[i] * sign);
        let weight = exp(-gamma * l.softplus);
        let steep = gamma * l.sigmoid;
        let slope = steep.mul_add(l.softplus_neg, l.sigmoid_neg);
        let bend = steep * slope - steep * l.sigmoid_neg * l.softplus_neg + steep * l.sigmoid_neg + l.slope;
        value[i] = weight * l.softplus_neg;
        grad[i] = -(weight * slope) * sign * scale;
        hess[i] = weight * bend * scale;
    }
}

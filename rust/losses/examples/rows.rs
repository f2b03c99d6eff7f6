//! Times of the row-wise engine beside a copy of the matrix: value and gradient of cross-entropy for class indices.
//!
//! `cargo run --release --example rows [elements [loss [classes …]]]`

use lossreg_core::engine::memory::{Axis, Dtype, Sink, View};
use lossreg_core::engine::request::{Outputs, Request};
use lossreg_core::engine::rowwise;
use lossreg_core::engine::wanted::Wanted;
use lossreg_core::engine::working::Working;
use lossreg_core::loss::{Domain, Value};
use lossreg_core::simd;
use lossreg_losses::find;
use std::time::Instant;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let elements = arguments.next().map_or(10_000_000, |text| text.parse().expect("a number of elements"));
    let loss = arguments.next().unwrap_or("sparse_categorical_cross_entropy".to_owned());
    println!("{loss}, value and gradient, {elements} elements, {:?}: ns per element (ratio to a copy)", simd::active());
    println!(
        "{:>8} {:>18} {:>18} {:>18} {:>18}",
        "classes", "f32, 1 thread", "2 threads", "f64, 1 thread", "2 threads"
    );
    let mut widths: Vec<usize> = arguments.map(|text| text.parse().expect("a number of classes")).collect();
    if widths.is_empty() {
        widths = vec![2, 3, 10, 16, 20, 32, 64, 100, 128, 1000, 32000];
    }
    for classes in widths {
        print!("{classes:>8}");
        row::<f32>(&loss, elements, classes);
        row::<f64>(&loss, elements, classes);
        println!();
    }
}

fn row<T: Working>(loss: &str, elements: usize, classes: usize) {
    let entry = find(loss).expect("a loss of that name");
    let params: Vec<Value> = entry.info.params.iter().map(|param| param.default.into()).collect();
    let settings = entry.settings(&params);
    let rows = elements / classes;
    let mut state = 1u64;
    let mut random = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as f64 / (1u64 << 31) as f64
    };
    let x: Vec<T> = (0..rows * classes).map(|_| T::lit(8.0 * random() - 4.0)).collect();
    let labels: Vec<i64> = (0..rows).map(|_| (random() * classes as f64) as i64).collect();
    let shares = vec![T::lit(1.0 / classes as f64); if entry.info.target == Domain::Probability { x.len() } else { 0 }];
    let mut grad = vec![T::ZERO; x.len()];

    let mut copy = f64::INFINITY;
    let mut times = [f64::INFINITY; 2];
    for _ in 0..200_000_000usize.div_ceil(elements).clamp(7, 2000) {
        copy = copy.min(timed(|| grad.copy_from_slice(&x)));
        for (threads, time) in times.iter_mut().enumerate() {
            let axes = [Axis { len: rows, stride: 8 }];
            // SAFETY: the labels live until the end.
            #[allow(unsafe_code)]
            let indices = unsafe { View::new(labels.as_ptr().cast(), Dtype::I64, false, &axes) };
            let request = Request {
                classes,
                wanted: Wanted { value: true, grad: true, hess: false },
                outputs: Outputs { grad: Some(Sink::of(&mut grad)), ..Outputs::default() },
                threads: threads + 1,
                ..Request::new(
                    entry,
                    &settings,
                    if shares.is_empty() { indices } else { View::of(&shares) },
                    View::of(&x),
                )
            };
            *time = time.min(timed(|| rowwise::run::<T>(request, &mut || false).expect("all is within its domain")));
        }
    }
    for time in times {
        print!("{:>12.3} ({:4.2})", time / x.len() as f64, time / copy);
    }
}

fn timed<R>(work: impl FnOnce() -> R) -> f64 {
    let start = Instant::now();
    std::hint::black_box(work());
    start.elapsed().as_secs_f64() * 1e9
}

//! Times of the interpreter beside those of kernels compiled of the same formulas: value, gradient and Hessian in a cache.
//!
//! `cargo run --release -p lossreg-formula --example speed`

use lossreg_core::engine::blocks::LANES;
use lossreg_core::engine::entry::Entry;
use lossreg_core::engine::kernel::{Blocks, no_shares};
use lossreg_core::engine::program::{Interpreted, Interpreter};
use lossreg_core::engine::wanted::Wanted;
use lossreg_core::engine::working::Working;
use lossreg_core::{loss, number, simd};
use lossreg_formula::{Formula, Meaning, Tree};
use std::time::Instant;

#[path = "../../losses/src/binary/binary_cross_entropy.rs"]
mod binary_cross_entropy;
#[path = "../../losses/src/binary/binary_focal.rs"]
mod binary_focal;
#[path = "../../losses/src/regression/cauchy.rs"]
mod cauchy;
#[path = "../../losses/src/regression/huber.rs"]
mod huber;
#[path = "../../losses/src/regression/log_cosh.rs"]
mod log_cosh;

const BLOCKS: usize = 16;

/// The least nanoseconds that an element takes.
fn least(mut run: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..200 {
        let begin = Instant::now();
        for _ in 0..20 {
            run();
        }
        best = best.min(begin.elapsed().as_nanos() as f64 / (20 * BLOCKS * LANES) as f64);
    }
    best
}

fn times<T: Working>(entry: &Entry, program: &dyn Interpreter<T>, labels: bool) -> [f64; 2] {
    let at = |i: usize, salt: usize| T::lit(((i * 7919 + salt) % 1000) as f64 / 250.0 - 2.0);
    let label = |i: usize| T::lit(if labels { ((i * 31) % 97) as f64 / 97.0 } else { 0.5 });
    let y: Vec<[T; LANES]> = (0..BLOCKS).map(|b| std::array::from_fn(|i| label(b * LANES + i))).collect();
    let x: Vec<[T; LANES]> = (0..BLOCKS).map(|b| std::array::from_fn(|i| at(b * LANES + i, 3))).collect();
    let zero = vec![[T::ZERO; LANES]; BLOCKS];
    let (mut value, mut grad, mut hess) = (zero.clone(), zero.clone(), zero);
    let settings = entry.settings(&entry.info.params.iter().map(|param| param.default.into()).collect::<Vec<_>>());
    let kernel = T::kernels(entry).choose(settings.form, T::constants(&settings));
    let (level, wanted) = (simd::active(), Wanted { value: true, grad: true, hess: true });
    let scale = T::lit(0.5);
    let mut timed = |run: &dyn Fn(&mut Blocks<'_, T>)| {
        least(|| {
            let (value, grad, hess) = (&mut value[..], &mut grad[..], &mut hess[..]);
            run(&mut Blocks { y: &y, x: &x, shares: no_shares(), value, sum: None, grad, hess });
        })
    };
    let own = timed(&|blocks| kernel.run(level, wanted, T::constants(&settings), scale, blocks));
    let formula = timed(&|blocks| program.run(level, wanted, scale, blocks));
    [own, formula]
}

fn main() {
    let numbers = [("delta", 1.0), ("scale", 1.0), ("gamma", 2.0), ("odd", 2.5)];
    let variables =
        [("y_true", Meaning::Target), ("y_pred", Meaning::Prediction), ("r", Meaning::Residual)].into_iter();
    let meanings: Vec<_> = variables.chain(numbers.map(|(name, number)| (name, Meaning::Number(number)))).collect();
    let names: Vec<&str> = meanings.iter().map(|(name, _)| *name).collect();
    let cases = [
        ("huber", Entry::of::<huber::Loss>(""), "where(abs(r) <= delta, 0.5*r**2, delta*(abs(r) - 0.5*delta))"),
        ("cauchy", Entry::of::<cauchy::Loss>(""), "0.5*scale**2*log1p((r/scale)**2)"),
        ("log_cosh", Entry::of::<log_cosh::Loss>(""), "log(cosh(r))"),
        (
            "cross-entropy",
            Entry::of::<binary_cross_entropy::Loss>(""),
            "y_true*softplus(-y_pred) + (1 - y_true)*softplus(y_pred)",
        ),
        (
            "focal",
            Entry::of::<binary_focal::Loss>(""),
            "y_true*sigmoid(-y_pred)**gamma*softplus(-y_pred) + (1 - y_true)*sigmoid(y_pred)**gamma*softplus(y_pred)",
        ),
    ];
    for (name, entry, text) in &cases {
        let formula = Tree::parse(text, &names).and_then(|tree| Formula::new(&tree, &meanings));
        let Ok(formula) = formula else { continue };
        let labels = entry.info.target.has_labels();
        for (dtype, [own, other]) in [
            ("float32", times::<f32>(entry, formula.single(), labels)),
            ("float64", times::<f64>(entry, formula.double(), labels)),
        ] {
            println!("{name:14} {dtype} {own:.3} ns, formula {other:.3} ns, ratio {:.2}", other / own);
        }
    }
    let text = cases[0].2;
    let begin = Instant::now();
    for _ in 0..1000 {
        let _ = Tree::parse(text, &names).and_then(|tree| Formula::new(&tree, &meanings));
    }
    println!("a definition takes {:.1} microseconds", begin.elapsed().as_micros() as f64 / 1000.0);
}

//! What losses say of their second derivatives, by sampling: bounds are bounds, parabolas lie above, affine Hessians are affine.

use lossreg_core::engine::blocks::LANES;
use lossreg_core::engine::entry::{Code, Entry};
use lossreg_core::engine::kernel::{Blocks, no_shares};
use lossreg_core::engine::wanted::Wanted;
use lossreg_core::loss::{Even, Family, Kind, Value};
use lossreg_core::simd::Level;
use lossreg_losses::CATALOG;

const ALL: Wanted = Wanted { value: true, grad: true, hess: true };

/// Value, gradient and Hessian at so many predictions.
fn evaluate(entry: &Entry, params: &[Value], y: f64, x: &[f64]) -> Vec<[f64; 3]> {
    let settings = entry.settings(params);
    let constants = entry.double.constants(&settings.constants);
    let blocks = |numbers: &[f64]| -> Vec<[f64; LANES]> {
        let padded = numbers.iter().copied().chain(std::iter::repeat(0.5));
        padded.take(numbers.len().next_multiple_of(LANES)).collect::<Vec<_>>().as_chunks().0.to_vec()
    };
    let (ys, xs) = (blocks(&vec![y; x.len()]), blocks(x));
    let mut outputs = [blocks(x), blocks(x), blocks(x)];
    let [value, grad, hess] = &mut outputs;
    let blocks = &mut Blocks { y: &ys, x: &xs, shares: no_shares(), value, sum: None, grad, hess };
    entry.double.choose(settings.form, &constants).run(Level::best(), ALL, &constants, 1.0, blocks);
    (0..x.len()).map(|i| outputs.each_ref().map(|output| output.as_flattened()[i])).collect()
}

/// The defaults, and each number replaced by others within its bounds.
fn settings(entry: &Entry) -> Vec<Vec<Value>> {
    let defaults: Vec<Value> = entry.info.params.iter().map(|param| param.default.into()).collect();
    let mut all = vec![defaults.clone()];
    for (i, param) in entry.info.params.iter().enumerate() {
        let Kind::Number { low, low_open, high, high_open, .. } = param.kind else { continue };
        for x in [0.1, 0.3, 0.9, 1.0, 1.25, 2.5, 7.0] {
            if (if low_open { x > low } else { x >= low }) && (if high_open { x < high } else { x <= high }) {
                let mut changed = defaults.clone();
                changed[i] = Value::Number(x);
                all.extend((entry.refusal)(&changed).is_none().then_some(changed));
            }
        }
    }
    all
}

/// Targets that the loss takes, and predictions around them: near and far, and where parameters may have seams.
fn samples(entry: &Entry, params: &[Value]) -> Vec<(f64, Vec<f64>)> {
    let target = (entry.target)(params);
    let candidates = [0.0, 1.0, 0.5, 0.25, 3.0, -1.5];
    let near = (0..400).map(|i| (f64::from(i) - 200.0) / 50.0).chain([1e-6, -1e-6]);
    let far = (0..40).map(|i| 10f64.powf(f64::from(i) / 20.0)).flat_map(|x| [x, -x]);
    let offsets: Vec<f64> = near.chain(far).collect();
    let adversarial = matches!(entry.info.family, Family::Adversarial(_));
    let targets: Vec<f64> = if adversarial {
        vec![0.0, 1.0]
    } else {
        candidates.into_iter().filter(|&y| !target.excludes(y) && y != -1.0).collect()
    };
    let shifted = |y: f64| offsets.iter().map(move |x| x + y).filter(|&x| !entry.info.raw.excludes(x));
    targets.into_iter().map(|y| (y, shifted(y).collect())).collect()
}

fn each(mut check: impl FnMut(&Entry, &[Value], f64, &[f64], &[[f64; 3]])) {
    let of_one = |entry: &&Entry| matches!(entry.info.family, Family::Pointwise | Family::Adversarial(_));
    for entry in CATALOG.iter().filter(of_one).filter(|entry| matches!(entry.code, Code::Formula)) {
        for params in settings(entry) {
            for (y, x) in samples(entry, &params) {
                check(entry, &params, y, &x, &evaluate(entry, &params, y, &x));
            }
        }
    }
}

#[test]
fn no_second_derivative_exceeds_its_bound() {
    let (mut bounded, mut reached) = (0, 0);
    each(|entry, params, y, x, outputs| {
        let Some(bound) = (entry.info.curvature.bound)(params) else { return };
        bounded += 1;
        let largest = outputs.iter().map(|[_, _, hess]| *hess).fold(f64::NEG_INFINITY, f64::max);
        let name = entry.name;
        assert!(largest <= bound * (1.0 + 1e-12), "{name} {params:?} at {y}: {largest} exceeds {bound} within {x:?}");
        reached += usize::from(largest >= 0.9 * bound);
    });
    assert!(bounded > 100 && 2 * reached > bounded, "{reached} of {bounded} come near their bounds");
}

#[test]
fn parabolas_of_even_losses_lie_above() {
    let mut count = 0;
    each(|entry, params, y, x, outputs| {
        let even = (entry.info.curvature.even_concave)(params);
        if even == Even::Not {
            return;
        }
        let halves = evaluate(entry, params, 0.5, x);
        for (i, &[value, grad, hess]) in outputs.iter().enumerate().step_by(7) {
            let (u, pull) = match even {
                Even::InScore => (x[i], halves[i][1]),
                _ => (x[i] - y, grad),
            };
            let curvature = if u == 0.0 { hess } else { pull / u };
            if u.abs() < 1e-9 && u != 0.0 {
                continue; // the difference has lost its digits
            }
            for (j, &[other, ..]) in outputs.iter().enumerate() {
                let step = x[j] - x[i];
                let above = value + grad * step + 0.5 * curvature * step * step;
                let slack = 1e-9 * (above.abs() + value.abs() + (grad * step).abs());
                // A kink at the target has no parabola above it.
                let name = entry.name;
                assert!(
                    u == 0.0 && hess == 0.0 || other <= above + slack,
                    "{name} {params:?} at {y}: {} over {}",
                    x[j],
                    x[i]
                );
                count += 1;
            }
        }
    });
    assert!(count > 100_000, "{count}");
}

#[test]
fn hessians_said_to_be_affine_in_the_target_are() {
    let mut count = 0;
    each(|entry, params, _, x, _| {
        if !entry.info.curvature.affine_in_target {
            return;
        }
        let [low, middle, high] = [0.25, 0.5, 1.0].map(|y| evaluate(entry, params, y, x));
        for i in 0..x.len() {
            let mixed = low[i][2] + (high[i][2] - low[i][2]) / 3.0;
            let slack = 1e-12 * (low[i][2].abs() + high[i][2].abs());
            let same = mixed == middle[i][2] || (mixed - middle[i][2]).abs() <= slack || !mixed.is_finite();
            assert!(same, "{} {params:?} at {}: {} or {mixed}", entry.name, x[i], middle[i][2]);
            count += 1;
        }
    });
    assert!(count > 1000, "{count}");
}

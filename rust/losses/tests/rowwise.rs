//! The row-wise engine against plain formulas, golden numbers (mpmath, 50 digits) and differences.

mod rows;

use rows::*;

#[test]
fn float32_cross_entropy_is_the_textbook_in_float64() {
    let mut random = Random(1);
    for classes in WIDTHS {
        let rows = if classes < 100 { 150 } else { 5 };
        let x: Vec<f32> = random.logits(rows * classes, 6.0);
        let labels = random.labels(rows, classes);
        let answer = Case::new(SPARSE, classes, x.clone(), Target::Labels(labels.clone())).answer();
        let wide: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
        for row in 0..rows {
            let range = row * classes..(row + 1) * classes;
            let (value, grad, hess) = textbook(&wide[range.clone()], &one_hot(labels[row] as usize, classes));
            let found = [
                worst(&answer.value[row..=row], &[value]),
                worst(&answer.grad[range.clone()], &grad),
                worst(&answer.hess[range], &hess),
            ];
            assert!(
                found[0] <= 2.0 && found[1] <= 3.5 && found[2] <= 6.0,
                "{classes} classes, row {row}: {found:?} ULP"
            );
        }
    }
}

#[test]
fn float32_soft_targets_are_the_textbook_in_float64() {
    let mut random = Random(2);
    for classes in WIDTHS {
        let rows = if classes < 100 { 150 } else { 5 };
        let x: Vec<f32> = random.logits(rows * classes, 6.0);
        let shares: Vec<f32> = random.shares(rows, classes);
        let answer = Case::new(DENSE, classes, x.clone(), Target::Shares(shares.clone())).answer();
        let wide = |slice: &[f32]| slice.iter().map(|&x| f64::from(x)).collect::<Vec<f64>>();
        for row in 0..rows {
            let range = row * classes..(row + 1) * classes;
            let (value, grad, hess) = textbook(&wide(&x[range.clone()]), &wide(&shares[range.clone()]));
            assert!(worst(&answer.value[row..=row], &[value]) <= 4.0, "{classes} classes, row {row}");
            assert!(worst(&answer.hess[range.clone()], &hess) <= 8.0, "{classes} classes, row {row}");
            for (i, (&g, truth)) in answer.grad[range.clone()].iter().zip(grad).enumerate() {
                // q − t cancels where they agree, so the error is counted in units of the larger.
                let share = f64::from(shares[range.start + i]);
                let unit = ulp::<f32>(share).max(ulp::<f32>(truth + share));
                assert!(
                    (f64::from(g) - truth).abs() <= 5.0 * unit,
                    "{classes} classes, row {row}, class {i}: {g} {truth}"
                );
            }
        }
    }
}

/// Row, label, value, gradient and Hessian in float64, from mpmath at 50 digits.
type Golden = (&'static [f64], usize, f64, &'static [f64], &'static [f64]);

include!("truth/rowwise.rs");

#[test]
fn float64_cross_entropy_is_golden() {
    for (x, label, value, grad, hess) in GOLDEN {
        for copies in [1, 20] {
            // Alone, and among classes that are impossible, which leads along the row.
            let classes = if copies == 1 { x.len() } else { x.len() + 30 };
            let mut row = x.to_vec();
            row.resize(classes, f64::NEG_INFINITY);
            let rows = row.repeat(copies);
            let answer = Case::new(SPARSE, classes, rows, Target::Labels(vec![*label as i64; copies])).answer();
            let found = [
                worst(&answer.value[..1], &[*value]),
                worst(&answer.grad[..x.len()], grad),
                worst(&answer.hess[..x.len()], hess),
            ];
            assert!(found[0] <= 2.0 && found[1] <= 4.0 && found[2] <= 6.0, "{x:?}, {label}: {found:?} ULP: {answer:?}");
            assert!(answer.grad[x.len()..classes].iter().chain(&answer.hess[x.len()..classes]).all(|&g| g == 0.0));
        }
    }
}

#[test]
fn a_confident_row_keeps_its_digits() {
    let answer = Case::new(SPARSE, 3, vec![40.0, 0.0, 0.0], Target::Labels(vec![0])).answer();
    assert_eq!(answer.value[0], 8.496708510583178e-18);
    let answer = Case::new(DENSE, 3, vec![40.0, 0.0, 0.0], Target::Shares(vec![1.0, 0.0, 0.0])).answer();
    assert_eq!(answer.value[0], 8.496708510583178e-18);
    assert!(ulps(answer.grad[0], -8.496708510583178e-18) <= 1 && ulps(answer.hess[0], 8.496708510583178e-18) <= 2);
}

#[test]
fn gradients_sum_to_zero_and_shifts_change_nothing() {
    let mut random = Random(3);
    for classes in WIDTHS {
        for width in [1.0, 10.0, 100.0] {
            // Multiples of 2⁻²⁰ below 2⁸: a shift by a power of two rounds nothing.
            let x: Vec<f64> =
                random.logits(70 * classes, width).iter().map(|z: &f64| (z * 1048576.0).round() / 1048576.0).collect();
            let labels = Target::Labels(random.labels(70, classes));
            let case = Case::new(SPARSE, classes, x.clone(), labels.clone());
            let answer = case.answer();
            for grad in answer.grad.chunks(classes) {
                let largest = grad.iter().map(|g| g.abs()).fold(0.0, f64::max);
                let sum = exact_sum(grad);
                assert!(sum.abs() <= 1.0 * ulp::<f64>(largest), "{classes} classes: {sum:e} of {largest:e}");
            }
            let shifted = Case { x: x.iter().map(|z| z - 1024.0).collect(), ..case };
            assert_eq!(shifted.answer(), answer, "{classes} classes");
        }
    }
}

fn exact_sum(numbers: &[f64]) -> f64 {
    let mut sum = lossreg_core::engine::sums::Exact::new();
    for &number in numbers {
        sum.add(number);
    }
    sum.rounded()
}

#[test]
fn derivatives_are_those_of_the_value() {
    let mut random = Random(4);
    let losses: [(&str, bool); 6] =
        [(SPARSE, true), (SPARSE, false), (FOCAL, true), (FOCAL, false), (KL, true), (KL, false)];
    for (loss, raw) in losses {
        for (classes, soft) in [(3, true), (7, false), (20, true), (40, true), (90, false), (600, true)] {
            let step = 1e-4;
            let x: Vec<f64> =
                random.logits(classes, 1.5).iter().map(|z: &f64| if raw { *z } else { z.exp() }).collect();
            let y = if loss == KL || (loss == FOCAL && soft) {
                Target::Shares(random.shares(1, classes))
            } else {
                Target::Labels(random.labels(1, classes))
            };
            let mut case = Case::new(loss, classes, x, y).with("from_logits", Value::Switch(raw));
            if loss == SPARSE {
                case = case.with("label_smoothing", Value::Number(if soft { 0.3 } else { 0.0 }));
                case = case.with("class_weight", Value::List((0..classes).map(|c| 1.0 + 0.1 * c as f64).collect()));
            }
            let answer = case.answer();
            for class in (0..classes).step_by(1 + classes / 10) {
                let at = |offset: f64| {
                    let mut moved = case.clone();
                    moved.x[class] += offset * case.x[class].abs().max(0.1);
                    let answer = moved.answer();
                    (answer.value[0], answer.grad[class])
                };
                let step_size = step * case.x[class].abs().max(0.1);
                let ((v1, g1), (v2, g2)) = (at(step), at(-step));
                let (slope, bend) = ((v1 - v2) / (2.0 * step_size), (g1 - g2) / (2.0 * step_size));
                let (g, h) = (answer.grad[class], answer.hess[class]);
                let scale = 1e-6 * answer.value[0].abs().max(1.0);
                assert!((g - slope).abs() <= scale + 1e-6 * g.abs(), "{loss} {raw} {classes}/{class}: {g} {slope}");
                assert!((h - bend).abs() <= scale + 1e-6 * h.abs(), "{loss} {raw} {classes}/{class}: {h} {bend}");
            }
        }
    }
}

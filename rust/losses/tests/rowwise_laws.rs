//! The row-wise engine by its laws: the same bits however rows lie, are masked or divided, and words for what is wrong.
#![allow(unsafe_code, clippy::undocumented_unsafe_blocks)] // Views with strides of their own, over vectors that outlive them.

mod rows;

use rows::*;

#[test]
fn narrow_and_wide_rows_agree() {
    // Classes without any probability change nothing but the way that a row is computed.
    let mut random = Random(5);
    for raw in [true, false] {
        for loss in [SPARSE, DENSE, FOCAL, KL] {
            for classes in [2, 5, 11, 16] {
                let rows = 70;
                let x: Vec<f64> =
                    random.logits(rows * classes, 5.0).iter().map(|z: &f64| if raw { *z } else { z.exp() }).collect();
                let shares: Vec<f64> = random.shares(rows, classes);
                let labels = random.labels(rows, classes);
                let widened = |from: &[f64], fill: f64| -> Vec<f64> {
                    from.chunks(classes).flat_map(|row| row.iter().copied().chain(vec![fill; 40])).collect()
                };
                let impossible = if raw { f64::NEG_INFINITY } else { 0.0 };
                let dense = loss != SPARSE;
                let target =
                    |shares: Vec<f64>| if dense { Target::Shares(shares) } else { Target::Labels(labels.clone()) };
                let case =
                    Case::new(loss, classes, x.clone(), target(shares.clone())).with("from_logits", Value::Switch(raw));
                let wide = Case {
                    classes: classes + 40,
                    x: widened(&x, impossible),
                    y: target(widened(&shares, 0.0)),
                    ..case.clone()
                };
                let (a, b) = (case.answer(), wide.answer());
                for row in 0..rows {
                    assert!(ulps(a.value[row], b.value[row]) <= 8, "{loss} {raw} {classes}");
                    for class in 0..classes {
                        let (i, j) = (row * classes + class, row * (classes + 40) + class);
                        for (a, b) in [(a.grad[i], b.grad[j]), (a.hess[i], b.hess[j])] {
                            let unit = ulp::<f64>(a).max(ulp::<f64>(0.01 * shares[i].max(1.0)));
                            assert!((a - b).abs() <= 64.0 * unit, "{loss} {raw} {classes}: {a} {b}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn masked_and_ignored_rows_count_for_nothing() {
    let mut random = Random(6);
    for classes in [3, 10, 40, 700] {
        for raw in [true, false] {
            let rows = 150;
            let x: Vec<f32> =
                random.logits(rows * classes, 2.0).iter().map(|z: &f32| if raw { *z } else { z.exp() }).collect();
            let labels = random.labels(rows, classes);
            let weight: Vec<f64> = (0..rows).map(|_| 0.5 + random.uniform()).collect();
            let keep: Vec<bool> = (0..rows).map(|row| row % 3 != 1).collect();
            for reduction in [Reduction::None, Reduction::Sum, Reduction::Mean, Reduction::WeightedMean] {
                let kept = |row: &usize| keep[*row];
                let few = Case {
                    weight: Some((0..rows).filter(kept).map(|row| weight[row]).collect()),
                    reduction,
                    min_hessian: Some(0.01),
                    ..Case::new(
                        SPARSE,
                        classes,
                        (0..rows).filter(kept).flat_map(|row| x[row * classes..(row + 1) * classes].to_vec()).collect(),
                        Target::Labels((0..rows).filter(kept).map(|row| labels[row]).collect()),
                    )
                    .with("from_logits", Value::Switch(raw))
                };
                let few_answer = few.answer();
                // What does not count holds what nothing could be computed from.
                let (mut spoilt, mut wrong, mut heavy) = (x.clone(), labels.clone(), weight.clone());
                for row in (0..rows).filter(|&row| !keep[row]) {
                    spoilt[row * classes] = f32::NAN;
                    spoilt[row * classes + 1] = -f32::INFINITY;
                    (wrong[row], heavy[row]) = (-7, f64::NAN);
                }
                let mask = Some(keep.clone());
                let masked = Case { x: spoilt, y: Target::Labels(wrong), weight: Some(heavy), mask, ..few.clone() };
                let ignored = Case { mask: None, ..masked.clone() }.with("ignore_index", Value::Integer(-7));
                for case in [masked, ignored] {
                    let answer = case.answer();
                    assert_eq!(answer.total, few_answer.total);
                    let mut j = 0;
                    for row in 0..rows {
                        let range = row * classes..(row + 1) * classes;
                        if keep[row] {
                            let few_range = j * classes..(j + 1) * classes;
                            assert_eq!(answer.grad[range.clone()], few_answer.grad[few_range.clone()]);
                            assert_eq!(answer.hess[range], few_answer.hess[few_range]);
                            assert!(ulps(answer.value[row], few_answer.value[j]) == 0);
                            j += 1;
                        } else {
                            assert!(answer.grad[range.clone()].iter().chain(&answer.hess[range]).all(|&d| d == 0.0));
                            assert!(reduction != Reduction::None || answer.value[row] == 0.0);
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn the_bits_do_not_depend_on_threads_levels_or_layout() {
    fn check<T: Working>() {
        let mut random = Random(7);
        let many = [(SPARSE, 3, 50_000), (SPARSE, 300, 500), (FOCAL, 12, 12_000), (DENSE, 70, 2000), (KL, 6, 20_000)];
        // Rows that are divided among threads, their last blocks short or joined to the ones before.
        let wide = [(SPARSE, 70_005, 2), (DENSE, 65_536, 1), (FOCAL, 133_000, 1)];
        for (loss, classes, rows) in many.into_iter().chain(wide) {
            let shares = Target::Shares(random.shares(rows, classes));
            let y = if loss == SPARSE { Target::Labels(random.labels(rows, classes)) } else { shares };
            let mut case = Case {
                reduction: Reduction::Mean,
                ..Case::new(loss, classes, random.logits::<T>(rows * classes, 9.0), y)
            };
            let first = case.answer();
            assert!(first.total.is_some_and(f64::is_finite));
            let same = |answer: &Answer<T>, what: &str| {
                let mut pairs = answer.grad.iter().zip(&first.grad).chain(answer.hess.iter().zip(&first.hess));
                assert!(pairs.all(|(a, b)| ulps(*a, *b) == 0), "{loss}: {what}");
                assert_eq!(answer.total, first.total, "{loss}: {what}");
            };
            for threads in [2, 3] {
                case.threads = threads;
                same(&case.answer(), "threads");
            }
            for &level in Level::available() {
                case.level = level;
                same(&case.answer(), level.name());
            }
            case.in_place = true;
            same(&case.answer(), "in place");
            // Only a part of the outputs.
            for wanted in [(true, false, false), (false, true, false), (true, true, false), (false, false, true)] {
                let wanted = Wanted { value: wanted.0, grad: wanted.1, hess: wanted.2 };
                let answer = Case { wanted, in_place: false, ..case.clone() }.answer();
                assert_eq!(answer.total, first.total.filter(|_| wanted.value), "{loss}: {wanted:?}");
                assert!(!wanted.grad || answer.grad == first.grad, "{loss}: {wanted:?}");
                assert!(!wanted.hess || answer.hess == first.hess, "{loss}: {wanted:?}");
            }
            // Rows interleaved with others, every second element of every second row; and rows that lie by columns, as in Fortran.
            let plain = Case { in_place: false, ..case.clone() };
            let size = size_of::<T>();
            let apart = [(rows, 4 * classes), (classes, 2)];
            for (axes, what) in [(apart, "strides"), ([(rows, 1), (classes, rows)], "columns")] {
                let place = |i: usize| i / classes * axes[0].1 + i % classes * axes[1].1;
                let laid = |from: &[T]| {
                    let mut to = vec![T::NAN; 4 * from.len()];
                    for (i, &number) in from.iter().enumerate() {
                        to[place(i)] = number;
                    }
                    to
                };
                let axes = axes.map(|(len, step)| Axis { len, stride: (step * size) as isize });
                let dtype = if T::SINGLE { Dtype::F32 } else { Dtype::F64 };
                let shares = if let Target::Shares(shares) = &case.y { laid(shares) } else { vec![] };
                let x = laid(&plain.x);
                let (mut grad, mut hess) = (vec![T::NAN; 4 * rows * classes], vec![T::NAN; 4 * rows * classes]);
                let y = match &case.y {
                    Target::Labels(labels) => integers(labels),
                    Target::Shares(_) => unsafe { View::new(shares.as_ptr().cast(), dtype, false, &axes) },
                };
                let mut other = first.clone();
                other.total = plain
                    .run_on(
                        unsafe { View::new(x.as_ptr().cast(), dtype, false, &axes) },
                        y,
                        Sink::of(&mut other.value),
                        unsafe { Sink::new(grad.as_mut_ptr().cast(), T::SINGLE, &axes) },
                        unsafe { Sink::new(hess.as_mut_ptr().cast(), T::SINGLE, &axes) },
                    )
                    .expect("all is within its domain");
                for i in 0..rows * classes {
                    (other.grad[i], other.hess[i]) = (grad[place(i)], hess[place(i)]);
                }
                same(&other, what);
            }
        }
    }
    check::<f32>();
    check::<f64>();
}

#[test]
fn rows_with_one_share_are_rows_of_one_class_among_whatever_rows() {
    fn check<T: Working>() {
        let mut random = Random(11);
        for classes in [2, 9, 40, 300] {
            for raw in [true, false] {
                let rows = 150;
                let x: Vec<T> = random.logits(rows * classes, 4.0);
                let x: Vec<T> = x.iter().map(|z| if raw { *z } else { T::lit(z.to_f64().exp()) }).collect();
                let labels = random.labels(rows, classes);
                let mut shares: Vec<T> = random.shares(rows, classes);
                let hard = |row: usize| row % 3 != 1;
                for row in (0..rows).filter(|&row| hard(row)) {
                    let row_of = &mut shares[row * classes..(row + 1) * classes];
                    row_of.fill(T::ZERO);
                    row_of[labels[row] as usize] = T::ONE;
                }
                let case = |y| {
                    let mask = Some((0..rows).map(|row| row % 7 != 3).collect());
                    let case = Case { mask, ..Case::new(FOCAL, classes, x.clone(), y) };
                    case.with("from_logits", Value::Switch(raw)).answer()
                };
                let (of_shares, of_labels) = (case(Target::Shares(shares)), case(Target::Labels(labels)));
                for row in (0..rows).filter(|&row| hard(row)) {
                    let range = row * classes..(row + 1) * classes;
                    assert!(ulps(of_shares.value[row], of_labels.value[row]) == 0, "{classes} {raw} {row}");
                    assert_eq!(of_shares.grad[range.clone()], of_labels.grad[range.clone()], "{classes} {raw} {row}");
                    assert_eq!(of_shares.hess[range.clone()], of_labels.hess[range], "{classes} {raw} {row}");
                }
            }
        }
    }
    check::<f32>();
    check::<f64>();
}

#[test]
fn limits_are_limits() {
    let inf = f64::INFINITY;
    for pad in [0, 40] {
        let run = |x: &[f64], label: i64| {
            let mut row = x.to_vec();
            row.extend(vec![-inf; pad]);
            let mut answer = Case::new(SPARSE, row.len(), row, Target::Labels(vec![label])).answer();
            answer.grad.truncate(x.len());
            answer.hess.truncate(x.len());
            answer
        };
        let certain = run(&[inf, 3.0, 1.0], 0);
        assert_eq!((certain.value[0], &certain.grad[..], &certain.hess[..]), (0.0, &[0.0; 3][..], &[0.0; 3][..]));
        let wrong = run(&[inf, 3.0, 1.0], 1);
        assert_eq!((wrong.value[0], &wrong.grad[..]), (inf, &[1.0, -1.0, 0.0][..]));
        let impossible = run(&[0.0, -inf, 0.0], 1);
        assert_eq!((impossible.value[0], &impossible.grad[..]), (inf, &[0.5, -1.0, 0.5][..]));
        for lost in [&[f64::NAN, 3.0, 1.0][..], &[1.0, 3.0, f64::NAN], &[f64::NAN; 3], &[-inf; 3], &[inf, inf, 0.0]] {
            let answer = run(lost, 0);
            assert!(answer.value[0].is_nan() && answer.grad.iter().chain(&answer.hess).all(|d| d.is_nan()), "{lost:?}");
        }
        // A share of 0 removes its term.
        let mut case = Case::new(
            DENSE,
            3 + pad,
            [vec![1.0, -inf, 1.0], vec![-inf; pad]].concat(),
            Target::Shares([vec![0.5, 0.0, 0.5], vec![0.0; pad]].concat()),
        );
        assert!((case.answer().value[0] - 2.0f64.ln()).abs() < 1e-15);
        case.y = Target::Shares([vec![0.5, f64::NAN, 0.5], vec![0.0; pad]].concat());
        let answer = case.answer();
        assert!(answer.value[0].is_nan() && answer.grad.iter().all(|d| d.is_nan()));
    }
}

#[test]
fn probabilities_need_not_sum_to_one() {
    let logs: Vec<f64> = vec![0.3, -2.0, 1.5, -40.0];
    let p: Vec<f64> = logs.iter().map(|z| 7.0 * z.exp()).collect();
    for label in 0..4 {
        let logits = Case::new(SPARSE, 4, logs.clone(), Target::Labels(vec![label])).answer();
        let answer = Case::new(SPARSE, 4, p.clone(), Target::Labels(vec![label]))
            .with("from_logits", Value::Switch(false))
            .answer();
        assert!((answer.value[0] - logits.value[0]).abs() <= 4.0 * ulp::<f64>(logits.value[0]), "{label}");
        for class in 0..4 {
            // d/dp = (d/dz)/p
            let truth = logits.grad[class] / p[class];
            assert!((answer.grad[class] - truth).abs() <= 8.0 * ulp::<f64>(truth), "{label} {class}");
        }
    }
}

#[test]
fn what_is_outside_of_its_domain_is_named() {
    let error = |case: &Case<f64>| match case.run() {
        Err(Error::Domain { argument, index, value, wanted }) => (argument, index, value, wanted),
        other => panic!("{other:?}"),
    };
    for classes in [3, 30] {
        let rows = 60_000 / classes;
        for threads in [1, 2] {
            for in_place in [false, true] {
                let mut labels = vec![1; rows];
                (labels[rows - 5], labels[rows / 2]) = (classes as i64, -1);
                let x = vec![0.5; rows * classes];
                let case = Case { threads, in_place, ..Case::new(SPARSE, classes, x.clone(), Target::Labels(labels)) };
                let wanted = format!("a class index from 0 to {}", classes - 1);
                assert_eq!(error(&case), ("y_true", rows / 2, -1.0, wanted.clone()));
                let case = case.with("ignore_index", Value::Integer(-1));
                assert_eq!(
                    error(&case),
                    ("y_true", rows - 5, classes as f64, format!("{wanted}, or -1 to ignore the row"))
                );

                let mut shares = vec![0.1; rows * classes];
                (shares[rows * classes - 9], shares[7000]) = (-0.5, 1.5);
                let mut case = Case { threads, in_place, ..Case::new(DENSE, classes, x, Target::Shares(shares)) };
                let (argument, index, value, _) = error(&case);
                assert_eq!((argument, index, value), ("y_true", 7000, 1.5));
                case.x[6001] = -1.0;
                let case = case.with("from_logits", Value::Switch(false));
                let (argument, index, value, _) = error(&case);
                assert_eq!((argument, index, value), ("y_pred", 6001, -1.0));
            }
        }
    }
}

#[test]
fn nothing_sums_to_zero_and_has_no_mean() {
    for classes in [1, 3, 50] {
        let case = |reduction| Case { reduction, ..Case::<f64>::new(SPARSE, classes, vec![], Target::Labels(vec![])) };
        assert_eq!(case(Reduction::Sum).answer().total, Some(0.0));
        assert_eq!(case(Reduction::None).answer().value, []);
        assert!(matches!(case(Reduction::Mean).run(), Err(Error::Empty(_))));
        let masked = Case {
            x: vec![0.0; classes],
            y: Target::Labels(vec![0]),
            mask: Some(vec![false]),
            ..case(Reduction::Mean)
        };
        assert!(matches!(masked.run(), Err(Error::Empty(_))));
        assert_eq!(Case { reduction: Reduction::Sum, ..masked }.answer().total, Some(0.0));
    }
}

#[test]
fn weights_multiply_and_floors_come_first() {
    let mut random = Random(8);
    for classes in [4, 90] {
        let (x, labels) = (random.logits::<f64>(70 * classes, 3.0), random.labels(70, classes));
        let plain = Case::new(SPARSE, classes, x, Target::Labels(labels.clone()));
        let weighted = Case { weight: Some(vec![4.0; 70]), min_hessian: Some(0.05), ..plain.clone() }.answer();
        let classed = plain
            .clone()
            .with("class_weight", Value::List((0..classes).map(|c| 2f64.powi(c as i32 % 5)).collect()))
            .answer();
        let zero = plain.clone().with("class_weight", Value::List(vec![0.0; classes])).answer();
        let plain = plain.answer();
        for i in 0..70 * classes {
            assert_eq!(weighted.grad[i], 4.0 * plain.grad[i]);
            assert_eq!(weighted.hess[i], 4.0 * plain.hess[i].max(0.05));
            assert_eq!(classed.grad[i], 2f64.powi(labels[i / classes] as i32 % 5) * plain.grad[i]);
            assert_eq!((zero.value[i / classes], zero.grad[i], zero.hess[i]), (0.0, 0.0, 0.0));
        }
        assert_eq!(weighted.value[3], 4.0 * plain.value[3]);
    }
}

#[test]
fn smoothing_is_a_target_between() {
    let mut random = Random(9);
    for classes in [3, 60] {
        let (x, labels) = (random.logits::<f64>(70 * classes, 3.0), random.labels(70, classes));
        let smooth = Case::new(SPARSE, classes, x.clone(), Target::Labels(labels.clone()))
            .with("label_smoothing", Value::Number(0.25))
            .answer();
        let share =
            |row: usize, class: usize| 0.75 * f64::from(u8::from(labels[row] == class as i64)) + 0.25 / classes as f64;
        let shares = (0..70 * classes).map(|i| share(i / classes, i % classes)).collect();
        let dense = Case::new(DENSE, classes, x, Target::Shares(shares)).answer();
        for i in 0..70 * classes {
            assert!((smooth.grad[i] - dense.grad[i]).abs() <= 1e-15, "{} {}", smooth.grad[i], dense.grad[i]);
        }
        assert!((0..70).all(|row| ulps(smooth.value[row], dense.value[row]) <= 4));
    }
}

//! The row-wise engine against plain formulas, golden numbers (mpmath, 50 digits) and the laws of softmax.
#![allow(unsafe_code, clippy::undocumented_unsafe_blocks)] // Views with strides of their own, over vectors that outlive them.

use lossreg_core::engine::memory::{Axis, Dtype, Sink, View};
use lossreg_core::engine::request::{Outputs, Reduction, Request};
use lossreg_core::engine::rowwise;
use lossreg_core::engine::wanted::Wanted;
use lossreg_core::engine::working::Working;
use lossreg_core::error::Error;
use lossreg_core::loss::Value;
use lossreg_core::simd::Level;
use lossreg_losses::find;

const SPARSE: &str = "sparse_categorical_cross_entropy";
const DENSE: &str = "categorical_cross_entropy";
const FOCAL: &str = "categorical_focal";
const KL: &str = "kl_divergence";
const ALL: Wanted = Wanted { value: true, grad: true, hess: true };

#[derive(Clone, Debug, PartialEq)]
enum Target<T> {
    Labels(Vec<i64>),
    Shares(Vec<T>),
}

#[derive(Clone)]
struct Case<T> {
    loss: &'static str,
    params: Vec<(&'static str, Value)>,
    classes: usize,
    x: Vec<T>,
    y: Target<T>,
    weight: Option<Vec<f64>>,
    mask: Option<Vec<bool>>,
    reduction: Reduction,
    wanted: Wanted,
    min_hessian: Option<f64>,
    threads: usize,
    level: Level,
    in_place: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct Answer<T> {
    total: Option<f64>,
    value: Vec<T>,
    grad: Vec<T>,
    hess: Vec<T>,
}

impl<T: Working> Case<T> {
    fn new(loss: &'static str, classes: usize, x: Vec<T>, y: Target<T>) -> Self {
        Case {
            loss,
            params: Vec::new(),
            classes,
            x,
            y,
            weight: None,
            mask: None,
            reduction: Reduction::None,
            wanted: ALL,
            min_hessian: None,
            threads: 1,
            level: Level::best(),
            in_place: false,
        }
    }

    fn with(mut self, name: &'static str, value: Value) -> Self {
        self.params.push((name, value));
        self
    }

    fn run(&self) -> Result<Answer<T>, Error> {
        let y = match &self.y {
            Target::Labels(labels) => integers(labels),
            Target::Shares(shares) => View::of(shares),
        };
        let mut x = self.x.clone();
        let (rows, none) = (self.x.len() / self.classes, T::NAN);
        let mut answer =
            Answer { total: None, value: vec![none; rows], grad: vec![none; x.len()], hess: vec![none; x.len()] };
        let view = slice_view(&x);
        let grad = if self.in_place { Sink::of(&mut x) } else { Sink::of(&mut answer.grad) };
        answer.total = self.run_on(view, y, Sink::of(&mut answer.value), grad, Sink::of(&mut answer.hess))?;
        if self.in_place {
            answer.grad = x;
        }
        Ok(answer)
    }

    fn run_on(
        &self,
        x: View<'_>,
        y: View<'_>,
        value: Sink<'_>,
        grad: Sink<'_>,
        hess: Sink<'_>,
    ) -> Result<Option<f64>, Error> {
        let entry = find(self.loss).expect("a loss of that name");
        for (name, _) in &self.params {
            assert!(entry.info.params.iter().any(|param| param.name == *name), "{name}");
        }
        let given = |name: &str| self.params.iter().find(|(given, _)| *given == name).map(|(_, value)| value.clone());
        let params: Vec<Value> = entry.info.params.iter().map(|p| given(p.name).unwrap_or(p.default.into())).collect();
        let settings = entry.settings(&params);
        let values = self.wanted.value && self.reduction == Reduction::None;
        rowwise::run::<T>(
            Request {
                classes: self.classes,
                weight: self.weight.as_deref().map(View::of),
                mask: self.mask.as_deref().map(booleans),
                reduction: self.reduction,
                wanted: self.wanted,
                outputs: Outputs {
                    value: values.then_some(value),
                    grad: self.wanted.grad.then_some(grad),
                    hess: self.wanted.hess.then_some(hess),
                },
                outputs_given: self.in_place,
                min_hessian: self.min_hessian,
                threads: self.threads,
                level: self.level,
                ..Request::new(entry, &settings, y, if self.in_place { x.replaced() } else { x })
            },
            &mut || false,
        )
    }

    fn answer(&self) -> Answer<T> {
        self.run().expect("all is within its domain")
    }
}

/// A view that does not borrow, for outputs over inputs.
fn slice_view<T: Working>(slice: &[T]) -> View<'static> {
    let dtype = if T::SINGLE { Dtype::F32 } else { Dtype::F64 };
    let axes = [Axis { len: slice.len(), stride: size_of::<T>() as isize }];
    unsafe { View::new(slice.as_ptr().cast(), dtype, false, &axes) }
}

fn integers(slice: &[i64]) -> View<'_> {
    unsafe { View::new(slice.as_ptr().cast(), Dtype::I64, false, &[Axis { len: slice.len(), stride: 8 }]) }
}

fn booleans(slice: &[bool]) -> View<'_> {
    unsafe { View::new(slice.as_ptr().cast(), Dtype::Bool, false, &[Axis { len: slice.len(), stride: 1 }]) }
}

struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
    fn logits<T: Working>(&mut self, count: usize, width: f64) -> Vec<T> {
        (0..count).map(|_| T::lit(width * (2.0 * self.uniform() - 1.0))).collect()
    }
    fn labels(&mut self, rows: usize, classes: usize) -> Vec<i64> {
        (0..rows).map(|_| (self.uniform() * classes as f64) as i64).collect()
    }
    fn shares<T: Working>(&mut self, rows: usize, classes: usize) -> Vec<T> {
        let mut shares = Vec::new();
        for _ in 0..rows {
            let row: Vec<f64> = (0..classes).map(|_| self.uniform().powi(4)).collect();
            let sum: f64 = row.iter().sum();
            shares.extend(row.iter().map(|share| T::lit(share / sum)));
        }
        shares
    }
}

/// Numbers as integers in the order of the numbers, so that neighbours differ by 1.
fn rank<T: Working>(x: T) -> i64 {
    let (bits, low) = if T::SINGLE {
        (i64::from((x.to_f64() as f32).to_bits() as i32), i64::from(i32::MIN))
    } else {
        (x.to_f64().to_bits() as i64, i64::MIN)
    };
    if bits < 0 { low.wrapping_sub(bits) } else { bits }
}

fn ulps<T: Working>(a: T, b: T) -> u64 {
    if a.is_nan() && b.is_nan() { 0 } else { rank(a).abs_diff(rank(b)) }
}

/// Distance in units in the last place of the largest of some truths.
fn worst<T: Working>(answers: &[T], truths: &[f64]) -> f64 {
    let mut worst: f64 = 0.0;
    assert_eq!(answers.len(), truths.len());
    for (&answer, &truth) in answers.iter().zip(truths) {
        let unit = ulp::<T>(truth);
        worst = worst.max((answer.to_f64() - truth).abs() / unit);
    }
    worst
}

fn ulp<T: Working>(x: f64) -> f64 {
    let digits = if T::SINGLE { 23 } else { 52 };
    let least = if T::SINGLE { f64::from(f32::from_bits(1)) } else { f64::from_bits(1) };
    if x == 0.0 { least } else { (2.0f64.powi(x.abs().log2().floor() as i32 - digits)).max(least) }
}

/// The textbook in float64: log-probabilities, value, gradient and Hessian of a row of cross-entropy with shares t.
fn textbook(x: &[f64], t: &[f64]) -> (f64, Vec<f64>, Vec<f64>) {
    let m = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = x.iter().map(|z| (z - m).exp()).sum();
    let (mut value, mass) = (0.0, t.iter().sum::<f64>());
    let q: Vec<f64> = x.iter().map(|z| (z - m).exp() / sum).collect();
    for (z, t) in x.iter().zip(t) {
        value -= if *t == 0.0 { 0.0 } else { t * (z - m - sum.ln()) };
    }
    let grad = q.iter().zip(t).map(|(q, t)| q * mass - t).collect();
    let hess = q.iter().map(|q| mass * q * (1.0 - q)).collect();
    (value, grad, hess)
}

fn one_hot(label: usize, classes: usize) -> Vec<f64> {
    (0..classes).map(|class| f64::from(u8::from(class == label))).collect()
}

const WIDTHS: [usize; 22] = [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 23, 24, 25, 31, 33, 63, 64, 65, 100, 513, 2100, 4500];

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
            // Rows interleaved with others: every second element of every second row.
            let size = size_of::<T>();
            let spread = |from: &[T]| {
                let mut to = vec![T::NAN; 4 * from.len()];
                for (i, &number) in from.iter().enumerate() {
                    to[i / classes * 4 * classes + i % classes * 2] = number;
                }
                to
            };
            let axes = [
                Axis { len: rows, stride: (4 * classes * size) as isize },
                Axis { len: classes, stride: 2 * size as isize },
            ];
            let dtype = if T::SINGLE { Dtype::F32 } else { Dtype::F64 };
            let (x, shares) =
                (spread(&case.x), if let Target::Shares(shares) = &case.y { spread(shares) } else { vec![] });
            let (mut grad, mut hess) = (spread(&vec![T::NAN; rows * classes]), spread(&vec![T::NAN; rows * classes]));
            let y = match &case.y {
                Target::Labels(labels) => integers(labels),
                Target::Shares(_) => unsafe { View::new(shares.as_ptr().cast(), dtype, false, &axes) },
            };
            let mut strided = first.clone();
            let plain = Case { in_place: false, ..case.clone() };
            strided.total = plain
                .run_on(
                    unsafe { View::new(x.as_ptr().cast(), dtype, false, &axes) },
                    y,
                    Sink::of(&mut strided.value),
                    unsafe { Sink::new(grad.as_mut_ptr().cast(), T::SINGLE, &axes) },
                    unsafe { Sink::new(hess.as_mut_ptr().cast(), T::SINGLE, &axes) },
                )
                .expect("all is within its domain");
            for i in 0..rows * classes {
                let at = i / classes * 4 * classes + i % classes * 2;
                (strided.grad[i], strided.hess[i]) = (grad[at], hess[at]);
            }
            same(&strided, "strides");
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

//! Calls of the row-wise engine as the tests make them, random rows, and distances in ULP.
#![allow(dead_code)] // Each file of tests uses a part.
#![allow(unsafe_code, clippy::undocumented_unsafe_blocks)] // Views with strides of their own, over vectors that outlive them.

pub use lossreg_core::engine::memory::{Axis, Dtype, Sink, View};
pub use lossreg_core::engine::request::{Outputs, Reduction, Request};
pub use lossreg_core::engine::rowwise;
pub use lossreg_core::engine::wanted::Wanted;
pub use lossreg_core::engine::working::Working;
pub use lossreg_core::error::Error;
pub use lossreg_core::loss::Value;
pub use lossreg_core::simd::Level;
pub use lossreg_losses::find;

pub const SPARSE: &str = "sparse_categorical_cross_entropy";
pub const DENSE: &str = "categorical_cross_entropy";
pub const FOCAL: &str = "categorical_focal";
pub const KL: &str = "kl_divergence";
pub const ALL: Wanted = Wanted { value: true, grad: true, hess: true };

#[derive(Clone, Debug, PartialEq)]
pub enum Target<T> {
    Labels(Vec<i64>),
    Shares(Vec<T>),
}

#[derive(Clone)]
pub struct Case<T> {
    pub loss: &'static str,
    pub params: Vec<(&'static str, Value)>,
    pub classes: usize,
    pub x: Vec<T>,
    pub y: Target<T>,
    pub weight: Option<Vec<f64>>,
    pub mask: Option<Vec<bool>>,
    pub reduction: Reduction,
    pub wanted: Wanted,
    pub min_hessian: Option<f64>,
    pub threads: usize,
    pub level: Level,
    pub in_place: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Answer<T> {
    pub total: Option<f64>,
    pub value: Vec<T>,
    pub grad: Vec<T>,
    pub hess: Vec<T>,
}

impl<T: Working> Case<T> {
    pub fn new(loss: &'static str, classes: usize, x: Vec<T>, y: Target<T>) -> Self {
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

    pub fn with(mut self, name: &'static str, value: Value) -> Self {
        self.params.push((name, value));
        self
    }

    pub fn run(&self) -> Result<Answer<T>, Error> {
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

    pub fn run_on(
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
                    ..Outputs::default()
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

    pub fn answer(&self) -> Answer<T> {
        self.run().expect("all is within its domain")
    }
}

/// A view that does not borrow, for outputs over inputs.
pub fn slice_view<T: Working>(slice: &[T]) -> View<'static> {
    let dtype = if T::SINGLE { Dtype::F32 } else { Dtype::F64 };
    let axes = [Axis { len: slice.len(), stride: size_of::<T>() as isize }];
    unsafe { View::new(slice.as_ptr().cast(), dtype, false, &axes) }
}

pub fn integers(slice: &[i64]) -> View<'_> {
    unsafe { View::new(slice.as_ptr().cast(), Dtype::I64, false, &[Axis { len: slice.len(), stride: 8 }]) }
}

pub fn booleans(slice: &[bool]) -> View<'_> {
    unsafe { View::new(slice.as_ptr().cast(), Dtype::Bool, false, &[Axis { len: slice.len(), stride: 1 }]) }
}

pub struct Random(pub u64);

impl Random {
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
    pub fn logits<T: Working>(&mut self, count: usize, width: f64) -> Vec<T> {
        (0..count).map(|_| T::lit(width * (2.0 * self.uniform() - 1.0))).collect()
    }
    pub fn labels(&mut self, rows: usize, classes: usize) -> Vec<i64> {
        (0..rows).map(|_| (self.uniform() * classes as f64) as i64).collect()
    }
    pub fn shares<T: Working>(&mut self, rows: usize, classes: usize) -> Vec<T> {
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
pub fn rank<T: Working>(x: T) -> i64 {
    let (bits, low) = if T::SINGLE {
        (i64::from((x.to_f64() as f32).to_bits() as i32), i64::from(i32::MIN))
    } else {
        (x.to_f64().to_bits() as i64, i64::MIN)
    };
    if bits < 0 { low.wrapping_sub(bits) } else { bits }
}

pub fn ulps<T: Working>(a: T, b: T) -> u64 {
    if a.is_nan() && b.is_nan() { 0 } else { rank(a).abs_diff(rank(b)) }
}

/// Distance in units in the last place of the largest of some truths.
pub fn worst<T: Working>(answers: &[T], truths: &[f64]) -> f64 {
    let mut worst: f64 = 0.0;
    assert_eq!(answers.len(), truths.len());
    for (&answer, &truth) in answers.iter().zip(truths) {
        let unit = ulp::<T>(truth);
        worst = worst.max((answer.to_f64() - truth).abs() / unit);
    }
    worst
}

pub fn ulp<T: Working>(x: f64) -> f64 {
    let digits = if T::SINGLE { 23 } else { 52 };
    let least = if T::SINGLE { f64::from(f32::from_bits(1)) } else { f64::from_bits(1) };
    if x == 0.0 { least } else { (2.0f64.powi(x.abs().log2().floor() as i32 - digits)).max(least) }
}

/// The textbook in float64: log-probabilities, value, gradient and Hessian of a row of cross-entropy with shares t.
pub fn textbook(x: &[f64], t: &[f64]) -> (f64, Vec<f64>, Vec<f64>) {
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

pub fn one_hot(label: usize, classes: usize) -> Vec<f64> {
    (0..classes).map(|class| f64::from(u8::from(class == label))).collect()
}

pub const WIDTHS: [usize; 22] = [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 23, 24, 25, 31, 33, 63, 64, 65, 100, 513, 2100, 4500];

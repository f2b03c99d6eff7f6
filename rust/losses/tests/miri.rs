//! What the engines do to memory, on inputs small enough for Miri: whatever way arrays lie, the results are those of arrays
//! that lie plainly, bit for bit, and nothing is written between the elements of an output.
#![allow(unsafe_code)] // Views and sinks over bytes laid out by hand.

use lossreg_core::engine::entry::{Entry, Settings};
use lossreg_core::engine::memory::{Axis, Dtype, Sink, View};
use lossreg_core::engine::request::{Outputs, Reduction, Request};
use lossreg_core::engine::rowwise;
use lossreg_core::engine::wanted::Wanted;
use lossreg_core::engine::{pointwise, working::Working};
use lossreg_core::error::Error;
use lossreg_core::loss::{Family, Value};
use lossreg_core::simd::Level;
use lossreg_losses::find;

/// How an array lies.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Lie {
    Plain,
    /// Two widths of nothing after each element.
    Apart,
    /// The columns one after the other.
    Turned,
    /// The last element first.
    Backwards,
    /// One byte off.
    Unaligned,
    /// In the other byte order; inputs only.
    Swapped,
}

const LIES: &[Lie] = if cfg!(miri) {
    &[Lie::Plain, Lie::Turned, Lie::Unaligned]
} else {
    &[Lie::Plain, Lie::Apart, Lie::Turned, Lie::Backwards, Lie::Unaligned, Lie::Swapped]
};
const NOTHING: u8 = 0xa5;

/// Rows and columns of bytes.
struct Laid {
    bytes: Vec<u8>,
    first: usize,
    width: usize,
    dtype: Dtype,
    swapped: bool,
    axes: Vec<Axis>,
}

impl Laid {
    fn new(elements: &[Vec<u8>], columns: usize, dtype: Dtype, lie: Lie) -> Laid {
        let (width, rows) = (dtype.width(), elements.len() / columns);
        let (w, r, c) = (width as isize, rows as isize, columns as isize);
        let (first, strides, size) = match lie {
            Lie::Plain | Lie::Swapped => (0, [c * w, w], rows * columns * width),
            Lie::Apart => (0, [3 * c * w, 3 * w], 3 * rows * columns * width),
            Lie::Turned => (0, [w, r * w], rows * columns * width),
            Lie::Backwards => ((rows * columns - 1) * width, [-c * w, -w], rows * columns * width),
            Lie::Unaligned => (1, [c * w, w], rows * columns * width + 1),
        };
        let axes = vec![Axis { len: rows, stride: strides[0] }, Axis { len: columns, stride: strides[1] }];
        let swapped = lie == Lie::Swapped;
        let mut laid = Laid { bytes: vec![NOTHING; size], first, width, dtype, swapped, axes };
        for (i, element) in elements.iter().enumerate() {
            let at = laid.at(i);
            laid.bytes[at..at + width].copy_from_slice(element);
            if swapped {
                laid.bytes[at..at + width].reverse();
            }
        }
        laid
    }

    fn of<T: Working>(numbers: &[T], columns: usize, lie: Lie) -> Laid {
        let (dtype, elements) = (dtype::<T>(), numbers.iter().map(|&number| bytes(number)).collect::<Vec<_>>());
        Laid::new(&elements, columns, dtype, lie)
    }

    fn at(&self, index: usize) -> usize {
        let (row, column) = (index / self.axes[1].len, index % self.axes[1].len);
        let offset = row as isize * self.axes[0].stride + column as isize * self.axes[1].stride;
        self.first.checked_add_signed(offset).expect("an element among the bytes")
    }

    /// A view and a sink over the same memory: one of them may be used at a time, or both where the engine is told.
    fn lent(&mut self) -> (View<'static>, Sink<'static>) {
        let data = self.bytes.as_mut_ptr().wrapping_add(self.first);
        // SAFETY: the bytes stay where they are, untouched, until the request is dropped.
        unsafe {
            (
                View::new(data, self.dtype, self.swapped, &self.axes),
                Sink::new(data, self.dtype == Dtype::F32, &self.axes),
            )
        }
    }

    /// The elements' bytes in order, having looked that there is nothing between them.
    fn elements(&self) -> Vec<Vec<u8>> {
        let count = self.axes[0].len * self.axes[1].len;
        let mut rest = self.bytes.clone();
        for i in 0..count {
            rest[self.at(i)..self.at(i) + self.width].fill(NOTHING);
        }
        assert!(rest.iter().all(|&byte| byte == NOTHING), "something was written between the elements");
        (0..count).map(|i| self.bytes[self.at(i)..self.at(i) + self.width].to_vec()).collect()
    }
}

fn dtype<T: Working>() -> Dtype {
    if T::SINGLE { Dtype::F32 } else { Dtype::F64 }
}

fn bytes<T: Working>(number: T) -> Vec<u8> {
    let double = number.to_f64();
    if T::SINGLE { (double as f32).to_ne_bytes().to_vec() } else { double.to_ne_bytes().to_vec() }
}

/// A loss, its arguments, and what to make of them.
struct Case<T> {
    entry: &'static Entry,
    settings: Settings,
    columns: usize,
    y: Vec<Vec<u8>>,
    y_columns: usize,
    y_dtype: Dtype,
    x: Vec<T>,
    weighted: bool,
    masked: bool,
    reduction: Reduction,
}

#[derive(Debug, PartialEq)]
struct Answer {
    total: Option<u64>,
    outputs: [Vec<Vec<u8>>; 3],
}

impl<T: Working> Case<T> {
    fn new(name: &str, params: &[(&str, Value)], rows: usize, columns: usize) -> Self {
        let entry = find(name).expect("a loss of that name");
        let given = |name: &str| params.iter().find(|(given, _)| *given == name).map(|(_, value)| value.clone());
        let values: Vec<Value> = entry.info.params.iter().map(|p| given(p.name).unwrap_or(p.default.into())).collect();
        let x = (0..rows * columns).map(|i| T::lit(0.05 + (i * 7 % 11) as f64 / 12.0)).collect();
        let (count, y_columns, y_dtype) = match name {
            "sparse_categorical_cross_entropy" => (rows, 1, Dtype::I64),
            _ => (rows * columns, columns, dtype::<T>()),
        };
        let y = (0..count)
            .map(|i| match name {
                "sparse_categorical_cross_entropy" => ((i * 5 % columns) as i64).to_ne_bytes().to_vec(),
                "kl_divergence" => bytes(T::lit((i % 3) as f64 / 2.0)),
                "poisson" => bytes(T::lit((i % 3) as f64)),
                // Labels of one kind: −1 beside 0 is refused.
                _ if entry.info.target.has_labels() => bytes(T::lit(1.0 - 2.0 * (i % 2) as f64)),
                _ => bytes(T::lit(1.0 - (i % 3) as f64)),
            })
            .collect();
        let (settings, reduction) = (entry.settings(&values), Reduction::None);
        Case { entry, settings, columns, y, y_columns, y_dtype, x, weighted: false, masked: false, reduction }
    }

    fn rows(&self) -> usize {
        self.x.len() / self.columns
    }

    /// Evaluates; with `in_place`, the gradient replaces the predictions.
    fn run(&self, lie: Lie, out: Lie, in_place: bool) -> Result<Answer, Error> {
        let by_rows = self.entry.info.family == Family::RowWise;
        let (losses, across) = if by_rows { (self.rows(), 1) } else { (self.x.len(), self.columns) };
        let numbers = |f: fn(usize) -> f64| (0..losses).map(|i| T::lit(f(i))).collect::<Vec<T>>();
        let mut y = Laid::new(&self.y, self.y_columns, self.y_dtype, lie);
        let mut x = Laid::of(&self.x, self.columns, lie);
        let mut weight = Laid::of(&numbers(|i| 0.5 + (i % 4) as f64), across, lie);
        let mask: Vec<_> = (0..losses).map(|i| vec![u8::from(i % 5 != 1)]).collect();
        let mut mask = Laid::new(&mask, across, Dtype::Bool, lie);
        let mut value = Laid::of(&numbers(|_| 0.0), across, out);
        let [mut grad, mut hess] = [(); 2].map(|()| Laid::of(&vec![T::ZERO; self.x.len()], self.columns, out));
        let (view, over) = x.lent();
        let wanted = Wanted { value: true, grad: true, hess: true };
        let request = Request {
            classes: if by_rows { self.columns } else { 1 },
            weight: self.weighted.then(|| weight.lent().0),
            mask: self.masked.then(|| mask.lent().0),
            reduction: self.reduction,
            wanted,
            outputs: Outputs {
                value: (self.reduction == Reduction::None).then(|| value.lent().1),
                grad: Some(if in_place { over } else { grad.lent().1 }),
                hess: Some(hess.lent().1),
                ..Outputs::default()
            },
            outputs_given: true,
            min_hessian: Some(0.001),
            level: Level::BASELINE,
            ..Request::new(self.entry, &self.settings, y.lent().0, if in_place { view.replaced() } else { view })
        };
        let run = if by_rows { rowwise::run::<T> } else { pointwise::run::<T> };
        let total = run(request, &mut || false)?.map(f64::to_bits);
        let grad = if in_place { &x } else { &grad };
        Ok(Answer { total, outputs: [value.elements(), grad.elements(), hess.elements()] })
    }

    /// Every way of lying gives what lying plainly does.
    fn check(&self) {
        let name = self.entry.name;
        let plain = self.run(Lie::Plain, Lie::Plain, false).expect("all is within its domain");
        for &lie in LIES {
            let out = if lie == Lie::Swapped { Lie::Plain } else { lie };
            assert!(self.run(lie, out, false).as_ref() == Ok(&plain), "{name}, {lie:?}");
            if lie != Lie::Swapped {
                assert!(self.run(lie, Lie::Apart, true).as_ref() == Ok(&plain), "{name} in place, {lie:?}");
            }
        }
    }

    /// The same with and without weights and a mask, reduced and not.
    fn check_all(mut self) {
        let ways = [
            (true, true, Reduction::None),
            (true, true, Reduction::WeightedMean),
            (false, true, Reduction::Mean),
            (false, false, Reduction::None),
        ];
        for (weighted, masked, reduction) in ways.into_iter().take(if cfg!(miri) { 1 } else { 4 }) {
            (self.weighted, self.masked, self.reduction) = (weighted, masked, reduction);
            self.check();
        }
    }
}

const SHAPES: &[(usize, usize)] = if cfg!(miri) { &[(5, 14)] } else { &[(1, 1), (4, 16), (9, 15), (43, 50)] };

fn pointwise_lies<T: Working>() {
    for &(rows, columns) in SHAPES {
        let smooth = [("label_smoothing", Value::Number(0.1))];
        Case::<T>::new("binary_cross_entropy", &smooth, rows, columns).check_all();
        Case::<T>::new("squared_error", &[], rows, columns).check_all();
        if !cfg!(miri) {
            Case::<T>::new("binary_cross_entropy", &[], rows, columns).check_all();
            Case::<T>::new("poisson", &[], rows, columns).check_all();
        }
    }
}

fn rowwise_lies<T: Working>() {
    // Few classes side by side, many along the row; fewer rows than a batch, and more.
    let shapes: &[(usize, usize)] = if cfg!(miri) {
        &[(1, 3), (66, 2), (3, 67)]
    } else {
        &[(1, 3), (66, 2), (70, 5), (3, 67), (130, 70), (2, 2100)]
    };
    for &(rows, classes) in shapes {
        let smooth = [("label_smoothing", Value::Number(0.1))];
        let shares = [("from_logits", Value::Switch(false))];
        let weights = [("class_weight", Value::List((0..classes).map(|k| k as f64).collect()))];
        Case::<T>::new("sparse_categorical_cross_entropy", &weights, rows, classes).check_all();
        Case::<T>::new("kl_divergence", &shares, rows, classes).check_all();
        if !cfg!(miri) {
            Case::<T>::new("sparse_categorical_cross_entropy", &[], rows, classes).check_all();
            Case::<T>::new("sparse_categorical_cross_entropy", &smooth, rows, classes).check_all();
        }
    }
}

#[test]
fn pointwise_results_do_not_depend_on_how_singles_lie() {
    pointwise_lies::<f32>();
}

#[test]
fn pointwise_results_do_not_depend_on_how_doubles_lie() {
    pointwise_lies::<f64>();
}

#[test]
fn rowwise_results_do_not_depend_on_how_singles_lie() {
    rowwise_lies::<f32>();
}

#[test]
fn rowwise_results_do_not_depend_on_how_doubles_lie() {
    rowwise_lies::<f64>();
}

/// A sum that only exact arithmetic can round reads the predictions again: the gradients must not stand there by then.
#[test]
fn a_value_in_place_is_that_of_the_predictions() {
    for (name, columns) in [("squared_error", 1), ("kl_divergence", 3)] {
        let mut case = Case::<f64>::new(name, &[], 12, columns);
        case.reduction = Reduction::Sum;
        // One loss is above what other sums than exact ones are trusted with.
        case.x[2] = if columns == 1 { 1e140 } else { -1e300 };
        let fresh = case.run(Lie::Plain, Lie::Plain, false).expect("all is within its domain");
        let in_place = case.run(Lie::Plain, Lie::Plain, true).expect("all is within its domain");
        assert_eq!(in_place.total.map(f64::from_bits), fresh.total.map(f64::from_bits), "{name}");
    }
}

#[test]
fn the_first_offence_is_found_however_arrays_lie() {
    for &lie in LIES {
        let mut case = Case::<f64>::new("poisson", &[("log_input", Value::Switch(false))], 9, 15);
        case.x[133] = -2.0;
        let error = case.run(lie, Lie::Plain, false).expect_err("a rate is negative");
        assert!(matches!(error, Error::Domain { argument: "y_pred", index: 133, value: -2.0, .. }), "{error} {lie:?}");
    }
}

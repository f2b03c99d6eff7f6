//! The elementary functions against the mpmath table `tests/truth/functions.csv`, and their exact laws.

use std::sync::LazyLock;

use lossreg_core::number::real::Scaled;
use lossreg_core::number::{Float, Real, functions as f};

const TABLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/truth/functions.csv"));
/// Miri, which takes a minute for what takes a millisecond, jumps through the table from sample to sample.
static LINES: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let after = |at: usize| TABLE[at..].lines().nth(1);
    if cfg!(miri) { (0..TABLE.len()).step_by(8192).filter_map(after).collect() } else { TABLE.lines().collect() }
});

/// A function of the table, as an unevaluated sum (high, low), and its bounds in units in the last place.
struct Case<T> {
    name: &'static str,
    bound: f64,
    value: fn(T, T) -> (T, T),
}

fn cases<T: Float + Real<Scalar = T>>() -> Vec<Case<T>> {
    let single = T::SINGLE;
    let case = |name, float32, float64, value| Case { name, bound: if single { float32 } else { float64 }, value };
    vec![
        case("exp", 0.8, 0.8, |x, _| (f::exp(x), T::ZERO)),
        case("exp_parts", 0.15, 0.15, |x, _| f::exp_parts(x)),
        case("exp_sum", 0.8, 0.8, |x, y| (f::exp_sum(x, y), T::ZERO)),
        case("expm1", 1.0, 1.2, |x, _| (f::expm1(x), T::ZERO)),
        case("log", 0.9, 0.9, |x, _| (f::log(x), T::ZERO)),
        case("log_parts", 0.001, 0.001, |x, _| f::log_parts(x)),
        case("log1p", 1.0, 1.0, |x, _| (f::log1p(x), T::ZERO)),
        case("log1p", 1.0, 1.0, |x, _| {
            let inside = x >= T::ZERO && x <= T::ONE;
            (if inside { f::log1p_unit(x) } else { f::log1p(x) }, T::ZERO)
        }),
        case("softplus", 1.0, 1.0, |x, _| (f::softplus(x), T::ZERO)),
        case("sigmoid", 1.0, 1.0, |x, _| (f::sigmoid(x), T::ZERO)),
        case("slope", 1.0, 1.0, |x, _| (f::logistic(x).slope, T::ZERO)),
        case("tanh", 1.0, 1.2, |x, _| (f::tanh(x), T::ZERO)),
        case("tanh", 1.0, 1.2, |x, _| (f::log_cosh(x).1, T::ZERO)),
        case("log_cosh", 2.0, 2.0, |x, _| (f::log_cosh(x).0, T::ZERO)),
        case("sech2", 3.0, 3.0, |x, _| (f::log_cosh(x).2, T::ZERO)),
        case("pow", 0.51, 1.0, |x, y| (f::pow(x, y), T::ZERO)),
        case("sigmoid_pow", 0.7, 3.0, |x, y| (f::sigmoid_pow(x, y), T::ZERO)),
        case("xlogy", 2.1, 2.1, |x, y| (f::xlogy(x, y), T::ZERO)),
        case("exp_difference", 0.8, 0.8, |x, y| (f::exp_difference(x, y), T::ZERO)),
        case("exp_difference", 0.95, 0.95, |x, y| (against(x, y), T::ZERO)),
        case("exp_minus", 1.0, 1.0, |x, y| (f::exp_minus(x, y), T::ZERO)),
        case("log1mexp", 2.0, 2.0, |x, _| (f::log1mexp(x), T::ZERO)),
        case("ln_gamma", 0.51, 4.0, |x, _| (f::ln_gamma(x), T::ZERO)),
        case("minus_log1p", 5.0, 5.0, |x, _| (f::minus_log1p(x), T::ZERO)),
        case("divergence", 6.0, 6.0, |t, q| (f::divergence(t, q, f::log(q), q - t), T::ZERO)),
        case("expm1_minus", 4.0, 5.0, |x, _| (f::expm1_minus(x), T::ZERO)),
        case("hypot1", 3.0, 3.0, |x, _| (f::hypot1(x).0, T::ZERO)),
        case("log1p_square", 2.0, 2.0, |x, _| (f::log1p_square(x).0, T::ZERO)),
        case("log_ndtr", 3.0, 3.0, |x, _| (f::log_ndtr(x).0, T::ZERO)),
        case("log_ndtr_slope", 4.0, 4.0, |x, _| (f::log_ndtr(x).1, T::ZERO)),
        case("log_ndtr_bend", 6.0, 6.0, |x, _| (-f::log_ndtr(x).2, T::ZERO)),
        case("exp_times", 1.5, 1.5, |y, x| (f::exp_times(y, x, T::ZERO).product, T::ZERO)),
        case("scaled_exp", 1.0, 1.0, |x, y| (scaled(x, y).exp(), T::ZERO)),
        case("scaled_expm1", 2.0, 2.0, |x, y| (scaled(x, y).expm1(), T::ZERO)),
        case("scaled_log_cosh", 3.0, 3.0, |x, y| (scaled(x, y).log_cosh(), T::ZERO)),
    ]
}

/// 10/3 of the difference, the constant in two parts.
fn scaled<T: Float + Real<Scalar = T>>(x: T, y: T) -> Scaled<T> {
    let a = T::lit(10.0 / 3.0);
    // 10/3 = a + (10 − 3a)/3, the difference in one rounding.
    Scaled::new(x, y, (a, T::lit(-3.0).mul_add(a, T::lit(10.0)) / T::lit(3.0)))
}

/// The steps of [`f::Against`] together, and 1 for equal infinities.
fn against<T: Float>(z: T, m: T) -> T {
    let e = f::Against::exp(f::Against::new(m).reduce(z));
    assert!(z != m || m.abs() == T::INFINITY || e == T::ONE);
    if z == m { T::ONE } else { e }
}

struct Row<T> {
    x: T,
    y: T,
    expected: f64,
    residual: f64,
}

fn rows<T: Float>(function: &str, number: fn(&str) -> T) -> Vec<Row<T>> {
    let dtype = if T::SINGLE { "float32" } else { "float64" };
    let row = |line: &str| {
        let mut cells = line.split(',');
        (cells.next() == Some(function) && cells.next() == Some(dtype)).then(|| {
            let mut cell = || cells.next().expect("a row has six cells");
            let (x, y, expected, residual) = (number(cell()), number(cell()), double(cell()), cell());
            Row { x, y, expected, residual: residual.parse().expect("a number") }
        })
    };
    LINES.iter().copied().filter_map(row).collect()
}

fn single(hex: &str) -> f32 {
    f32::from_bits(u32::from_str_radix(hex, 16).expect("eight hexadecimal digits"))
}

fn double(hex: &str) -> f64 {
    f64::from_bits(u64::from_str_radix(hex, 16).expect("sixteen hexadecimal digits"))
}

/// The unit in the last place of numbers like `x` in a format of so many digits, subnormal numbers included.
fn unit(x: f64, digits: i32, lowest: i32) -> f64 {
    let exponent = (x.abs().to_bits() >> 52) as i32 - 1023;
    let power = (exponent.max(-1022) - digits + 1).max(lowest);
    // Built from bits: 2^power, which is a subnormal number below −1022.
    f64::from_bits(if power < -1022 { 1 << (power + 1074) } else { ((power + 1023) as u64) << 52 })
}

/// How far high + low is from the truth, in units in the last place of the truth.
fn error<T: Float>(name: &str, row: &Row<T>, (high, low): (T, T)) -> f64 {
    let (high, low) = (high.to_f64(), low.to_f64());
    if row.expected.is_nan() || row.expected.is_infinite() {
        let same = if row.expected.is_nan() { high.is_nan() } else { high == row.expected && low == 0.0 };
        return if same { 0.0 } else { f64::INFINITY };
    }
    if !high.is_finite() {
        return f64::INFINITY;
    }
    let (digits, lowest) = if T::SINGLE { (24, -149) } else { (53, -1074) };
    let units = |x: f64| {
        // What is lost of exp(x) − y near exp(x) = y is a part of a unit of exp(x).
        let cancelled = if name == "exp_minus" { unit(row.x.to_f64().exp(), digits, lowest) * 0.15 } else { 0.0 };
        x / (unit(row.expected, digits, lowest) + cancelled)
    };
    let residual = row.residual * units(unit(row.expected, 53, -1074));
    (units(high - row.expected) + units(low) - residual).abs()
}

fn check<T: Float + Real<Scalar = T>>(number: fn(&str) -> T) {
    let mut failures = Vec::new();
    for case in cases::<T>() {
        let rows = rows(case.name, number);
        assert!(rows.len() > if cfg!(miri) { 0 } else { 200 }, "{} rows of {}", rows.len(), case.name);
        let measure = |row: &Row<T>| (error(case.name, row, (case.value)(row.x, row.y)), row.x, row.y);
        let worst = rows.iter().map(measure).max_by(|a, b| a.0.total_cmp(&b.0)).expect("rows");
        println!(
            "{:15} {:.3} ULP of {} at ({:e}, {:e})",
            case.name,
            worst.0,
            case.bound,
            worst.1.to_f64(),
            worst.2.to_f64()
        );
        if worst.0.is_nan() || worst.0 > case.bound {
            failures.push(format!(
                "{}: {:.3} ULP, bound {}, at ({:?}, {:?})",
                case.name, worst.0, case.bound, worst.1, worst.2
            ));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn float32_keeps_its_bounds() {
    check(single);
}

#[test]
fn float64_keeps_its_bounds() {
    check(double);
}

#[test]
fn a_wrong_value_is_seen() {
    let row = Row { x: 0.0, y: 0.0, expected: 4e-18, residual: 0.0 };
    assert!(error("log_cosh", &row, (0.0, 0.0)) > 1e15, "an absolute tolerance hides in the measure");
    assert_eq!(error("log_cosh", &row, (row.expected.next_up(), 0.0)), 1.0);
    assert_eq!(error("log_cosh", &Row { expected: 1e-310, ..row }, (1e-310f64.next_down(), 0.0)), 1.0);
}

/// Every number x of the table's rows of softplus.
fn logits<T: Float>(number: fn(&str) -> T) -> impl Iterator<Item = T> {
    rows("softplus", number).into_iter().map(|row| row.x)
}

fn mirrored<T: Float>(number: fn(&str) -> T) {
    let same = |a: T, b: T| a == b || (a.is_nan() && b.is_nan());
    for x in logits(number) {
        let (l, m) = (f::logistic(x), f::logistic(-x));
        // At 0 both sides are one half; elsewhere the fields trade places.
        assert!(same(l.softplus, m.softplus_neg) && same(l.sigmoid, m.sigmoid_neg) && same(l.slope, m.slope), "{x:?}");
        assert!(same(f::tanh(-x), -f::tanh(x)) && same(f::log_cosh(x).0, f::log_cosh(-x).0), "{x:?}");
    }
}

#[test]
fn mirror_images_are_the_same_bits() {
    mirrored(single);
    mirrored(double);
}

/// The powers that come from what a logistic knows already, against those of float64 in two parts.
fn powers<T: Float>(number: fn(&str) -> T) {
    let mut worst = [0.0f64; 2];
    for x in logits(number) {
        let l = f::logistic(x);
        let error = |c: f64, got: T| {
            let row = Row { x, y: T::lit(c), expected: f::sigmoid_pow(x.to_f64(), c), residual: 0.0 };
            error("sigmoid_pow", &row, (got, T::ZERO))
        };
        worst[0] = worst[0].max(error(2.0, l.sigmoid_squared()));
        for c in [0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0] {
            let power = l.sigmoid_pow(T::lit(c));
            assert!(power.is_nan() == x.is_nan() && (x.is_nan() || power <= T::ONE), "{x:?}, {c}: {power:?}");
            if l.sigmoid > T::ZERO && T::SINGLE {
                worst[1] = worst[1].max(error(c, power));
            }
        }
    }
    println!("square {:.3} ULP, power {:.3} ULP", worst[0], worst[1]);
    // The reference has up to 1.1 ULP of its own in float64.
    assert!(worst[0] <= if T::SINGLE { 0.7 } else { 1.8 } && worst[1] <= 2.5, "{worst:?}");
}

#[test]
fn powers_of_a_logistic_keep_their_bounds() {
    powers(single);
    powers(double);
}

fn exact<T: Float>(number: fn(&str) -> T) {
    for x in logits(number).filter(|x| !x.is_nan()) {
        assert_eq!(f::exp_difference(x, x), T::ONE);
        assert_eq!(f::sigmoid_pow(x, T::ZERO), T::ONE);
        assert_eq!(f::pow(x.abs(), T::ZERO), T::ONE);
        assert_eq!(f::xlogy(T::ZERO, x), T::ZERO);
        assert_eq!(f::exp_difference(-T::INFINITY, x), if x == -T::INFINITY { T::ONE } else { T::ZERO });
    }
    assert_eq!((f::ln_gamma(T::ONE), f::ln_gamma(T::TWO)), (T::ZERO, T::ZERO));
    assert_eq!((f::exp(T::ZERO), f::log(T::ONE), f::log1p(T::ZERO)), (T::ONE, T::ZERO, T::ZERO));
    assert_eq!((f::tanh(T::ZERO), f::log_cosh(T::ZERO)), (T::ZERO, (T::ZERO, T::ZERO, T::ONE)));
}

#[test]
fn exact_values_are_exact() {
    exact(single);
    exact(double);
}

fn nan<T: Float + Real<Scalar = T>>() {
    for case in cases::<T>() {
        assert!((case.value)(T::NAN, T::ONE).0.is_nan(), "{}", case.name);
    }
    for two in [f::pow, f::sigmoid_pow, f::xlogy, f::exp_difference, f::exp_minus] {
        for x in [T::ZERO, T::ONE, T::TWO, T::INFINITY] {
            assert!(two(x, T::NAN).is_nan() && two(T::NAN, x).is_nan(), "{x:?}");
        }
    }
}

#[test]
fn nan_gives_nan() {
    nan::<f32>();
    nan::<f64>();
}

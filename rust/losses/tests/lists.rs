//! Lists side by side have the bits that they have one after the other, and a long one can be interrupted.

use lossreg_core::engine::entry::{Code, Entry};
use lossreg_core::engine::lists::{Kernel, Several};
use lossreg_core::engine::memory::View;
use lossreg_core::engine::request::Request;
use lossreg_core::error::Error;
use lossreg_core::families::List;
use lossreg_core::loss::{CONSTANTS, Value};
use lossreg_core::number::wide::LANES;
use lossreg_core::simd::Level;
use lossreg_losses::CATALOG;

/// The losses, the first derivatives and the second ones of some lists.
type Results = [Vec<u64>; 3];

fn kernels() -> impl Iterator<Item = (&'static Entry, Kernel)> {
    CATALOG.iter().filter_map(|entry| if let Code::Lists(kernel) = entry.code { Some((entry, kernel)) } else { None })
}

/// Parameters by default, and where a number is said to be special, those with it.
fn all_params(entry: &Entry) -> Vec<Vec<Value>> {
    let plain: Vec<Value> = entry.info.params.iter().map(|param| param.default.into()).collect();
    let special = entry.info.params.iter().enumerate().flat_map(|(i, param)| {
        let plain = plain.clone();
        param.special.iter().chain(&[1.5]).map(move |&number| {
            let mut params = plain.clone();
            if let Value::Number(value) = &mut params[i] {
                *value = number;
            }
            params
        })
    });
    special.chain([plain.clone()]).collect()
}

/// So many numbers, among them ties, zeros and what is infinite.
fn drawn(count: usize, seed: u64, of: impl Fn(u64) -> f64) -> Vec<f64> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        of(state >> 40)
    };
    (0..count).map(|_| next()).collect()
}

fn score(random: u64) -> f64 {
    match random % 64 {
        0 => f64::INFINITY,
        1 => f64::NEG_INFINITY,
        2..=8 => 0.0,
        9..=20 => (random / 64 % 5) as f64 - 2.0,
        _ => (random / 64) as f64 / 32768.0 - 4.0,
    }
}

/// Rows of one class, of none, of several.
fn target(random: u64) -> f64 {
    match random % 8 {
        0 => 1.0,
        1 => (random / 8) as f64 / (1 << 21) as f64,
        _ => 0.0,
    }
}

/// Between numbers of lists one after the other and side by side.
fn transposed(numbers: &[f64], size: usize) -> Vec<f64> {
    (0..numbers.len()).map(|at| numbers[at % LANES * size + at / LANES]).collect()
}

#[derive(Clone, Copy)]
struct Case<'a> {
    kernel: Kernel,
    level: Level,
    constants: &'a [f64; CONSTANTS],
    size: usize,
    raw: bool,
}

impl Case<'_> {
    fn run(self, y: &[f64], x: &[f64], beside: bool) -> Results {
        let Case { kernel, level, constants, size, raw } = self;
        let len = LANES * size;
        let [mut first, mut second] = [vec![f64::NAN; len], vec![f64::NAN; len]];
        let (mut numbers, mut value) = (vec![f64::NAN; len * kernel.numbers], [f64::NAN; LANES]);
        let weights: Vec<f64> = (0..len).map(|at| 1.0 + (at % size) as f64 / 4.0).collect();
        let inputs = [y, x, &weights].map(|all| if beside { transposed(all, size) } else { all.to_vec() });
        let elements = List {
            y: &inputs[0],
            x: &inputs[1],
            weights: &inputs[2],
            first: &mut first,
            second: &mut second,
            derives: true,
            raw,
            level,
            numbers: &mut numbers,
            order: &mut [],
            stop: &mut || false,
        };
        if beside {
            value = kernel.beside(size, level).expect("short lists are side by side")(level, constants, elements);
        } else {
            (kernel.run)(level, constants, Several { elements, counts: &[1.0; LANES], value: &mut value });
        }
        [value.to_vec(), first, second].map(|all| {
            let bits = |number: &f64| if number.is_nan() { f64::NAN.to_bits() } else { number.to_bits() };
            let along = all.len() == LANES || !beside;
            let all = if along { all } else { (0..len).map(|at| all[at % size * LANES + at / size]).collect() };
            all.iter().map(bits).collect()
        })
    }
}

#[test]
fn lists_side_by_side_have_the_bits_of_lists_one_after_the_other() {
    let mut found = 0;
    for (entry, kernel) in kernels() {
        for params in all_params(entry) {
            let settings = entry.settings(&params);
            for (size, raw) in [1, 2, 3, 10, 15].into_iter().flat_map(|size| [(size, true), (size, false)]) {
                let y = drawn(LANES * size, 1 + size as u64, target);
                let x = drawn(LANES * size, 99 + size as u64, if raw { score } else { target });
                for &level in Level::available().iter().filter(|&&level| kernel.beside(size, level).is_some()) {
                    let case = Case { kernel, level, constants: &settings.double, size, raw };
                    let (along, beside) = (case.run(&y, &x, false), case.run(&y, &x, true));
                    assert_eq!(along, beside, "{} {params:?} {size} {level:?}", entry.name);
                    found += 1;
                }
            }
        }
    }
    assert!(found > 0, "some losses are of lists side by side");
}

#[test]
fn long_lists_are_not_side_by_side() {
    assert!(kernels().all(|(_, kernel)| kernel.beside(16, Level::best()).is_none()), "their sums have another order");
}

#[test]
fn pairs_of_a_long_list_can_be_interrupted() {
    let n = 1 << 16;
    let x = drawn(n, 7, |random| random as f64);
    for name in ["lambda_rank", "multi_margin"] {
        let entry = lossreg_losses::find(name).expect("a loss of that name");
        let params: Vec<Value> = entry.info.params.iter().map(|param| param.default.into()).collect();
        let settings = entry.settings(&params);
        let y: Vec<f64> = (0..n).map(|i| (i % 2) as f64).collect();
        let request =
            Request { classes: n, indices: false, ..Request::new(entry, &settings, View::of(&y), View::of(&x)) };
        let ended = lossreg_core::engine::engine(entry).run(request, true, &mut || true);
        assert!(matches!(ended, Err(Error::Interrupted)), "{name}: {ended:?}");
    }
}

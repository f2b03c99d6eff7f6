//! A request of such a game: sums over both sides, and the derivatives of each.

use super::super::divisor::Factor;
use super::super::family::Engine;
use super::super::request::{Reduction, Request};
use super::super::sums::Bins;
use super::super::weigh::round_to_single;
use super::terms::{PIECE, Terms, Three};
use crate::error::Error;
use crate::loss::Side;
use crate::number::wide::LANES;
use crate::number::{Float, select};
use crate::simd::{self, Body, Level};

/// One side without the other, which is nothing: [`run`] takes both.
pub struct Alone;

impl Engine for Alone {
    fn by_rows(&self) -> bool {
        false
    }

    fn run(&self, request: Request<'_>, _: bool, _: &mut dyn FnMut() -> bool) -> Result<Option<f64>, Error> {
        Err(Error::Failed(format!("{} is of both sides together", request.entry.name)))
    }
}

/// Pieces between two looks at whether the caller wants to stop.
const PATIENCE: usize = 256;

/// Asks, before some pieces, whether the caller wants to stop.
fn go_on(start: usize, interrupt: &mut dyn FnMut() -> bool) -> Result<(), Error> {
    let asks = start / PIECE % PATIENCE == PATIENCE - 1;
    if asks && interrupt() { Err(Error::Interrupted) } else { Ok(()) }
}

/// The scores of a side.
struct Scores {
    /// In whole blocks, with zeros for what is not there.
    x: Vec<f64>,
    /// 0 where a score does not count.
    weights: Vec<f64>,
    len: usize,
    /// The sum of the weights, and the weighted mean.
    total: (f64, f64),
    mean: (f64, f64),
    /// What its sum of losses is divided by.
    divisor: f64,
}

/// What the terms of a side add up to, over its divisor: the loss, and the derivatives by a shift of all scores.
#[derive(Clone, Copy)]
struct Moved {
    value: f64,
    slope: f64,
    bend: f64,
}

impl Scores {
    fn of(request: &Request<'_>, interrupt: &mut dyn FnMut() -> bool) -> Result<Scores, Error> {
        let len = request.x.len();
        let x = numbers(len, interrupt, |start, piece| request.x.read(start, piece))?;
        let mut count = len;
        let weights = numbers(len, interrupt, |start, piece| {
            match &request.weight {
                Some(weight) => weight.read(start, piece),
                None => piece.fill(1.0),
            }
            let Some(mask) = &request.mask else { return };
            let mut counts = [0.0; PIECE];
            mask.read(start, &mut counts[..piece.len()]);
            for (weight, counts) in piece.iter_mut().zip(counts) {
                if counts == 0.0 {
                    (*weight, count) = (0.0, count - 1);
                }
            }
        })?;
        let [mut total, mut sum] = [Bins::new(), Bins::new()];
        for (i, (x, weights)) in x.chunks(PIECE).zip(weights.chunks(PIECE)).enumerate() {
            go_on(i * PIECE, interrupt)?;
            total.add(request.level, weights.as_chunks().0);
            add_weighted(&mut sum, request.level, weights, x);
        }
        let [total, sum] = [total, sum].map(in_parts);
        let divisor = match request.reduction {
            Reduction::None | Reduction::Sum => 1.0,
            Reduction::Mean => count as f64,
            Reduction::WeightedMean => total.0 + total.1,
        };
        if divisor == 0.0 {
            let nothing = if count == 0 { "no valid elements" } else { "weights that sum to zero" };
            return Err(empty(nothing));
        }
        Ok(Scores { x, weights, len, total, mean: quotient(sum, total), divisor })
    }

    fn any(&self) -> bool {
        self.weights.iter().any(|&weight| weight != 0.0)
    }

    /// Pieces of the scores, with the number of the first of each and the weights.
    fn pieces(&self) -> impl Iterator<Item = (usize, &[f64], &[f64])> {
        let pieces = self.x.chunks(PIECE).zip(self.weights.chunks(PIECE)).enumerate();
        pieces.map(|(i, (x, weights))| (i * PIECE, x, weights))
    }
}

/// Adds numbers times their weights, in whole blocks: exactly, so that no order of them changes the sum, nor what has a weight of 0.
fn add_weighted(sum: &mut Bins, level: Level, weights: &[f64], numbers: &[f64]) {
    let [mut products, mut lost] = [[0.0; PIECE]; 2];
    let (products, lost) = (&mut products[..weights.len()], &mut lost[..weights.len()]);
    simd::dispatch(level, Weigh { weights, numbers, products: &mut *products, lost: &mut *lost });
    sum.add(level, products.as_chunks().0);
    sum.add(level, lost.as_chunks().0);
}

/// A sum in two parts.
fn in_parts(bins: Bins) -> (f64, f64) {
    let mut rest = bins.total();
    let sum = rest.rounded();
    if !sum.is_finite() {
        return (sum, 0.0);
    }
    rest.add(-sum);
    (sum, rest.rounded())
}

/// Multiplies numbers by weights, and tells what rounding took from the products.
struct Weigh<'a> {
    weights: &'a [f64],
    numbers: &'a [f64],
    products: &'a mut [f64],
    lost: &'a mut [f64],
}

impl Body for Weigh<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Weigh { weights, numbers, products, lost } = self;
        for (((&weight, &number), product), lost) in weights.iter().zip(numbers).zip(products).zip(lost) {
            *product = select(weight == 0.0, 0.0, weight * number);
            let error = weight.mul_add(number, -*product);
            *lost = select((weight != 0.0) & (error.abs() < f64::INFINITY), error, 0.0);
        }
    }
}

/// Evaluates a loss of both sides, in the order in which it names them: the sum of their reduced values. Unreduced values of both go to
/// the outputs of the first.
///
/// # Errors
/// Where a mean is over nothing, the caller asked to stop, or there is no memory.
pub fn run(
    mut requests: [Request<'_>; 2],
    terms: Terms,
    single: bool,
    interrupt: &mut dyn FnMut() -> bool,
) -> Result<f64, Error> {
    let sides = [Scores::of(&requests[0], interrupt)?, Scores::of(&requests[1], interrupt)?];
    for (own, other) in [(&sides[0], &sides[1]), (&sides[1], &sides[0])] {
        if own.any() && other.total.0 + other.total.1 == 0.0 {
            return Err(empty(if other.any() { "weights that sum to zero" } else { "no valid elements" }));
        }
    }
    let names = [Side::Real, Side::Fake];
    let each = if requests[0].outputs.value.is_some() { sides[0].len } else { 0 };
    let mut values = numbers(each, interrupt, |_, _| {})?;
    let mut moved = [Moved { value: 0.0, slope: 0.0, bend: 0.0 }; 2];
    let mut three = [[0.0; PIECE]; 3];
    for s in 0..2 {
        let (own, mean, level) = (&sides[s], sides[1 - s].mean, requests[s].level);
        let mut sums = [Bins::new(), Bins::new(), Bins::new()];
        for (start, x, weights) in own.pieces() {
            go_on(start, interrupt)?;
            terms(level, names[s], x, mean, &mut three);
            if single {
                round_to_single(&mut three[0]);
            }
            for (sum, numbers) in sums.iter_mut().zip(&three) {
                add_weighted(sum, level, weights, &numbers[..weights.len()]);
            }
            for ((sum, &weight), &value) in values.iter_mut().skip(start).zip(weights).zip(&three[0]) {
                *sum += select(weight == 0.0, 0.0, weight * value);
            }
        }
        let [value, slope, bend] = sums.map(|sum| sum.total().rounded() / own.divisor);
        moved[s] = Moved { value, slope, bend };
    }
    if let Some(mut part) = requests[0].outputs.value.as_mut().and_then(|sink| sink.parts(each).next()) {
        for (i, piece) in values[..each].chunks(PIECE).enumerate() {
            go_on(i * PIECE, interrupt)?;
            part.write(i * PIECE, piece);
        }
    }
    for s in 0..2 {
        let (level, mean) = (requests[s].level, sides[1 - s].mean);
        let terms = |x: &[f64], three: &mut Three| terms(level, names[s], x, mean, three);
        write(&mut requests[s], &sides[s], moved[1 - s], &terms, &mut three, interrupt)?;
    }
    Ok(moved[0].value + moved[1].value)
}

/// The derivatives of a side: of its own terms, and of the other's through its mean.
fn write(
    request: &mut Request<'_>,
    own: &Scores,
    moved: Moved,
    terms: &dyn Fn(&[f64], &mut Three),
    three: &mut Three,
    interrupt: &mut dyn FnMut() -> bool,
) -> Result<(), Error> {
    let (level, factor) = (request.level, Factor::over(own.divisor));
    let total = own.total.0 + own.total.1;
    let shared = Shared {
        // What a share of the mean moves, in units of the own terms.
        slope: moved.slope / total * own.divisor,
        bend: moved.bend / total / total * own.divisor,
        constant: request.curve.constant(),
        floor: request.min_hessian.unwrap_or(f64::NEG_INFINITY),
        factor,
    };
    let mut grad = request.outputs.grad.as_mut().and_then(|sink| sink.parts(own.len).next());
    let mut hess = request.outputs.hess.as_mut().and_then(|sink| sink.parts(own.len).next());
    if grad.is_none() && hess.is_none() {
        return Ok(());
    }
    for (start, x, weights) in own.pieces() {
        go_on(start, interrupt)?;
        terms(x, three);
        simd::dispatch(level, Moving { shared: &shared, weights, three: &mut *three });
        let count = x.len().min(own.len - start);
        let [_, first, second] = &*three;
        for (part, numbers) in [(&mut grad, first), (&mut hess, second)] {
            if let Some(part) = part {
                part.write(start, &numbers[..count]);
            }
        }
    }
    Ok(())
}

/// What the derivatives of a side have in common.
struct Shared {
    slope: f64,
    bend: f64,
    /// What all second derivatives are.
    constant: Option<f64>,
    floor: f64,
    factor: Factor,
}

/// Makes derivatives of terms.
struct Moving<'a> {
    shared: &'a Shared,
    weights: &'a [f64],
    three: &'a mut Three,
}

impl Body for Moving<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Shared { slope, bend, constant, floor, factor } = *self.shared;
        let [_, first, second] = self.three;
        let blocks = first.as_chunks_mut::<LANES>().0.iter_mut().zip(second.as_chunks_mut::<LANES>().0);
        for (weights, (first, second)) in self.weights.as_chunks::<LANES>().0.iter().zip(blocks) {
            for i in 0..LANES {
                let (weight, own_slope) = (weights[i], first[i]);
                let exact = weight.mul_add(bend, second[i]);
                let bent = if let Some(number) = constant { number + 0.0 * own_slope } else { exact };
                let (counts, scale) = (weight != 0.0, factor.times(weight));
                first[i] = select(counts, (own_slope - slope) * scale, 0.0);
                second[i] = select(counts, Float::max(bent, floor) * scale, 0.0);
            }
        }
    }
}

/// a/b of numbers in two parts.
fn quotient((a, a_low): (f64, f64), (b, b_low): (f64, f64)) -> (f64, f64) {
    let high = a / b;
    let low = ((-high).mul_add(b, a) + (a_low - high * b_low)) / b;
    (high, if low.is_finite() { low } else { 0.0 })
}

fn empty(nothing: &str) -> Error {
    Error::Empty(format!(
        "the mean over {nothing} is undefined: each side is seen relative to the mean of the other; check for it before the call"
    ))
}

/// So many numbers, read in pieces, in whole blocks with zeros for what is not there.
fn numbers(
    len: usize,
    interrupt: &mut dyn FnMut() -> bool,
    mut read: impl FnMut(usize, &mut [f64]),
) -> Result<Vec<f64>, Error> {
    let mut numbers = Vec::new();
    numbers.try_reserve_exact(len.next_multiple_of(LANES)).map_err(|_| Error::OutOfMemory)?;
    for start in (0..len).step_by(PIECE) {
        go_on(start, interrupt)?;
        let end = len.min(start + PIECE);
        numbers.resize(end.next_multiple_of(LANES), 0.0);
        read(start, &mut numbers[start..end]);
    }
    Ok(numbers)
}

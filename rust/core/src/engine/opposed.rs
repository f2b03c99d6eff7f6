//! The engine of games in which each score is seen relative to the mean of the other side's ([`Opposed`](crate::families::Opposed)).
//!
//! A score moves its own term and, through the mean, all terms of the other side: both sides are one computation, which reads each
//! once, into memory of its own. Means and sums are in two parts each; a weight counts a score so many times, in means too.

use super::blocks::SEGMENT;
use super::curvature::Curve;
use super::divisor::Factor;
use super::family::Engine;
use super::memory::View;
use super::request::{Reduction, Request};
use crate::error::Error;
use crate::families::Term;
use crate::loss::Side;
use crate::number::Float;
use crate::number::compensated::{plus, two_sum, whole};

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

/// Elements between two looks at whether the caller wants to stop.
const PATIENCE: usize = 1 << 16;

/// The scores of a side.
struct Scores {
    x: Vec<f64>,
    /// 0 where a score does not count.
    weights: Vec<f64>,
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
    fn of(request: &Request<'_>) -> Result<Scores, Error> {
        let x = numbers(&request.x)?;
        let mut weights = match &request.weight {
            Some(weight) => numbers(weight)?,
            None => filled(x.len(), 1.0)?,
        };
        let mut count = x.len();
        if let Some(mask) = &request.mask {
            for (weight, counts) in weights.iter_mut().zip(numbers(mask)?) {
                if counts == 0.0 {
                    (*weight, count) = (0.0, count - 1);
                }
            }
        }
        let (mut total, mut sum) = ((0.0, 0.0), (0.0, 0.0));
        for (&x, &weight) in x.iter().zip(&weights).filter(|(_, weight)| **weight != 0.0) {
            total = plus(total, weight);
            let product = weight * x;
            sum = plus(sum, product);
            sum.1 += weight.mul_add(x, -product);
        }
        let divisor = match request.reduction {
            Reduction::None | Reduction::Sum => 1.0,
            Reduction::Mean => count as f64,
            Reduction::WeightedMean => total.0 + total.1,
        };
        if divisor == 0.0 {
            let nothing = if count == 0 { "no valid elements" } else { "weights that sum to zero" };
            return Err(empty(nothing));
        }
        Ok(Scores { x, weights, total, mean: quotient(sum, total), divisor })
    }

    fn any(&self) -> bool {
        self.weights.iter().any(|&weight| weight != 0.0)
    }

    /// A score less a mean.
    fn less(&self, i: usize, mean: (f64, f64)) -> (f64, f64) {
        let (difference, lost) = two_sum(self.x[i], -mean.0);
        let low = lost - mean.1;
        (difference, if low.is_finite() { low } else { 0.0 })
    }
}

/// Evaluates a loss of both sides, in the order in which it names them: the sum of their reduced values. Unreduced values of both go to
/// the outputs of the first.
///
/// # Errors
/// Where a mean is over nothing, the caller asked to stop, or there is no memory.
pub fn run(
    mut requests: [Request<'_>; 2],
    term: Term,
    single: bool,
    interrupt: &mut dyn FnMut() -> bool,
) -> Result<f64, Error> {
    let sides = [Scores::of(&requests[0])?, Scores::of(&requests[1])?];
    for (own, other) in [(&sides[0], &sides[1]), (&sides[1], &sides[0])] {
        if own.any() && other.total.0 + other.total.1 == 0.0 {
            return Err(empty(if other.any() { "weights that sum to zero" } else { "no valid elements" }));
        }
    }
    let names = [Side::Real, Side::Fake];
    let mut values = filled(if requests[0].outputs.value.is_some() { sides[0].x.len() } else { 0 }, 0.0)?;
    let mut moved = [Moved { value: 0.0, slope: 0.0, bend: 0.0 }; 2];
    for s in 0..2 {
        let (own, mean) = (&sides[s], sides[1 - s].mean);
        let mut sums = [(0.0, 0.0); 3];
        for (i, &weight) in own.weights.iter().enumerate().filter(|(_, weight)| **weight != 0.0) {
            if i % PATIENCE == PATIENCE - 1 && interrupt() {
                return Err(Error::Interrupted);
            }
            let [value, slope, bend] = term(names[s], own.less(i, mean));
            let value = if single { f64::from(value as f32) } else { value };
            for (sum, number) in sums.iter_mut().zip([value, slope, bend]) {
                *sum = plus(*sum, weight * number);
            }
            if let Some(sum) = values.get_mut(i) {
                *sum += weight * value;
            }
        }
        let over = |sum| whole(sum) / own.divisor;
        let [value, slope, bend] = sums.map(over);
        moved[s] = Moved { value, slope, bend };
    }
    if let Some(mut part) = requests[0].outputs.value.as_mut().and_then(|sink| sink.parts(values.len()).next()) {
        part.write(0, &values);
    }
    for s in 0..2 {
        write(&mut requests[s], names[s], &sides[s], &sides[1 - s], moved[1 - s], term);
    }
    Ok(moved[0].value + moved[1].value)
}

/// The derivatives of a side: of its own terms, and of the other's through its mean.
fn write(request: &mut Request<'_>, side: Side, own: &Scores, other: &Scores, moved: Moved, term: Term) {
    let (len, factor) = (own.x.len(), Factor::over(own.divisor));
    let total = own.total.0 + own.total.1;
    // What a share of the mean moves, in units of the own terms.
    let (slope, bend) = (moved.slope / total * own.divisor, moved.bend / total / total * own.divisor);
    let (floor, curve) = (request.min_hessian.unwrap_or(f64::NEG_INFINITY), request.curve);
    let mut grad = request.outputs.grad.as_mut().and_then(|sink| sink.parts(len).next());
    let mut hess = request.outputs.hess.as_mut().and_then(|sink| sink.parts(len).next());
    let (mut first, mut second) = ([0.0; SEGMENT], [0.0; SEGMENT]);
    for start in (0..len).step_by(SEGMENT) {
        let count = SEGMENT.min(len - start);
        for i in 0..count {
            let weight = own.weights[start + i];
            let [_, own_slope, own_bend] = term(side, own.less(start + i, other.mean));
            let exact = weight.mul_add(bend, own_bend);
            let bent = if let Curve::Constant(number) = curve { number + 0.0 * own_slope } else { exact };
            let scale = factor.times(weight);
            first[i] = if weight == 0.0 { 0.0 } else { (own_slope - slope) * scale };
            second[i] = if weight == 0.0 { 0.0 } else { Float::max(bent, floor) * scale };
        }
        if let Some(part) = &mut grad {
            part.write(start, &first[..count]);
        }
        if let Some(part) = &mut hess {
            part.write(start, &second[..count]);
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

fn numbers(view: &View<'_>) -> Result<Vec<f64>, Error> {
    let mut numbers = filled(view.len(), 0.0)?;
    for (segment, part) in numbers.chunks_mut(SEGMENT).enumerate() {
        view.read(segment * SEGMENT, part);
    }
    Ok(numbers)
}

fn filled(len: usize, number: f64) -> Result<Vec<f64>, Error> {
    let mut numbers = Vec::new();
    numbers.try_reserve_exact(len).map_err(|_| Error::OutOfMemory)?;
    numbers.resize(len, number);
    Ok(numbers)
}

//! Frames: their softmax, and what they say of the states.

use super::lattice::{WAYS, normal, sum};
use crate::number::{Float, functions as f, select};
use crate::simd::Body;

/// What is known of a frame's softmax.
#[derive(Clone, Copy)]
pub struct Softmax {
    /// The largest score, and the class that has it.
    pub top: (f64, usize),
    /// The sum of all others' exponentials, that of the largest being 1.
    pub others: f64,
}

/// Replaces scores by exponentials of their distance to the largest.
pub struct Exponentials<'a>(pub &'a mut [f64]);

impl Body for Exponentials<'_> {
    type Output = Softmax;

    #[inline(always)]
    fn run(self) -> Softmax {
        let scores = self.0;
        let mut tops = [f64::NEG_INFINITY; WAYS];
        for scores in scores.chunks(WAYS) {
            for (top, &score) in tops.iter_mut().zip(scores) {
                *top = select(score > *top, score, *top);
            }
        }
        let top = tops.into_iter().fold(f64::NEG_INFINITY, |a, b| select(b > a, b, a));
        let class = scores.iter().position(|&score| score == top).unwrap_or(0);
        // Nothing tells which of several infinite scores is how much larger.
        let undecided = top == f64::NEG_INFINITY || (top == f64::INFINITY && scores[class + 1..].contains(&top));
        for score in scores.iter_mut() {
            let (high, low) = distance(*score, top);
            *score = f::exp_sum(high, low);
        }
        let largest = std::mem::replace(&mut scores[class], 0.0);
        let others = sum(scores);
        scores[class] = largest;
        // NaN is no largest score, and has to be seen.
        Softmax { top: (top, class), others: select(largest.is_nan() | undecided, f64::NAN, others) }
    }
}

/// To the largest score, which may be infinite, and what rounding took from it: exponentials multiply that by their argument's size.
#[inline(always)]
fn distance(score: f64, top: f64) -> (f64, f64) {
    let high = select(score == top, 0.0, score - top);
    // Of two that are infinite there is no difference, and nothing is lost of it.
    (high, select(high > -1e300 && score.abs() < f64::INFINITY, f::lost(score, top), 0.0))
}

impl Softmax {
    /// The sum of all exponentials.
    pub fn sum(&self) -> f64 {
        1.0 + self.others
    }

    /// As seen from the best class of all states, and by how much less likely everything is then, in logarithms: 0 unless the largest
    /// score is so far above that exponents would lose what tells alignments apart.
    pub fn seen_from(&self, best: f64) -> (Softmax, f64) {
        let far = self.top.0 - best;
        if far > FAR && far < f64::INFINITY {
            (Softmax { top: (best, self.top.1), others: 0.0 }, far + f::log(self.sum()))
        } else {
            (*self, 0.0)
        }
    }

    /// The probability of a class as mantissa and exponent, from its score: however small it is.
    #[inline(always)]
    fn says(&self, score: f64) -> (f64, f64) {
        let (distance, low) = distance(score, self.top.0);
        let nothing = distance == f64::NEG_INFINITY;
        let distance = select(nothing, 0.0, distance);
        let power = (distance * std::f64::consts::LOG2_E).round_ties_even();
        // ln 2 in two parts, the first of few enough bits for the product to be exact.
        let reduced = (-power).mul_add(LN2_LOW, (-power).mul_add(LN2_HIGH, distance)) + low;
        let share = f::exp(Float::max(Float::min(reduced, 0.5), -0.5)) / self.sum();
        normal(select(nothing, 0.0, share), power)
    }
}

/// What a frame says of states: the probabilities of their classes, as mantissas and exponents.
pub struct Says<'a> {
    pub softmax: Softmax,
    pub scores: &'a [f64],
    pub to: [&'a mut [f64]; 2],
}

impl Body for Says<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let [mantissas, exponents] = self.to;
        for ((&score, mantissa), exponent) in self.scores.iter().zip(mantissas).zip(exponents) {
            (*mantissa, *exponent) = self.softmax.says(score);
        }
    }
}

/// The exponents of millions of frames that are no further off add up to whole numbers of float64.
const FAR: f64 = 1e9;

/// The likeliest classes of a frame, more than an alignment can go on to from a state, and what all others have.
pub struct Likeliest {
    classes: [(f64, usize); 4],
    others: f64,
    sum: f64,
}

impl Likeliest {
    /// From the exponentials of its scores.
    pub fn of(exponentials: &[f64], softmax: &Softmax) -> Self {
        let (mut classes, mut others) = ([(-1.0, usize::MAX); 4], 0.0);
        for (class, &exponential) in exponentials.iter().enumerate() {
            let mut left = (exponential, class);
            for slot in &mut classes {
                if left.0 > slot.0 {
                    std::mem::swap(slot, &mut left);
                }
            }
            others += left.0.max(0.0);
        }
        Likeliest { classes, others, sum: softmax.sum() }
    }

    /// The probability of all classes but some, at most 3, each with its probability: one of the likeliest is none of these, so that no
    /// more is subtracted than is left.
    pub fn without(&self, some: &[(usize, f64)]) -> f64 {
        let is_likely = |class: usize| self.classes.iter().any(|&(_, likely)| likely == class);
        let is_some = |class: usize| some.iter().any(|&(one, _)| one == class);
        let likely: f64 =
            self.classes.iter().filter(|(share, class)| *share > 0.0 && !is_some(*class)).map(|(share, _)| share).sum();
        let unlikely: f64 = some.iter().filter(|(class, _)| !is_likely(*class)).map(|(_, share)| share).sum();
        (likely + self.others) / self.sum - unlikely
    }
}

const LN2_HIGH: f64 = f64::from_bits(0x3FE6_2E42_FEE0_0000);
const LN2_LOW: f64 = f64::from_bits(0x3DEA_39EF_3579_3C76);

/// Second derivatives of a frame.
#[derive(Clone, Copy, PartialEq)]
pub enum Bend {
    /// As they are.
    Exact,
    /// Those of softmax alone.
    Softmax,
    /// All alike.
    Constant(f64),
}

/// The derivatives of a frame from its exponentials and from what of the alignments goes through each class.
pub struct Derivatives<'a> {
    pub softmax: Softmax,
    pub exponentials: &'a [f64],
    pub through: &'a [f64],
    pub bend: Bend,
    pub floor: f64,
    pub scale: f64,
    pub grad: &'a mut [f64],
    pub hess: &'a mut [f64],
}

impl Body for Derivatives<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Derivatives { softmax, exponentials, through, bend, floor, scale, grad, hess } = self;
        let n = exponentials.len();
        let (through, grad, hess) = (&through[..n], &mut grad[..n], &mut hess[..n]);
        let (sum, (_, class)) = (softmax.sum(), softmax.top);
        // What goes through all classes but the one that has most, and the derivatives of all but the likeliest: where one class is all
        // but certain its own numbers have lost what the others say.
        let (mut most, mut of_others, mut derivative) = ((0, 0.0), 0.0, 0.0);
        for i in 0..n {
            let slope = exponentials[i] / sum - through[i];
            derivative += select(i == class, 0.0, slope);
            grad[i] = slope * scale;
            if through[i] > most.1 {
                (most, of_others) = ((i, through[i]), of_others + most.1);
            } else {
                of_others += through[i];
            }
        }
        grad[class] = -derivative * scale;
        if let Bend::Constant(number) = bend {
            return hess.fill(Float::max(number, floor) * scale);
        }
        for i in 0..n {
            let q = exponentials[i] / sum;
            hess[i] = q * (1.0 - q);
        }
        hess[class] = softmax.others / sum / sum;
        if bend == Bend::Exact {
            let top = hess[most.0];
            for i in 0..n {
                hess[i] -= through[i] * (1.0 - through[i]);
            }
            hess[most.0] = top - most.1 * of_others;
        }
        for i in 0..n {
            hess[i] = Float::max(hess[i], floor) * scale;
        }
    }
}

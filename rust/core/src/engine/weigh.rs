//! Losses and derivatives in float64 times the weights of their elements, in code of its own, once for all engines.

use super::divisor::Factor;
use crate::number::select;
use crate::simd::{self, Body, Level};

/// Multiplies numbers by a factor and by their weights. What has a weight of 0 is 0, whatever it was.
pub fn weigh(level: Level, numbers: &mut [f64], weights: &[f64], factor: Factor) {
    simd::dispatch(level, Weigh { numbers, weights, factor });
}

/// Rounds numbers as float32 does.
pub fn round_to_single(numbers: &mut [f64]) {
    for number in numbers {
        *number = f64::from(*number as f32);
    }
}

struct Weigh<'a> {
    numbers: &'a mut [f64],
    weights: &'a [f64],
    factor: Factor,
}

impl Body for Weigh<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (number, &weight) in self.numbers.iter_mut().zip(self.weights) {
            *number = select(weight == 0.0, 0.0, *number * self.factor.times(weight));
        }
    }
}

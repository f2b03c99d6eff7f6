//! Some elements that are read together, as the loss's code sees them.

use super::super::working::Buffers;
use super::given::{FAINT, Given, PLAIN, Reading, Solved};
use super::kernels::Elements;
use crate::loss::Domain;
use crate::number::real::times_or_nan as times;
use crate::number::{Float, functions as f};
use crate::simd::{self, Body};
use std::ops::Range;

/// Buffers of at most a segment of elements.
pub(super) struct Piece<'b> {
    y: &'b mut [f64],
    x: &'b mut [f64],
    rest: &'b mut [f64],
    /// How probabilities change with their scores, and how that does, relatively.
    bend: &'b mut [f64],
    turn: &'b mut [f64],
    grad: &'b mut [f64],
    hess: &'b mut [f64],
}

impl<'b> Piece<'b> {
    /// In these buffers.
    pub fn of(buffers: &'b mut Buffers<f64>) -> Self {
        let Buffers { y, x, other, slope, value, grad, hess, .. } = buffers;
        let [y, x, rest, bend, turn, grad, hess] =
            [y, x, other, slope, value, grad, hess].map(|blocks| blocks.as_flattened_mut());
        Piece { y, x, rest, bend, turn, grad, hess }
    }

    /// Reads elements.
    pub fn read(&mut self, given: &Given<'_>, start: usize, to: Range<usize>, reading: Reading) {
        let (y, x) = (&mut self.y[to.clone()], &mut self.x[to.clone()]);
        given.request.y.read(start, y);
        given.request.x.read(start, x);
        if reading != PLAIN {
            let Reading { factors: [of_y, of_x], from } = reading;
            for (y, x) in y.iter_mut().zip(&mut *x) {
                (*y, *x) = (*y * of_y, from.map_or(*x * of_x, |from| *x - from + FAINT));
            }
        }
        let (rest, bend, turn) = (&mut self.rest[to.clone()], &mut self.bend[to.clone()], &mut self.turn[to]);
        simd::dispatch(given.request.level, Predict { raw: given.raw, x, rest, bend, turn });
    }

    /// What was read.
    pub fn elements(&self, which: Range<usize>) -> Elements<'_> {
        Elements { y: &self.y[which.clone()], x: &self.x[which.clone()], rest: &self.rest[which] }
    }

    /// The first number that is outside of its domain, and whether it is a target.
    pub fn outside(&self, given: &Given<'_>, which: Range<usize>) -> Option<(usize, bool)> {
        let found = |domain: Domain, numbers: &[f64]| {
            // All of them, without a way out of the loop, which makes it vector code.
            let any =
                domain != Domain::Real && numbers.iter().fold(false, |any, &number| any | domain.excludes(number));
            if any { numbers.iter().position(|&number| domain.excludes(number)) } else { None }
        };
        let [y, x] = [found(given.target, &self.y[which.clone()]), found(given.prediction, &self.x[which])];
        match (y, x) {
            (Some(y), Some(x)) => Some((y.min(x), y <= x)),
            (y, x) => y.map(|at| (at, true)).or(x.map(|at| (at, false))),
        }
    }

    /// The derivatives of elements of one set with respect to what was given, multiplied by the scale of their set.
    pub fn derive(&mut self, given: &Given<'_>, solved: &Solved, which: Range<usize>) {
        let elements =
            Elements { y: &self.y[which.clone()], x: &self.x[which.clone()], rest: &self.rest[which.clone()] };
        let (grad, hess) = (&mut self.grad[which.clone()], &mut self.hess[which.clone()]);
        let request = given.request;
        let way = &solved.way;
        (way.code.derive)(request.level, &way.constants, &solved.whole, elements, [&mut *grad, &mut *hess]);
        let (bend, turn) = (&self.bend[which.clone()], &self.turn[which]);
        simd::dispatch(request.level, Chain { given, solved, bend, turn, grad, hess });
    }

    /// The derivatives that were computed.
    pub fn derivatives(&mut self, len: usize) -> [&mut [f64]; 2] {
        [&mut self.grad[..len], &mut self.hess[..len]]
    }
}

/// Makes raw scores probabilities.
struct Predict<'a> {
    raw: bool,
    x: &'a mut [f64],
    rest: &'a mut [f64],
    bend: &'a mut [f64],
    turn: &'a mut [f64],
}

impl Body for Predict<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let n = self.x.len();
        let (x, rest, bend, turn) = (self.x, &mut self.rest[..n], &mut self.bend[..n], &mut self.turn[..n]);
        if self.raw {
            for i in 0..n {
                let l = f::logistic(x[i]);
                (x[i], rest[i], bend[i], turn[i]) = (l.sigmoid, l.sigmoid_neg, l.slope, l.turn());
            }
        } else {
            for i in 0..n {
                rest[i] = 1.0 - x[i];
            }
        }
    }
}

/// The chain rule of the link, floors and factors.
struct Chain<'a, 'j> {
    given: &'a Given<'j>,
    solved: &'a Solved,
    bend: &'a [f64],
    turn: &'a [f64],
    grad: &'a mut [f64],
    hess: &'a mut [f64],
}

impl Body for Chain<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Chain { given, solved, bend, turn, grad, hess } = self;
        let n = grad.len();
        let (bend, turn, hess) = (&bend[..n], &turn[..n], &mut hess[..n]);
        if given.raw {
            for i in 0..n {
                // A score so far that its probability does not change has derivatives of 0, however steep the loss.
                hess[i] = times(bend[i], times(turn[i], grad[i]) + times(bend[i], hess[i]));
                grad[i] = times(bend[i], grad[i]);
            }
        }
        let ([_, factor], scale) = (solved.way.reading.factors, solved.scale);
        if factor != 1.0 {
            for i in 0..n {
                (grad[i], hess[i]) = (grad[i] * factor, hess[i] * factor * factor);
            }
        }
        if let Some(number) = given.constant {
            hess.fill(if solved.whole.value.is_nan() { f64::NAN } else { number });
        }
        for i in 0..n {
            grad[i] *= scale;
            hess[i] = Float::max(hess[i], given.floor) * scale;
        }
    }
}

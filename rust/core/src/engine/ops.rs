//! Functions applied to each element of an array: what `predict`, the links and `lossreg.ops` run.
//!
//! Elements are read, computed and written a segment at a time, so an array of any dtype and layout costs no copy, and the
//! output may be the input itself. Functions along an axis are beside the row-wise losses, in [`rowwise::ops`](super::rowwise::ops).

use super::blocks::{LANES, SEGMENT, TASK};
use super::memory::{Place, Sink, Store, View};
use super::sums::Lanes;
use super::tasks::over_tasks;
use super::working::Working;
use crate::error::Error;
use crate::number::{Float, functions as f};
use crate::simd::{self, Body, Level};

/// A function of an element, or of a pair of elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// x
    Identity,
    /// exp(x), ≤ 0.8 ULP.
    Exp,
    /// exp(x) − 1, ≤ 1.2 ULP.
    Expm1,
    /// log(x), ≤ 0.9 ULP.
    Log,
    /// log(1 + x), ≤ 1 ULP.
    Log1p,
    /// log cosh x, ≤ 2 ULP.
    LogCosh,
    /// log Φ(x), ≤ 4 ULP.
    LogNdtr,
    /// tanh(x), ≤ 1.2 ULP.
    Tanh,
    /// 1/(1 + exp(−x)), ≤ 1 ULP.
    Sigmoid,
    /// log(1/(1 + exp(−x))), ≤ 1 ULP.
    LogSigmoid,
    /// log(1 + exp(x)), ≤ 1 ULP.
    Softplus,
    /// log(x/(1 − x)), ≤ 0.6 ULP.
    Logit,
    /// x log(y), 0 where x is; ≤ 2.1 ULP.
    Xlogy,
}

impl Function {
    /// All, by name.
    pub const NAMED: [(&'static str, Function); 13] = [
        ("identity", Function::Identity),
        ("exp", Function::Exp),
        ("expm1", Function::Expm1),
        ("log", Function::Log),
        ("log1p", Function::Log1p),
        ("log_cosh", Function::LogCosh),
        ("log_ndtr", Function::LogNdtr),
        ("tanh", Function::Tanh),
        ("sigmoid", Function::Sigmoid),
        ("log_sigmoid", Function::LogSigmoid),
        ("softplus", Function::Softplus),
        ("logit", Function::Logit),
        ("xlogy", Function::Xlogy),
    ];
}

/// A function over arrays of equal sizes.
pub struct Map<'a> {
    /// The function.
    pub function: Function,
    /// Its first argument.
    pub x: View<'a>,
    /// Its second one, where it has two.
    pub y: Option<View<'a>>,
    /// Where results go: an array of its own, or an argument that is [`View::replaced`].
    pub out: Sink<'a>,
    /// How many threads may work, the caller among them.
    pub threads: usize,
    /// Which instructions to use.
    pub level: Level,
}

/// Applies the function.
///
/// # Errors
/// [`Error::Interrupted`] when the caller asked to stop.
pub fn run<T: Working>(map: Map<'_>, interrupt: &mut dyn FnMut() -> bool) -> Result<(), Error> {
    let Map { function, x, y, mut out, threads, level } = map;
    let tasks = out.len().div_ceil(TASK);
    over_tasks::<Lanes, _>(tasks, threads, out.parts(TASK), interrupt, &|task, mut part, _, _| {
        let (begin, end) = (task * TASK, x.len().min((task + 1) * TASK));
        T::buffers().with_borrow_mut(|buffers| {
            for start in (begin..end).step_by(SEGMENT) {
                let count = SEGMENT.min(end - start);
                let blocks = count.div_ceil(LANES);
                let (xs, ys) = (&mut buffers.x[..blocks], &mut buffers.y[..blocks]);
                fill(&x, start, count, xs.as_flattened_mut());
                if let Some(y) = &y {
                    fill(y, start, count, ys.as_flattened_mut());
                }
                simd::dispatch(level, Segment { function, x: &mut *xs, y: ys });
                let place = Place::aside(Some(&mut part), start, &mut xs.as_flattened_mut()[..count]);
                place.store(0, Store::Replace);
            }
        });
    })
    .map(|_| ())
}

/// Reads elements to the front of whole blocks.
fn fill<T: Working>(view: &View<'_>, start: usize, count: usize, out: &mut [T]) {
    let (now, beyond) = out.split_at_mut(count);
    view.read(start, now);
    beyond.fill(T::ONE);
}

/// Replaces each number. Written out, not given a function: that may be one of its own, of no CPU level.
macro_rules! each {
    ($blocks:ident, $x:ident => $result:expr) => {
        for block in $blocks {
            for number in block {
                let $x = *number;
                *number = $result;
            }
        }
    };
}

/// Blocks in which results take the place of the first argument.
struct Segment<'a, T> {
    function: Function,
    x: &'a mut [[T; LANES]],
    y: &'a [[T; LANES]],
}

impl<T: Float> Body for Segment<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Segment { function, x, y } = self;
        match function {
            Function::Identity => {}
            Function::Exp => each!(x, number => f::exp(number)),
            Function::Expm1 => each!(x, number => f::expm1(number)),
            Function::Log => each!(x, number => f::log(number)),
            Function::Log1p => each!(x, number => f::log1p(number)),
            Function::LogCosh => each!(x, number => f::log_cosh(number).0),
            Function::LogNdtr => each!(x, number => f::log_ndtr(number).0),
            Function::Tanh => each!(x, number => f::tanh(number)),
            Function::Sigmoid => each!(x, number => f::sigmoid(number)),
            Function::LogSigmoid => each!(x, number => -f::softplus(-number)),
            Function::Softplus => each!(x, number => f::softplus(number)),
            Function::Logit => each!(x, number => f::logit(number)),
            Function::Xlogy => {
                for (x, y) in x.iter_mut().zip(y) {
                    for i in 0..LANES {
                        x[i] = f::xlogy(x[i], y[i]);
                    }
                }
            }
        }
    }
}

//! An evaluation that XLA asks for: its buffers and attributes become requests to the engine.
//!
//! Shapes and dtypes were checked when the call was traced, by the loss itself; what depends on numbers is checked here, as in
//! every call. A batch is walked example by example.

use super::frame::{Buffer, Compute, Frame};
use crate::evaluator::{Catalogued, Evaluator, needs_double};
use crate::plan::EMPTY;
use lossreg_core::engine::engine;
use lossreg_core::engine::memory::{Dtype, View};
use lossreg_core::engine::request::{Outputs, Reduction, Request};
use lossreg_core::engine::wanted::Wanted;
use lossreg_core::loss::{Family, Side};
use lossreg_core::parallel;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Losses by the names that calls have for them.
static LOSSES: RwLock<BTreeMap<String, Arc<Catalogued>>> = RwLock::new(BTreeMap::new());

/// Lets calls know a loss.
pub fn known_as(name: String, loss: &Catalogued) {
    let mut losses = LOSSES.write().unwrap_or_else(PoisonError::into_inner);
    losses.entry(name).or_insert_with(|| Arc::new(loss.clone()));
}

/// What XLA calls.
///
/// Arguments are the sides of the loss, then weights and a mask where `optional` says so; `ndims` are the numbers of axes of each
/// without those of the batch. Results are the value and the gradients, or second derivatives, as `wanted` says.
pub struct Evaluation;

impl Compute for Evaluation {
    fn compute(mut frame: Frame<'_>) -> Result<(), String> {
        let name = frame.text("loss")?;
        let known = LOSSES.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        let loss = known.ok_or_else(|| format!("{name} is not known to this process; trace a function of it once"))?;
        let wanted = match frame.text("wanted")? {
            "value" => Wanted::VALUE,
            "value_and_grads" => Wanted { grad: true, ..Wanted::VALUE },
            _ => Wanted { hess: true, ..Wanted::NOTHING },
        };
        let reduction = match frame.text("reduction")? {
            "none" => Reduction::None,
            "sum" => Reduction::Sum,
            "weighted_mean" => Reduction::WeightedMean,
            _ => Reduction::Mean,
        };
        let (ndims, optional) = (frame.numbers("ndims")?, frame.numbers("optional")?);
        let arguments = frame.arguments.iter().zip(ndims);
        let mut arguments = arguments.map(|(buffer, &ndim)| Argument { buffer, ndim: ndim as usize });
        if matches!(loss.entry.info.family, Family::SetWise | Family::Columns | Family::Sequence) {
            return Err(format!("{} is not there for XLA", loss.entry.name));
        }
        let sides = match loss.entry.info.family {
            Family::Adversarial(sides) => sides.len(),
            _ => 2,
        };
        let sides: Vec<_> = arguments.by_ref().take(sides).collect();
        let [weight, mask] = [0, 1].map(|i| if optional.get(i) == Some(&1) { arguments.next() } else { None });
        let call = Call { loss: &loss, wanted, reduction, sides, weight, mask };
        let first = frame.results.first().ok_or("no results")?;
        let own = call.sides.last().map_or(0, |x| x.ndim);
        let own = match reduction {
            _ if !wanted.value => own,
            Reduction::None => own - usize::from(call.by_rows()),
            _ => 0,
        };
        let batch: Vec<usize> = first.dims().take(first.dims().len() - own).collect();
        for example in 0..batch.iter().product() {
            call.example(&place(example, &batch), &mut frame.results)?;
        }
        Ok(())
    }
}

/// The indices of an example, from its number.
fn place(mut example: usize, batch: &[usize]) -> Vec<usize> {
    let mut place: Vec<usize> = batch.iter().rev().map(|len| (example % len, example /= len).0).collect();
    place.reverse();
    place
}

/// An argument, and how many axes each of its examples has.
#[derive(Clone, Copy)]
struct Argument<'a> {
    buffer: &'a Buffer<'a>,
    ndim: usize,
}

impl<'a> Argument<'a> {
    /// An example, each element repeated over the further axes of a shape that it leads.
    fn spread(self, place: &[usize], over: &[usize]) -> View<'a> {
        self.buffer.view(place, self.ndim, None, &over[self.ndim..])
    }

    /// The lengths of the axes of an example.
    fn shape(&self) -> Vec<usize> {
        self.buffer.dims().skip(self.buffer.dims().len() - self.ndim).collect()
    }
}

/// What is the same for all examples.
struct Call<'a> {
    loss: &'a Catalogued,
    wanted: Wanted,
    reduction: Reduction,
    sides: Vec<Argument<'a>>,
    weight: Option<Argument<'a>>,
    mask: Option<Argument<'a>>,
}

impl Call<'_> {
    fn by_rows(&self) -> bool {
        matches!(self.loss.entry.info.family, Family::RowWise)
    }

    /// Evaluates one example. A pair of score arrays is two requests, whose values are added.
    fn example(&self, place: &[usize], results: &mut [Buffer<'_>]) -> Result<(), String> {
        let (values, derivatives) = results.split_at_mut(usize::from(self.wanted.value));
        let mut total = 0.0;
        let predictions: Vec<_> = match self.loss.entry.info.family {
            Family::Adversarial(sides) => sides.iter().zip(&self.sides).map(|(side, x)| (Some(*side), x)).collect(),
            _ => vec![(None, &self.sides[1])],
        };
        for (number, (side, x)) in predictions.into_iter().enumerate() {
            total += self.side(place, values.first_mut(), derivatives.get_mut(number), side, *x, number > 0)?;
        }
        if let (Some(value), false) = (values.first_mut(), self.reduction == Reduction::None) {
            let mut sink = value.sink(place, 0, None);
            let part = sink.parts(1).next();
            part.ok_or("no place for the value")?.write(0, &[total]);
        }
        Ok(())
    }

    /// Evaluates one side, or all of a loss that has targets.
    fn side(
        &self,
        place: &[usize],
        value: Option<&mut Buffer<'_>>,
        derivative: Option<&mut Buffer<'_>>,
        side: Option<Side>,
        x: Argument<'_>,
        accumulate: bool,
    ) -> Result<f64, String> {
        let settings = &self.loss.settings;
        let shape = x.shape();
        let axis = settings.axes.as_deref().and_then(<[i64]>::first).filter(|_| self.by_rows());
        let axis = axis.map(|&axis| (axis + if axis < 0 { x.ndim as i64 } else { 0 }) as usize);
        let mut unreduced = shape.clone();
        let classes = axis.map_or(1, |axis| unreduced.remove(axis));
        let len: usize = shape.iter().product();
        if len == 0 && matches!(self.reduction, Reduction::Mean | Reduction::WeightedMean) {
            return Err(EMPTY.to_owned());
        }
        let number = if side == Some(Side::Real) { 1.0 } else { 0.0 };
        let target = self.sides[0];
        let (y, double) = if side.is_some() {
            (View::repeated(&number, len), false)
        } else {
            let rows = axis.filter(|_| target.ndim == x.ndim);
            let double = needs_double(settings.target, target.buffer.dtype);
            (target.buffer.view(place, target.ndim, rows, &[]), double)
        };
        let double = double || settings.widens || x.buffer.dtype == Dtype::F64;
        let nanoseconds = len as f64 * Evaluator::Catalogue(self.loss).nanoseconds(double);
        let mut outputs = Outputs::default();
        if self.reduction == Reduction::None {
            outputs.value = value.map(|value| value.sink(place, unreduced.len(), None));
        }
        let derivative = derivative.map(|derivative| derivative.sink(place, x.ndim, axis));
        *(if self.wanted.grad { &mut outputs.grad } else { &mut outputs.hess }) = derivative;
        let request = Request {
            classes,
            indices: axis.map_or(settings.ignore_index.is_some(), |_| target.ndim < x.ndim),
            weight: self.weight.map(|weight| weight.spread(place, &unreduced)),
            mask: self.mask.map(|mask| mask.spread(place, &unreduced)),
            reduction: self.reduction,
            wanted: self.wanted,
            outputs,
            accumulate,
            threads: parallel::threads_for(1, nanoseconds, parallel::num_threads()),
            names: if side.is_some() { ("side", "scores") } else { ("y_true", "y_pred") },
            ..Request::new(self.loss.entry, settings, y, x.buffer.view(place, x.ndim, axis, &[]))
        };
        let value = engine(self.loss.entry).run(request, double, &mut || false);
        value.map(Option::unwrap_or_default).map_err(|error| error.to_string())
    }
}

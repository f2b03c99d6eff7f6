//! A request of a pointwise loss, worked out for a dtype and a purpose.

use super::super::computer::Computer;
use super::super::divisor::Factor;
use super::super::offence::{Labels, Offence};
use super::super::passes::Purpose;
use super::super::program::Failures;
use super::super::request::Request;
use super::super::wanted::Wanted;
use super::super::working::Working;
use crate::error::Error;
use crate::loss::{Cost, Domain, MIXED_LABELS};
use crate::simd;

/// A request, worked out for a dtype and a purpose.
#[allow(clippy::struct_excessive_bools)] // Each is an answer of its own.
pub(super) struct Job<'a, T> {
    pub request: &'a Request<'a>,
    pub wanted: Wanted,
    pub kernel: Computer<'a, T>,
    /// The kernel for blocks whose labels are all 0 or 1.
    pub hard: Computer<'a, T>,
    /// What the kernel multiplies derivatives by: 1 where the weights do it all.
    pub scale: T,
    /// What weights of derivatives are multiplied by.
    pub factor: Factor,
    /// Whether there are weights that only float64 holds.
    pub wide: bool,
    pub target: Domain,
    pub prediction: Domain,
    /// Whether no cache holds the arrays of a light loss.
    pub large: bool,
    /// Whether inputs are fetched a segment ahead: a look at the targets comes before the predictions are read.
    pub fetches: bool,
    /// Whether outputs bypass the caches.
    pub streams: bool,
    /// Whether no cache holds the arrays.
    pub far: bool,
    pub offence: Offence,
    pub labels: Labels,
    pub failures: Failures,
}

impl<'a, T: Working> Job<'a, T> {
    pub fn new(request: &'a Request<'a>, derivatives: usize, purpose: Purpose, factor: Factor) -> Self {
        let (info, settings) = (request.entry.info, request.settings);
        let touched = (2 + derivatives) * request.x.len() * size_of::<T>();
        let far = touched > simd::streaming_threshold();
        let large = info.cost == Cost::Light && far;
        Job {
            request,
            wanted: purpose.wanted(),
            kernel: Computer::of(request.entry, settings, settings.form),
            hard: Computer::of(request.entry, settings, settings.hard_form),
            scale: if request.weight.is_some() { T::ONE } else { T::lit(factor.times(1.0)) },
            factor,
            wide: T::SINGLE && request.weight.as_ref().is_some_and(|weight| !weight.dtype().fits_single()),
            target: settings.target,
            prediction: settings.prediction,
            large,
            fetches: large && settings.target != Domain::Real,
            streams: large && request.outputs_given,
            far,
            offence: Offence::default(),
            labels: Labels::default(),
            failures: Failures::default(),
        }
    }

    /// Whether there is nothing to do.
    pub fn is_idle(&self) -> bool {
        self.wanted == Wanted::NOTHING && self.target == Domain::Real && self.prediction == Domain::Real
    }

    /// Remembers the first element of a segment that is outside of its domain and counts.
    #[cold]
    #[inline(never)]
    pub fn offend(&self, start: usize, count: usize, in_target: bool) {
        let (view, domain) =
            if in_target { (&self.request.y, self.target) } else { (&self.request.x, self.prediction) };
        for index in start..start + count {
            let mut number = [T::ZERO];
            view.read(index, &mut number);
            if domain.excludes(number[0]) && self.request.counts(index) {
                return self.offence.record(index, in_target);
            }
        }
        // Another thread has changed it meanwhile; the segment is not computed either way.
        self.offence.record(start, in_target);
    }

    /// The first offence in words, or the first failure.
    pub fn verdict(&self) -> Result<(), Error> {
        let Some((index, in_target)) = self.offence.first() else {
            self.labels_of_one_kind()?;
            return self.failures.verdict(self.request.settings.program.as_ref());
        };
        let request = self.request;
        let (argument, view, domain) = if in_target {
            (request.names.0, &request.y, self.target)
        } else {
            (request.names.1, &request.x, self.prediction)
        };
        let mut value = [0.0];
        view.read(index, &mut value);
        Err(Error::Domain { argument, index, value: value[0], wanted: domain.wanted().to_owned() })
    }

    /// Refuses labels of −1 beside others that are neither −1 nor 1.
    fn labels_of_one_kind(&self) -> Result<(), Error> {
        let Some(start) = self.labels.mixed() else { return Ok(()) };
        let (request, mut number) = (self.request, [0.0]);
        let negative = |&index: &usize| {
            request.y.read(index, &mut number);
            number[0] < 0.0 && request.counts(index)
        };
        let index = (start..request.y.len()).find(negative).unwrap_or(start);
        Err(Error::Domain { argument: request.names.0, index, value: -1.0, wanted: MIXED_LABELS.to_owned() })
    }
}

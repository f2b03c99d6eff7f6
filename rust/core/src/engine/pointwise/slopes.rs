//! The sums of the derivatives of a loss, where all targets have one prediction: what a search for the best constant asks for.

use super::super::blocks::{LANES, SEGMENT, TASK};
use super::super::computer::Computer;
use super::super::entry::{Entry, Settings};
use super::super::kernel::{Blocks, no_shares};
use super::super::memory::View;
use super::super::program::Failures;
use super::super::sums::{Accumulator, Lanes, Partial, Tally};
use super::super::tasks::over_tasks;
use super::super::wanted::Wanted;
use super::super::working::{Buffers, Working};
use crate::error::Error;
use crate::simd::{self, Body, Level};

/// Targets of a loss, all of which count and are within its domain.
pub struct Targets<'a> {
    /// The loss.
    pub entry: &'a Entry,
    /// Its parameters.
    pub settings: &'a Settings,
    /// The targets.
    pub y: View<'a>,
    /// Their weights; 1 each where there are none.
    pub weight: Option<View<'a>>,
    /// How many threads may work, the caller among them.
    pub threads: usize,
    /// Which instructions to use.
    pub level: Level,
}

/// The sums of the derivatives.
pub struct Slopes {
    /// Of the first.
    pub slope: f64,
    /// Of the magnitudes of the first.
    pub size: f64,
    /// Of the second.
    pub curvature: f64,
}

impl Targets<'_> {
    /// The sums at a prediction.
    ///
    /// # Errors
    /// Where the caller asked to stop, or there is no memory.
    pub fn slopes(&self, x: f64, interrupt: &mut dyn FnMut() -> bool) -> Result<Slopes, Error> {
        let (len, x) = (self.y.len(), [[x; LANES]; BLOCKS]);
        let (tasks, mut curvatures) = (len.div_ceil(TASK), Vec::new());
        curvatures.try_reserve_exact(tasks).map_err(|_| Error::OutOfMemory)?;
        curvatures.resize(tasks, Partial::ZERO);
        let kernel = Computer::of(self.entry, self.settings, self.settings.form);
        let failures = &Failures::default();
        let slope = over_tasks::<Lanes, _>(
            tasks,
            self.threads,
            curvatures.iter_mut(),
            interrupt,
            &|task, curvature: &mut Partial, slope, _| {
                let (begin, end) = (task * TASK, len.min((task + 1) * TASK));
                let mut lanes = Lanes::new();
                f64::buffers().with_borrow_mut(|buffers| {
                    for start in (begin..end).step_by(SEGMENT) {
                        let (count, buffers) = (SEGMENT.min(end - start), &mut *buffers);
                        let (slope, curvature) = (&mut *slope, &mut lanes);
                        let segment =
                            Segment { of: self, kernel, x: &x, start, count, buffers, slope, curvature, failures };
                        simd::dispatch(self.level, segment);
                    }
                });
                *curvature = lanes.sum();
            },
        )?;
        failures.verdict(self.settings.program.as_ref())?;
        let curvature = curvatures.into_iter().fold(Partial::ZERO, Partial::merge);
        Ok(Slopes { slope: slope.nearest(), size: slope.magnitude(), curvature: curvature.nearest() })
    }
}

const BLOCKS: usize = SEGMENT / LANES;

struct Segment<'a, 't> {
    of: &'a Targets<'a>,
    kernel: Computer<'a, f64>,
    x: &'a [[f64; LANES]; BLOCKS],
    start: usize,
    count: usize,
    buffers: &'a mut Buffers<f64>,
    slope: &'a mut Tally<'t>,
    curvature: &'a mut Lanes,
    failures: &'a Failures,
}

impl Body for Segment<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Segment { of, kernel, x, start, count, buffers, slope, curvature, failures } = self;
        let Buffers { y, weight, grad, hess, .. } = buffers;
        let blocks = count.div_ceil(LANES);
        let rest = count..blocks * LANES;
        of.y.read(start, &mut y.as_flattened_mut()[..count]);
        // What is beyond the end is a target that there is, and adds nothing.
        let last = y.as_flattened()[count - 1];
        y.as_flattened_mut()[rest.clone()].fill(last);
        let mut outputs = Blocks {
            y: &y[..blocks],
            x: &x[..blocks],
            shares: no_shares(),
            value: &mut [],
            sum: None,
            grad: &mut grad[..blocks],
            hess: &mut hess[..blocks],
        };
        let wanted = Wanted { grad: true, hess: true, ..Wanted::NOTHING };
        if let Err(failure) = kernel.run(of.level, wanted, 1.0, &mut outputs) {
            return failures.record(start, failure);
        }
        if let Some(view) = &of.weight {
            view.read(start, &mut weight.as_flattened_mut()[..count]);
            for numbers in [&mut *grad, &mut *hess] {
                for (number, weight) in numbers.as_flattened_mut().iter_mut().zip(weight.as_flattened()) {
                    *number *= weight;
                }
            }
        }
        for numbers in [&mut *grad, &mut *hess] {
            numbers.as_flattened_mut()[rest.clone()].fill(0.0);
        }
        slope.add(&grad[..blocks]);
        curvature.add_blocks(&hess[..blocks]);
    }
}

//! Means of numbers that belong together, such as the losses of a row's elements.

use super::blocks::{LANES, SEGMENT, TASK};
use super::memory::View;
use super::sums::{Accumulator, Bins, Exact, Lanes};
use super::tasks::over_tasks;
use crate::error::Error;
use crate::number::compensated::{add_double, plus};
use std::ops::Range;

/// A sum as it is rounded on the way, and in two parts.
type Sum = (f64, (f64, f64));

/// The mean of every so many numbers.
///
/// # Errors
/// Where there is no memory, or the caller asked to stop.
pub fn means(
    numbers: &View<'_>,
    size: usize,
    threads: usize,
    interrupt: &mut dyn FnMut() -> bool,
) -> Result<Vec<f64>, Error> {
    let (count, pieces) = (numbers.len() / size.max(1), size.div_ceil(TASK).max(1));
    let mut sums: Vec<Sum> = Vec::new();
    sums.try_reserve_exact(count * pieces).map_err(|_| Error::OutOfMemory)?;
    sums.resize(count * pieces, Sum::default());
    // Short ones are added up together, long ones in pieces.
    let per_task = (TASK / size.max(1)).max(1);
    let tasks = sums.len().div_ceil(per_task);
    over_tasks::<Lanes, _>(tasks, threads, sums.chunks_mut(per_task), interrupt, &|task, sums, _, _| {
        for (i, sum) in sums.iter_mut().enumerate() {
            let (which, piece) = ((task * per_task + i) / pieces, (task * per_task + i) % pieces);
            let (start, end) = (which * size + piece * TASK, which * size + size.min((piece + 1) * TASK));
            *sum = total(numbers, start..end);
        }
    })?;
    let mean = |(which, pieces): (usize, &[Sum])| match rounded(pieces) {
        Some(sum) => sum / size as f64,
        None => exact(numbers, which * size..(which + 1) * size),
    };
    Ok(sums.chunks(pieces).enumerate().map(mean).collect())
}

/// The sum of some numbers.
fn total(numbers: &View<'_>, which: Range<usize>) -> Sum {
    let (mut near, mut sum, mut some) = (0.0, (0.0, 0.0), [0.0; SEGMENT]);
    for start in which.clone().step_by(SEGMENT) {
        let some = &mut some[..SEGMENT.min(which.end - start)];
        numbers.read(start, some);
        for &number in &*some {
            near += number;
            sum = plus(sum, number);
        }
    }
    (near, sum)
}

/// The sum of sums, where it is within the range of floats.
fn rounded(pieces: &[Sum]) -> Option<f64> {
    let near = pieces.iter().map(|(near, _)| near).sum::<f64>();
    let (high, low) = pieces.iter().fold((0.0, 0.0), |sum, &(_, piece)| add_double(sum, piece));
    near.is_finite().then_some(high + low)
}

/// The mean of numbers whose sum may be beyond the range.
#[cold]
fn exact(numbers: &View<'_>, which: Range<usize>) -> f64 {
    let (mut sum, mut some) = (Bins::empty(), [[0.0; LANES]; SEGMENT / LANES]);
    for start in which.clone().step_by(SEGMENT) {
        some.as_flattened_mut().fill(0.0);
        numbers.read(start, &mut some.as_flattened_mut()[..SEGMENT.min(which.end - start)]);
        sum.tally().add(&some);
    }
    sum.sum().over(&Exact::from(which.len() as f64))
}

//! Short lists 64 side by side, a block of 64 numbers for each place of a list, so that every loop is over lists.

use super::super::blocks::LANES;
use super::super::family::Work;
use super::super::memory::{Dtype, Number, Operand, Part, Place, Store, View};
use super::super::passes::Purpose;
use super::super::request::Parts;
use super::super::scratch::Scratch;
use super::super::sums::Tally;
use super::super::transpose::{to_classes, to_rows};
use super::job::{Bend, Job};
use super::kernel::{Beside, LONGEST};
use crate::families::List;
use crate::loss::Domain;
use crate::number::wide::Lanes;
use crate::number::{Float, select};
use crate::simd::{self, Body};
use std::ops::Range;

impl Job<'_> {
    /// At most 64 lists, given the weights of their classes, 64 times each.
    pub(super) fn side_by_side(
        &self,
        kernel: Beside,
        lists: Range<usize>,
        weights: &[f64],
        mut scratch: Scratch<'_, f64>,
        parts: &mut Parts<'_>,
        sum: &mut Tally<'_>,
    ) {
        let Work { request, purpose, factor, .. } = &self.work;
        let (start, count, len) = (lists.start, lists.len(), LANES * self.size);
        let mut weight = [0.0; LANES];
        self.weigh(start, &mut weight[..count]);
        let counts = &weight[..count];
        let [stage, x, y] = std::array::from_fn(|_| scratch.take(len));
        let read = if self.has_indices() {
            self.hot(start, counts, y)
        } else {
            self.columns(&request.y, true, start, counts, stage, y)
        };
        let (Some(()), Some(())) = (read, self.columns(&request.x, false, start, counts, stage, x)) else { return };
        if *purpose == Purpose::Look {
            return;
        }
        let mut lost = [0.0; LANES];
        simd::dispatch(request.level, Clean { y: &mut *y, x: &mut *x, lost: &mut lost });
        let [first, second] = [scratch.take(len), scratch.take(len)];
        let derives = self.derives();
        let lists = List {
            y,
            x,
            weights: &weights[..len],
            first: &mut *first,
            second: &mut *second,
            derives,
            raw: request.settings.raw,
            level: request.level,
            numbers: scratch.take(len * self.kernel.numbers),
            order: &mut [],
            stop: &mut || false,
        };
        let mut value = kernel(request.level, &request.settings.double, lists);
        for i in 0..LANES {
            value[i] = select(lost[i] > 0.0, f64::NAN, value[i]);
        }
        if derives {
            let (bend, scale) = (self.bend(), weight.map(|weight| factor.times(weight)));
            let (weight, value, lost) = (&weight, &value, &lost);
            let (first, second) = (first.as_chunks_mut().0, second.as_chunks_mut().0);
            simd::dispatch(request.level, Finish { first, second, bend, weight, scale: &scale, value, lost });
            for (part, columns) in [(&mut parts.grad, first), (&mut parts.hess, second)] {
                self.store(part.as_mut(), start, columns, &mut stage[..count * self.size]);
            }
        }
        self.settle(start, &mut value[..count], counts, parts, sum);
    }

    /// The numbers of lists from one on, if all that count are within their domain.
    fn columns(
        &self,
        view: &View<'_>,
        in_target: bool,
        start: usize,
        counts: &[f64],
        stage: &mut [f64],
        columns: &mut [f64],
    ) -> Option<()> {
        let (level, columns) = (self.work.request.level, columns.as_chunks_mut().0);
        if view.dtype() == Dtype::F32 {
            let (mut stage, mut narrow) = ([[0.0; LANES]; LONGEST], [[0.0; LANES]; LONGEST]);
            let narrow = &mut narrow[..self.size];
            to_classes(level, self.rows::<f32>(view, start, counts.len(), stage.as_flattened_mut()).numbers(), narrow);
            simd::dispatch(level, Widen { narrow, columns: &mut *columns });
        } else {
            to_classes(level, self.rows(view, start, counts.len(), stage).numbers(), columns);
        }
        let settings = self.work.request.settings;
        let domain = if in_target { settings.target } else { settings.prediction };
        if let Some(list) = first_outside(domain, columns, counts) {
            self.offence.record(start + list, in_target);
            return None;
        }
        Some(())
    }

    /// So many lists from one on, and zeros up to 64.
    fn rows<'b, T: Float + Number>(
        &self,
        view: &View<'b>,
        start: usize,
        count: usize,
        stage: &'b mut [T],
    ) -> Operand<'b, T> {
        let (from, stage) = (start * self.size, &mut stage[..LANES * self.size]);
        if count == LANES {
            return Operand::of(view, from, stage);
        }
        let (read, rest) = stage.split_at_mut(count * self.size);
        view.read(from, read);
        rest.fill(T::ZERO);
        Operand::filled(stage)
    }

    /// The targets of lists from one on whose targets are class indices.
    fn hot(&self, start: usize, counts: &[f64], columns: &mut [f64]) -> Option<()> {
        let mut classes = [usize::MAX; LANES];
        self.classes(start, counts, &mut classes[..counts.len()])?;
        columns.fill(0.0);
        for (i, class) in classes.into_iter().enumerate().filter(|&(_, class)| class < self.size) {
            columns[class * LANES + i] = 1.0;
        }
        Some(())
    }

    /// Writes derivatives where they go, if that is anywhere.
    fn store(&self, part: Option<&mut Part<'_>>, start: usize, columns: &[Lanes], stage: &mut [f64]) {
        let (level, from, len) = (self.work.request.level, start * self.size, stage.len());
        let Some(part) = part else { return };
        if let Some(rows) = part.lend::<f32>(from, len) {
            let mut narrow = [[0.0; LANES]; LONGEST];
            let narrow = &mut narrow[..self.size];
            simd::dispatch(level, Round { columns, narrow: &mut *narrow });
            return to_rows(level, narrow, rows);
        }
        let mut place = Place::of(Some(part), from, stage);
        to_rows(level, columns, place.numbers());
        place.store(0, Store::Replace);
    }
}

/// The first list that counts and has a number outside of a domain.
fn first_outside(domain: Domain, columns: &[Lanes], counts: &[f64]) -> Option<usize> {
    // All of them first, without a way out of the loop, which makes it vector code.
    let all = columns.as_flattened().iter();
    if domain == Domain::Real || !all.fold(false, |any, &number| any | domain.excludes(number)) {
        return None;
    }
    (0..counts.len()).find(|&i| counts[i] != 0.0 && columns.iter().any(|column| domain.excludes(column[i])))
}

struct Widen<'a> {
    narrow: &'a [[f32; LANES]],
    columns: &'a mut [Lanes],
}

impl Body for Widen<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (narrow, wide) in self.narrow.iter().zip(self.columns) {
            for i in 0..LANES {
                wide[i] = f64::from(narrow[i]);
            }
        }
    }
}

struct Round<'a> {
    columns: &'a [Lanes],
    narrow: &'a mut [[f32; LANES]],
}

impl Body for Round<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (wide, narrow) in self.columns.iter().zip(self.narrow) {
            for i in 0..LANES {
                narrow[i] = wide[i] as f32;
            }
        }
    }
}

/// Finds lists with a number that is NaN, and makes them others.
struct Clean<'a> {
    y: &'a mut [f64],
    x: &'a mut [f64],
    lost: &'a mut Lanes,
}

impl Body for Clean<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (y, x, mut lost) = (self.y.as_chunks_mut::<LANES>().0, self.x.as_chunks_mut::<LANES>().0, [0.0; LANES]);
        for (y, x) in y.iter().zip(&*x) {
            for i in 0..LANES {
                lost[i] = select(y[i].is_nan() | x[i].is_nan(), 1.0, lost[i]);
            }
        }
        *self.lost = lost;
        if lost.iter().fold(0.0, |any, lost| any + lost) > 0.0 {
            for numbers in y.iter_mut().chain(x) {
                for i in 0..LANES {
                    numbers[i] = select(lost[i] > 0.0, 0.0, numbers[i]);
                }
            }
        }
    }
}

/// Floors and factors of derivatives.
struct Finish<'a> {
    first: &'a mut [Lanes],
    second: &'a mut [Lanes],
    bend: Bend,
    weight: &'a Lanes,
    scale: &'a Lanes,
    value: &'a Lanes,
    lost: &'a Lanes,
}

impl Body for Finish<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Finish { first, second, bend, weight, scale, value, lost } = self;
        for (first, second) in first.iter_mut().zip(second) {
            for i in 0..LANES {
                let own = select(lost[i] > 0.0, f64::NAN, first[i]);
                first[i] = select(weight[i] == 0.0, 0.0, own * scale[i]);
            }
            for i in 0..LANES {
                let bent = bend.of(select(lost[i] > 0.0, f64::NAN, second[i]), value[i]) * scale[i];
                second[i] = select(weight[i] == 0.0, 0.0, bent);
            }
        }
    }
}

//! What is compiled once per loss: the loss of some lists, one after the other or side by side.

use crate::families::{List, Lists};
use crate::loss::CONSTANTS;
use crate::number::wide::{Lanes, WAYS};
use crate::simd::{self, Body, Level};
use std::marker::PhantomData;

/// The losses of 64 lists side by side, none of whose numbers is NaN.
pub type Beside = fn(Level, &[f64; CONSTANTS], List<'_>) -> Lanes;

/// How many elements lists have at most that are computed side by side: sums of so many are in order either way.
pub(super) const LONGEST: usize = 2 * WAYS - 1;

/// A loss's compiled code and the scratch that it takes.
#[derive(Clone, Copy)]
pub struct Kernel {
    /// The losses of lists of the same length.
    pub run: fn(Level, &[f64; CONSTANTS], Several<'_>),
    /// Those of short ones.
    beside: Option<Beside>,
    /// Second derivatives off the diagonal, of a list whose loss was computed.
    pub mixed: fn(&[f64; CONSTANTS], &List<'_>, usize, &mut [f64]),
    /// How many numbers an element takes.
    pub numbers: usize,
    /// Whether lists are put in order.
    pub orders: bool,
}

impl Kernel {
    /// That of a loss.
    #[must_use]
    pub const fn of<L: Lists>() -> Self {
        Kernel {
            run: run::<L>,
            beside: if L::BESIDE { Some(beside::<L>) } else { None },
            mixed: L::mixed,
            numbers: L::NUMBERS,
            orders: L::ORDERS,
        }
    }

    /// What computes lists of so many elements side by side, if that is how they are. Where loops are no vector code anyway there is
    /// nothing to gain.
    #[must_use]
    pub fn beside(&self, size: usize, level: Level) -> Option<Beside> {
        self.beside.filter(|_| size <= LONGEST && level.fuses())
    }
}

/// Lists of the same length, with where their losses go.
pub struct Several<'a> {
    /// Their elements.
    pub elements: List<'a>,
    /// 0 for each that does not count.
    pub counts: &'a [f64],
    /// The losses of those that do.
    pub value: &'a mut [f64],
}

fn run<L: Lists>(level: Level, constants: &[f64; CONSTANTS], mut several: Several<'_>) {
    simd::dispatch(level, Elementwise::<L> { constants, elements: &mut several.elements, loss: PhantomData });
    simd::dispatch(level, Run::<L> { constants, several, loss: PhantomData });
}

fn beside<L: Lists>(level: Level, constants: &[f64; CONSTANTS], mut lists: List<'_>) -> Lanes {
    simd::dispatch(level, Elementwise::<L> { constants, elements: &mut lists, loss: PhantomData });
    // So that nothing is compiled for those that do not.
    assert!(level.fuses(), "lists are side by side where loops are vector code");
    simd::dispatch(level, SideBySide::<L> { constants, lists, loss: PhantomData })
}

struct Elementwise<'a, 'l, L> {
    constants: &'a [f64; CONSTANTS],
    elements: &'a mut List<'l>,
    loss: PhantomData<L>,
}

impl<L: Lists> Body for Elementwise<'_, '_, L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        L::ahead(self.constants, self.elements);
    }
}

struct SideBySide<'a, 'l, L> {
    constants: &'a [f64; CONSTANTS],
    lists: List<'l>,
    loss: PhantomData<L>,
}

impl<L: Lists> Body for SideBySide<'_, '_, L> {
    type Output = Lanes;
    const WIDEST: bool = false; // for the size of what there is of every loss

    #[inline(always)]
    fn run(self) -> Lanes {
        L::beside(self.constants, self.lists)
    }
}

struct Run<'a, 'l, L> {
    constants: &'a [f64; CONSTANTS],
    several: Several<'l>,
    loss: PhantomData<L>,
}

impl<L: Lists> Body for Run<'_, '_, L> {
    type Output = ();
    const WIDEST: bool = false; // as above

    #[inline(always)]
    fn run(self) {
        let Run { constants, several: Several { mut elements, counts, value }, .. } = self;
        let size = elements.len() / value.len().max(1);
        for (i, (value, &counts)) in value.iter_mut().zip(counts).enumerate() {
            if counts != 0.0 {
                let list = elements.part(i * size..(i + 1) * size, L::NUMBERS);
                *value = one::<L>(constants, list);
            }
        }
    }
}

/// The loss of a list; where one of its numbers is NaN, all results are.
#[inline(always)]
fn one<L: Lists>(constants: &[f64; CONSTANTS], list: List<'_>) -> f64 {
    let mut lost = false;
    for (y, x) in list.y.iter().zip(list.x) {
        lost |= y.is_nan() | x.is_nan();
    }
    if lost {
        list.first.fill(f64::NAN);
        list.second.fill(f64::NAN);
        return f64::NAN;
    }
    L::list(constants, list)
}

//! What is compiled once per loss: the loss of some lists, one after the other.

use crate::families::{List, Lists};
use crate::loss::CONSTANTS;
use crate::simd::{self, Body, Level};
use std::marker::PhantomData;

/// A loss's compiled code and the scratch that it takes.
#[derive(Clone, Copy)]
pub struct Kernel {
    /// The losses of lists of the same length.
    pub run: fn(Level, &[f64; CONSTANTS], Several<'_>),
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
        Kernel { run: run::<L>, mixed: L::mixed, numbers: L::NUMBERS, orders: L::ORDERS }
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

fn run<L: Lists>(level: Level, constants: &[f64; CONSTANTS], several: Several<'_>) {
    simd::dispatch(level, Run::<L> { constants, several, loss: PhantomData });
}

struct Run<'a, L> {
    constants: &'a [f64; CONSTANTS],
    several: Several<'a>,
    loss: PhantomData<L>,
}

impl<L: Lists> Body for Run<'_, L> {
    type Output = ();
    const WIDEST: bool = false; // for the size of what there is of every loss

    #[inline(always)]
    fn run(self) {
        let Run { constants, several: Several { mut elements, counts, value }, .. } = self;
        L::ahead(constants, &mut elements);
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

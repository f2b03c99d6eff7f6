//! One block of elements of a kernel: the loop over the formula of a loss.

use crate::loss::{CONSTANTS, Cost, Formula, Label, Share};
use crate::number::{Float, Real, select};

/// What becomes of values: nothing, each is stored, or they are added up.
pub(super) const NO_VALUE: u8 = 0;
pub(super) const EACH: u8 = 1;
pub(super) const SUM: u8 = 2;

pub(super) const fn is_light<L: Formula>() -> bool {
    matches!(L::INFO.cost, Cost::Light)
}

/// Whether what is compiled is as little as can be: a loss's code would otherwise be as large as that of many others.
pub(super) const fn is_heaviest<L: Formula>() -> bool {
    matches!(L::INFO.cost, Cost::Heaviest)
}

/// Whether a form takes derivatives with respect to q; it is asked for no values.
pub(super) const fn is_in_q<L: Formula>(form: usize) -> bool {
    L::IN_Q && form & L::INFO.in_q_form() != 0
}

/// Whether elements of a form are computed anew.
pub(super) const fn asks_anew<L: Formula>(form: usize) -> bool {
    L::ANEW && form & L::INFO.raw_form() != 0
}

/// A block in whole cache lines: what is stored is read again at once.
#[repr(align(64))]
pub(super) struct Aligned<T, const N: usize>(pub [T; N]);

impl<T: Float, const N: usize> Aligned<T, N> {
    pub const ZERO: Self = Aligned([T::ZERO; N]);
}

/// One block. Each output is an array of its own: that is what lets the loop become vector code.
#[inline(always)]
pub(super) fn block<
    T: Float,
    L: Formula,
    R: Real<Scalar = T>,
    const FORM: usize,
    const ARM: usize,
    const V: u8,
    const G: bool,
    const H: bool,
    const N: usize,
>(
    constants: [T; CONSTANTS],
    scale: T,
    y: &[T; N],
    x: &[T; N],
    [q, others, gained]: [&[T; N]; 3],
    value: &mut [T; N],
    grad: &mut [T; N],
    hess: &mut [T; N],
) {
    let [mut yes, mut low, mut a, mut b, mut c] = [const { Aligned::<T, N>::ZERO }; 5];
    let (a, b, c) = (&mut a.0, &mut b.0, &mut c.0);
    if L::INFO.hard_labels {
        for i in 0..N {
            [a[i], b[i], c[i]] = L::exponential::<FORM, ARM, T>(x[i]);
        }
        yes.0 = *y;
        let [smoothing, smoothing_low, ..] = constants;
        if FORM & L::INFO.hard_form() == 0 && smoothing != T::ZERO {
            for i in 0..N {
                let label = Label::smoothed(y[i], smoothing, smoothing_low);
                (yes.0[i], low.0[i]) = (label.yes, label.low);
            }
        }
    }
    for i in 0..N {
        let (y, x) = (y[i], x[i]);
        let loss = if L::SHARES {
            let gained = if const { FORM & L::INFO.raw_form() == 0 } { gained[i] } else { T::ZERO };
            L::of_share::<FORM, ARM, R>(constants, y, Share::new(x, [q[i], others[i], gained], is_in_q::<L>(FORM)))
        } else if L::INFO.hard_labels {
            let label = Label { yes: yes.0[i], low: low.0[i] };
            L::of_label::<FORM, ARM, R>(constants, label, R::variable(x), [a[i], b[i], c[i]])
        } else {
            L::in_arm::<FORM, ARM, R>(constants, y, R::variable(x))
        };
        let (first, second) = loss.derivatives();
        let lost = y.is_nan() || x.is_nan();
        // Two forms for the labels of a block may differ in the sign of a zero; a zero that is added makes it positive.
        let settled = |number: T| if L::INFO.hard_labels { number + T::ZERO } else { number };
        if V != NO_VALUE {
            value[i] = select(lost, T::NAN, settled(loss.primal()));
        }
        if G {
            grad[i] = select(lost, T::NAN, settled(first * scale));
        }
        if H {
            hess[i] = select(lost, T::NAN, settled(second * scale));
        }
    }
}

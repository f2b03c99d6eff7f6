//! Loops over blocks. Each array is an argument of its own, which tells the compiler that they are apart.

use lossreg_core::engine::blocks::LANES;
use lossreg_core::number::{Float, select};

/// So many numbers as are computed at once.
pub type Block<T> = [T; LANES];

#[inline(always)]
pub fn unary<T: Float>(out: &mut [Block<T>], a: &[Block<T>], of: impl Fn(T) -> T) {
    for (out, a) in out.iter_mut().zip(a) {
        for i in 0..LANES {
            out[i] = of(a[i]);
        }
    }
}

#[inline(always)]
pub fn binary<T: Float>(out: &mut [Block<T>], a: &[Block<T>], b: &[Block<T>], of: impl Fn(T, T) -> T) {
    for (out, (a, b)) in out.iter_mut().zip(a.iter().zip(b)) {
        for i in 0..LANES {
            out[i] = of(a[i], b[i]);
        }
    }
}

/// A function that is so large that a closure around it would be a call: none of a CPU level, in a loop that is no vector code.
pub trait Large<I, O> {
    fn of(input: I) -> O;
}

#[inline(always)]
pub fn large_unary<T: Float, F: Large<T, T>>(out: &mut [Block<T>], a: &[Block<T>]) {
    for (out, a) in out.iter_mut().zip(a) {
        for i in 0..LANES {
            out[i] = F::of(a[i]);
        }
    }
}

#[inline(always)]
pub fn large_binary<T: Float, F: Large<(T, T), T>>(
    out: &mut [Block<T>],
    a: &[Block<T>],
    b: &[Block<T>],
    end: impl Fn(T) -> T,
) {
    for (out, (a, b)) in out.iter_mut().zip(a.iter().zip(b)) {
        for i in 0..LANES {
            out[i] = end(F::of((a[i], b[i])));
        }
    }
}

#[inline(always)]
pub fn ternary<T: Float>(
    out: &mut [Block<T>],
    a: &[Block<T>],
    b: &[Block<T>],
    c: &[Block<T>],
    of: impl Fn(T, T, T) -> T,
) {
    for (out, (a, (b, c))) in out.iter_mut().zip(a.iter().zip(b.iter().zip(c))) {
        for i in 0..LANES {
            out[i] = of(a[i], b[i], c[i]);
        }
    }
}

#[inline(always)]
pub fn chosen<T: Float>(
    out: &mut [Block<T>],
    [a, b, yes, no]: [&[Block<T>]; 4],
    end: impl Fn(T) -> T,
    holds: impl Fn(T, T) -> bool,
) {
    for (out, ((a, b), (yes, no))) in out.iter_mut().zip(a.iter().zip(b).zip(yes.iter().zip(no))) {
        for i in 0..LANES {
            let (yes, no) = (yes[i], no[i]);
            out[i] = end(select(holds(a[i], b[i]), yes, no));
        }
    }
}

#[inline(always)]
pub fn pair<T: Float, F: Large<T, (T, T)>>(first: &mut [Block<T>], second: &mut [Block<T>], x: &[Block<T>]) {
    for ((first, second), x) in first.iter_mut().zip(second).zip(x) {
        for i in 0..LANES {
            (first[i], second[i]) = F::of(x[i]);
        }
    }
}

#[inline(always)]
pub fn triple<T: Float, F: Large<T, (T, T, T)>>(
    first: &mut [Block<T>],
    second: &mut [Block<T>],
    third: &mut [Block<T>],
    x: &[Block<T>],
) {
    for (((first, second), third), x) in first.iter_mut().zip(second).zip(third).zip(x) {
        for i in 0..LANES {
            (first[i], second[i], third[i]) = F::of(x[i]);
        }
    }
}

#[inline(always)]
pub fn quintuple<T: Float, F: Large<T, [T; 5]>>(out: [&mut [Block<T>]; 5], x: &[Block<T>]) {
    let [first, second, third, fourth, fifth] = out;
    let outputs = first.iter_mut().zip(second).zip(third).zip(fourth.iter_mut().zip(fifth));
    for ((((first, second), third), (fourth, fifth)), x) in outputs.zip(x) {
        for i in 0..LANES {
            [first[i], second[i], third[i], fourth[i], fifth[i]] = F::of(x[i]);
        }
    }
}

//! Loops over slices of any length that become vector code: blocks of a known length, each with results of its own.
//!
//! A loop whose length is known when it runs is vector code only where the compiler can tell that nothing of what it writes is read
//! again; of arrays on the stack it can. Where lists are too short for blocks, 64 of them are side by side.

use super::compensated::{plus, two_sum, whole};
use super::float::Float;

/// Elements of a block, and how many sums there are side by side.
pub const WAYS: usize = 8;

/// What is computed of each element, of three numbers three others.
pub trait Each {
    /// Of those of an element.
    fn each(&self, numbers: [f64; 3]) -> [f64; 3];
}

/// Computes it of all elements of slices of one length.
#[inline(always)]
pub fn each<E: Each>(each: &E, [a, b, c]: [&[f64]; 3], [p, q, r]: [&mut [f64]; 3]) {
    let ((a, a_last), (b, b_last), (c, c_last)) = (a.as_chunks(), b.as_chunks(), c.as_chunks());
    let ((p, p_last), (q, q_last), (r, r_last)) = (p.as_chunks_mut(), q.as_chunks_mut(), r.as_chunks_mut());
    for (((((a, b), c), p), q), r) in a.iter().zip(b).zip(c).zip(p).zip(q).zip(r) {
        [*p, *q, *r] = block(each, a, b, c);
    }
    let few = a_last.len();
    if few == 0 {
        return;
    }
    let [mut a, mut b, mut c] = [[0.0; WAYS]; 3];
    a[..few].copy_from_slice(a_last);
    b[..few].copy_from_slice(b_last);
    c[..few].copy_from_slice(c_last);
    let [p, q, r] = block(each, &a, &b, &c);
    p_last.copy_from_slice(&p[..few]);
    q_last.copy_from_slice(&q[..few]);
    r_last.copy_from_slice(&r[..few]);
}

#[inline(always)]
fn block<E: Each>(each: &E, a: &[f64; WAYS], b: &[f64; WAYS], c: &[f64; WAYS]) -> [[f64; WAYS]; 3] {
    let (mut p, mut q, mut r) = ([0.0; WAYS], [0.0; WAYS], [0.0; WAYS]);
    for i in 0..WAYS {
        [p[i], q[i], r[i]] = each.each([a[i], b[i], c[i]]);
    }
    [p, q, r]
}

/// Lists side by side.
pub const LANES: usize = 64;

/// A number of each list.
pub type Lanes = [f64; LANES];

/// Sums side by side, each with what rounding takes from it: those that [`sum`] makes of fewer terms than two blocks have.
#[derive(Clone, Copy, Debug)]
pub struct Sums {
    sums: Lanes,
    lows: Lanes,
}

impl Sums {
    /// Those of nothing.
    pub const NONE: Sums = Sums { sums: [0.0; LANES], lows: [0.0; LANES] };

    /// Adds a term to each.
    #[inline(always)]
    pub fn add(&mut self, terms: &Lanes) {
        for i in 0..LANES {
            (self.sums[i], self.lows[i]) = plus((self.sums[i], self.lows[i]), terms[i]);
        }
    }

    /// Each as one number.
    #[inline(always)]
    #[must_use]
    pub fn wholes(&self) -> Lanes {
        let mut wholes = [0.0; LANES];
        for i in 0..LANES {
            wholes[i] = whole((self.sums[i], self.lows[i]));
        }
        wholes
    }
}

/// The sum of some terms with what rounding takes from it, so that it is as good as they are however many there are.
#[inline(always)]
#[must_use]
pub fn sum(terms: &[f64]) -> f64 {
    let (mut sums, mut lows) = ([0.0; WAYS], [0.0; WAYS]);
    let (chunks, rest) = terms.as_chunks::<WAYS>();
    for chunk in chunks {
        for i in 0..WAYS {
            let (sum, low) = two_sum(sums[i], chunk[i]);
            (sums[i], lows[i]) = (sum, lows[i] + low);
        }
    }
    let mut total = (0.0, 0.0);
    if !chunks.is_empty() {
        for i in 0..WAYS {
            let (sum, lost) = two_sum(total.0, sums[i]);
            total = (sum, total.1 + (lows[i] + lost));
        }
    }
    whole(rest.iter().fold(total, |total, &term| plus(total, term)))
}

/// The largest of some numbers, none of which is NaN; −∞ of none.
#[inline(always)]
#[must_use]
pub fn largest(numbers: &[f64]) -> f64 {
    let mut ways = [f64::NEG_INFINITY; WAYS];
    let (chunks, rest) = numbers.as_chunks::<WAYS>();
    for chunk in chunks {
        for i in 0..WAYS {
            ways[i] = Float::max(ways[i], chunk[i]);
        }
    }
    ways.iter().chain(rest).fold(f64::NEG_INFINITY, |largest, &number| Float::max(largest, number))
}

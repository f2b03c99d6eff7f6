//! Between rows of few classes and classes of 64 rows.

use super::super::block::LANES;
use crate::number::Float;

/// A block a class, from 64 rows.
#[inline(always)]
pub(super) fn to_classes<T: Float>(rows: &[T], classes: &mut [[T; LANES]]) {
    match classes.len() {
        2 => to_fixed::<T, 2>(rows, classes),
        3 => to_fixed::<T, 3>(rows, classes),
        4 => to_fixed::<T, 4>(rows, classes),
        k => {
            assert!(rows.len() == LANES * k);
            for (i, row) in rows.chunks_exact(k).enumerate() {
                for (class, &x) in classes.iter_mut().zip(row) {
                    class[i % LANES] = x;
                }
            }
        }
    }
}

/// 64 rows, from a block a class.
#[inline(always)]
pub(super) fn to_rows<T: Float>(classes: &[[T; LANES]], rows: &mut [T]) {
    match classes.len() {
        2 => from_fixed::<T, 2>(classes, rows),
        3 => from_fixed::<T, 3>(classes, rows),
        4 => from_fixed::<T, 4>(classes, rows),
        k => {
            for (i, row) in rows.chunks_exact_mut(k).enumerate() {
                for (class, x) in classes.iter().zip(row) {
                    *x = class[i % LANES];
                }
            }
        }
    }
}

#[inline(always)]
fn to_fixed<T: Float, const K: usize>(rows: &[T], classes: &mut [[T; LANES]]) {
    let rows: &[[T; K]; LANES] = rows.as_chunks().0.try_into().expect("64 rows");
    let classes: &mut [[T; LANES]; K] = classes.try_into().expect("K classes");
    for i in 0..LANES {
        for k in 0..K {
            classes[k][i] = rows[i][k];
        }
    }
}

#[inline(always)]
fn from_fixed<T: Float, const K: usize>(classes: &[[T; LANES]], rows: &mut [T]) {
    let classes: &[[T; LANES]; K] = classes.try_into().expect("K classes");
    let rows = rows.as_chunks_mut::<K>().0;
    for (i, row) in rows.iter_mut().enumerate() {
        for k in 0..K {
            row[k] = classes[k][i % LANES];
        }
    }
}

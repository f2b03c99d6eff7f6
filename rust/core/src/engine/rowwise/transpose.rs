//! Between rows of few classes and classes of 64 rows.

use super::super::block::LANES;
use crate::number::Float;
use crate::simd;

/// A block a class, from 64 rows.
#[inline(always)]
pub(super) fn to_classes<T: Float>(rows: &[T], classes: &mut [[T; LANES]]) {
    match classes.len() {
        2 => to_fixed::<T, 2>(rows, classes),
        3 => to_fixed::<T, 3>(rows, classes),
        4 => to_fixed::<T, 4>(rows, classes),
        1 => classes[0].copy_from_slice(rows),
        k => {
            assert!(rows.len() == LANES * k);
            for start in (0..LANES).step_by(4) {
                for class in tiles(k) {
                    let tile = std::array::from_fn(|j| four(rows, (start + j) * k + class));
                    for (j, four) in simd::transpose(tile).into_iter().enumerate() {
                        classes[class + j][start..start + 4].copy_from_slice(&four);
                    }
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
        1 => rows.copy_from_slice(&classes[0][..rows.len()]),
        k => {
            let whole = rows.len() / k / 4 * 4;
            for start in (0..whole).step_by(4) {
                for class in tiles(k) {
                    let tile = std::array::from_fn(|j| four(&classes[class + j], start));
                    for (j, four) in simd::transpose(tile).into_iter().enumerate() {
                        rows[(start + j) * k + class..][..4].copy_from_slice(&four);
                    }
                }
            }
            for (i, row) in rows.chunks_exact_mut(k).enumerate().skip(whole) {
                for (class, x) in classes.iter().zip(row) {
                    *x = class[i % LANES];
                }
            }
        }
    }
}

/// The first classes of tiles four wide, the last of which overlaps with the one before where it must.
#[inline(always)]
fn tiles(classes: usize) -> impl Iterator<Item = usize> {
    (0..classes).step_by(4).map(move |class| class.min(classes - 4))
}

/// Four elements.
#[inline(always)]
fn four<T: Float>(from: &[T], start: usize) -> [T; 4] {
    std::array::from_fn(|i| from[start..start + 4][i])
}

#[inline(always)]
fn to_fixed<T: Float, const K: usize>(rows: &[T], classes: &mut [[T; LANES]]) {
    let rows: &[[T; K]; LANES] = rows.as_chunks().0.try_into().expect("64 rows");
    // Of an array of its own the compiler knows that nothing else is there, and shuffles whole registers.
    let mut columns = [[T::ZERO; LANES]; K];
    for i in 0..LANES {
        for k in 0..K {
            columns[k][i] = rows[i][k];
        }
    }
    classes.copy_from_slice(&columns);
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

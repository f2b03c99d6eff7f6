//! Between rows of few classes and classes of 64 rows.

use super::blocks::LANES;
use crate::number::Float;
use crate::simd::{self, Body, Level};

/// A block a class, from 64 rows; in code of its own, once for all that read rows.
pub fn to_classes<T: Float>(level: Level, rows: &[T], classes: &mut [[T; LANES]]) {
    simd::dispatch(level, ToClasses { rows, classes });
}

/// 64 rows, from a block a class.
pub fn to_rows<T: Float>(level: Level, classes: &[[T; LANES]], rows: &mut [T]) {
    simd::dispatch(level, ToRows { classes, rows });
}

struct ToClasses<'a, T> {
    rows: &'a [T],
    classes: &'a mut [[T; LANES]],
}

impl<T: Float> Body for ToClasses<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        all_to_classes(self.rows, self.classes);
    }
}

struct ToRows<'a, T> {
    classes: &'a [[T; LANES]],
    rows: &'a mut [T],
}

impl<T: Float> Body for ToRows<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        all_to_rows(self.classes, self.rows);
    }
}

#[inline(always)]
fn all_to_classes<T: Float>(rows: &[T], classes: &mut [[T; LANES]]) {
    match classes.len() {
        2 => to_fixed::<T, 2>(rows, classes),
        3 => to_fixed::<T, 3>(rows, classes),
        4 => to_fixed::<T, 4>(rows, classes),
        1 => classes[0].copy_from_slice(rows),
        k => {
            assert!(rows.len() == LANES * k);
            let mut tile = [[T::ZERO; 4]; LANES];
            for class in tiles(k) {
                for (four, row) in tile.iter_mut().zip(rows.chunks_exact(k)) {
                    four.copy_from_slice(&row[class..class + 4]);
                }
                to_fixed::<T, 4>(tile.as_flattened(), &mut classes[class..class + 4]);
            }
        }
    }
}

#[inline(always)]
fn all_to_rows<T: Float>(classes: &[[T; LANES]], rows: &mut [T]) {
    match classes.len() {
        2 => from_fixed::<T, 2>(classes, rows),
        3 => from_fixed::<T, 3>(classes, rows),
        4 => from_fixed::<T, 4>(classes, rows),
        1 => rows.copy_from_slice(&classes[0][..rows.len()]),
        k => {
            let mut tile = [[T::ZERO; 4]; LANES];
            for class in tiles(k) {
                from_fixed::<T, 4>(&classes[class..class + 4], tile.as_flattened_mut());
                for (four, row) in tile.iter().zip(rows.chunks_exact_mut(k)) {
                    row[class..class + 4].copy_from_slice(four);
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

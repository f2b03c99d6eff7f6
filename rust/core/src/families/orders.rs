//! Orders of many elements, for callers who may want to stop: a sort of its own asks nobody.

use super::lists::Patience;
use std::cmp::Ordering;

/// Elements that are put in order without a question.
const FEW: usize = 1 << 17;

/// Puts elements in an order in which one comes before another where `before` says so; false where the caller wants to stop.
///
/// Many are parted in two by one of them, again and again (C. A. R. Hoare 1962; without branches, N. Lomuto), where that parts them.
pub(super) fn sort<T: Copy>(items: &mut [T], before: &impl Fn(T, T) -> bool, patience: &mut Patience<'_>) -> bool {
    let mut rest = items;
    while rest.len() > FEW {
        let Some(at) = part(rest, before, patience) else { return false };
        if at.min(rest.len() - at) < rest.len() / 64 {
            break;
        }
        let (first, second) = rest.split_at_mut(at);
        if !sort(first, before, patience) {
            return false;
        }
        rest = second;
    }
    rest.sort_unstable_by(|&a, &b| ordering(before, a, b));
    !patience.ends(16 * rest.len())
}

fn ordering<T: Copy>(before: &impl Fn(T, T) -> bool, a: T, b: T) -> Ordering {
    if before(a, b) {
        Ordering::Less
    } else if before(b, a) {
        Ordering::Greater
    } else {
        Ordering::Equal
    }
}

/// Brings all that come before a middle one of some to the front, and counts them; `None` where the caller wants to stop.
fn part<T: Copy>(items: &mut [T], before: &impl Fn(T, T) -> bool, patience: &mut Patience<'_>) -> Option<usize> {
    let mut some: Vec<T> = items.iter().step_by(items.len() / 63).copied().collect();
    some.sort_unstable_by(|&a, &b| ordering(before, a, b));
    let (middle, mut count) = (some[some.len() / 2], 0);
    for start in (0..items.len()).step_by(FEW) {
        let end = items.len().min(start + FEW);
        if patience.ends(2 * FEW) {
            return None;
        }
        for i in start..end {
            let item = items[i];
            items.swap(i, count);
            count += usize::from(before(item, middle));
        }
    }
    Some(count)
}

//! How many threads a call may use, and how many are worth it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// The environment's limits, most specific first; each may be a list, of which the first number counts.
const VARIABLES: [&str; 3] = ["LOSSREG_NUM_THREADS", "RAYON_NUM_THREADS", "OMP_NUM_THREADS"];

/// Estimated serial nanoseconds that each thread must have to itself: waking a worker takes some 10,000.
const SHARE: f64 = 30_000.0;

/// Set by the user; 0 when not.
static CHOSEN: AtomicUsize = AtomicUsize::new(0);
/// From the environment or the machine; 0 until first used.
static DEFAULT: AtomicUsize = AtomicUsize::new(0);

/// Sets the process's limit of threads for a call, the caller included; `None` (or 0) returns to the default.
pub fn set_num_threads(threads: Option<usize>) {
    CHOSEN.store(threads.unwrap_or(0), Ordering::Relaxed);
}

/// The process's limit of threads for a call: what was set, else the environment, else what the machine offers.
///
/// The environment and the machine are looked at once, at first use; values that are no positive number are ignored.
#[must_use]
pub fn num_threads() -> usize {
    let (chosen, default) = (CHOSEN.load(Ordering::Relaxed), DEFAULT.load(Ordering::Relaxed));
    if chosen > 0 {
        return chosen;
    }
    if default > 0 {
        return default;
    }
    let threads = from_environment(|name| std::env::var(name).ok())
        .unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from));
    DEFAULT.store(threads, Ordering::Relaxed);
    threads
}

fn from_environment(read: impl Fn(&str) -> Option<String>) -> Option<usize> {
    let first = |text: String| text.split(',').next()?.trim().parse().ok().filter(|&threads| threads > 0);
    VARIABLES.iter().find_map(|name| read(name).and_then(first))
}

/// The threads worth using: one below about 60 µs of estimated serial work, then one for each 30 µs, up to the limit.
#[must_use]
pub fn threads_for(elements: usize, nanoseconds_per_element: f64, limit: usize) -> usize {
    let shares = elements as f64 * nanoseconds_per_element / SHARE;
    (shares as usize).clamp(1, limit.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(set: &[(&str, &str)]) -> Option<usize> {
        from_environment(|name| set.iter().find(|entry| entry.0 == name).map(|entry| entry.1.to_owned()))
    }

    #[test]
    fn the_most_specific_variable_wins() {
        assert_eq!(
            limit(&[("OMP_NUM_THREADS", "2"), ("RAYON_NUM_THREADS", "3"), ("LOSSREG_NUM_THREADS", "5")]),
            Some(5)
        );
        assert_eq!(limit(&[("OMP_NUM_THREADS", "2"), ("RAYON_NUM_THREADS", "3")]), Some(3));
        assert_eq!(limit(&[]), None);
    }

    #[test]
    fn a_list_counts_by_its_first_and_nonsense_not_at_all() {
        assert_eq!(limit(&[("OMP_NUM_THREADS", "4,2")]), Some(4));
        assert_eq!(limit(&[("OMP_NUM_THREADS", " 4 ")]), Some(4));
        for nonsense in ["", "0", "-1", "many", "1.5", ",2", "99999999999999999999999"] {
            assert_eq!(limit(&[("LOSSREG_NUM_THREADS", nonsense), ("OMP_NUM_THREADS", "3")]), Some(3), "{nonsense:?}");
        }
    }

    #[test]
    fn threads_grow_with_the_work() {
        assert_eq!(threads_for(0, 1.0, 8), 1);
        assert_eq!(threads_for(59_999, 1.0, 8), 1);
        assert_eq!(threads_for(60_000, 1.0, 8), 2);
        assert_eq!(threads_for(150_000, 1.0, 8), 5);
        assert_eq!(threads_for(usize::MAX, 1.0, 8), 8);
        assert_eq!(threads_for(usize::MAX, 1.0, 0), 1);
    }
}

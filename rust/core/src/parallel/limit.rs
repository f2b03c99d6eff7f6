//! How many threads a call may use, and how many are worth it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long a worker looks for more before it sleeps: calls in a loop follow each other sooner, and then find it awake.
pub(super) const LINGER: Duration = Duration::from_micros(50);

/// The environment's limits, most specific first; each may be a list, of which the first number counts.
const VARIABLES: [&str; 3] = ["LOSSREG_NUM_THREADS", "RAYON_NUM_THREADS", "OMP_NUM_THREADS"];

/// Estimated serial nanoseconds that each thread must have to itself, where workers are asleep: waking one takes the caller some
/// 20,000.
const SHARE: f64 = 50_000.0;

/// The same where a call follows another so soon that workers are awake, or will be for the next.
const SHARE_IN_A_LOOP: f64 = 10_000.0;

/// Nanoseconds of work that are worth several threads however long nobody called before.
const LONG: u64 = 10_000_000;

/// Set by the user; 0 when not.
static CHOSEN: AtomicUsize = AtomicUsize::new(0);
/// When the latest call worth a second thread should have been over, in nanoseconds since the first.
static OVER: AtomicU64 = AtomicU64::new(0);
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

/// The threads worth using, up to the limit: one for each 50 µs of estimated serial work, or for each 10 µs in a loop of calls.
#[must_use]
pub fn threads_for(elements: usize, nanoseconds_per_element: f64, limit: usize) -> usize {
    let work = elements as f64 * nanoseconds_per_element;
    if limit < 2 || work < 2.0 * SHARE_IN_A_LOOP {
        return 1;
    }
    shares(work, follows(work)).min(limit).min(most())
}

/// The most threads that a call uses, whatever its limit: four for each CPU that the process may use, at least 16. More would only
/// take turns, and stay until the process ends.
fn most() -> usize {
    static MOST: OnceLock<usize> = OnceLock::new();
    *MOST.get_or_init(|| (4 * thread::available_parallelism().map_or(1, usize::from)).max(16))
}

fn shares(work: f64, in_a_loop: bool) -> usize {
    ((work / if in_a_loop { SHARE_IN_A_LOOP } else { SHARE }) as usize).max(1)
}

/// Whether a call begins about when the one before should have been over; notes when this one should be.
fn follows(work: f64) -> bool {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    let now = FIRST.get_or_init(Instant::now).elapsed().as_nanos() as u64;
    let over = OVER.swap(now + (work as u64).min(LONG), Ordering::Relaxed);
    are_awake(over, now)
}

/// Whether workers of a call that was over at one time (0: none was) have not gone to sleep at another.
fn are_awake(over: u64, now: u64) -> bool {
    over > 0 && now < over + LINGER.as_nanos() as u64
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
        for (work, alone, in_a_loop) in [(0.0, 1, 1), (20_000.0, 1, 2), (99_999.0, 1, 9), (150_000.0, 3, 15)] {
            assert_eq!((shares(work, false), shares(work, true)), (alone, in_a_loop), "{work}");
        }
        assert_eq!(threads_for(0, 1.0, 8), 1);
        assert_eq!(threads_for(19_999, 1.0, 8), 1);
        assert_eq!(threads_for(1 << 40, 1.0, 8), 8);
        assert_eq!(threads_for(1 << 40, 1.0, 0), 1);
    }

    #[test]
    fn workers_stay_awake_for_a_while() {
        assert!(!are_awake(0, 10));
        assert!(are_awake(1_000_000, 900_000));
        assert!(are_awake(1_000_000, 1_040_000));
        assert!(!are_awake(1_000_000, 1_060_000));
    }
}

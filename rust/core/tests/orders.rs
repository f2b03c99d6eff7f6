//! Lists of many elements: they are put in order, and whoever waits for it is asked whether to stop.

use lossreg_core::families::{AT_RISK, List, RANKED};
use lossreg_core::simd::Level;

const MANY: usize = 1 << 19;

/// What of a list, whose derivatives come with it, and how often somebody was asked who stops it at some question.
fn of(numbers: usize, targets: &[f64], stop_at: usize, what: fn(List<'_>) -> f64) -> (f64, Vec<f64>, usize) {
    let n = targets.len();
    let x: Vec<f64> = targets.iter().map(|y| (7.0 * y).sin()).collect();
    let (mut first, mut second, mut scratch, mut order) =
        (vec![0.0; n], vec![0.0; n], vec![0.0; n * numbers], vec![0; n]);
    let mut asked = 0;
    let mut stop = || {
        asked += 1;
        asked >= stop_at
    };
    let list = List {
        y: targets,
        x: &x,
        weights: &vec![1.0; n],
        first: &mut first,
        second: &mut second,
        derives: true,
        raw: true,
        level: Level::best(),
        numbers: &mut scratch,
        order: &mut order,
        stop: &mut stop,
    };
    let value = what(list);
    (value, first, asked)
}

fn likelihood(list: List<'_>) -> f64 {
    list.partial_likelihood()
}

fn divergence(list: List<'_>) -> f64 {
    list.sparsemax_divergence()
}

/// Different times, with an event and without, in no order.
fn times() -> Vec<f64> {
    (0..MANY).map(|i| ((i * 74_597) % MANY + 1) as f64 * if i % 3 == 0 { -1.0 } else { 1.0 }).collect()
}

#[test]
fn many_are_in_the_same_order_however_they_come() {
    let (times, never) = (times(), usize::MAX);
    let (value, first, _) = of(AT_RISK, &times, never, likelihood);
    for step in [1, MANY - 1, 3] {
        let place = |i: usize| (i * step) % MANY;
        let moved: Vec<f64> = (0..MANY).map(|i| times[place(i)]).collect();
        let (again, first_again, _) = of(AT_RISK, &moved, never, likelihood);
        assert_eq!(again.to_bits(), value.to_bits());
        assert!((0..MANY).all(|i| first_again[i].to_bits() == first[place(i)].to_bits()));
    }
    // Neither that all are the same nor that they are in order already takes longer than it may.
    for targets in [vec![1.0; MANY], (0..MANY).map(|i| i as f64 + 1.0).collect()] {
        assert!(of(AT_RISK, &targets, never, likelihood).0 > 0.0);
    }
}

#[test]
fn whoever_waits_for_many_is_asked() {
    let times = times();
    let (_, _, asked) = of(AT_RISK, &times, usize::MAX, likelihood);
    assert!(asked >= 16, "{asked} questions");
    for stop_at in (1..=asked).step_by(9) {
        let (_, _, until) = of(AT_RISK, &times, stop_at, likelihood);
        assert_eq!(until, stop_at, "what is told to stop goes on");
    }
    let relevance: Vec<f64> = times.iter().map(|time| time.abs() % 5.0).collect();
    let (_, _, asked) = of(RANKED, &relevance, usize::MAX, |list| list.exchanges(1, 1.0));
    assert!(asked >= 8, "{asked} questions");
    let shares = vec![1.0 / MANY as f64; MANY];
    let (_, _, asked) = of(1, &shares, usize::MAX, divergence);
    assert!(asked >= 2, "{asked} questions");
    let (value, _, until) = of(1, &shares, asked, divergence);
    assert!(value.is_nan() && until == asked, "what is told to stop goes on");
}

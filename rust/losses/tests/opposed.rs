//! Whoever waits for many scores of a game is asked all along whether to go on.

use lossreg_core::engine::entry::Code;
use lossreg_core::engine::memory::{Sink, View};
use lossreg_core::engine::opposed;
use lossreg_core::engine::request::{Outputs, Request};
use lossreg_core::error::Error;

/// How often it asks, and how it ends, if it is told to stop at the so many-th time.
fn asked(n: usize, last: usize) -> (usize, Result<f64, Error>) {
    let x = vec![0.5; n];
    let entry = lossreg_losses::find("relativistic_discriminator").expect("a loss of that name");
    let Code::Opposed(terms) = entry.code else { panic!("no game") };
    let (settings, mut grads, mut asked) = (entry.settings(&[]), [vec![0.0; n], vec![0.0; n]], 0);
    let requests = grads.each_mut().map(|grad| {
        let outputs = Outputs { grad: Some(Sink::of(grad)), ..Outputs::default() };
        Request { outputs, ..Request::new(entry, &settings, View::of(&x), View::of(&x)) }
    });
    let ended = opposed::run(requests, terms, false, &mut || {
        asked += 1;
        asked == last
    });
    (asked, ended)
}

#[test]
fn every_pass_can_be_stopped() {
    let (whole, ended) = asked(1 << 16, 0);
    assert!(ended.is_ok());
    // Of either side: scores and weights are read, summed up, their terms computed, and the derivatives.
    assert!(whole >= 2 * 5, "{whole} questions");
    for last in 1..=whole {
        let (until, ended) = asked(1 << 16, last);
        assert!(until == last && matches!(ended, Err(Error::Interrupted)), "{ended:?} after {until} of {last}");
    }
}

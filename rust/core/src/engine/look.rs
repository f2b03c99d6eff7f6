//! Targets and predictions, looked at a block at a time.

use super::blocks::LANES;
use crate::loss::Domain;
use crate::number::{Float, select};

/// What a look at some blocks found.
#[derive(Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools)] // Each is an answer of its own.
pub struct Found {
    /// A number outside of the domain.
    pub outside: bool,
    /// A label of −1.
    pub negative: bool,
    /// A label from 0 to below 1, −1 being none.
    pub below_one: bool,
    /// A label that is neither 0 nor 1, once −1 has become 0.
    pub soft: bool,
}

/// Looks for numbers outside of a domain and, among labels, for those that are not 0 or 1: everywhere, or where `counts` is not 0.
#[inline(always)]
pub fn look<T: Float>(domain: Domain, blocks: &[[T; LANES]], counts: Option<&[[T; LANES]]>) -> Found {
    // Each domain has loops of its own, in which it is known.
    macro_rules! outside {
        ($domain:expr) => {{
            let [outside] = any(blocks, counts, |x| [$domain.excludes(x)]);
            outside
        }};
    }
    let outside = match domain {
        Domain::Real | Domain::ClassIndex | Domain::Box | Domain::Interval | Domain::Time => false,
        Domain::NonNegative => outside!(Domain::NonNegative),
        Domain::Positive => outside!(Domain::Positive),
        Domain::AboveMinusOne => outside!(Domain::AboveMinusOne),
        Domain::Probability | Domain::ClassIndexOrProbability => outside!(Domain::Probability),
        Domain::Label | Domain::SoftLabel => {
            let [other, below_one] = any(blocks, counts, |x| [(x != T::ZERO) & (x != T::ONE), x < T::ONE]);
            if !other {
                return Found { below_one, ..Found::default() };
            }
            let [other, negative] = any(blocks, counts, |x| [x.abs() != T::ONE, x < T::ZERO]);
            if !other {
                return Found { negative, ..Found::default() };
            }
            let outside = if domain == Domain::Label { outside!(Domain::Label) } else { outside!(Domain::SoftLabel) };
            let [below_one] = any(blocks, counts, |x| [(x >= T::ZERO) & (x < T::ONE)]);
            return Found { outside, negative, below_one, soft: true };
        }
    };
    Found { outside, ..Found::default() }
}

/// Which tests some number passes that counts (0: it does not). Two at a time become vector code, three do not.
///
/// What passes is added up, not stored where it passes: stores under a mask take many times as long on some CPUs.
#[inline(always)]
pub fn any<T: Float, const TESTS: usize>(
    blocks: &[[T; LANES]],
    counts: Option<&[[T; LANES]]>,
    tests: impl Fn(T) -> [bool; TESTS],
) -> [bool; TESTS] {
    let mut found = [[T::ZERO; WIDTH]; TESTS];
    let (parts, _) = blocks.as_flattened().as_chunks::<WIDTH>();
    match counts {
        None => {
            for part in parts {
                for i in 0..WIDTH {
                    let passed = tests(part[i]);
                    for (found, passed) in found.iter_mut().zip(passed) {
                        found[i] = found[i] + select(passed, T::ONE, T::ZERO);
                    }
                }
            }
        }
        Some(counts) => {
            let (counts, _) = counts.as_flattened().as_chunks::<WIDTH>();
            for (part, counts) in parts.iter().zip(counts) {
                for i in 0..WIDTH {
                    let passed = tests(part[i]);
                    for (found, passed) in found.iter_mut().zip(passed) {
                        found[i] = found[i] + select(passed, counts[i], T::ZERO);
                    }
                }
            }
        }
    }
    found.map(|lanes| lanes.into_iter().fold(T::ZERO, |sum, lane| sum + lane) != T::ZERO)
}

/// Numbers that are looked at side by side: two tests of them fit the registers.
const WIDTH: usize = 32;

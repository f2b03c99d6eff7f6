//! Circle: of similarities the positive ones are to be near 1 and the others near 0, those that are far off first.

use crate::families::{SUMS, Sums, Whole};
use crate::loss::{CONSTANTS, Domain, Family, Info, Kind, Param, Start, constants};
use crate::number::compensated::two_sum;
use crate::number::{Real, functions as f, select};

pub struct Loss;

/// From here on an exponent is taken for infinite: the square of its slope may be.
const ENDLESS: f64 = 1e290;

impl Sums for Loss {
    const INFO: Info = Info {
        family: Family::SetWise,
        summary: "How far the similarities of an anchor's pairs are from 1 for positive ones and from 0 for others, the worst of each deciding.",
        use_when: "Embeddings of one identity are to be closer than any others: y_true says which pairs of an anchor are positive, y_pred \
                   how similar they are (cosines), and a similarity pulls the more the farther it is from its optimum.",
        formula: "log1p(sum(y_true*exp(gamma*maximum(1 - y_pred + margin, 0)*(1 - y_pred - margin)))\
                  *sum((1 - y_true)*exp(gamma*maximum(y_pred + margin, 0)*(y_pred - margin))))",
        params: &[
            Param {
                kind: Kind::Number { low: 0.0, low_open: true, high: 1e9, high_open: false, optional: false },
                ..Param::positive("gamma", 80.0, "How much more the worst pairs count than the others.")
            },
            Param::unit(
                "margin",
                0.4,
                "How far from its optimum a similarity may be: nothing is pulled across that line.",
            ),
            Param { doc: "The axis or the axes of an anchor's pairs; None: all axes.", ..Param::VECTOR_AXIS },
        ],
        aliases: &["circle_loss"],
        target: Domain::Probability,
        start: Start::None,
        relations: &[("cosine_distance", "1 less that is the similarity of two vectors")],
        kinks: "where a similarity is farther beyond its optimum than the margin nothing pulls, and so at that line",
        convex: false,
        source: "Sun et al. 2020, doi:10.1109/CVPR42600.2020.00643",
        ..Info::DEFAULT
    };

    type Near = Shifted;

    const PEAKS: bool = true;

    fn near(&[gamma, margin, ..]: &[f64; CONSTANTS], [hit, miss, _]: [f64; SUMS]) -> Option<[f64; CONSTANTS]> {
        let endless = hit >= ENDLESS || miss >= ENDLESS; // and not NaN
        (!endless).then(|| constants([gamma, margin, hit, miss]))
    }

    /// The exponents of either kind of pairs.
    #[inline(always)]
    fn terms<R: Real<Scalar = f64>>([gamma, margin, ..]: &[f64; CONSTANTS], y: f64, x: R, _: R) -> [R; SUMS] {
        let [(hit, ..), (miss, ..)] = exponents(*gamma, *margin, x.primal());
        let none = f64::NEG_INFINITY;
        [select(y > 0.0, hit, none), select(y < 1.0, miss, none), none].map(R::constant)
    }

    /// Where an exponent is infinite: unless there are pairs of one kind only.
    fn whole(_: &[f64; CONSTANTS], [hit, miss, _]: [f64; SUMS]) -> Whole {
        Whole::constant(if hit.min(miss) == f64::NEG_INFINITY { 0.0 } else { f64::INFINITY })
    }
}

/// The same where the largest exponents are known: the exponentials come without them.
pub struct Shifted;

impl Sums for Shifted {
    const INFO: Info = Loss::INFO;

    type Near = Self;

    #[inline(always)]
    fn terms<R: Real<Scalar = f64>>(
        [gamma, margin, hits, misses, ..]: &[f64; CONSTANTS],
        y: f64,
        x: R,
        _: R,
    ) -> [R; SUMS] {
        let [hit, miss] = exponents(*gamma, *margin, x.primal());
        [power(x, hit, *hits).weighted(y), power(x, miss, *misses).weighted(1.0 - y), R::constant(0.0)]
    }

    fn whole([_, _, hits, misses, ..]: &[f64; CONSTANTS], [hit, miss, _]: [f64; SUMS]) -> Whole {
        if (hit == 0.0 || miss == 0.0) && !(hit + miss).is_nan() {
            return Whole::constant(0.0);
        }
        // log(hit·miss) and the exponents that these came without, in two parts.
        let (mut z, mut low) = (0.0, 0.0);
        for (term, term_low) in [f::log_parts(hit), f::log_parts(miss), (*hits, 0.0), (*misses, 0.0)] {
            let (sum, lost) = two_sum(z, term);
            (z, low) = (sum, low + lost + term_low);
        }
        let low = select(low.abs() < 1.0, low, 0.0);
        let l = f::logistic(z);
        let (share, rest) = (l.sigmoid + low * l.slope, l.sigmoid_neg - low * l.slope);
        Whole {
            value: l.softplus + low * l.sigmoid,
            slope: [share / hit, share / miss, 0.0],
            turn: [rest / hit, rest / miss, 0.0],
            bend: [-share / hit / hit, -share / miss / miss, 0.0],
        }
    }
}

/// An exponent of a similarity in two parts, with its slope and its bend.
type Exponent = (f64, f64, f64, f64);

/// Those as a positive pair and as another.
#[inline(always)]
fn exponents(gamma: f64, margin: f64, x: f64) -> [Exponent; 2] {
    [exponent(gamma, margin, two_sum(1.0, -x), -1.0), exponent(gamma, margin, (x, 0.0), 1.0)]
}

/// gamma·(v² − margin²) for a v whose slope is that sign; 0 where it is less than −margin.
#[inline(always)]
fn exponent(gamma: f64, margin: f64, (v, v_low): (f64, f64), sign: f64) -> Exponent {
    let (v2, margin2, twice) = (v * v, margin * margin, (gamma + gamma).min(f64::MAX));
    let (inner, lost) = two_sum(v2, -margin2);
    let inner_low = lost + (v.mul_add(v, -v2) + (v + v) * v_low - margin.mul_add(margin, -margin2));
    let high = gamma * inner;
    let low = gamma.mul_add(inner, -high) + gamma * inner_low;
    let pulls = v > -margin;
    let nothing = select(v.is_nan(), v, 0.0);
    (
        select(pulls, high, nothing),
        select(pulls, low, 0.0),
        select(pulls, sign * twice * v, 0.0),
        select(pulls, twice, 0.0),
    )
}

/// exp(exponent − peak).
#[inline(always)]
fn power<R: Real<Scalar = f64>>(x: R, (high, low, slope, bend): Exponent, peak: f64) -> R {
    let (high, lost) = two_sum(high, -peak);
    let low = lost + low;
    let bend = slope.mul_add(slope, bend).min(f64::MAX);
    // Not products with the exponential: the smallest have lost digits.
    let [value, first, second] =
        [1.0, slope, bend].map(|factor| select(high.is_nan(), high, f::exp_times(factor, high, low).product));
    x.chain((value, first, second))
}

//! Circle: of similarities the positive ones are to be near 1 and the others near 0, those that are far off first.

use crate::families::{SUMS, Sums, Whole};
use crate::loss::{CONSTANTS, Domain, Family, Info, Kind, Param, Start, constants};
use crate::number::compensated::{sum, two_sum};
use crate::number::real::times;
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
        let [[hit, ..], [miss, ..]] = exponents(*gamma, *margin, x.primal());
        let none = f64::NEG_INFINITY;
        [R::constant(select(y > 0.0, hit, none)), R::constant(select(y < 1.0, miss, none)), R::constant(none)]
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
    fn terms<R: Real<Scalar = f64>>(constants: &[f64; CONSTANTS], y: f64, x: R, _: R) -> [R; SUMS] {
        let [gamma, margin, hits, misses, ..] = *constants;
        let [hit, miss] = exponents(gamma, margin, x.primal());
        let (hit, miss) = (x.chain(f::exp_against(hit, hits)), x.chain(f::exp_against(miss, misses)));
        [hit.weighted(y), miss.weighted(1.0 - y), R::constant(0.0)]
    }

    #[inline(always)]
    fn whole([_, _, hits, misses, ..]: &[f64; CONSTANTS], [hit, miss, _]: [f64; SUMS]) -> Whole {
        if (hit == 0.0 || miss == 0.0) && !(hit + miss).is_nan() {
            return Whole::constant(0.0);
        }
        // log(hit·miss) and the exponents that these came without.
        let (z, low) = sum(&[f::log_parts(hit), f::log_parts(miss), (*hits, 0.0), (*misses, 0.0)]);
        let f::Logistic { softplus: value, sigmoid: share, sigmoid_neg: rest, .. } = f::logistic_sum(z, low);
        Whole {
            value,
            slope: [share / hit, share / miss, 0.0],
            turn: [rest / hit, rest / miss, 0.0],
            bend: [-share / hit / hit, -share / miss / miss, 0.0],
        }
    }
}

/// The exponents of a similarity as a positive pair and as another.
#[inline(always)]
fn exponents(gamma: f64, margin: f64, x: f64) -> [f::Exponent<f64>; 2] {
    [exponent(gamma, margin, two_sum(1.0, -x), -1.0), exponent(gamma, margin, (x, 0.0), 1.0)]
}

/// gamma·(v² − margin²) for a v whose slope is that sign; 0 where it is less than −margin.
#[inline(always)]
fn exponent(gamma: f64, margin: f64, (v, v_low): (f64, f64), sign: f64) -> f::Exponent<f64> {
    let (inner, inner_low) = f::difference_of_squares((v, v_low), margin);
    let (high, twice) = (gamma * inner, (gamma + gamma).min(f64::MAX));
    let low = gamma.mul_add(inner, -high) + gamma * inner_low;
    let pull = select(v > -margin, 1.0, select(v.is_nan(), v, 0.0));
    [times(pull, high), times(pull, low), times(pull, sign * twice * v), times(pull, twice)]
}

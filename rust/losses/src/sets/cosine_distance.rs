//! Cosine distance: how far two vectors are from having one direction.

use crate::families::{SUMS, Sums, Whole};
use crate::loss::{CONSTANTS, Cost, Family, Info, Param, Start, constants};
use crate::number::Real;

pub struct Loss;

impl Sums for Loss {
    const INFO: Info = Info {
        family: Family::SetWise,
        summary: "One minus the cosine of the angle between target and predicted vector.",
        use_when: "Only directions matter, as of embeddings: how long a vector is changes nothing. A vector of zeros has no direction; \
                   its cosine is 0, and so is its gradient.",
        formula: "1 - sum(y_true*y_pred)/(sqrt(sum(y_true**2))*sqrt(sum(y_pred**2)))",
        params: &[Param::VECTOR_AXIS],
        aliases: &["cosine", "cosine_similarity", "cosine_embedding", "cosine_proximity"],
        start: Start::None,
        relations: &[("squared_error", "summed over unit vectors, twice it")],
        kinks: "0 where a vector is all zeros",
        convex: false,
        cost: Cost::Light,
        source: "Salton, Wong and Yang 1975, doi:10.1145/361219.361220",
        ..Info::DEFAULT
    };

    const SCALE_FREE: bool = true;

    type Near = Parallel;

    /// Of vectors less than 60° apart: what is left of 1 less the cosine has lost digits.
    fn near(_: &[f64; CONSTANTS], [dot, x2, y2]: [f64; SUMS]) -> Option<[f64; CONSTANTS]> {
        (dot > 0.5 * (x2 * y2).sqrt()).then(|| constants([1.0 / x2.sqrt(), 1.0 / y2.sqrt()]))
    }

    #[inline(always)]
    fn terms<R: Real<Scalar = f64>>(_: &[f64; CONSTANTS], y: f64, x: R, _: R) -> [R; SUMS] {
        [x * y, x.square(), R::constant(y * y)]
    }

    #[inline(always)]
    fn whole(_: &[f64; CONSTANTS], [dot, x2, y2]: [f64; SUMS]) -> Whole {
        if (x2 == 0.0 || y2 == 0.0) && !dot.is_nan() {
            return Whole::constant(1.0);
        }
        let length = (x2 * y2).sqrt();
        let cos = dot / length;
        Whole {
            value: 1.0 - cos,
            slope: [-1.0 / length, 0.5 * cos / x2, 0.0],
            turn: [0.0, -1.0 / x2, 0.0],
            bend: [0.0, -0.25 * cos / x2 / x2, 0.0],
        }
    }
}

/// The same by the difference d of the unit vectors v and u of prediction and target, in which nothing cancels: its part across v is the
/// gradient times the prediction's length, and as long as the sine of the angle.
///
/// A length that is rounded moves d along v only, and nothing here depends on that.
pub struct Parallel;

impl Sums for Parallel {
    const INFO: Info = Loss::INFO;

    type Near = Self;

    /// d², v² and d·v.
    #[inline(always)]
    fn terms<R: Real<Scalar = f64>>([of_x, of_y, ..]: &[f64; CONSTANTS], y: f64, x: R, _: R) -> [R; SUMS] {
        let u = y * of_y;
        let lost = y.mul_add(*of_y, -u);
        let d = x.chain((x.primal().mul_add(*of_x, -u) - lost, *of_x, 0.0));
        let v = x * *of_x;
        [d.square(), v.square(), d * v]
    }

    #[inline(always)]
    fn whole(_: &[f64; CONSTANTS], [d2, _, along]: [f64; SUMS]) -> Whole {
        let sine2 = along.mul_add(-along, d2).clamp(0.0, 1.0);
        let value = sine2 / (1.0 + (1.0 - sine2).sqrt());
        Whole {
            value,
            slope: [0.5, -0.5 * along, 0.0],
            turn: [0.0, -1.0, 0.0],
            bend: [0.0, -0.25 * (1.0 - value), 0.0],
        }
    }
}

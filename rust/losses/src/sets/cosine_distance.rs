//! Cosine distance: how far two vectors are from having one direction.

use crate::families::{SUMS, Sums, Whole};
use crate::loss::{CONSTANTS, Cost, Family, Info, Param, Start};
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

    #[inline(always)]
    fn terms<R: Real<Scalar = f64>>(_: &[f64; CONSTANTS], y: f64, x: R, _: R) -> [R; SUMS] {
        [x * y, x.square(), R::constant(y * y)]
    }

    fn whole(_: &[f64; CONSTANTS], [dot, x2, y2]: [f64; SUMS]) -> Whole {
        if (x2 == 0.0 || y2 == 0.0) && !dot.is_nan() {
            return Whole::constant(1.0);
        }
        let product = x2 * y2;
        let length = product.sqrt();
        let cos = dot / length;
        // (|x|·|y|)² − (x·y)² without what its terms share: near 1 the cosine has lost those digits.
        let (square, low) = (dot * dot, dot.mul_add(dot, -(dot * dot)));
        let rest = (product - square) + (x2.mul_add(y2, -product) - low);
        let value = if cos > 0.5 { (rest / (length + dot) / length).max(0.0) } else { 1.0 - cos };
        Whole {
            value: if dot.is_nan() { dot } else { value },
            slope: [-1.0 / length, 0.5 * cos / x2, 0.0],
            turn: [0.0, -1.0 / x2, 0.0],
            bend: [0.0, -0.25 * cos / x2 / x2, 0.0],
        }
    }
}

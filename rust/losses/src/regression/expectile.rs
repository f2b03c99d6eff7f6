//! Expectile: the tilted squared error.

use crate::loss::{CONSTANTS, Constants, Cost, Curvature, Formula, Info, Param, Value, constants};
use crate::number::{Float, Real, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The squared error, weighted by side; its best constant is the expectile.",
        use_when: "At level 0.9 a prediction that is too low costs nine times as much as one that is as much too high.",
        formula: "where(r >= 0, (1 - level)*r**2, level*r**2)",
        params: &[Param::inside_unit("level", 0.5, "Which expectile the best prediction is.")],
        aliases: &["asymmetric_squared_error"],
        kinks: "the Hessian jumps where prediction and target are equal; there it is 2*(1 - level)",
        curvature: Curvature::UNKNOWN.bounded(|params| {
            let level = params[0].number();
            Some(2.0 * level.max(1.0 - level))
        }),
        cost: Cost::Light,
        source: "Newey and Powell 1987, doi:10.2307/1911031",
        ..Info::DEFAULT
    };

    /// The weights above and below the target.
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        let level = params[0].number();
        constants([1.0 - level, level])
    }

    #[inline(always)]
    fn value<R: Real>([above, below, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        let r = x - y;
        let p = r.primal();
        // The weight first: a square may overflow where the weighted one does not.
        let pull = select(p >= R::Scalar::ZERO, above, below) * p;
        let bend = select(p >= R::Scalar::ZERO, above + above, below + below);
        r.chain((pull * p, pull + pull, bend))
    }
}

//! Wing: a logarithm near zero, so that small differences count for more than in the absolute error, which it is far away.

use crate::loss::{CONSTANTS, Constants, Formula, Info, Param, Value, constants};
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "Logarithmic near zero, where it is steepest; the absolute difference less a constant beyond the width.",
        use_when: "Small and middling errors are to be mended before the largest, as of landmarks in faces: the pull grows as the \
                   difference shrinks.",
        formula: "where(abs(r) <= width, width*log1p(abs(r)/curvature), abs(r) - width + width*log1p(width/curvature))",
        params: &[
            Param::positive("width", 5.0, "Up to which difference it is logarithmic."),
            Param::positive("curvature", 0.5, "The difference at which the pull is half of that near zero."),
        ],
        aliases: &["wing_loss"],
        relations: &[("absolute_error", "equal to it beyond the width, less a constant")],
        kinks: "where prediction and target are equal the gradient is 0; at the width gradient and Hessian are those of the flatter side",
        convex: false,
        source: "Feng et al. 2018, doi:10.1109/CVPR.2018.00238",
        ..Info::DEFAULT
    };

    /// Width, curvature, the value at the width, and the slope beside 0.
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        let (width, curvature) = (params[0].number(), params[1].number());
        constants([width, curvature, width * (width / curvature).ln_1p(), width / curvature])
    }

    /// By hand: r = 1/2 with the defaults costs 5·log 2 and pulls with 5.
    #[inline(always)]
    fn value<R: Real>([width, curvature, at_width, steep, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        let r = x - y;
        let (p, a, one, zero) = (r.primal(), r.primal().abs(), R::Scalar::ONE, R::Scalar::ZERO);
        let inside = a <= width;
        let pull = width / (curvature + a);
        // A large width would enlarge what a subnormal ratio has lost.
        let ratio = f::ratio(a, curvature);
        let near = select(ratio < R::Scalar::MIN_POSITIVE, a * steep, width * f::log1p(ratio));
        let value = select(a < width, near, (a - width) + at_width);
        let slope = select(a == zero, zero, select(inside, pull, one).copysign(p));
        let bend = select(inside, -(pull / (curvature + a)), zero);
        r.chain((value, slope, bend))
    }
}

//! Student's t: the negative log-likelihood of a location with heavy-tailed noise.

use crate::loss::{CONSTANTS, Constants, Curvature, Formula, Info, Param, Value, constants};
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The negative log-likelihood of Student's t distribution around the prediction, up to a constant.",
        use_when: "For residuals with outliers: beyond the scale their pull fades, the sooner the fewer the degrees of freedom, \
                   and the fit is a likelihood whose df and scale can be compared.",
        formula: "0.5*(df + 1)*log1p((r/scale)**2/df)",
        params: &[
            Param::positive("df", 4.0, "The degrees of freedom: towards infinity, the normal distribution.")
                .special(&[1.0]),
            Param::positive("scale", 1.0, "The scale of the distribution."),
        ],
        aliases: &["student_t"],
        relations: &[
            ("cauchy", "twice it over scale**2, at df=1"),
            ("half_squared_error", "the limit of it over scale**2, as df goes to infinity"),
        ],
        convex: false,
        curvature: Curvature::IN_RESIDUAL.bounded(|params| {
            let (df, scale) = (params[0].number(), params[1].number());
            Some((df + 1.0) / (df * scale * scale))
        }),
        source: "Lange, Little and Taylor 1989, doi:10.2307/2290063",
        ..Info::DEFAULT
    };

    /// (df + 1)/2, scale·√df, and the second derivative at 0.
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        let (df, scale) = (params[0].number(), params[1].number());
        constants([0.5 * df + 0.5, scale * df.sqrt(), (1.0 + 1.0 / df) / scale / scale])
    }

    /// By hand: With df = 1, r = 1 costs log 2 and pulls with 1.
    #[inline(always)]
    fn value<R: Real>([half, unit, bent, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        let r = x - y;
        let (p, a, one) = (r.primal(), r.primal().abs(), R::Scalar::ONE);
        // In t = min(u, 1/u), u = |r|/unit, nothing overflows; near 0 the value is that of a parabola.
        let (log, t, far) = f::log1p_square_ratio(a, unit);
        let (share, tiny) = (one / t.mul_add(t, one), t < R::Scalar::EPSILON && !far);
        let value = select(tiny, R::Scalar::HALF * bent * a * a, half * log);
        // Far out both derivatives are those of (df + 1)·log |r|, times what tends to 1.
        let outer = (half + half) * share / a;
        let slope = select(far, outer.copysign(p), bent * p * share);
        let fading = (one - t) * (one + t) * share;
        r.chain((value, slope, select(far, -(outer / a * fading), bent * share * fading)))
    }
}
